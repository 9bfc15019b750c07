"""Tables of one header side by side are read one below the other; different ones are told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports.operations import check_file
from imports.rules.checking import CheckedRow
from imports.rules.findings import sentence
from members.models import Store
from tests.imports.sheets_made import NOW, checked, csv_file, said, xlsx_file

HEAD = ["姓名", "手机号", "余额"]
ZHANG = ["张三", "13800138000", "1"]
LI = ["李四", "13800138001", "2"]
WANG = ["王五", "13800138002", "5"]


def names(rows: list[CheckedRow]) -> list[tuple[int, str]]:
    return [(row.number, row.judged.values["name"]) for row in rows]


def test_every_row_of_both_tables_is_read_and_proved(tmp_path: Path) -> None:
    rows = [
        ["会员名单"],
        [*HEAD, "", "名字", "联系电话", "余额"],
        [*ZHANG, "", *LI],
        WANG,
        ["合计", "", "6", "", "合计", "", "2"],
        ["制表人：小王"],
    ]

    plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert names(found) == [(3, "张三"), (4, "王五"), (1003, "李四")]
    assert (said(found), check.ignored) == ([], [5, 6, 1004, 1005])
    assert plan.header.names == tuple(HEAD)
    assert [(one.file_total, one.rows) for one in check.totals.values()] == [(800, 800)]
    (note,) = check.notes
    assert sentence(note) == (
        "2 tables of the same columns stand side by side and are read one below the other. Row "
        "numbers of each further table have 1000 added: row 1003 is row 3 of the second one."
    )


def test_three_tables_in_a_workbook_with_titles_and_merged_cells(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [None, "一店", None, None, None, "二店", None, None, None, "三店"],
        [None, *HEAD, None, *HEAD, None, *HEAD],
        [None, *ZHANG, None, *LI, None, *WANG],
        [None, None, None, None, None, None, "13800138009", "4"],
    ]
    merged = [(0, 1, 0, 3, "一店"), (0, 5, 0, 7, "二店"), (2, 5, 3, 5, "李四")]

    _plan, _check, found = checked(xlsx_file(tmp_path / "a.xlsx", rows, merged=merged))

    assert names(found) == [(3, "张三"), (1003, "李四"), (1004, "李四"), (2003, "王五")]
    assert found[2].judged.values["phone"] == "+8613800138009"


@pytest.mark.parametrize(
    ("header", "between"),
    [
        ([*HEAD, "", *HEAD[:2], "积分"], ""),
        ([*HEAD, "", *HEAD[:2], "余额(万元)"], ""),
        ([*HEAD, "", *HEAD], "常客"),
    ],
)
def test_other_tables_are_told_and_left_as_they_stand(
    tmp_path: Path, header: list[str], between: str
) -> None:
    rows = [header, [*ZHANG, between, *LI], [*WANG, "", "", "", ""]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert names(found) == [(2, "张三"), (3, "王五")]
    assert [note["code"] for note in check.notes] == ["twice_side_by_side"]


def test_the_torn_row_is_that_of_the_last_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [[*HEAD, "", *HEAD], [*ZHANG, "", *LI], [*WANG, "", "赵六", "13800138003", "8"]]
    path.write_text("\n".join(map(",".join, rows)) + "\n钱七,13800138004,1,,孙八,13800138005")

    _plan, _check, found = checked(path)

    assert said(found) == [(1004, "error", [("手机号", "row_torn")])]


@pytest.mark.django_db
def test_both_tables_are_staged(store: Store, tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [[*HEAD, "", *HEAD], [*ZHANG, "", *LI]])

    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)

    rows = batch.import_rows.order_by("number").values_list("number", "outcome", "raw")
    assert [(number, outcome, raw["姓名"]) for number, outcome, raw in rows] == [
        (2, "created", "张三"),
        (1002, "created", "李四"),
    ]
    assert batch.rows == 2
