"""Sign-in sheets: people down, days across, a mark where somebody came; one visit for each mark.

A mark under the first day keeps the number of its row; those under each further day have a step
added, a power of ten: row 2007 is row 7 under the third day.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import recognise
from imports.rules.cells import text_of
from imports.rules.clocks import is_clock
from imports.rules.day_lines import WEEKDAY
from imports.rules.grid_days import LEAST_DAYS, days_of, month_said, run_of_days
from imports.rules.headers import Header, data_rows
from imports.rules.log_words import attendance, says_nothing
from imports.rules.no_rows import is_totals_row
from imports.rules.sheets import Cell, Row, Sheet, is_blank

ROWS_SEARCHED = 40
ROWS_LOOKED_AT = 400
LEAST_STEP = 1_000
WHO = frozenset({"member", "phone", "card", "name", "first_name", "email"})
WEEK = frozenset("一二三四五六日天")
MOST_TIMES = 20
# Of words of the shop's own, which are asked about.
LONGEST_MARK, MOST_MARKS = 2, 6


class GridYearMissing(DomainError):
    code = "grid_year_missing"
    message = _(
        "The days above the columns of %(sheet)s do not say their year or month: write it into "
        "the title (2025年3月, March 2025) or into the days, or say it where the file is chosen."
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the days stand: their row and first column (from 0), and the row of the names."""

    row: int
    first: int
    days: tuple[str, ...]
    names_row: int

    @property
    def end(self) -> int:
        """The first column behind the days."""
        return self.first + len(self.days)

    @property
    def header_row(self) -> int:
        """The lowest row above the people."""
        return max(self.row, self.names_row)


def grid_in(sheet: Sheet, told: str = "") -> tuple[Sheet, Header] | None:
    """The marks of a sign-in sheet as rows with a day each; ``None`` for any other sheet.

    ``told`` is the year, or year and month, that it does not say itself. Raises GridYearMissing.
    """
    top = list(islice(sheet.rows(), ROWS_SEARCHED + ROWS_LOOKED_AT))
    for row in top[:ROWS_SEARCHED]:
        if (found := _grid_at(row, top, sheet, told)) is not None:
            return _unfolded(sheet, found, top)
    return None


def _grid_at(row: Row, top: Sequence[Row], sheet: Sheet, told: str) -> Grid | None:
    run = run_of_days(row.cells)
    if run is None:
        return None
    near = {one.number: one for one in top if abs(one.number - row.number) <= 1}
    places = (near.get(number) for number in (row.number, row.number + 1, row.number - 1))
    names = next((one for one in places if one and names_people(one.cells[: run[0]])), None)
    if names is None or _names_somebody(row, names):
        return None
    first, last = run
    below = [one for one in top if one.number > max(row.number, names.number)]
    if not are_marks([cell for one in below for cell in one.cells[first:last]]):
        return None
    days = days_of(row.cells[first:last], month_said(sheet, top, row.number, told))
    if days is None:
        raise GridYearMissing(sheet=sheet.name)
    return Grid(row.number, first, tuple(days), names.number)


def _names_somebody(row: Row, names: Row) -> bool:
    """Whether small numbers that go up are what the first row of a list says of its member."""
    under = zip(names.cells, row.cells, strict=False)
    return names.number < row.number and any(
        names_people([name]) and not is_blank(cell) and recognise(text_of(cell), "visits") is None
        for name, cell in under
    )


def names_people(cells: Sequence[Cell], fields: Collection[str] = WHO) -> bool:
    """Whether one of the names of columns is that of a person, a phone or a card."""
    matches = (recognise(text_of(cell), "visits") for cell in cells if not is_blank(cell))
    return any(match is not None and match.field in fields for match in matches)


def are_marks(cells: Sequence[Cell]) -> bool:
    """Whether cells of days are marks: most of them known, or all of a few short words."""
    texts = [text for cell in cells if (text := text_of(cell)) and not WEEKDAY.fullmatch(text)]
    known = sum(_is_mark(text) for text in texts)
    if known * 2 >= len(texts):
        return known > 0
    short = all(len(text) <= LONGEST_MARK and not any(map(str.isdigit, text)) for text in texts)
    return short and len(set(texts)) <= MOST_MARKS


