"""A file that breaks off says so, and loses nothing; a stray quote is only a sign."""

from __future__ import annotations

from pathlib import Path

import pytest

from imports.rules.findings import sentence
from tests.imports.sheets_made import checked, said

HEAD = "姓名,手机号,余额,备注\n张三,13800138001,100,好\n李四,13800138002,200,好\n"


def file_of(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "members.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize(
    ("ending", "column", "last_cell"),
    [
        ("王五,13800138003,30", "余额", "30"),
        ('王五,13800138003,300,"长期客户，喜', "备注", "长期客户，喜"),
        ('王五,13800138003,300,"一行\n二行', "备注", "一行\n二行"),
        ('王五,13800138003,"3', "余额", "3"),
    ],
)
def test_the_row_a_file_breaks_off_in_is_an_error(
    tmp_path: Path, ending: str, column: str, last_cell: str
) -> None:
    path = file_of(tmp_path, HEAD + ending)

    _plan, check, rows = checked(path)

    assert said(rows) == [(4, "error", [(column, "row_torn")])]
    assert rows[-1].raw[column] == last_cell
    assert [sentence(note) for note in check.notes] == [
        "The file breaks off in row 4, so rows below it may be missing: export it again."
    ]


def test_half_a_character_at_the_end_is_a_torn_row(tmp_path: Path) -> None:
    path = file_of(tmp_path, (HEAD + "王五,13800138003,300,喜欢").encode()[:-1])

    _plan, check, rows = checked(path)

    assert rows[-1].outcome == "error"
    assert [note["code"] for note in check.notes] == ["file_torn"]


@pytest.mark.parametrize(
    "ending",
    [
        "王五,13800138003,300,好",
        "王五,13800138003,300",
        '王五,13800138003,300,"好\n',
        '王五,"13800138003,300,好\n赵六,13800138004,5,好',
        "合计,300",
        "制表人：小王",
    ],
)
def test_a_file_without_a_last_line_end_is_not_torn(tmp_path: Path, ending: str) -> None:
    ragged = HEAD.replace("200,好", "200")

    _plan, check, _rows = checked(file_of(tmp_path, ragged + ending))

    assert check.notes == []


PAGE = "<html><body><table><tr><th>姓名</th><th>手机号</th><th>余额</th></tr>"
ROWS = "<tr><td>张三</td><td>13800138001</td><td>100</td></tr>"


@pytest.mark.parametrize(
    "ending",
    [
        "<tr><td>王五</td><td>13800138003</td><td>30",
        "<tr><td>王五</td><td>13800138003</td><td>30</td>",
        "<tr><td>王五</td><td>13800138003</td><td>30</t",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_page_cut_off_in_a_row_says_so(tmp_path: Path, ending: str, encoding: str) -> None:
    path = tmp_path / "members.xls"
    path.write_text(PAGE + ROWS + ending, encoding=encoding)

    _plan, check, rows = checked(path)

    assert said(rows) == [(3, "error", [("余额", "row_torn")])]
    assert rows[-1].raw["余额"] == "30"
    assert [note["code"] for note in check.notes] == ["file_torn"]


@pytest.mark.parametrize("ending", ["", "\n<tr", "<tr><td", "</tab"])
def test_a_page_cut_off_between_rows_says_so(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "members.xls"
    path.write_text(PAGE + ROWS + ending)

    _plan, check, rows = checked(path)

    assert said(rows) == []
    (note,) = check.notes
    assert sentence(note) == (
        "The file ends before its table does, after row 2, so rows below it may be missing: "
        "export it again."
    )


@pytest.mark.parametrize(
    "page",
    [
        PAGE + ROWS + "</table>",
        PAGE + ROWS + "</body></html>",
        "<table><tr><td>姓名<td>手机号<tr><td>张三<td>13800138001</table>",
    ],
)
def test_a_page_that_closes_little_is_whole(tmp_path: Path, page: str) -> None:
    path = tmp_path / "members.xls"
    path.write_text(page)

    _plan, check, rows = checked(path)

    assert (len(rows), said(rows), check.notes) == (1, [], [])


def test_a_page_cut_off_in_its_totals_says_so(tmp_path: Path) -> None:
    path = tmp_path / "members.xls"
    path.write_text(PAGE + ROWS + "<tr><td>合计</td><td></td><td>10")

    _plan, check, rows = checked(path)

    assert (len(rows), [note["code"] for note in check.notes]) == (1, ["file_cut"])
