"""What reading a file gives: sheets of rows, numbered as a spreadsheet program shows them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

type Cell = str | int | float | bool | date | datetime | None


class FileUnreadable(DomainError):
    code = "file_unreadable"
    message = _(
        "The file is damaged or not a table; open it in a spreadsheet program and save it again."
    )


class FileEmpty(DomainError):
    code = "file_empty"
    message = _("The file has no rows; choose another one.")


class FileEncrypted(DomainError):
    code = "file_encrypted"
    message = _("The file is locked with a password; save it without one and try again.")


class FileTooLarge(DomainError):
    code = "file_too_large"
    message = _("The file is larger than %(limit)s MB; split it and import the parts.")


class StrayCell(DomainError):
    code = "stray_cell"
    message = _(
        "A sheet reaches out to cell %(cell)s; delete the empty rows and columns around the "
        "table, save the file and try again."
    )


class TooManyRows(DomainError):
    code = "too_many_rows"
    message = _("The file has more than %(limit)s rows; split it and import the parts.")


class TooMuchText(DomainError):
    code = "too_much_text"
    message = _(
        "Row %(row)s holds more text than a table needs; shorten what stands in it, or save the "
        "file as CSV."
    )


# What stands in a cell whose formula was never calculated; nobody can count with it.
UNCALCULATED = "#UNCALCULATED!"
# No list of people is wider; what is comes from a stray cell or a broken line.
COLUMNS_LIMIT = 1_000
# As many as a sheet of a spreadsheet program can have.
ROWS_LIMIT = 1_048_576


class Row(NamedTuple):
    """One row as a person sees it: its number (from 1) and its cells, trailing blanks dropped."""

    number: int
    cells: tuple[Cell, ...]

    def cell(self, index: int) -> Cell:
        """The cell of a column (from 0), blank beyond the last one."""
        return self.cells[index] if index < len(self.cells) else None


class Area(NamedTuple):
    """A merged block of cells; row and column numbers begin at 1, ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table; ``rows()`` may be called again and leaves blank rows out but counts them.

    ``count`` is how many rows it gives, ``torn_row`` the number of one that breaks off,
    ``cut_after`` the last one before the file ends too soon, ``width`` how many cells the widest
    row of a workbook has, or every row of a text. ``parts`` are the sheets that are read as one,
    each with the row of its own header.
    """

    name: str
    rows: Callable[[], Iterator[Row]]
    merged: tuple[Area, ...] = ()
    count: int = 0
    is_hidden: bool = False
    torn_row: int | None = None
    cut_after: int | None = None
    # How many tables side by side are read one below the other, and what each adds to its rows.
    beside: int = 1
    step: int = 0
    width: int = 0
    # Of a sign-in sheet: how many days it has, and how many people, where those stand across it.
    days_across: int = 0
    people_across: int = 0
    # Whether its rows have their day from a line above them.
    days_above: bool = False
    # Rows of a workbook that nobody sees in it, the first of them.
    hidden_rows: tuple[int, ...] = ()
    # Rows with cells that are struck through, the first of them.
    struck_rows: tuple[int, ...] = ()
    # Lines that say nothing but the store of the rows below them, by their row.
    store_lines: Mapping[int, str] = field(default_factory=dict)
    header_row: int | None = None
    parts: tuple["Sheet", ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """An opened file: what it is, how its text is written, and its sheets in order.

    ``confidence`` is how sure the encoding is, in percent; nothing but text has one.
    """

    format: str
    sheets: tuple[Sheet, ...]
    encoding: str | None = None
    delimiter: str | None = None
    serials_from_1904: bool = False
    damaged_characters: bool = False
    confidence: int | None = None


def is_blank(cell: Cell) -> bool:
    r"""Whether a person sees nothing in this cell.

    >>> is_blank("\u200b \t"), is_blank(0)
    (True, False)
    """
    if not isinstance(cell, str):
        return cell is None
    # Nearly every cell begins with a letter or a digit, which anybody sees.
    return not cell[:1].isalnum() and not visible(cell).strip()


# Zero-width and direction marks, byte order marks and soft hyphens that copying leaves behind. The
# joiner U+200D stays: emoji are made with it.
INVISIBLE = re.compile(
    "[\x00\xad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)


def visible(text: str) -> str:
    r"""The text without what nobody sees.

    >>> visible("13800\u200b138000")
    '13800138000'
    """
    return INVISIBLE.sub("", text) if INVISIBLE.search(text) else text


def trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    """The cells up to the last one that holds something.

    >>> trimmed(["a", None, "b", "", " "])
    ('a', None, 'b')
    """
    last = len(cells)
    # Most that hold nothing are empty texts: a look at each would cost a row of commas dear.
    while last and ((cell := cells[last - 1]) is None or cell == "" or is_blank(cell)):
        last -= 1
    return tuple(cells[:last])


def column_letters(number: int) -> str:
    """Letters of a column from its number.

    >>> column_letters(1), column_letters(27), column_letters(16384)
    ('A', 'AA', 'XFD')
    """
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
