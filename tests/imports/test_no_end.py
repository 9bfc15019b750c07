"""What never ends has no last day; short years of Thai lists are Buddhist."""

from __future__ import annotations

from pathlib import Path

import pytest

from imports.rules.checking import CheckedRow
from imports.rules.choices import Choices
from imports.rules.findings import sentence
from tests.imports.sheets_made import checked, csv_file, said


@pytest.mark.parametrize(
    "words", ["永久有效", "长期", "無期限", "never", "No expiry", "不限", "9999-12-31", "用完为止"]
)
def test_units_that_never_end_have_no_last_day(tmp_path: Path, words: str) -> None:
    rows = [["姓名", "手机", "剩余次数", "到期日"], ["张三", "13800138000", "5", words]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(judged) == []
    assert judged[0].judged.values["balances"]["units"] == {"units": {"count": 5}}


def test_a_pass_that_never_ends_is_one_unit(tmp_path: Path) -> None:
    rows = [["姓名", "手机", "套餐名称", "到期日"], ["张三", "13800138000", "月卡", "永久有效"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert judged[0].judged.values["balances"]["units"] == {"月卡": {"count": 1}}


def test_a_day_that_is_none_is_still_an_error(tmp_path: Path) -> None:
    rows = [["姓名", "手机", "剩余次数", "到期日"], ["张三", "13800138000", "5", "问店长"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(judged) == [(2, "error", [("到期日", "bad_date")])]


def test_a_month_lasts_to_its_end(tmp_path: Path) -> None:
    rows = [["姓名", "手机", "剩余次数", "到期日"], ["张三", "13800138000", "5", "2028年2月"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    held = judged[0].judged.values["balances"]["units"]["units"]
    assert held == {"count": 5, "expires": "2028-02-29"}


def test_gift_cards_that_never_end_or_hold_nothing(tmp_path: Path) -> None:
    rows = [
        ["礼品卡号", "余额", "有效期至", "状态"],
        ["6600001", "80.50", "永久有效", "正常"],
        ["6600002", "0", "2027-12-31", "已用完"],
        ["6600003", "", "never", "Depleted"],
        ["6600004", "5", "", "用完"],
    ]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(judged) == [(5, "error", [("状态", "spent_but_holds")])]
    assert ["expires" in row.judged.values for row in judged] == [False, True, False, False]
    assert {row.judged.values["card_status"] for row in judged} == {"active"}


@pytest.mark.parametrize(
    ("country", "birthday", "joined"),
    [("TH", [1990, 3, 5], "2021-01-15"), ("SG", [1933, 3, 5], None)],
)
def test_short_years_are_buddhist_in_thailand(
    tmp_path: Path, country: str, birthday: list[int], joined: str | None
) -> None:
    rows = [["ชื่อ", "เบอร์โทรศัพท์", "วันเกิด", "วันที่สมัคร"]]
    rows += [["A", "", "5/3/33", "15/01/64"], ["B", "", "25/12/45", "31/12/60"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country=country)

    values = judged[0].judged.values
    assert list(values["birthday"].values()) == birthday
    assert values.get("joined") == joined


def test_short_years_of_a_western_list_from_thailand(tmp_path: Path) -> None:
    rows = [["Name", "Date of birth", "Joined"]]
    rows += [["A", "25/12/1990", "15/01/21"], ["B", "13/3/1985", "31/12/19"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country="TH")

    assert [row.judged.values["joined"] for row in judged] == ["2021-01-15", "2019-12-31"]


THAI = ["ชื่อ", "วันเกิด", "วันที่สมัคร"]


def births(rows: list[CheckedRow]) -> list[str]:
    return ["-".join(map(str, row.judged.values["birthday"].values())) for row in rows]


def test_short_birthdays_that_fit_both_calendars_are_told(tmp_path: Path) -> None:
    rows = [THAI, ["A", "25/3/45", "15/01/64"], ["B", "5 มี.ค. 50", "1/2/60"]]
    rows += [["C", "25/3/2530", "31/12/60"], ["D", "25/3/1990", "31/12/60"]]

    plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country="TH")

    assert births(judged) == ["2002-3-25", "2007-3-5", "1987-3-25", "1990-3-25"]
    assert said(judged) == [
        (2, "right", [("วันเกิด", "doubtful_year")]),
        (3, "right", [("วันเกิด", "doubtful_year")]),
    ]
    assert sentence(judged[0].judged.warnings[0]) == (
        "25/3/45 may count its year by the Western calendar or by another one: taken as "
        "2002-03-25. Write years with four digits, or say which calendar the column counts by."
    )
    assert plan.as_json()["doubtful_years"] == ["วันเกิด"]


@pytest.mark.parametrize(("calendar", "year"), [("buddhist", 2002), ("western", 1945)])
def test_the_owner_says_which_calendar_a_column_counts_by(
    tmp_path: Path, calendar: str, year: int
) -> None:
    choices = Choices.from_json({"years": {"วันเกิด": calendar}})
    path = csv_file(tmp_path / "a.csv", [THAI, ["A", "25/3/45", ""]])

    _plan, _check, judged = checked(path, country="TH", choices=choices)

    assert (births(judged), said(judged)) == ([f"{year}-3-25"], [])


@pytest.mark.parametrize(("other", "year"), [("25/3/30", 2002), ("25/3/75", 1945)])
def test_one_year_of_one_calendar_settles_the_column(tmp_path: Path, other: str, year: int) -> None:
    path = csv_file(tmp_path / "a.csv", [THAI, ["A", "25/3/45", ""], ["B", other, ""]])

    _plan, _check, judged = checked(path, country="TH")

    assert (births(judged)[0], said(judged)) == (f"{year}-3-25", [])
