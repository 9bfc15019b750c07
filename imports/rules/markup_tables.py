"""Rows out of web pages and XML spreadsheets that tills save under the name .xls.

Both stream: what is read goes on at once, so that a page of any length takes little memory.
"""

import re
from collections.abc import Callable, Sized
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol, TextIO
from xml.parsers import expat

from imports.rules.guard import HasDocumentType
from imports.rules.sheets import (
    COLUMNS_LIMIT,
    UNCALCULATED,
    Area,
    Cell,
    FileUnreadable,
    Row,
    StrayCell,
    column_letters,
    trimmed,
)

CHUNK = 1 << 16
WIDEST_SPAN = 1_000
MERGED_LIMIT = 200_000
DEEPEST_TABLE = 100
ROWS_LIMIT = 1 << 21
# Where Excel keeps the number or text behind what a page shows.
EXACT_VALUES = ("x:num", "x:str")
HALF_A_TAG = re.compile(r"<(?:[/!]?[A-Za-z][^>]*|[/!]?)\Z")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet "
MEANT_FOR_EXCEL = "urn:schemas-microsoft-com:office:excel "


class Rows(Sized, Protocol):
    """Where rows go: a list, or a file."""

    def append(self, row: Row, /) -> None:
        """Take the next row."""

    def close(self) -> None:
        """There are no more rows."""


class RowList(list[Row]):
    """Rows kept in memory."""

    def close(self) -> None:
        """Nothing to let go of."""


type OpenRows = Callable[[], Rows]


@dataclass(slots=True)
class MarkupTable:
    """One table as it stands in the file."""

    name: str
    rows: Rows
    merged: list[Area] = field(default_factory=list)
    is_hidden: bool = False
    # The last row of a table whose page ends before it does, and whether that row breaks off.
    cut_after: int | None = None
    is_torn: bool = False

    def note_merged(self, area: Area) -> None:
        """Keep a merged block, unless there are absurdly many."""
        if len(self.merged) < MERGED_LIMIT:
            self.merged.append(area)


def read_html(page: TextIO, open_rows: OpenRows = RowList) -> list[MarkupTable]:
    """Every table of a page that has rows, the largest first.

    >>> from io import StringIO
    >>> page = "<table><tr><td colspan=2>T</td></tr><tr><td>a</td><td>b<br>c</td></tr></table>"
    >>> [row.cells for row in read_html(StringIO(page))[0].rows]
    [('T',), ('a', 'b c')]
    """
    parser = _Tables(open_rows)
    while text := page.read(CHUNK):
        parser.feed(text)
        parser.ends_a_line = text.endswith(("\n", "\r"))
    parser.finish()
    filled = [table for table in parser.done if len(table.rows)]
    return sorted(filled, key=lambda table: -len(table.rows))


