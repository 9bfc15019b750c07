"""The process that parses a file of markup or a workbook: alone, with little memory and time.

Run as a script: ``workbook_child.py FILE FOLDER KIND ENCODING``. Writes the rows of each sheet to
``FOLDER/N.jsonl`` and describes them in ``FOLDER/answer.json``, or says there what went wrong. It
may be killed or abort at any moment without harm to whoever waits for the answer.
"""

import json
import math
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, TextIO

# Started by path, so that nothing in the current folder or the environment is imported instead.
sys.path.insert(0, str(Path(__file__).parents[2]))

from common.errors import DomainError
from imports.rules.binary_workbook import BinaryWorkbook, is_binary, look_at_binary
from imports.rules.cell_marks import Marks, SheetLook, marks_of, with_marks
from imports.rules.guard import inspect_zip
from imports.rules.markup_tables import MarkupTable, read_html, read_xml_spreadsheet
from imports.rules.old_workbook import OldWorkbook, look_at_old
from imports.rules.open_document import (
    CONTENT,
    OpenSheet,
    is_locked,
    is_open_document,
    look_at_open_document,
)
from imports.rules.sheets import (
    COLUMNS_LIMIT,
    ROWS_LIMIT,
    FileEncrypted,
    FileUnreadable,
    Row,
    StrayCell,
    TooManyRows,
    TooMuchText,
    column_letters,
    trimmed,
)

MEMORY_LIMIT = 768 << 20
SPOOL_LIMIT = 1 << 30
# Characters of one row, as a line of a text file may have, and of all rows: a small file that says
# one long text ten thousand times is no table.
LONGEST_ROW = 1 << 20
ROOM_AT_LEAST, ROOM_A_BYTE, ROOM_AT_MOST = 16 << 20, 100, 150 << 20
CPU_SECONDS = 60
SHEETS_LIMIT = 1_000
LARGEST_WHOLE_FLOAT = 1e15


def main() -> None:
    """Spool every sheet; a refusal becomes ``{"error": code, "params": …}``."""
    _limit_itself()
    source, folder, kind, encoding = sys.argv[1:]
    _Spool.room = min(max(ROOM_AT_LEAST, Path(source).stat().st_size * ROOM_A_BYTE), ROOM_AT_MOST)
    readers: dict[str, Callable[[Path, Path], dict[str, Any]]] = {
        "zip": _read_zip,
        "xls": _read_old,
        "html": partial(_read_html, encoding=encoding),
        "xml": partial(_read_xml, encoding=encoding),
    }
    try:
        answer = readers[kind](Path(source), Path(folder))
    except DomainError as error:
        answer = {"error": error.code, "params": error.params}
    except MemoryError:
        answer = {"error": "parsing_too_heavy", "params": {}}
    Path(folder, "answer.json").write_text(json.dumps(answer), encoding="ascii")


