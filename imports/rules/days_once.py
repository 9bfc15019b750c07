"""The day that a log says only in its first row of that day, taken down to the rows below it."""

from collections.abc import Sequence
from itertools import pairwise

from imports.rules.cells import text_of, value_of
from imports.rules.clocks import is_clock
from imports.rules.contents import is_day, is_day_alone
from imports.rules.fields import Column
from imports.rules.sheets import Cell, Row

# One blank cell among days that stand alone lacks its day.
FEWEST_BELOW = 4


def days_stand_once(columns: Sequence[Column], sample: Sequence[Row]) -> bool:
    """Whether every day stands in one row alone, and others right below have none.

    A column whose days stand beside each other is full: there a blank cell lacks its day.
    """
    at = next((column.index for column in columns if column.field == "at"), None)
    if at is None:
        return False
    told = [(row.number, row.cell(at)) for row in sample]
    pairs = [(one, other) for (a, one), (b, other) in pairwise(told) if b == a + 1]
    repeated = any(day_of_cell(one) and day_of_cell(one) == day_of_cell(two) for one, two in pairs)
    below = sum(bool(day_of_cell(one)) and lacks_day(two) for one, two in pairs)
    days = sum(bool(day_of_cell(cell)) for _number, cell in told)
    return not repeated and below * FEWEST_BELOW >= days > 0


def lacks_day(cell: Cell) -> bool:
    """Whether a cell of a column of days is blank or says a time of day alone."""
    text = value_of(cell)
    return not text or is_clock(text)


def day_of_cell(cell: Cell) -> str:
    """The day of a cell as it is written there, empty where it lacks one.

    >>> day_of_cell("2024-03-01 10:05"), day_of_cell("10:05"), day_of_cell("2024/3/1")
    ('2024-03-01', '', '2024/3/1')
    """
    text = value_of(cell)
    if not text or not (is_day(text) or is_clock(text)) or is_clock(text):
        return ""
    return text if is_day_alone(text) else text.replace("T", " ").partition(" ")[0]


class Days:
    """Goes down the column of days; ``forget`` where something else stands between two rows."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.day = ""
        self.last = 0
        self.has_time = False
        self.filled: list[int] = []

    def forget(self) -> None:
        """No row below is on the day of one above."""
        self.day = ""

    def of(self, row: Row) -> Row:
        """The row with its day."""
        index = self.column.index
        cell = row.cell(index)
        if not lacks_day(cell):
            self.day, self.last = day_of_cell(cell), row.number
            self.has_time = bool(self.day) and not is_day_alone(text_of(cell))
            return row
        clock = value_of(cell)
        if not self.day or row.number != self.last + 1 or (self.has_time and not clock):
            return row
        self.last = row.number
        self.filled.append(row.number)
        cells = [*row.cells, *[None] * (index + 1 - len(row.cells))]
        cells[index] = f"{self.day} {clock}".rstrip()
        return Row(row.number, tuple(cells))
