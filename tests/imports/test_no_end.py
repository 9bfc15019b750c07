"""What never ends has no last day; short years of Thai lists are Buddhist."""

from __future__ import annotations

from pathlib import Path

import pytest

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