def _limit_itself() -> None:
    try:
        import resource  # noqa: PLC0415 — not to be had on every system
    except ImportError:
        return
    limits = {
        resource.RLIMIT_AS: MEMORY_LIMIT,
        resource.RLIMIT_FSIZE: SPOOL_LIMIT,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        try:
            resource.setrlimit(limit, (most, most))
        except (ValueError, OSError):
            # Some systems know the limit and refuse to set it; the time limit still holds.
            continue


def _read_zip(source: Path, folder: Path) -> dict[str, Any]:
    found = inspect_zip(source)
    marks: dict[str, Marks] = {}
    with zipfile.ZipFile(source) as parts:
        if is_open_document(parts):
            return _read_open_document(source, folder, parts)
        if is_binary(parts):
            return _read_by_index(source, folder, look_at_binary(parts), "xlsb")
        for name, part in found.marked.items():
            with parts.open(part) as stream:
                marks[name] = marks_of(stream, calculates_on_load=found.calculates_on_load)
    sheets = _calamine_sheets(source, folder, lambda _index, name: marks.get(name, {}))
    for sheet in sheets:
        sheet["hidden_rows"] = found.hidden.get(sheet["name"], [])
        sheet["struck_rows"] = found.struck.get(sheet["name"], [])
    return {"kind": "xlsx", "serials_from_1904": found.serials_from_1904, "sheets": sheets}


def _read_open_document(source: Path, folder: Path, parts: zipfile.ZipFile) -> dict[str, Any]:
    if is_locked(parts):
        raise FileEncrypted
    with parts.open(CONTENT) as content:
        found = look_at_open_document(content)
    nothing = OpenSheet()
    sheets = _calamine_sheets(source, folder, lambda _index, name: found.get(name, nothing).marks)
    for sheet in sheets:
        sheet["merged"] = [list(area) for area in found.get(sheet["name"], nothing).merged]
        sheet["hidden_rows"] = found.get(sheet["name"], nothing).hidden
    return {"kind": "ods", "serials_from_1904": False, "sheets": sheets}


def _read_old(source: Path, folder: Path) -> dict[str, Any]:
    found = look_at_old(source)
    if found.is_locked:
        raise FileEncrypted
    return _read_by_index(source, folder, found, "xls")


def _read_by_index(
    source: Path, folder: Path, found: OldWorkbook | BinaryWorkbook, kind: str
) -> dict[str, Any]:
    nothing = SheetLook()
    looks = dict(enumerate(found.sheets))
    sheets = _calamine_sheets(source, folder, lambda index, _name: looks.get(index, nothing).marks)
    for sheet in sheets:
        sheet["hidden_rows"] = looks.get(sheet["index"], nothing).hidden
    return {"kind": kind, "serials_from_1904": found.serials_from_1904, "sheets": sheets}


def _calamine_sheets(source: Path, folder: Path, marks: Any) -> list[dict[str, Any]]:
    from python_calamine import (  # noqa: PLC0415 — only after the limits are set
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        WorksheetNotFound,
        XmlError,
        ZipError,
    )

    try:
        # Given a path, the library would go by the name of the file.
        book = CalamineWorkbook.from_filelike(BytesIO(source.read_bytes()))
        if len(book.sheets_metadata) > SHEETS_LIMIT:
            raise FileUnreadable
        return [
            _calamine_sheet(book, index, meta, folder, marks(index, meta.name))
            for index, meta in enumerate(book.sheets_metadata)
            if str(meta.typ).endswith("WorkSheet")
        ]
    except PasswordError as error:
        raise FileEncrypted from error
    except (CalamineError, WorksheetNotFound, XmlError, ZipError, ValueError, OSError) as error:
        raise FileUnreadable from error


def _calamine_sheet(book: Any, index: int, meta: Any, folder: Path, marks: Marks) -> dict[str, Any]:
    sheet = book.get_sheet_by_index(index)
    rows = _calamine_rows(sheet)
    with _Spool(folder / f"{index}.jsonl") as spool:
        for row in with_marks(rows, marks) if marks else rows:
            spool.append(row)
    return {
        "index": index,
        "name": meta.name,
        "is_hidden": not str(meta.visible).endswith(".Visible"),
        "file": f"{index}.jsonl",
        "rows": spool.count,
        "width": spool.width,
        "merged": [
            [first[0] + 1, first[1] + 1, last[0] + 1, last[1] + 1]
            for first, last in (sheet.merged_cell_ranges or [])
        ],
    }


def _calamine_rows(sheet: Any) -> Iterator[Row]:
    """Rows that hold something; those of a sheet without any cell are none."""
    if sheet.start is None:
        return
    # The library begins at the first row of the sheet, but at the first column in use.
    lead: list[Any] = [None] * sheet.start[1]
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if cells := trimmed([_plain(cell) for cell in row]):
            yield Row(number, (*lead, *cells))


def _plain(cell: Any) -> Any:
    """Whole floats as integers: spreadsheets know no others. What is no number becomes a word."""
    if cell == "":
        return None
    if isinstance(cell, float):
        if not math.isfinite(cell):
            return str(cell)
        return int(cell) if cell.is_integer() and abs(cell) < LARGEST_WHOLE_FLOAT else cell
    return cell


def _read_html(source: Path, folder: Path, *, encoding: str) -> dict[str, Any]:
    spools = _Spools(folder)
    with source.open(encoding=encoding, errors="replace", newline="") as text:
        tables = read_html(text, spools.open)
    return {"kind": "html", "serials_from_1904": False, "sheets": spools.described(tables)}


def _read_xml(source: Path, folder: Path, *, encoding: str) -> dict[str, Any]:
    spools = _Spools(folder)
    with source.open(encoding=encoding, errors="replace", newline="") as text:
        tables, serials = read_xml_spreadsheet(text, spools.open)
    return {"kind": "xml", "serials_from_1904": serials, "sheets": spools.described(tables)}


class _Spool:
    """The rows of one sheet on their way to a file, opened when the first one comes."""

    # Characters that the rows of all sheets may still take.
    room = ROOM_AT_MOST

    def __init__(self, path: Path) -> None:
        self.path = path
        self.out: TextIO | None = None
        self.count = 0
        self.width = 0

    def append(self, row: Row) -> None:
        """Write one row."""
        if len(row.cells) > COLUMNS_LIMIT:
            raise StrayCell(cell=f"{column_letters(len(row.cells))}{row.number}")
        if self.count >= ROWS_LIMIT:
            raise TooManyRows(limit=ROWS_LIMIT)
        if self.out is None:
            self.out = self.path.open("w", encoding="utf-8")
        line = json.dumps((row.number, row.cells), ensure_ascii=False, default=_tagged)
        _Spool.room -= len(line)
        if len(line) > LONGEST_ROW or _Spool.room < 0:
            raise TooMuchText(row=row.number)
        self.out.write(line + "\n")
        self.count += 1
        self.width = max(self.width, len(row.cells))

    def __len__(self) -> int:
        return self.count

    def close(self) -> None:
        """Let go of the file; the rows stay."""
        if self.out is None:
            self.path.touch()
        else:
            self.out.close()

    def __enter__(self) -> "_Spool":
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class _Spools:
    """The files of tables that are found one after another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[_Spool] = []

    def open(self) -> _Spool:
        """A place for the rows of the next table."""
        if len(self.opened) > SHEETS_LIMIT:
            raise FileUnreadable
        self.opened.append(_Spool(self.folder / f"{len(self.opened)}.jsonl"))
        return self.opened[-1]

    def described(self, tables: list[MarkupTable]) -> list[dict[str, Any]]:
        """What the answer says of the tables."""
        return [
            {
                "name": table.name,
                "is_hidden": table.is_hidden,
                "file": table.rows.path.name,
                "rows": len(table.rows),
                "width": table.rows.width,
                "merged": [list(area) for area in table.merged],
                "cut_after": table.cut_after,
                "is_torn": table.is_torn,
            }
            for table in tables
            if isinstance(table.rows, _Spool)
        ]


def _tagged(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, date):
        return {"on": cell.isoformat()}
    if isinstance(cell, time | timedelta):
        return str(cell)
    raise TypeError(type(cell).__name__)


if __name__ == "__main__":
    main()
