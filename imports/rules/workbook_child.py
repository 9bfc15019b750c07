"""The process that parses a workbook: alone, with little memory, so that it may die without harm.

Run as a script: ``workbook_child.py WORKBOOK FOLDER``. Writes the rows of each sheet to
``FOLDER/N.jsonl`` and prints one JSON line that describes the sheets, or says what went wrong.
It imports nothing of the project, so that it starts fast and the limit is all for the workbook.
"""

import json
import sys
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TextIO

MEMORY_LIMIT = 1 << 30
SPOOL_LIMIT = 1 << 30
LARGEST_WHOLE_FLOAT = 1e15


def main() -> None:
    """Spool every sheet; an error the library names becomes ``{"error": …}``."""
    _limit_memory()
    from python_calamine import (  # noqa: PLC0415 — only after the limit is set
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        WorksheetNotFound,
        XmlError,
        ZipError,
    )

    source, folder = sys.argv[1], Path(sys.argv[2])
    try:
        book = CalamineWorkbook.from_path(source)
        sheets = [
            _spool(book, index, meta.name, folder)
            for index, meta in enumerate(book.sheets_metadata)
            if str(meta.typ).endswith("WorkSheet") and str(meta.visible).endswith("Visible")
        ]
    except PasswordError:
        _say({"error": "encrypted"})
    except (CalamineError, WorksheetNotFound, XmlError, ZipError, ValueError, OSError) as error:
        _say({"error": "unreadable", "detail": str(error)[:200]})
    except MemoryError:
        _say({"error": "memory"})
    else:
        _say({"sheets": sheets})


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415 — not to be had on every system
    except ImportError:
        return
    for limit, most in ((resource.RLIMIT_AS, MEMORY_LIMIT), (resource.RLIMIT_FSIZE, SPOOL_LIMIT)):
        try:
            resource.setrlimit(limit, (most, most))
        except (ValueError, OSError):
            # Some systems know the limit and refuse to set it; the time limit still holds.
            continue


def _spool(book: Any, index: int, name: str, folder: Path) -> dict[str, Any]:
    sheet = book.get_sheet_by_index(index)
    with (folder / f"{index}.jsonl").open("w", encoding="utf-8") as out:
        rows = _write_rows(sheet, out)
    merged = [
        [first[0] + 1, first[1] + 1, last[0] + 1, last[1] + 1]
        for first, last in (sheet.merged_cell_ranges or [])
    ]
    return {"name": name, "index": index, "rows": rows, "merged": merged}


def _write_rows(sheet: Any, out: TextIO) -> int:
    """Rows that hold something, each as ``[number, cells]``."""
    if sheet.start is None:
        return 0
    written = 0
    # The library begins at the first row of the sheet, but at the first column in use.
    lead: list[Any] = [None] * sheet.start[1]
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [None if cell == "" else cell for cell in _plain(row)]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            json.dump([number, lead + cells], out, ensure_ascii=False, default=_tagged)
            out.write("\n")
            written += 1
    return written


def _plain(row: list[Any]) -> list[Any]:
    """Whole floats as integers: spreadsheets know no others."""
    return [
        int(cell)
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < LARGEST_WHOLE_FLOAT
        else cell
        for cell in row
    ]


def _tagged(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return {"at": cell.isoformat()}
    if isinstance(cell, date):
        return {"on": cell.isoformat()}
    if isinstance(cell, time | timedelta):
        return str(cell)
    raise TypeError(type(cell).__name__)


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, ensure_ascii=True))  # noqa: T201 — the answer goes to the parent


if __name__ == "__main__":
    main()
