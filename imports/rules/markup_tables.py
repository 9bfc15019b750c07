"""Rows out of web pages and XML spreadsheets that tills save under the name .xls."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from imports.rules.sheets import Area, Cell, FileUnreadable, Row, trimmed

WIDEST_SPAN = 1_000
# Where Excel keeps the number or text behind what a page shows.
EXACT_VALUES = ("x:num", "x:str")
NUMBER = re.compile(r"-?\d+(\.\d+)?")
NAMESPACE = "{urn:schemas-microsoft-com:office:spreadsheet}"


@dataclass(slots=True)
class MarkupTable:
    """One table as it stands in the file."""

    name: str
    rows: list[Row] = field(default_factory=list)
    merged: list[Area] = field(default_factory=list)


def read_html(text: str) -> list[MarkupTable]:
    """Every table of a page that has rows, the largest first.

    >>> page = "<table><tr><td colspan=2>T</td></tr><tr><td>a</td><td>b<br>c</td></tr></table>"
    >>> [row.cells for row in read_html(page)[0].rows]
    [('T',), ('a', 'b c')]
    """
    parser = _Tables()
    parser.feed(text)
    parser.close()
    parser.finish()
    filled = [table for table in parser.done if table.rows]
    return sorted(filled, key=lambda table: -len(table.rows))


class _Tables(HTMLParser):
    """Collects cells; an inner table closes nothing of the outer one's rows."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.done: list[MarkupTable] = []
        self.open: list[_OpenTable] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.open.append(_OpenTable(MarkupTable(f"{len(self.done) + len(self.open) + 1}")))
        elif self.open:
            self.open[-1].start(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        if not self.open:
            return
        if tag == "table":
            self._close_table()
        elif tag in {"td", "th"}:
            self.open[-1].end_cell()
        elif tag == "tr":
            self.open[-1].end_row()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].add_text(data)

    def finish(self) -> None:
        """Close what the page left open."""
        while self.open:
            self._close_table()

    def _close_table(self) -> None:
        table = self.open.pop()
        table.end_row()
        self.done.append(table.table)


class _OpenTable:
    """A table being read: the row so far, and the columns still taken by cells above."""

    def __init__(self, table: MarkupTable) -> None:
        self.table = table
        self.number = 0
        self.cells: list[Cell] | None = None
        self.text: list[str] | None = None
        self.exact: str | None = None
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
        self.cells.append(self.exact or " ".join("".join(self.text).split()))
        self.cells.extend([None] * (across - 1))
        if down > 1 or across > 1:
            self.table.merged.append(Area(row, column, row + down - 1, column + across - 1))
        if down > 1:
            self.reaching_down.update((column - 1 + step, down) for step in range(across))
        self.text = self.exact = None

    def end_row(self) -> None:
        self.end_cell()
        if self.cells is None:
            return
        self._skip_covered()
        still = {**self.covered, **self.reaching_down}
        self.covered = {column: left - 1 for column, left in still.items() if left > 1}
        self.reaching_down = {}
        if kept := trimmed(self.cells):
            self.table.rows.append(Row(self.number, kept))
        self.cells = None

    def _skip_covered(self) -> None:
        while self.cells is not None and len(self.cells) in self.covered:
            self.cells.append(None)


def _span(value: str | None) -> int:
    return max(1, min(int(value), WIDEST_SPAN)) if value and value.strip().isdigit() else 1


def read_xml_spreadsheet(data: bytes) -> tuple[list[MarkupTable], bool]:
    """Sheets of an "XML Spreadsheet 2003" file, and whether its dates count from 1904.

    Raises FileUnreadable, for entities too.
    """
    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise FileUnreadable from error
    sheets = [_xml_sheet(node) for node in root.iter(f"{NAMESPACE}Worksheet")]
    return sheets, next(
        root.iter("{urn:schemas-microsoft-com:office:excel}Date1904"), None
    ) is not None


def _xml_sheet(worksheet: Element) -> MarkupTable:
    table = MarkupTable(worksheet.get(f"{NAMESPACE}Name") or "1")
    number = 0
    for row in worksheet.iter(f"{NAMESPACE}Row"):
        number = _index(row, number + 1)
        cells: list[Cell] = []
        for cell in row.iter(f"{NAMESPACE}Cell"):
            column = _index(cell, len(cells) + 1)
            cells.extend([None] * (column - 1 - len(cells)))
            across, down = (_extent(cell, key) for key in ("MergeAcross", "MergeDown"))
            cells.append(_xml_value(cell))
            cells.extend([None] * across)
            if across or down:
                table.merged.append(Area(number, column, number + down, column + across))
        if kept := trimmed(cells):
            table.rows.append(Row(number, kept))
    return table


def _index(node: Element, otherwise: int) -> int:
    value = node.get(f"{NAMESPACE}Index")
    return int(value) if value and value.isdigit() and int(value) < 1 << 21 else otherwise


def _extent(node: Element, key: str) -> int:
    value = node.get(f"{NAMESPACE}{key}")
    return min(int(value), WIDEST_SPAN) if value and value.isdigit() else 0


def _xml_value(cell: Element) -> Cell:
    data = next(cell.iter(f"{NAMESPACE}Data"), None)
    if data is None:
        return None
    text = "".join(data.itertext())
    kind = data.get(f"{NAMESPACE}Type")
    if kind == "Number" and NUMBER.fullmatch(text.strip()):
        number = float(text)
        return int(number) if number.is_integer() else number
    return text.replace("T00:00:00.000", "").replace(".000", "") if kind == "DateTime" else text
