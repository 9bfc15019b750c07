"""Finds in an OpenDocument workbook what its reader does not give: errors, no values, merged cells.

An error stands there as the number 0 with a text beside it, and a formula that was never calculated
as a blank cell.
"""

import zipfile
from dataclasses import dataclass, field
from typing import IO

from imports.rules.cell_marks import UNNAMED_ERROR, SheetLook, follow
from imports.rules.sheets import COLUMNS_LIMIT, UNCALCULATED, Area

MIME = "application/vnd.oasis.opendocument.spreadsheet"
CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
ENCRYPTED = b"encryption-data"
# A mark that repeats downwards is noted as often as a list is long, not to the end of the sheet.
MARKED_ROWS = 100_000
MERGED_LIMIT = 200_000


@dataclass(slots=True)
class OpenSheet(SheetLook):
    """Marks, rows that nobody sees and merged blocks of one sheet."""

    merged: list[Area] = field(default_factory=list)


def is_open_document(parts: zipfile.ZipFile) -> bool:
    """Whether the zip is a workbook of this kind."""
    names = parts.namelist()
    return (
        CONTENT in names
        and "mimetype" in names
        and parts.read("mimetype").startswith(MIME.encode())
    )


def is_locked(parts: zipfile.ZipFile) -> bool:
    """Whether its parts are encrypted."""
    return MANIFEST in parts.namelist() and ENCRYPTED in parts.read(MANIFEST)


def look_at_open_document(content: IO[bytes]) -> dict[str, OpenSheet]:
    """What stands in ``content.xml``, by the name of the sheet. Raises FileUnreadable."""
    reader = _Reader()
    follow(content, reader)
    return reader.sheets


class _Reader:
    """Follows sheets, rows and cells with their repetitions."""

    def __init__(self) -> None:
        self.sheets: dict[str, OpenSheet] = {}
        self.sheet = OpenSheet()
        self.row = self.rows = self.column = self.columns = 0
        self.is_seen = True
        self.cell: dict[str, str] = {}
        self.said: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if tag == "table":
            self.sheet = self.sheets.setdefault(plain.get("name", ""), OpenSheet())
            self.row = self.rows = 0
        elif tag == "table-row":
            self.row += self.rows or 1
            self.rows = _times(plain.get("number-rows-repeated"))
            self.column, self.columns = 0, 1
            self.is_seen = plain.get("visibility") not in {"collapse", "filter"}
        elif tag in {"table-cell", "covered-table-cell"}:
            self.column += self.columns
            self.columns = _times(plain.get("number-columns-repeated"))
            # Two attributes are called value-type; the one of the extension tells errors.
            kinds = {value for key, value in attributes.items() if key.endswith(" value-type")}
            self.cell = plain | {"is_error": "yes" if "error" in kinds else ""}
            self.said = []

    def text(self, data: str) -> None:
        if self.said is not None:
            self.said.append(data)

    def end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "table-cell" and self.said is not None:
            self._end_cell("".join(self.said).strip())
            self.said = None

    def _end_cell(self, text: str) -> None:
        if text and not self.is_seen:
            self.sheet.hide(self.row)
            self.is_seen = True
        down = _times(self.cell.get("number-rows-spanned"))
        across = _times(self.cell.get("number-columns-spanned"))
        if (down > 1 or across > 1) and len(self.sheet.merged) < MERGED_LIMIT:
            bottom, right = self.row + down - 1, self.column + across - 1
            self.sheet.merged.append(Area(self.row, self.column, bottom, right))
        if self.cell["is_error"] or text.startswith("Err:"):
            self._mark(text if text.startswith("#") else UNNAMED_ERROR)
        elif "formula" in self.cell and "value-type" not in self.cell:
            self._mark(UNCALCULATED)

    def _mark(self, mark: str) -> None:
        for row in range(self.row, self.row + min(self.rows, MARKED_ROWS)):
            marks = self.sheet.marks.setdefault(row, {})
            marks |= dict.fromkeys(
                range(self.column, min(self.column + self.columns, COLUMNS_LIMIT)), mark
            )


def _times(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdecimal() and len(value) < 9 else 1
