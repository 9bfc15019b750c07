"""Sign-in sheets with days down and people across; one visit for each mark, as the other way round.

A mark under the first person keeps the number of its row; those under each further one have a step
added, a power of ten: row 2007 is row 7 under the third person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, takewhile

from imports.rules.aliases import recognise
from imports.rules.cells import text_of
from imports.rules.day_lines import WEEKDAY
from imports.rules.grid_days import LEAST_DAYS, days_of, month_said, parts_of_day, run_of_days
from imports.rules.grids import WEEK, GridYearMissing, Marks, are_marks, names_people, step_of
from imports.rules.han import says_han
from imports.rules.headers import Header
from imports.rules.no_rows import is_footer, is_totals_row
from imports.rules.sheets import Cell, Row, Sheet, is_blank

ROWS_LOOKED_AT = 440
COLUMNS_LOOKED_AT = 3
LEAST_PEOPLE = 2
MOST_HEADS = 3
NAMES = frozenset({"member", "name", "first_name"})


@dataclass(frozen=True, slots=True)
class Turned:
    """Where days stand in a column (from 0), and whose the columns behind it are."""

    column: int
    heads: tuple[Row, ...]
    days: dict[int, str]
    people: tuple[int, ...]
    others: tuple[int, ...]

    @property
    def header_row(self) -> int:
        """The lowest row above the days."""
        return self.heads[-1].number

    def names(self) -> list[str]:
        """What is said of each person, and of each day beside the marks."""
        said = [text_of(head.cell(self.column)) for head in self.heads]
        # What stands over the days is called after them: 日期 or 日期\\姓名.
        of_days = next((place for place, name in enumerate(said) if not names_people([name])), None)
        if of_days is not None and not names_people(said, NAMES):
            above = [text_of(head.cell(index)) for head in self.heads for index in self.people]
            said[of_days] = "姓名" if any(map(says_han, [*said, *above])) else "Name"
        return said + [_called(index, self.heads) for index in self.others]


def turned_grid_in(sheet: Sheet, told: str = "") -> tuple[Sheet, Header] | None:
    """The marks of such a sheet as rows with a day each; ``None`` for any other sheet.

    ``told`` is the year, or year and month, that it does not say itself. Raises GridYearMissing.
    """
    top = list(islice(sheet.rows(), ROWS_LOOKED_AT))
    for column in range(COLUMNS_LOOKED_AT):
        if (found := _turned_at(column, top, sheet, told)) is not None:
            return _unfolded(sheet, found, top)
    return None


def _turned_at(column: int, top: Sequence[Row], sheet: Sheet, told: str) -> Turned | None:
    run = run_of_days([row.cell(column) for row in top])
    heads = _heads(top[: run[0]], column) if run else []
    if run is None or not heads:
        return None
    rows = top[run[0] : run[1]]
    width = max(len(head.cells) for head in heads)
    named = [index for index in range(column + 1, width) if _called(index, heads)]
    people = [index for index in named if _is_person(index, heads, rows)]
    marks = [row.cell(index) for row in rows for index in people]
    says_people = names_people([head.cell(column) for head in heads])
    if len(people) < LEAST_PEOPLE or not are_marks(marks):
        return None
    if not says_people and all(text_of(mark).isdecimal() for mark in marks if not is_blank(mark)):
        # Counts under names nobody knows may be of anything.
        return None
    days = days_of(
        [row.cell(column) for row in rows], month_said(sheet, top, heads[0].number, told)
    )
    if days is None:
        raise GridYearMissing(sheet=sheet.name)
    by_row = {row.number: day for row, day in zip(rows, days, strict=True)}
    others = tuple(index for index in named if index not in people)
    return Turned(column, tuple(heads), by_row, tuple(people), others)


def _heads(above: Sequence[Row], column: int) -> list[Row]:
    """The rows right above the days that say something of each person."""
    full = takewhile(lambda row: _filled(row, column) >= LEAST_PEOPLE, reversed(above))
    return list(reversed(list(islice(full, MOST_HEADS))))


def _filled(row: Row, column: int) -> int:
    return sum(not is_blank(cell) for cell in row.cells[column + 1 :])


def _called(index: int, heads: Sequence[Row]) -> str:
    return next((text for head in heads if (text := text_of(head.cell(index)))), "")


def _is_person(index: int, heads: Sequence[Row], rows: Sequence[Row]) -> bool:
    """Whether a column is somebody's: its name is none of a column, and no weekdays stand in it."""
    name = _called(index, heads)
    if is_totals_row((name,)) or recognise(name, "visits") is not None or parts_of_day(name):
        return False
    texts = [text_of(row.cell(index)) for row in rows]
    return not any(text in WEEK or WEEKDAY.fullmatch(text) for text in texts)


def _unfolded(sheet: Sheet, found: Turned, top: Sequence[Row]) -> tuple[Sheet, Header]:
    below = [row for row in top if row.number > found.header_row]
    marks = Marks([row.cell(index) for row in below for index in found.people])
    names, step = found.names(), step_of(sheet)
    header = Header(found.header_row, (*names, *marks.names(names)), max(LEAST_DAYS, len(names)))
    unfolded = replace(
        sheet,
        rows=partial(_rows, sheet, found, step, marks),
        merged=(),
        step=step,
        days_across=len(found.days),
        people_across=len(found.people),
    )
    return unfolded, header


def _rows(sheet: Sheet, found: Turned, step: int, marks: Marks) -> Iterator[Row]:
    """A row for each mark; one without cells where a row of the sheet has none."""
    heads = {head.cells for head in found.heads}
    for row in sheet.rows():
        if row.number <= found.header_row:
            yield row
        elif row.cells in heads:
            yield Row(row.number, ())
        elif row.number not in found.days and (is_totals_row(row.cells) or is_footer(row.cells)):
            yield row
        else:
            yield from _marks_of(row, found, step, marks)


def _marks_of(row: Row, found: Turned, step: int, marks: Marks) -> Iterator[Row]:
    # A day that cannot be read is an error for whoever came on it.
    day = found.days.get(row.number, text_of(row.cell(found.column)))
    told = [
        (place, index, text)
        for place, index in enumerate(found.people)
        if (text := marks.said(row.cell(index)))
    ]
    if not told:
        yield Row(row.number, ())
    for place, index, text in told:
        person: list[Cell] = [head.cell(index) for head in found.heads]
        others = [row.cell(other) for other in found.others]
        cells = (*person, *others, day, *marks.cells(text))
        yield Row(row.number + place * step, cells)
