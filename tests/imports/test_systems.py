"""Exports of other systems are read as what they are; only what nobody can know is asked."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from imports.rules.choices import Choices
from imports.rules.guessing import ColumnMissing, KindUnknown
from imports.rules.log_words import is_top_up
from tests.imports.sheets_made import DATA, checked, csv_file, said

SYSTEMS = tomllib.loads((DATA / "systems.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SYSTEMS)
def test_an_export_is_read_as_what_it_is(name: str, tmp_path: Path) -> None:
    export: dict[str, Any] = SYSTEMS[name]
    path = tmp_path / "a.csv"
    path.write_text(export["lines"], encoding="utf-8")
    choices = Choices(member="C1") if export["kind"] == "statement" else None
    currency = {"JP": "JPY", "ID": "IDR"}.get(export["country"], "CNY")

    plan, _check, rows = checked(
        path,
        country=export["country"],
        choices=choices,
        currency=currency,
        exponent=0 if currency == "JPY" else 2,
    )

    read = {column.header: column.field for column in plan.columns}
    assert plan.kind == export["kind"]
    assert {header: read[header] for header in export["fields"]} == export["fields"]
    of_members = {"phone", "card", "name", "points", "stored_value", "units", "amount"}
    taken = {header for header, field in read.items() if field in of_members}
    assert taken <= set(export["fields"])
    asked = [column.header for column in plan.columns if column.how == "asked"]
    assert asked == export.get("asked", [])
    if "held" in export:
        assert [held(row.judged.values["balances"]) for row in rows] == export["held"]
    if "sold" in export:
        amounts = [[row.outcome.value, row.judged.values.get("amount", 0)] for row in rows]
        assert amounts == export["sold"]
    if "came" in export:
        assert [row.outcome.value for row in rows] == export["came"]


def held(balances: dict[str, Any]) -> list[Any]:
    """Balance paid in, bonus, points, coins, and units by name."""
    parts = ("stored_value_principal", "stored_value_bonus", "points", "coins")
    units = {name: unit["count"] for name, unit in balances["units"].items()}
    return [*(balances[part] for part in parts), units]


def test_what_cards_were_worth_is_no_balance_where_some_of_it_is_gone(tmp_path: Path) -> None:
    left = [["Card Number", "Initial Value", "Current Value"], ["6001", "50.00", "12.50"]]
    whole = [["礼品卡号", "面值", "已用金额"], ["6001", "50.00", "0.00"]]
    gone = [["礼品卡号", "面值", "已用金额", "余款估计"], ["6001", "50.00", "20.00", ""]]

    held = [
        checked(csv_file(tmp_path / "a.csv", rows))[2][0].judged.values["balances"]
        for rows in (left, whole)
    ]

    assert [one["stored_value_principal"] for one in held] == [1_250, 5_000]
    with pytest.raises(ColumnMissing):
        checked(csv_file(tmp_path / "a.csv", gone))


@pytest.mark.parametrize(
    ("words", "threshold"),
    [
        ("累计消费满1,000元", ("min_spend", 100_000)),
        ("积分达到5000分", ("min_points", 5_000)),
        ("到店满20次", ("min_visits", 20)),
        ("spend over $500", ("min_spend", 50_000)),
        ("10 visits", ("min_visits", 10)),
    ],
)
def test_a_condition_in_words_is_taken_where_it_is_one_threshold(
    tmp_path: Path, words: str, threshold: tuple[str, int]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'等级名称,升级条件,折扣\n银卡,"{words}",9.5折\n')

    plan, _check, rows = checked(path)

    assert (plan.kind, said(rows)) == ("tiers", [])
    assert rows[0].judged.values[threshold[0]] == threshold[1]
    assert rows[0].judged.values["extra"] == {"升级条件": words}


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("累计消费5000元或充值3000元", ["condition_kept"]),
        ("注册即可", []),
        ("一次性充值满3000元", ["condition_kept"]),
    ],
)
def test_any_other_condition_is_kept_in_its_words(
    tmp_path: Path, words: str, codes: list[str]
) -> None:
    rows = [["等级名称", "升级条件", "折扣"], ["银卡", words, "9.5折"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    values = judged[0].judged.values
    assert [found["code"] for found in judged[0].judged.warnings] == codes
    assert not {"min_spend", "min_points", "min_visits"} & set(values)
    assert values["extra"] == {"升级条件": words}


def test_amounts_going_up_are_no_days_of_a_sign_in_sheet(tmp_path: Path) -> None:
    rows = [["Name", "Phone", "A", "B", "C"], ["Ann", "6175550111", "1.00", "4.00", "12.36"]]
    rows += [["Ben", "6175550112", "1.00", "2", "3"]]

    plan, _check, _rows = checked(csv_file(tmp_path / "a.csv", rows), country="US")

    assert plan.kind == "members"


def test_a_log_of_top_ups_is_booked_as_such_and_no_purchase(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(SYSTEMS["cn_recharge_log"]["lines"], encoding="utf-8")

    _plan, _check, rows = checked(path)

    assert is_top_up(rows[0].judged.values["type"])


@pytest.mark.parametrize(
    "rows",
    [
        [["变动时间", "会员卡号", "变动积分", "变动后积分"], ["2026-03-01", "C1", "30", "130"]],
        [["会計ID", "SKU", "名前", "数量", "金額"], ["1", "S1", "コーヒー", "1", "500"]],
    ],
)
def test_neither_points_that_moved_nor_goods_are_taken_for_people(
    tmp_path: Path, rows: list[list[str]]
) -> None:
    with pytest.raises(KindUnknown):
        checked(csv_file(tmp_path / "a.csv", rows))


def test_bundles_that_are_over_are_kept_and_not_booked(tmp_path: Path) -> None:
    rows = [
        ["卡号", "姓名", "套餐名称", "剩余次数", "套餐状态"],
        ["C1", "张三", "精洗", "7", "使用中"],
        ["C2", "李四", "精洗", "3", "已退款"],
    ]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [held(row.judged.values["balances"])[-1] for row in judged] == [{"精洗": 7}, {}]
    assert [f["code"] for f in judged[1].judged.warnings] == ["bundle_over"]
    assert judged[1].judged.values["attributes"]["剩余次数"] == "3"
