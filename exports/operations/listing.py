"""Writes a list for people as csv and as a workbook, both in one reading and in little memory."""

import csv
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol

import xlsxwriter

from common.guarding import guard
from exports.queries.lists import Listing, Row
from exports.rules.columns import LONGEST_IN_A_WORKBOOK, Column, text_of

TOLD_EVERY = 2_000
ROWS_OF_A_SHEET = 1_048_576
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
# The same list is the same bytes.
DATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook knows no zones


class Output(Protocol):
    """Somewhere rows are written to."""

    def add(self, row: Row) -> None:
        """Write one row."""

    def close(self) -> None:
        """Write what is held back."""


class Text:
    """A csv behind a byte order mark, through ``file``, which takes bytes."""

    def __init__(self, file: Any, columns: Sequence[Column]) -> None:
        self._file, self._columns = file, columns
        self._writer = csv.writer(self)
        file.write("\ufeff".encode())
        self._writer.writerow([guard(column.heading) for column in columns])

    def write(self, text: str) -> int:
        """Take a line from the csv writer."""
        self._file.write(text.encode())
        return len(text)

    def add(self, row: Row) -> None:
        """Write one row."""
        pairs = zip(self._columns, row, strict=True)
        self._writer.writerow([text_of(column.number(value)) for column, value in pairs])

    def close(self) -> None:
        """Nothing is held back."""


class Workbook:
    """An xlsx; rows beyond what one sheet takes go on the next one."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._book = xlsxwriter.Workbook(str(path), OPTIONS)
        self._book.set_properties({"created": DATED})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._bold = self._book.add_format({"bold": True})
        self._formats = [self._format(column) for column in columns]
        self._begin()

    def _format(self, column: Column) -> Any:
        if not column.digits:
            return None
        return self._book.add_format({"num_format": "0." + "0" * column.digits})

    def _begin(self) -> None:
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for index, column in enumerate(self._columns):
            self._sheet.write_string(0, index, guard(column.heading), self._bold)
        self._line = 1

    def add(self, row: Row) -> None:
        """Write one row."""
        if self._line == ROWS_OF_A_SHEET:
            self._begin()
        for index, (column, value) in enumerate(zip(self._columns, row, strict=True)):
            if value is not None and value != "":
                self._write(index, column.number(value))
        self._line += 1

    def _write(self, index: int, value: Any) -> None:
        if isinstance(value, str):
            self._sheet.write_string(self._line, index, guard(value)[:LONGEST_IN_A_WORKBOOK])
        elif isinstance(value, datetime):
            self._sheet.write_datetime(self._line, index, value, self._moment)
        elif isinstance(value, date):
            self._sheet.write_datetime(self._line, index, value, self._day)
        else:
            self._sheet.write_number(self._line, index, value, self._formats[index])

    def close(self) -> None:
        """Write the workbook to its path."""
        self._book.close()


def write_listing(
    listing: Listing, outputs: Iterable[Output], *, tell: Callable[[int, int], None] | None = None
) -> tuple[int, dict[str, int]]:
    """Write every row to every output; returns rows, and sums by heading in the smallest unit.

    ``tell`` is told how many rows are done now and then; how many there are nobody knows.
    """
    outputs, rows = list(outputs), 0
    proved = [index for index, column in enumerate(listing.columns) if column.adds_up]
    sums = dict.fromkeys(proved, 0)
    try:
        for row in listing.rows():
            for output in outputs:
                output.add(row)
            for index in proved:
                sums[index] += _smallest(row[index])
            rows += 1
            if tell is not None and rows % TOLD_EVERY == 0:
                tell(rows, 0)
    finally:
        for output in outputs:
            output.close()
    return rows, {listing.columns[index].heading: total for index, total in sums.items()}


def _smallest(value: object) -> int:
    return value if isinstance(value, int) else 0
