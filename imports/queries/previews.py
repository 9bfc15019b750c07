"""The first rows of a file as they would be read with other choices, before anybody decides."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from common.errors import DomainError
from imports.models import ImportBatch
from imports.rules.choices import ALIKE
from imports.rules.headers import find_header
from imports.rules.mapping import Choices
from imports.rules.previews import about_file, first_rows
from imports.rules.reading import open_book
from imports.rules.sheets import Sheet

# A larger workbook is not opened while somebody waits; what its check saw is shown instead.
OPENED_AT_ONCE = 3 << 20
TEXTS = ("csv", "tsv")


def preview_of(batch: ImportBatch, choices: Choices) -> dict[str, Any]:
    """The chosen sheet's first rows: ``sheets``, ``sheet``, ``rows``, ``header_row``, ``encoding``.

    Raises what opening the file raises.
    """
    path = Path(batch.upload.path)
    # Of several sheets the first one is shown.
    one = isinstance(choices.sheet, str) and choices.sheet != ALIKE
    wanted = choices.sheet if one else batch.plan.get("sheet")
    if batch.upload.size > OPENED_AT_ONCE and batch.plan.get("format") not in TEXTS:
        return _chosen(batch.plan, wanted) | {"header_row": batch.plan.get("header_row")}
    with open_book(path, encoding=choices.encoding, delimiter=choices.delimiter) as book:
        about = about_file(book)
        shown = _chosen(about, wanted)
        sheet = next((one for one in book.sheets if one.name == shown["sheet"]), book.sheets[0])
        rows = shown["rows"] or _padded(first_rows(sheet))
        return shown | {"rows": rows, "header_row": _header_row(sheet, choices)}


def _chosen(about: dict[str, Any], named: str | Sequence[str] | int | None) -> dict[str, Any]:
    sheets = about.get("sheets") or [{"name": "", "rows": []}]
    wanted = [sheet for sheet in sheets if sheet["name"] == named]
    chosen = wanted[0] if wanted else max(sheets, key=lambda sheet: len(sheet["rows"]))
    return {
        "encoding": about.get("encoding"),
        "delimiter": about.get("delimiter"),
        "sheets": [sheet["name"] for sheet in sheets],
        "sheet": chosen["name"],
        "rows": _padded(chosen["rows"]),
    }


def _padded(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows of one width, as a table needs them."""
    width = max(map(len, rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows]


def _header_row(sheet: Sheet, choices: Choices) -> int | None:
    with suppress(DomainError):
        return find_header(sheet, at_row=choices.header_row).row
    return None
