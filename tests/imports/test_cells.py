from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.rules.cells import (
    code_of,
    consent_of,
    gender_of,
    looks_like_formula,
    text_of,
)
from imports.rules.dates import BadDate, Birthday, DateStyle, birthday_of, day_of, moment_of
from imports.rules.sheets import Cell

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2018/4/24", "2018-04-24"),
        ("2018-04-24 09:00:00", "2018-04-24"),
        ("2018年4月24日", "2018-04-24"),
        ("24.04.2018", "2018-04-24"),
        ("20180424", "2018-04-24"),
        (20180424, "2018-04-24"),
        ("43214", "2018-04-24"),
        (43214.5, "2018-04-24"),
        ("2561-04-24", "2018-04-24"),
        ("24-Apr-2018", "2018-04-24"),
        ("April 24th, 2018", "2018-04-24"),
        ("Tue, Apr 24, 2018", "2018-04-24"),
        ("18/4/24", "2018-04-24"),
        ("2018-04-24T09:00:00Z", "2018-04-24"),
        ("２０１８－０４－２４", "2018-04-24"),
        (date(2018, 4, 24), "2018-04-24"),
        ("2018年4月", "2018-04-01"),
    ],
)
def test_days_in_every_usual_writing(cell: Cell, day: str) -> None:
    found = day_of(cell, DateStyle())

    assert found is not None
    assert found.isoformat() == day


@pytest.mark.parametrize("cell", ["", "0000-00-00", "1900-01-00", "-", None, "0"])
def test_what_other_systems_write_for_no_date_is_none(cell: Cell) -> None:
    assert day_of(cell, DateStyle()) is None


@pytest.mark.parametrize("cell", ["2018-02-30", "hello", "13/25/2018", "9999-12-31", "2018-4", "5"])
def test_no_day_is_guessed(cell: Cell) -> None:
    with pytest.raises(BadDate):
        day_of(cell, DateStyle())


def test_the_order_of_a_column_decides_what_may_be_either() -> None:
    assert day_of("03/04/2024", DateStyle("mdy")) == date(2024, 3, 4)
    assert day_of("03/04/2024", DateStyle("dmy")) == date(2024, 4, 3)
    assert day_of("25/04/2024", DateStyle("mdy")) == date(2024, 4, 25)


def test_serials_may_begin_in_1904() -> None:
    assert day_of("41752", DateStyle(serials_from_1904=True)) == date(2018, 4, 24)


def test_the_time_may_stand_in_a_column_of_its_own() -> None:
    assert str(moment_of("2024-05-31", DateStyle(), "3:30 PM")) == "2024-05-31 15:30:00"
    assert str(moment_of("2024-05-31", DateStyle(), 0.5)) == "2024-05-31 12:00:00"
    assert str(moment_of("2024年5月31日 下午3:05", DateStyle())) == "2024-05-31 15:05:00"
    assert str(moment_of("2024-05-31T23:00:00+08:00", DateStyle())) == "2024-05-31 15:00:00+00:00"


@given(st.dates(min_value=date(1930, 1, 1), max_value=date(2099, 12, 31)))
def test_any_day_comes_back_from_every_writing(day: date) -> None:
    serial = (day - date(1899, 12, 30)).days
    writings = [
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day:%d.%m.%Y}",
        f"{day:%Y%m%d}",
        f"{day:%d %B %Y}",
        f"{day:%b %d, %Y}",
        str(serial),
        f"{day.year + 543}-{day.month:02d}-{day.day:02d}",
    ]

    assert [day_of(text, DateStyle()) for text in writings] == [day] * len(writings)


@given(st.text(max_size=25))
def test_no_text_breaks_the_reader_of_dates(text: str) -> None:
    for read in (day_of, moment_of):
        try:
            read(text, DateStyle())
        except BadDate:
            continue


@pytest.mark.parametrize(
    ("cell", "birthday"),
    [
        ("1985-08-12", Birthday(1985, 8, 12)),
        ("08-12", Birthday(None, 8, 12)),
        ("8月12日", Birthday(None, 8, 12)),
        ("Aug 12", Birthday(None, 8, 12)),
        ("02-29", Birthday(None, 2, 29)),
        ("1990", Birthday(1990)),
        ("85/8/12", Birthday(1985, 8, 12)),
        ("农历八月十五", Birthday(lunar="农历八月十五")),
        ("", None),
        ("1900-01-00", None),
    ],
)
def test_birthdays_as_far_as_they_are_known(cell: Cell, birthday: Birthday | None) -> None:
    assert birthday_of(cell, DateStyle(), TODAY) == birthday


def test_nobody_is_born_tomorrow() -> None:
    with pytest.raises(BadDate):
        birthday_of("2030-01-01", DateStyle(), TODAY)


def test_text_loses_what_the_spreadsheet_added() -> None:
    assert text_of("\t'000080 ") == "000080"
    assert text_of("\u200b张三\ufeff") == "张三"
    assert text_of('="13800138000"') == "13800138000"
    assert text_of(18600214796.0) == "18600214796"
    assert text_of("👩‍👧 Maya ☕") == "👩‍👧 Maya ☕"
    assert code_of("10086.0") == "10086"
    assert code_of("000080") == "000080"


def test_words_of_consent_and_gender() -> None:
    assert [consent_of(w) for w in ("subscribed", "unsubscribed", "unknown", "是", "Opt Out")] == [
        "given",
        "withdrawn",
        None,
        "given",
        "withdrawn",
    ]
    assert [gender_of(w) for w in ("男", "F", "保密", "", "金卡")] == ["M", "F", "", "", None]


def test_what_a_spreadsheet_would_compute_is_noticed() -> None:
    formulas = [
        text for text in ("=2+5", "@note", "+cmd|' /C'", "-1+1|x") if looks_like_formula(text)
    ]
    harmless = [
        text for text in ("-12.50", "+1 555", '="001"', "a=b", "") if looks_like_formula(text)
    ]

    assert (len(formulas), harmless) == (4, [])
