"""Numbers that stand for words are read by the list in their header, or a published one."""

from pathlib import Path

import pytest

from imports.rules.aliases import recognise
from tests.imports.sheets_made import checked, csv_file

LISTED = "取引区分 （1：通常、2：入金、3：出金、6：ポイント加算、7：ポイント減算、11：チップ）"


@pytest.mark.parametrize("header", ["取引区分", LISTED])
def test_what_is_no_sale_is_left_out_and_counted(tmp_path: Path, header: str) -> None:
    rows = [
        ["取引ID", "取引日時", header, "取消区分 (0:通常、1：取消)", "合計"],
        ["501", "2026/03/01 10:00:00", "1", "0", "1500"],
        ["502", "2026/03/01 10:05:00", "2", "0", "9000"],
        ["503", "2026/03/01 10:10:00", "7", "0", "0"],
        ["504", "2026/03/01 10:15:00", "1", "1", "800"],
    ]

    plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), currency="JPY", exponent=0)

    outcomes = [(row.outcome.value, [f["code"] for f in row.found]) for row in judged]
    assert plan.kind == "sales"
    assert outcomes == [
        ("right", []),
        ("ignored", ["no_visit_no_sale"]),
        ("ignored", ["no_visit_no_sale"]),
        ("ignored", ["cancelled"]),
    ]
    assert judged[0].judged.values["type"] == "通常"


def test_value_that_was_loaded_is_a_top_up_and_no_purchase(tmp_path: Path) -> None:
    rows = [["取引ID", "取引日時", "取引区分", "合計"], ["501", "2026/03/01 10:00", "15", "5000"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), currency="JPY", exponent=0)

    assert (judged[0].outcome, judged[0].judged.values["type"]) == ("right", "バリューカード入金")


def test_a_list_of_people_is_read_by_its_legends_too(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "性别(1:女 2:男)"], ["张三", "13800138000", "2"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert judged[0].judged.values["gender"] == "M"
    match = recognise(LISTED, "sales")
    assert match is not None
    assert match.field == "type"