def _is_mark(text: str) -> bool:
    if text.isdecimal():
        return int(text) <= MOST_TIMES
    return text.casefold() in {"x", "/"} or attendance(text) is not None


def _unfolded(sheet: Sheet, grid: Grid, top: Sequence[Row]) -> tuple[Sheet, Header]:
    rows = {row.number: row.cells for row in top}
    heads = [rows.get(grid.names_row, ()), rows.get(grid.row, ())]
    width = max(map(len, heads))
    columns = [*range(grid.first), *range(grid.end, width)]
    names = [_first_text(heads, index) for index in columns]
    below = [row for row in top if row.number > grid.header_row]
    marks = Marks([cell for row in below for cell in row.cells[grid.first : grid.end]])
    step = step_of(sheet)
    rows_of = partial(_rows, sheet, grid, columns, step, marks)
    header = Header(grid.header_row, (*names, *marks.names(names)), max(LEAST_DAYS, len(names)))
    unfolded = replace(sheet, rows=rows_of, merged=(), step=step, days_across=len(grid.days))
    return unfolded, header


def _first_text(heads: Sequence[Sequence[Cell]], index: int) -> str:
    texts = (text_of(cells[index]) for cells in heads if index < len(cells))
    return next((text for text in texts if text), "")


def _rows(
    sheet: Sheet,
    grid: Grid,
    columns: Sequence[int],
    step: int,
    marks: "Marks",
) -> Iterator[Row]:
    """A row for each mark; one without cells where a row of the sheet has none."""
    yield from (row for row in sheet.rows() if row.number <= grid.header_row)
    days = frozenset(range(grid.first, grid.end))
    header = Header(grid.header_row, (), 0)
    for row in data_rows(sheet, header, never_filled=days):
        person = [row.cell(index) for index in columns]
        signs = enumerate(row.cells[grid.first : grid.end])
        told = [(place, text) for place, cell in signs if (text := marks.said(cell))]
        if is_totals_row(row.cells[: grid.first]):
            yield Row(row.number, row.cells[: grid.first])
        elif not told or _is_no_person(row.cells[: grid.first], [text for _p, text in told]):
            yield Row(row.number, ())
        else:
            for place, text in told:
                cells = (*person, grid.days[place], *marks.cells(text))
                yield Row(row.number + place * step, cells)


class Marks:
    """How the marks of one sheet are written: what means either is settled for all of them."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        texts = {text_of(cell).casefold() for cell in cells}
        self.has_clocks = any(is_clock(text) and ":" in text for text in texts)
        self.came = {
            "x": not any(map(attendance, texts)),
            # A stroke through an empty cell, unless there is no other mark.
            "/": not any(attendance(text) or text == "x" for text in texts),
        }

    def names(self, beside: Sequence[str]) -> list[str]:
        """What the columns of the day, its clock and the mark are called beside others."""
        is_han = any("\u4e00" <= sign <= "\u9fff" for name in beside for sign in name)
        added = ["日期", "时间", "是否签到"] if is_han else ["Date", "Time", "Checked in"]
        return added if self.has_clocks else [added[0], added[2]]

    def cells(self, text: str) -> list[Cell]:
        """The clock of a mark, where the sheet has such, and the mark."""
        return [*([text if is_clock(text) else None] if self.has_clocks else []), text]

    def said(self, cell: Cell) -> str:
        """What a cell says, empty for nothing."""
        text = text_of(cell)
        if not text or says_nothing(text):
            return ""
        if (is_came := self.came.get(text.casefold())) is None:
            return text
        if text == "/":
            return text if is_came else ""
        return "✓" if is_came else "×"


def step_of(sheet: Sheet) -> int:
    """A power of ten above all numbers of rows."""
    last = max(row.number for row in sheet.rows())
    return max(LEAST_STEP, int(10 ** len(str(last))))


def _is_no_person(who: Sequence[Cell], texts: Sequence[str]) -> bool:
    """A row of weekdays, or of how many came, that names nobody."""
    if not all(map(is_blank, who)):
        return False
    return all(text.isdecimal() or WEEKDAY.fullmatch(text) or text in WEEK for text in texts)
