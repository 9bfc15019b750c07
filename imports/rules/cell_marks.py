"""Finds the cells of a sheet whose value is missing: formulas never calculated, and errors.

The reader of workbooks shows both as blank, and a blank balance would pass for nothing owed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any
from xml.parsers import expat

from imports.rules.sheets import UNCALCULATED, FileUnreadable, Row

CHUNK = 1 << 20
PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})\Z")
UNNAMED_ERROR = "#ERROR!"

# Row → column → what is to stand there; both count from 1.
type Marks = dict[int, dict[int, str]]
# So many rows that nobody sees are noted of a sheet.
HIDDEN_NAMED = 100


@dataclass(slots=True)
class SheetLook:
    """What one sheet of a workbook has beside its cells: marks, and rows that nobody sees."""

    marks: Marks = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)

    def hide(self, row: int) -> None:
        """Note a row that nobody sees, if there is still room."""
        if len(self.hidden) < HIDDEN_NAMED:
            self.hidden.append(row)


def marks_of(part: IO[bytes], *, calculates_on_load: bool) -> Marks:
    """Marks for one sheet of an Excel workbook, given the stream of its part.

    ``calculates_on_load`` says that a program left the calculating to whoever opens the file: then
    a formula that says 0, as all the others, says nothing. Raises FileUnreadable.
    """
    reader = _Reader()
    follow(part, reader)
    if calculates_on_load and not reader.other_values:
        for row, column in reader.zeros:
            reader.marks.setdefault(row, {})[column] = UNCALCULATED
    return reader.marks


def follow(part: IO[bytes], reader: Any) -> None:
    """Tell ``reader`` where elements start and end, and their text. Raises FileUnreadable."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        while data := part.read(CHUNK):
            parser.Parse(data)
        parser.Parse(b"", True)  # noqa: FBT003 — expat takes no keywords
    except expat.ExpatError as error:
        raise FileUnreadable from error


class _Reader:
    """Follows rows and cells; a cell without a place stands right of the one before."""

    def __init__(self) -> None:
        self.marks: Marks = {}
        self.zeros: list[tuple[int, int]] = []
        self.other_values = False
        self.row = self.column = 0
        self.kind = ""
        self.has_formula = self.in_value = False
        self.value: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "c":
            self._begin_cell(attributes)
        elif tag == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() else self.row + 1
            self.column = 0
        elif tag == "f":
            self.has_formula = True
        elif tag in {"v", "t"}:
            self.in_value = True

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        if place := PLACE.match(attributes.get("r", "")):
            self.row, self.column = int(place[2]), _number(place[1])
        self.kind = attributes.get("t", "n")
        self.has_formula = False
        self.value = []

    def text(self, data: str) -> None:
        if self.in_value:
            self.value.append(data)

    def end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag in {"v", "t"}:
            self.in_value = False
        elif tag == "c":
            self._end_cell("".join(self.value).strip())

    def _end_cell(self, value: str) -> None:
        if self.kind == "e":
            self.marks.setdefault(self.row, {})[self.column] = value or UNNAMED_ERROR
        elif self.has_formula and not value and self.kind != "str":
            self.marks.setdefault(self.row, {})[self.column] = UNCALCULATED
        elif self.has_formula and value == "0":
            self.zeros.append((self.row, self.column))
        elif self.has_formula:
            self.other_values = True


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def with_marks(rows: Iterator[Row], marks: Marks) -> Iterator[Row]:
    """The rows with the marks in their cells, and rows of marks alone between them.

    >>> marks = {1: {2: "#N/A"}, 3: {1: "#REF!"}}
    >>> [tuple(row) for row in with_marks(iter([Row(1, ("a",)), Row(2, ("b",))]), marks)]
    [(1, ('a', '#N/A')), (2, ('b',)), (3, ('#REF!',))]
    """
    waiting = iter(sorted(marks))
    due = next(waiting, None)
    for row in rows:
        while due is not None and due < row.number:
            yield Row(due, _marked((), marks[due]))
            due = next(waiting, None)
        if due == row.number:
            yield Row(row.number, _marked(row.cells, marks[due]))
            due = next(waiting, None)
        else:
            yield row
    while due is not None:
        yield Row(due, _marked((), marks[due]))
        due = next(waiting, None)


def _marked(cells: tuple[Any, ...], marks: dict[int, str]) -> tuple[Any, ...]:
    shown = list(cells)
    shown.extend([None] * (max(marks) - len(shown)))
    for column, mark in marks.items():
        shown[column - 1] = mark
    return tuple(shown)
