"""Columns that are parts of the one beside them, and names said in two languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports.rules.aliases import recognise
from tests.imports.sheets_made import checked, csv_file, said

MONEY = ("stored_value_principal", "stored_value_bonus")


def balances_of(tmp_path: Path, header: str, cells: str) -> tuple[list[int], list[Any]]:
    rows = [["姓名", *header.split(",")], ["张三", *cells.split(",")]]
    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))
    held = judged[0].judged.values["balances"]
    return [held[part] for part in MONEY], said(judged)


@pytest.mark.parametrize(
    ("header", "cells", "held"),
    [
        ("账户余额,其中充值余额,其中赠送余额", "150,100,50", [10_000, 5_000]),
        ("账户余额,其中：赠送", "150,50", [10_000, 5_000]),
        ("Balance,of which paid,of which bonus", "150,100,50", [10_000, 5_000]),
        ("累计充值,其中赠送,余额", "1000,200,30", [3_000, 0]),
    ],
)
def test_of_which_is_a_part_of_the_balance_before(
    tmp_path: Path, header: str, cells: str, held: list[int]
) -> None:
    assert balances_of(tmp_path, header, cells) == (held, [])


def test_parts_that_do_not_add_up_are_an_error(tmp_path: Path) -> None:
    _held, found = balances_of(tmp_path, "账户余额,其中本金,其中赠金", "150,100,40")

    assert found == [(2, "error", [("账户余额", "balances_disagree")])]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Balance 余额", "stored_value"),
        ("手机 Mobile", "phone"),
        ("Total Spent 累计消费", "history"),
        ("VIP Expiry 到期", "tier_until"),
    ],
)
def test_a_name_in_two_languages(header: str, field: str) -> None:
    match = recognise(header, "members")

    assert match is not None
    assert match.field == field


def test_halves_that_disagree_say_nothing() -> None:
    match = recognise("Phone 余额", "members")

    assert match is None or match.score < 100


@pytest.mark.parametrize("header", ["Tickets", "Expired?", "do_not_email", "会员状态"])
def test_names_like_another_are_only_kept(header: str) -> None:
    assert recognise(header, "members") is None
    assert recognise(header, "sales") is None


def test_the_state_of_a_card_beside_its_member(tmp_path: Path) -> None:
    rows = [["卡号", "姓名", "余额", "卡状态"]]
    rows += [["001", "张三", "5", "挂失"], ["002", "李四", "6", "正常"], ["003", "王五", "7", "?"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="members")

    states = [row.judged.values.get("card_status") for row in judged]
    assert states == ["lost", "active", None]
    assert said(judged) == [(4, "right", [("卡状态", "unknown_word")])]


def test_a_second_name_serves_who_has_no_first_one(tmp_path: Path) -> None:
    rows = [["會員編號", "中文姓名", "英文姓名"]]
    rows += [["1", "陳大文", "CHAN Tai Man"], ["2", "", "Peter"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country="HK")

    assert [row.judged.values["name"] for row in judged] == ["陳大文", "Peter"]
    assert judged[0].judged.values["attributes"] == {"英文姓名": "CHAN Tai Man"}
