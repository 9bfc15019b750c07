"""Errors in the cells of an xlsb are told, not taken for blank."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from imports.rules.reading import open_book
from tests.imports.sheets_made import checked, rows_of, said

RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.bin" Type="http://schemas.openxmlformats'
    '.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
)
AT, STYLE = "<I", b"\0\0\0\0"
DAYS_FROM_1904 = 1


class Error(int):
    """The code of an error a cell holds."""


def record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    return head + (bytes([size]) if size < 0x80 else bytes([size & 0x7F | 0x80, size >> 7])) + body


def wide(text: str) -> bytes:
    return struct.pack(AT, len(text)) + text.encode("utf-16-le")


def cell(column: int, value: str | float | Error) -> bytes:
    place = struct.pack(AT, column) + STYLE
    if isinstance(value, Error):
        return record(3, place + bytes([value]))
    if isinstance(value, str):
        return record(6, place + wide(value))
    return record(5, place + struct.pack("<d", value))


def xlsb_file(
    path: Path, rows: list[list[str | float | Error]], hidden: Sequence[int] = ()
) -> Path:
    width = max(map(len, rows))
    sheet = record(129) + record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, width - 1))
    sheet += record(145)
    for number, row in enumerate(rows):
        sheet += record(
            0, struct.pack(AT, number) + b"\0" * 7 + bytes([16 * (number in hidden)]) + b"\0" * 5
        )
        sheet += b"".join(cell(column, value) for column, value in enumerate(row))
    sheet += record(146) + record(130)
    named = struct.pack("<II", 0, 1) + wide("rId1") + wide("会员")
    flags = record(153, struct.pack("<III", DAYS_FROM_1904, 0, 0))
    book = record(131) + flags + record(143) + record(156, named) + record(144) + record(132)
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("xl/_rels/workbook.bin.rels", RELATIONS)
        parts.writestr("xl/workbook.bin", book)
        parts.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def test_an_error_in_a_cell_is_no_blank(tmp_path: Path) -> None:
    rows: list[list[str | float | Error]] = [
        ["姓名", "手机号", "余额"],
        ["张三", "13800138000", Error(0x2A)],
        ["李四", "13800138001", 20.5],
        [Error(0x17), "13800138002", 3.0],
    ]
    path = xlsb_file(tmp_path / "a.xlsb", rows)

    cells = [row for _number, row in rows_of(path)]
    _plan, _check, judged = checked(path)

    assert cells[1:] == [
        ("张三", "13800138000", "#N/A"),
        ("李四", "13800138001", 20.5),
        ("#REF!", "13800138002", 3),
    ]
    assert [(number, outcome) for number, outcome, _found in said(judged)] == [
        (2, "error"),
        (4, "error"),
    ]


def test_a_binary_workbook_says_where_its_days_count_from(tmp_path: Path) -> None:
    path = xlsb_file(tmp_path / "a.xlsb", [["姓名", "手机号"], ["张三", "13800138000"]])

    with open_book(path) as book:
        assert (book.format, book.serials_from_1904) == ("xlsb", True)
        assert [sheet.name for sheet in book.sheets] == ["会员"]


def test_a_hidden_row_of_a_binary_workbook_is_told(tmp_path: Path) -> None:
    rows: list[list[str | float | Error]] = [["姓名", "手机"], ["张三", "13800138000"]]

    _plan, check, _rows = checked(xlsb_file(tmp_path / "a.xlsb", rows, hidden=[1]))

    assert [(note["code"], note["params"]) for note in check.notes] == [
        ("hidden_rows", {"rows": "2"})
    ]
