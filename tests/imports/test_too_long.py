"""A text longer than its field is kept whole beside it, and never meets another that begins so."""

from pathlib import Path

import pytest

from tests.imports.sheets_made import checked, csv_file, said

LONG = "长" * 130


@pytest.mark.parametrize(
    ("header", "cell", "field", "cut"),
    [
        ("姓名", LONG, "name", LONG[:120]),
        ("地址", LONG * 3, "address", (LONG * 3)[:300]),
        ("农历生日", LONG, "lunar_birthday", None),
        ("会员ID", "7" * 121, "external_ids", {}),
        ("卡号", "7" * 65, "card", None),
    ],
)
def test_a_member_list_keeps_it_whole(
    tmp_path: Path, header: str, cell: str, field: str, cut: object
) -> None:
    other = "姓名" if header != "姓名" else "等级"
    table = [["手机号", other, header], ["13800138000", "甲", cell], ["13800138001", "乙", ""]]

    _plan, _check, rows = checked(csv_file(tmp_path / "a.csv", table), kind="members")

    assert said(rows) == [(2, "right", [(header, "text_too_long")])]
    assert rows[0].judged.values.get(field) == cut
    assert rows[0].judged.values["attributes"] == {header: cell}


def test_a_name_and_an_address_in_parts_keep_them_whole(tmp_path: Path) -> None:
    first, last, street, city = "F" * 70, "L" * 70, "S" * 200, "C" * 130
    table = [
        ["phone", "first name", "last name", "address", "city"],
        ["13800138000", first, last, street, city],
    ]

    _plan, _check, rows = checked(csv_file(tmp_path / "a.csv", table), kind="members")

    values = rows[0].judged.values
    assert values["name"] == f"{first} {last}"[:120]
    assert values["address"] == f"{street}, {city}"[:300]
    assert values["region"] == city[:120]
    assert values["attributes"] == {
        "first name": first,
        "last name": last,
        "address": street,
        "city": city,
    }


@pytest.mark.parametrize(
    ("header", "cell", "field", "cut"),
    [
        ("备注", LONG * 2, "note", (LONG * 2)[:200]),
        ("单号", "7" * 111, "source_id", None),
        ("会员卡号", "7" * 65, "card", None),
    ],
)
def test_a_log_keeps_it_whole(
    tmp_path: Path, header: str, cell: str, field: str, cut: str | None
) -> None:
    table = [["日期", "会员", "金额", header], ["2026-01-05 10:00", "张三", "12.00", cell]]

    _plan, _check, rows = checked(csv_file(tmp_path / "a.csv", table), kind="sales")

    assert (header, "text_too_long") in said(rows)[0][2]
    assert rows[0].judged.values.get(field) == cut
    assert rows[0].judged.values["extra"][header] == cell


def test_machines_that_begin_alike_are_not_made_one(tmp_path: Path) -> None:
    table = [["时间", "机台", "投币数"], ["2026-01-05 10:00", "M" * 41, "3"]]

    _plan, _check, rows = checked(csv_file(tmp_path / "a.csv", table), kind="coin_plays")

    assert rows[0].outcome == "error"
    assert [found["code"] for found in rows[0].judged.errors] == ["machine_name_long"]
