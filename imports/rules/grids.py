"""Sign-in sheets: people down, days across, a mark where somebody came; one visit for each mark.

A mark under the first day keeps the number of its row; those under each further day have a step
added, a power of ten: row 2007 is row 7 under the third day.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import islice

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import recognise
from imports.rules.cells import plain_of, text_of
from imports.rules.clocks import is_clock
from imports.rules.dates import BadDate, DateStyle, day_alone
from imports.rules.day_lines import WEEKDAY
from imports.rules.headers import Header, data_rows, is_totals_row
from imports.rules.log_words import attendance, says_nothing
from imports.rules.sheets import Cell, Row, Sheet, is_blank

ROWS_SEARCHED = 40
ROWS_LOOKED_AT = 400
LEAST_DAYS = 3
# Plain numbers that count up may number anything.
LEAST_NUMBERS = 5
LEAST_STEP = 1_000
WHO = frozenset({"member", "phone", "card", "name", "first_name", "email"})
WEEK = frozenset("一二三四五六日天")
MOST_TIMES = 20
LONGEST_DAY = 12
LEAP_YEAR = 2024
DAY_NUMBER = re.compile(r"(\d{1,2})\s*[日号號]?")
MONTH_AND_DAY = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?")
YEAR_AND_MONTH = re.compile(r"(?<!\d)(20\d\d)\s*[年\-/.]\s*(\d{1,2})(?!\d)")
NAMED_MONTH = re.compile(r"([^\W\d]{3,9})\.?\s+(20\d\d)(?!\d)")
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")


class GridYearMissing(DomainError):
    code = "grid_year_missing"
    message = _(
        "The days above the columns of %(sheet)s do not say their year or month: write it into "
        "the title (2025年3月, March 2025) or into the days."
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


def grid_in(sheet: Sheet) -> tuple[Sheet, Header] | None:
    """The marks of a sign-in sheet as rows with a day each; ``None`` for any other sheet.

    Raises GridYearMissing.
    """
    top = list(islice(sheet.rows(), ROWS_SEARCHED + ROWS_LOOKED_AT))
    for row in top[:ROWS_SEARCHED]:
        if (found := _grid_at(row, top, sheet)) is not None:
            return _unfolded(sheet, found, top)
    return None


def _grid_at(row: Row, top: Sequence[Row], sheet: Sheet) -> Grid | None:
    run = _run(row.cells)
    if run is None:
        return None
    near = {one.number: one for one in top if abs(one.number - row.number) <= 1}
    places = (near.get(number) for number in (row.number, row.number + 1, row.number - 1))
    names = next((one for one in places if one and _names_people(one.cells[: run[0]])), None)
    if names is None:
        return None
    first, last = run
    below = [one for one in top if one.number > max(row.number, names.number)]
    if not _are_marks([cell for one in below for cell in one.cells[first:last]]):
        return None
    days = _days(row.cells[first:last], _said_above(sheet, top, row.number))
    if days is None:
        raise GridYearMissing(sheet=sheet.name)
    return Grid(row.number, first, tuple(days), names.number)


def _run(cells: Sequence[Cell]) -> tuple[int, int] | None:
    """The longest run of columns (the end excluded) headed by days that go up."""
    best, start = (0, 0), 0
    while start < len(cells):
        end = start
        while end < len(cells) and _parts(cells[end]) and _goes_up(cells[start : end + 1]):
            end += 1
        best = max(best, (start, end), key=lambda run: run[1] - run[0])
        start = max(end, start + 1)
    heads = cells[best[0] : best[1]]
    are_plain = all(text_of(cell).isdecimal() for cell in heads)
    return best if len(heads) >= (LEAST_NUMBERS if are_plain else LEAST_DAYS) else None


def _parts(cell: Cell) -> tuple[int, ...]:
    """Year, month and day, two numbers of month and day, or the day alone; empty for no day."""
    if isinstance(cell, datetime | date):
        return (cell.year, cell.month, cell.day)
    if isinstance(cell, bool) or is_blank(cell) or (isinstance(cell, float) and cell % 1):
        return ()
    text = plain_of(text_of(cell))
    text = WEEKDAY.sub(" ", text).strip(" ()\n,、").removesuffix(".0")
    if found := DAY_NUMBER.fullmatch(text):
        return (int(found[1]),) if 1 <= int(found[1]) <= 31 else ()
    if found := MONTH_AND_DAY.fullmatch(text):
        one, other = int(found[1]), int(found[2])
        return (one, other) if 1 <= min(one, other) <= 12 and max(one, other) <= 31 else ()
    if len(text) >= len("1/3/2025") and (day := _day(text)):
        return (day.year, day.month, day.day)
    is_named = any(map(str.isalpha, text)) and len(text) <= LONGEST_DAY
    day = _day(f"{text} {LEAP_YEAR}") if is_named else None
    return (day.month, day.day) if day else ()


def _day(text: str) -> date | None:
    try:
        return day_alone(text, DateStyle())
    except BadDate:
        return None


def _goes_up(cells: Sequence[Cell]) -> bool:
    told = [_parts(cell) for cell in cells[-2:]]
    if len(told) == 1:
        return True
    before, after = told
    if len(before) != len(after):
        return False
    if len(before) != 2:
        return before < after or (len(before) == 1 and after == (1,) and before[0] >= 28)
    return before != after


def _names_people(cells: Sequence[Cell]) -> bool:
    matches = (recognise(text_of(cell), "visits") for cell in cells if not is_blank(cell))
    return any(match is not None and match.field in WHO for match in matches)


def _are_marks(cells: Sequence[Cell]) -> bool:
    """Whether cells below the days are marks, most of them such as everybody knows."""
    texts = [text for cell in cells if (text := text_of(cell)) and not WEEKDAY.fullmatch(text)]
    known = sum(_is_mark(text) for text in texts)
    return known > 0 and known * 2 >= len(texts)


def _is_mark(text: str) -> bool:
    if text.isdecimal():
        return int(text) <= MOST_TIMES
    return text.casefold() in {"x", "/"} or attendance(text) is not None


def _said_above(sheet: Sheet, top: Sequence[Row], number: int) -> tuple[int, int]:
    """The one year and the one month that titles and the name of the sheet say; 0 for none."""
    titles = [text_of(cell) for row in top if row.number < number for cell in row.cells]
    texts = [plain_of(text) for text in [*titles, sheet.name]]
    pairs = {(int(y), int(m)) for text in texts for y, m in YEAR_AND_MONTH.findall(text)}
    for text in texts:
        named = (_day(f"1 {name} {year}") for name, year in NAMED_MONTH.findall(text))
        pairs |= {(day.year, day.month) for day in named if day}
    pairs = {(year, month) for year, month in pairs if 1 <= month <= 12}
    if len(pairs) == 1:
        return pairs.pop()
    years = {int(year) for text in texts for year in YEAR.findall(text)}
    return (years.pop(), 0) if len(years) == 1 else (0, 0)


def _days(cells: Sequence[Cell], said: tuple[int, int]) -> list[str] | None:
    """The day of each column; ``None`` where the year or the month is not known."""
    parts = [_parts(cell) for cell in cells]
    year, month = said
    if len(parts[0]) == 3:
        return [date(*one).isoformat() for one in parts]
    if not year or (len(parts[0]) == 1 and not month):
        return None
    if len(parts[0]) == 1:
        pairs = [(month, one[0]) for one in parts]
    else:
        pairs = [(one[0], one[1]) for one in parts]
        if not _may_be_months(pairs):
            pairs = [(day, month) for month, day in pairs]
    return _in_years(pairs, year, goes_on=len(parts[0]) == 1)


def _may_be_months(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether the first numbers are the months: they stay longer than the days do."""
    valid = all(1 <= month <= 12 and 1 <= day <= 31 for month, day in pairs)
    return valid and len({month for month, _day in pairs}) <= len({day for _month, day in pairs})


