"""The first rows of a file as they would be read with other choices, before anybody decides."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from common.errors import DomainError
from imports.models import ImportBatch
from imports.rules.choices import ALIKE, Choices
from imports.rules.headers import find_header
from imports.rules.previews import about_file, first_rows
from imports.rules.reading import open_book
from imports.rules.sheets import Sheet

# A larger workbook is not opened while somebody waits; what its check saw is shown instead.
OPENED_AT_ONCE = 3 << 20
TEXTS = ("csv", "tsv")
# Of sheets read as one table so many are shown, with so many rows below the header.
SHEETS_SHOWN, ROWS_BELOW = 4, 4


def preview_of(batch: ImportBatch, choices: Choices) -> dict[str, Any]:
    """The first rows of the chosen sheets: ``tables``, ``encoding``, ``delimiter``.

    ``more`` is how many sheets are not shown. A table is its ``sheet``, ``rows`` and
    ``header_row``. Raises what opening the file raises.
    """
    path, wanted = Path(batch.upload.path), _wanted(batch, choices)
    if batch.upload.size > OPENED_AT_ONCE and batch.plan.get("format") not in TEXTS:
        header_row = batch.plan.get("header_row")
        chosen = _chosen(batch.plan, wanted)
        tables = [_table(one["name"], one["rows"], header_row) for one in chosen[:SHEETS_SHOWN]]
        return _shown(batch.plan, tables, len(chosen))
    with open_book(path, encoding=choices.encoding, delimiter=choices.delimiter) as book:
        about = about_file(book)
        chosen = _chosen(about, wanted)
        names = [one["name"] for one in chosen[:SHEETS_SHOWN]]
        sheets = [next(sheet for sheet in book.sheets if sheet.name == name) for name in names]
        tables = [_table(one.name, first_rows(one), _header_row(one, choices)) for one in sheets]
        return _shown(about, tables, len(chosen))


def _wanted(batch: ImportBatch, choices: Choices) -> list[Any]:
    """The names of the sheets to be read; where the reader chooses, those it chose last."""
    if isinstance(choices.sheet, list):
        return choices.sheet
    if choices.sheet is not None and choices.sheet != ALIKE:
        return [choices.sheet]
    return batch.sheets_together or [batch.plan.get("sheet")]


def _chosen(about: dict[str, Any], wanted: list[Any]) -> list[dict[str, Any]]:
    sheets = about.get("sheets") or [{"name": "", "rows": []}]
    chosen = [sheet for sheet in sheets if sheet["name"] in wanted]
    return chosen or [max(sheets, key=lambda sheet: len(sheet["rows"]))]


def _shown(about: dict[str, Any], tables: list[dict[str, Any]], sheets: int) -> dict[str, Any]:
    if len(tables) > 1:
        tables = [_begun(table) for table in tables]
    return {
        "encoding": about.get("encoding"),
        "delimiter": about.get("delimiter"),
        # A text or a page is one table without a name.
        "is_workbook": not about.get("encoding"),
        "tables": tables,
        "more": sheets - len(tables),
    }


def _table(name: str, rows: list[list[Any]], header_row: int | None) -> dict[str, Any]:
    """Rows of one width, as a table needs them."""
    width = max(map(len, rows), default=0)
    padded = [row + [""] * (width - len(row)) for row in rows]
    return {"sheet": name, "rows": padded, "header_row": header_row}


def _begun(table: dict[str, Any]) -> dict[str, Any]:
    """Fewer rows of each sheet where several are shown: the header and what is next below."""
    ends = (table["header_row"] or 0) + ROWS_BELOW
    return table | {"rows": [row for row in table["rows"] if row[0] <= ends]}


def _header_row(sheet: Sheet, choices: Choices) -> int | None:
    with suppress(DomainError):
        return find_header(sheet, at_row=choices.header_row).row
    return None