class _Tables(HTMLParser):
    """Collects cells; an inner table closes nothing of the outer one's rows."""

    def __init__(self, open_rows: OpenRows) -> None:
        super().__init__(convert_charrefs=True)
        self.open_rows = open_rows
        self.done: list[MarkupTable] = []
        self.open: list[_OpenTable] = []
        # What the page closes by itself, so that the rest of it says where it breaks off.
        self.closed: set[str] = set()
        self.ends_a_line = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            if len(self.open) >= DEEPEST_TABLE:
                raise FileUnreadable
            name = f"{len(self.done) + len(self.open) + 1}"
            self.open.append(_OpenTable(MarkupTable(name, self.open_rows())))
        elif self.open:
            self.open[-1].start(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        self.closed.add("td" if tag == "th" else tag)
        if not self.open:
            return
        if tag == "table":
            self._close_table()
        elif tag in {"td", "th"}:
            self.open[-1].end_cell()
        elif tag == "tr":
            self.open[-1].end_row()

    def handle_data(self, data: str) -> None:
        # What stands in these is for the browser.
        if self.open and self.cdata_elem is None:
            self.open[-1].add_text(data)

    def finish(self) -> None:
        """Close what the page left open; unless it closes itself it breaks off there."""
        half = HALF_A_TAG.search(self.rawdata)
        if half:
            self.rawdata = self.rawdata[: half.start()]
        self.close()
        is_cut = not self.closed & {"body", "html"}
        while self.open:
            if is_cut:
                table = self.open[-1]
                table.cut_off(is_torn=self._is_torn(table, half[0] if half else ""))
            self._close_table()

    def _is_torn(self, table: "_OpenTable", half: str) -> bool:
        """Whether the page ends inside a row; pages that close no cell may end with a line."""
        if table.cells is None:
            return False
        if "tr" in self.closed or table.is_shorter:
            return True
        if half:
            return not half.lower().startswith(("<tr", "</t"))
        return table.text is not None and ("td" in self.closed or not self.ends_a_line)

    def _close_table(self) -> None:
        table = self.open.pop()
        table.end_row()
        table.table.rows.close()
        self.done.append(table.table)


class _OpenTable:
    """A table being read: the row so far, and the columns still taken by cells above."""

    def __init__(self, table: MarkupTable) -> None:
        self.table = table
        self.number = self.last = self.width = 0
        self.cells: list[Cell] | None = None
        self.text: list[str] | None = None
        self.exact: str | None = None
        self.is_formula = False
        self.spans = (1, 1)
        # Column → rows it is still covered by a cell from above.
        self.covered: dict[int, int] = {}
        self.reaching_down: dict[int, int] = {}

    def start(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag == "tr":
            self.end_row()
            self.number += 1
            self.cells = []
        elif tag in {"td", "th"}:
            self.end_cell()
            if self.cells is None:
                self.number += 1
                self.cells = []
            self.text = []
            self.spans = (_span(attributes.get("rowspan")), _span(attributes.get("colspan")))
            self.is_formula = "x:fmla" in attributes
            self.exact = next(
                (attributes[key] for key in EXACT_VALUES if attributes.get(key)), None
            )
        elif tag in {"br", "p", "div"}:
            self.add_text(" ")

    def add_text(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def end_cell(self) -> None:
        if self.text is None or self.cells is None:
            return
        self._skip_covered()
        down, across = self.spans
        row, column = self.number, len(self.cells) + 1
        shown = self.exact or " ".join("".join(self.text).split())
        self.cells.append(UNCALCULATED if self.is_formula and not shown else shown)
        self.cells.extend([None] * (across - 1))
        if down > 1 or across > 1:
            self.table.note_merged(Area(row, column, row + down - 1, column + across - 1))
        if down > 1:
            self.reaching_down.update((column - 1 + step, down) for step in range(across))
        self.text = self.exact = None

    def end_row(self) -> None:
        self.end_cell()
        if self.cells is None:
            return
        self._skip_covered()
        self.width = len(self.cells)
        still = {**self.covered, **self.reaching_down}
        self.covered = {column: left - 1 for column, left in still.items() if left > 1}
        self.reaching_down = {}
        if kept := trimmed(self.cells):
            self.table.rows.append(Row(self.number, kept))
            self.last = self.number
        self.cells = None

    @property
    def is_shorter(self) -> bool:
        """Whether the row so far has fewer cells than the one before."""
        return len(self.cells or ()) + (self.text is not None) < self.width

    def cut_off(self, *, is_torn: bool) -> None:
        """The page ends here; a row without anything in it is none that breaks off."""
        before = self.last
        self.end_row()
        self.table.cut_after = self.last
        self.table.is_torn = is_torn and self.last > before

    def _skip_covered(self) -> None:
        while self.cells is not None and len(self.cells) in self.covered:
            self.cells.append(None)


def _span(value: str | None) -> int:
    text = (value or "").strip()
    return max(1, min(int(text), WIDEST_SPAN)) if text.isdecimal() and len(text) < 9 else 1


def read_xml_spreadsheet(
    page: TextIO, open_rows: OpenRows = RowList
) -> tuple[list[MarkupTable], bool]:
    """Sheets of an "XML Spreadsheet 2003" file, and whether its dates count from 1904.

    Raises FileUnreadable, StrayCell, and HasDocumentType for whatever could hold entities.
    """
    book = _XmlBook(open_rows)
    # Text goes to the parser as UTF-8, whatever the file says it is written in.
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = book.start
    parser.EndElementHandler = book.end
    parser.CharacterDataHandler = book.text
    parser.StartDoctypeDeclHandler = _refuse_document_type
    try:
        while text := page.read(CHUNK):
            parser.Parse(text.encode("utf-8", errors="replace"))
        parser.Parse(b"", True)  # noqa: FBT003 — expat takes no keywords
    except expat.ExpatError as error:
        raise FileUnreadable from error
    return book.tables, book.serials_from_1904


def _refuse_document_type(*_described: object) -> None:
    raise HasDocumentType


class _XmlBook:
    """Follows sheets, rows and cells of an XML spreadsheet."""

    def __init__(self, open_rows: OpenRows) -> None:
        self.open_rows = open_rows
        self.tables: list[MarkupTable] = []
        self.serials_from_1904 = False
        self.number = 0
        self.cells: list[Cell] = []
        self.value: Cell = None
        self.kind = ""
        self.said: list[str] | None = None
        self.in_comment = False
        self.spans = (0, 0)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.removeprefix(NAMESPACE)
        if tag == "Worksheet":
            named = attributes.get(f"{NAMESPACE}Name") or f"{len(self.tables) + 1}"
            self.tables.append(MarkupTable(named, self.open_rows()))
            self.number = 0
        elif tag == "Row" and self.tables:
            self.number = min(_index(attributes, self.number + 1), ROWS_LIMIT)
            self.cells = []
        elif tag == "Cell":
            self._begin_cell(attributes)
        elif tag == "Comment":
            self.in_comment = True
        elif tag == "Data" and not self.in_comment:
            self.said, self.kind = [], attributes.get(f"{NAMESPACE}Type", "")
        elif name in {f"{MEANT_FOR_EXCEL}Visible", f"{MEANT_FOR_EXCEL}Date1904"}:
            self.said = []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        column = _index(attributes, len(self.cells) + 1)
        if column > COLUMNS_LIMIT:
            raise StrayCell(cell=f"{column_letters(column)}{self.number}")
        self.cells.extend([None] * (column - 1 - len(self.cells)))
        self.spans = (_extent(attributes, "MergeAcross"), _extent(attributes, "MergeDown"))
        self.value = UNCALCULATED if f"{NAMESPACE}Formula" in attributes else None

    def text(self, data: str) -> None:
        if self.said is not None:
            self.said.append(data)

    def end(self, name: str) -> None:
        tag = name.removeprefix(NAMESPACE)
        if tag == "Data" and self.said is not None:
            self.value = _xml_value("".join(self.said), self.kind)
            self.said = None
        elif tag == "Comment":
            self.in_comment = False
        elif tag == "Cell":
            self._end_cell()
        elif tag == "Row" and self.tables:
            if kept := trimmed(self.cells):
                self.tables[-1].rows.append(Row(self.number, kept))
        elif tag == "Worksheet":
            self.tables[-1].rows.close()
        elif name.startswith(MEANT_FOR_EXCEL) and self.said is not None:
            self._note_option(name.removeprefix(MEANT_FOR_EXCEL))

    def _end_cell(self) -> None:
        across, down = self.spans
        column = len(self.cells) + 1
        self.cells.append(self.value)
        self.cells.extend([None] * across)
        if (across or down) and self.tables:
            area = Area(self.number, column, self.number + down, column + across)
            self.tables[-1].note_merged(area)

    def _note_option(self, option: str) -> None:
        said, self.said = "".join(self.said or []).strip(), None
        if option == "Date1904":
            self.serials_from_1904 = True
        elif self.tables:
            self.tables[-1].is_hidden = said.startswith("SheetHidden") or "VeryHidden" in said


def _index(attributes: dict[str, str], otherwise: int) -> int:
    value = attributes.get(f"{NAMESPACE}Index", "")
    return int(value) if value.isdecimal() and len(value) < 8 else otherwise


def _extent(attributes: dict[str, str], key: str) -> int:
    value = attributes.get(f"{NAMESPACE}{key}", "")
    return min(int(value), WIDEST_SPAN) if value.isdecimal() and len(value) < 9 else 0


def _xml_value(text: str, kind: str) -> Cell:
    if kind == "Number" and NUMBER.fullmatch(text.strip()):
        number = float(text)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number
    if kind == "Boolean":
        return text.strip() == "1"
    return text.replace("T00:00:00.000", "").replace(".000", "") if kind == "DateTime" else text