def _in_years(pairs: Sequence[tuple[int, int]], year: int, *, goes_on: bool) -> list[str]:
    """Days in the order of the columns; where they begin again the next month or year begins.

    A ready-made sheet has a 31st in every month: nobody can have come on it.
    """
    days: list[tuple[int, int, int]] = []
    later = 0
    for month, day in pairs:
        begins_again = bool(days) and days[-1][1:] >= ((days[-1][1] if goes_on else month), day)
        later += begins_again
        months = month - 1 + later if goes_on else month - 1 + 12 * later
        days.append((year + months // 12, months % 12 + 1, day))
    return [f"{year}-{month:02}-{day:02}" for year, month, day in days]


def _unfolded(sheet: Sheet, grid: Grid, top: Sequence[Row]) -> tuple[Sheet, Header]:
    rows = {row.number: row.cells for row in top}
    heads = [rows.get(grid.names_row, ()), rows.get(grid.row, ())]
    width = max(map(len, heads))
    columns = [*range(grid.first), *range(grid.end, width)]
    names = [_first_text(heads, index) for index in columns]
    below = [row for row in top if row.number > grid.header_row]
    marks = Counter(
        text_of(cell).casefold() for row in below for cell in row.cells[grid.first : grid.end]
    )
    has_clocks = any(is_clock(text) and ":" in text for text in marks)
    is_han = any("\u4e00" <= sign <= "\u9fff" for name in names for sign in name)
    added = ["日期", "时间", "是否签到"] if is_han else ["Date", "Time", "Checked in"]
    if not has_clocks:
        del added[1]
    last = max(row.number for row in sheet.rows())
    step = max(LEAST_STEP, 10 ** len(str(last)))
    ambiguous = {
        "x": not any(attendance(mark) for mark in marks),
        "/": not any(attendance(mark) or mark == "x" for mark in marks),
    }
    rows_of = partial(_rows, sheet, grid, columns, step, ambiguous, has_clocks=has_clocks)
    header = Header(grid.header_row, (*names, *added), max(LEAST_DAYS, len(names)))
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
    came: dict[str, bool],
    *,
    has_clocks: bool,
) -> Iterator[Row]:
    """A row for each mark; one without cells where a row of the sheet has none."""
    yield from (row for row in sheet.rows() if row.number <= grid.header_row)
    days = frozenset(range(grid.first, grid.end))
    header = Header(grid.header_row, (), 0)
    for row in data_rows(sheet, header, never_filled=days):
        person = [row.cell(index) for index in columns]
        marks = list(enumerate(row.cells[grid.first : grid.end]))
        told = [(place, text) for place, cell in marks if (text := _mark(cell, came))]
        if is_totals_row(row.cells[: grid.first]):
            yield Row(row.number, row.cells[: grid.first])
        elif not told or _is_no_person(row.cells[: grid.first], [text for _p, text in told]):
            yield Row(row.number, ())
        else:
            for place, text in told:
                clock = [text if is_clock(text) else None] if has_clocks else []
                cells = (*person, grid.days[place], *clock, text)
                yield Row(row.number + place * step, cells)


def _mark(cell: Cell, came: dict[str, bool]) -> str:
    """What a cell says, empty for nothing; what means either is settled for the whole sheet."""
    text = text_of(cell)
    if not text or says_nothing(text):
        return ""
    if (is_came := came.get(text.casefold())) is None:
        return text
    if text == "/":
        # A stroke through an empty cell, unless there is no other mark.
        return text if is_came else ""
    return "✓" if is_came else "×"


def _is_no_person(who: Sequence[Cell], texts: Sequence[str]) -> bool:
    """A row of weekdays, or of how many came, that names nobody."""
    if not all(map(is_blank, who)):
        return False
    return all(text.isdecimal() or WEEKDAY.fullmatch(text) or text in WEEK for text in texts)
