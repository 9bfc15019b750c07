"""Days in the writings of many systems; what can be read in two ways is said, never hidden."""

from datetime import date, datetime, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.rules.choices import Choices
from imports.rules.dates import (
    BadDate,
    Birthday,
    DateStyle,
    birthday_of,
    day_of,
    is_doubtful,
    moment_of,
    order_of,
)
from tests.imports.sheets_made import TODAY, checked, csv_file, said


@pytest.mark.parametrize(
    "text",
    [
        *("民国110年3月5日", "民國110年3月5日", "110/03/05", "110.3.5", "令和3年3月5日"),
        *(
            "二〇二一年三月五日",
            "贰零贰壹年叁月零伍日",
            "2021年03月05号",
            "2021 年 3 月 5 日",
            "2021年3月5日 星期五 14时05分",
        ),
        *("5 มี.ค. 2564", "5 มีนาคม พ.ศ. 2564", "5/3/2564", "25640305"),
        *("5-Mar-21", "05MAR2021", "2021-Mar-05", "March 5 2021", "5th of March 2021"),
        *("5 mars 2021", "5. März 2021", "5 de marzo de 2021"),
        *("44260", "44260.75", "2021-03-05T23:00:00+08:00", "1614931200", "1614931200000"),
    ],
)
def test_days_of_many_tongues_and_calendars(text: str) -> None:
    assert day_of(text, DateStyle("dmy", zone="Asia/Shanghai")) == date(2021, 3, 5)


def test_a_moment_with_an_offset_is_on_the_day_of_the_shop() -> None:
    style = DateStyle(zone="Asia/Shanghai")

    assert day_of("2021-03-05T20:00:00Z", style) == date(2021, 3, 6)
    assert day_of("2021-03-05 20:00:00 UTC", style) == date(2021, 3, 6)
    assert day_of("2021-03-05 20:00:00", style) == date(2021, 3, 5)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2021/3/5 下午2:05", "2021-03-05 14:05:00"),
        ("2021-03-05 上午 9:05:06", "2021-03-05 09:05:06"),
        ("2021-03-05 中午11:45", "2021-03-05 11:45:00"),
        ("2021-03-05 中午12:15", "2021-03-05 12:15:00"),
        ("2021-03-05 中午1:05", "2021-03-05 13:05:00"),
        ("2021-03-05 12:30 AM", "2021-03-05 00:30:00"),
        ("2021-03-05 24:00:00", "2021-03-06 00:00:00"),
        ("20210305140506", "2021-03-05 14:05:06"),
        ("1614931200", "2021-03-05 08:00:00+00:00"),
        ("Fri Mar 05 2021 14:05:00 GMT+0800", "2021-03-05 06:05:00+00:00"),
        ("44260.5", "2021-03-05 12:00:00"),
    ],
)
def test_moments(text: str, at: str) -> None:
    assert str(moment_of(text, DateStyle())) == at


@pytest.mark.parametrize(
    ("text", "birthday"),
    [
        ("พ.ศ. 2533", Birthday(1990)),
        ("1990年8月", Birthday(1990, 8)),
        ("1990-08", Birthday(1990, 8)),
        ("0815", Birthday(None, 8, 15)),
        ("900815", Birthday(1990, 8, 15)),
        ("民国79年8月15日", Birthday(1990, 8, 15)),
        ("腊月初八", Birthday(lunar="腊月初八")),
        ("1990年农历八月十五", Birthday(lunar="1990年农历八月十五")),
        ("一九九〇年八月十五", Birthday(lunar="一九九〇年八月十五")),
        ("一九九〇年八月十五日", Birthday(1990, 8, 15)),
        ("1990年腊月廿五日", Birthday(lunar="1990年腊月廿五日")),
        ("保密", None),
        ("1 мая", Birthday(None, 5, 1)),
        ("5 марта 1990", Birthday(1990, 3, 5)),
        ("5 lipca 1990", Birthday(1990, 7, 5)),
        ("5 de março de 1990", Birthday(1990, 3, 5)),
        ("1990년 5월 1일", Birthday(1990, 5, 1)),
        ("5 tháng 3 1990", Birthday(1990, 3, 5)),
    ],
)
def test_birthdays_as_far_as_told(text: str, birthday: Birthday | None) -> None:
    assert birthday_of(text, DateStyle(), TODAY) == birthday


@pytest.mark.parametrize(
    ("cells", "country", "order"),
    [
        (["03/04/2024", "25/04/2024"], "US", ("dmy", True)),
        (["03/04/2024", "04/25/2024"], "GB", ("mdy", True)),
        (["03/04/2024"], "GB", ("dmy", False)),
        (["03/04/2024"], "CN", ("mdy", False)),
        (["03/04/2024"], "HK", ("dmy", False)),
        (["2024/03/04"], "CN", ("ymd", True)),
        (["03/03/2024"], "US", ("mdy", True)),
        (["99/04/03", "24/12/31"], "CN", ("ymd", True)),
    ],
)
def test_the_column_decides_else_the_country(
    cells: list[str], country: str, order: tuple[str, bool]
) -> None:
    assert order_of(cells, country) == order


def test_a_day_that_may_be_another_one_is_said(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "开卡时间"], ["张三", "13800138000", "03/04/2024"]]
    path = csv_file(tmp_path / "a.csv", rows)

    plan, _check, found = checked(path, country="GB", currency="GBP", kind="members")
    _plan, _check, told = checked(path, choices=Choices(dates={"开卡时间": "mdy"}))

    assert plan.as_json()["doubtful_dates"] == {"开卡时间": "dmy"}
    assert ("开卡时间", "doubtful_date") in said(found)[0][2]
    assert said(told) == []
    assert told[0].judged.values["joined"] == "2024-03-04"


def test_nobody_joins_tomorrow(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "开卡时间"], ["张三", "13800138000", "2030-01-01"]]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(found) == [(2, "error", [("开卡时间", "bad_date")])]


ORDERS = st.sampled_from(["ymd", "dmy", "mdy"])
MARKS = st.sampled_from(["/", "-", ".", " "])


@given(st.dates(date(1930, 1, 1), date(2099, 12, 31)), ORDERS, MARKS, st.booleans())
def test_a_day_comes_back_in_its_order(day: date, order: str, mark: str, is_padded: bool) -> None:
    parts = {"y": f"{day.year}", "m": f"{day.month}", "d": f"{day.day}"}
    if is_padded:
        parts = {"y": f"{day.year}", "m": f"{day.month:02}", "d": f"{day.day:02}"}
    written = mark.join(parts[letter] for letter in order)

    read = day_of(written, DateStyle(order))

    assert read == day
    assert not is_doubtful(written) or {day.month, day.day} <= set(range(1, 13))


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.times())
def test_a_moment_comes_back(day: date, clock: time) -> None:
    at = datetime.combine(day, clock.replace(microsecond=0))
    half = f"{at:%Y-%m-%d} {'上午' if at.hour < 12 else '下午'}{at.hour % 12 or 12}:{at:%M:%S}"

    assert moment_of(half, DateStyle()) == at
    assert moment_of(f"{at:%m/%d/%Y %I:%M:%S %p}", DateStyle("mdy")) == at


@given(st.text(max_size=30))
def test_any_text_is_a_birthday_or_refused(text: str) -> None:
    try:
        birthday_of(text, DateStyle(), TODAY)
    except BadDate:
        return
