"""Goes through a sheet once: says of every row what it is, of every column what it adds up to.

Rows in = right + merged + flagged + ignored + errors: nothing is lost between the counts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from imports.rules import findings
from imports.rules.aliases import PEOPLE_KINDS, SECRET
from imports.rules.amounts import BadCell, money_of
from imports.rules.cells import text_of
from imports.rules.column_totals import ColumnTotal
from imports.rules.damage import note_damage
from imports.rules.day_lines import LOGS, day_said
from imports.rules.duplicates import OnDuplicate, Outcome, Register, Tiers, Verdict
from imports.rules.entries import Entries
from imports.rules.fields import COUNT_FIELDS, MONEY_FIELDS, NOT_SUMMED, Column
from imports.rules.file_notes import (
    DaysAbove,
    FileCut,
    FileTorn,
    InSeveralSheets,
    LinesBetween,
    RowTorn,
    SumUnread,
)
from imports.rules.filling import Filler, named
from imports.rules.headers import (
    LEAST_KNOWN,
    Header,
    bears_data,
    data_rows,
    is_header_again,
    is_of_the_table,
    is_repeated_header,
    is_title_again,
    names_columns,
)
from imports.rules.mapping import Plan
from imports.rules.no_rows import (
    is_figures_row,
    is_footer,
    is_heading,
    is_rule,
    is_subtotals_row,
    is_totals_row,
    rows_declared,
    says_part,
)
from imports.rules.other_tables import OfOtherTable, Other, Tables
from imports.rules.remarks import is_remark, says_of_which, shown_short, wide_rows
from imports.rules.row_readers import Judged
from imports.rules.sheet_notes import notes_of, side_by_side
from imports.rules.sheets import Cell, Row, Sheet, is_blank
from imports.rules.shifts import may_add_up, may_be_no_entry, says_shift
from imports.rules.together import SPAN, shown_number

type Judge = Callable[[Row], Judged]

# Blank rows are named up to here; a gap beyond it is a program's ghost rows.
NAMED_BLANKS = 200
NUMBERS = frozenset({"phone", "card", "email", "external_id"})
# Columns that say who somebody is and stand twice: more than one is no accident.
LEAST_TWICE = 2
# A row of sums without a word adds up this many rows at least.
LEAST_SUMMED = 2
# A totals row above the table stands so near to the names of its columns.
NEAR_HEADER = 3


@dataclass(slots=True)
class CheckedRow:
    """One row of the table with its verdict and what it says."""

    number: int
    outcome: Outcome
    judged: Judged
    raw: dict[str, str]
    found: list[findings.Finding] = field(default_factory=list)
    other: int | None = None
    is_repeated: bool = False


class Check:
    """One pass over a sheet; iterate ``rows`` to the end, then read what was counted."""

    def __init__(self, sheet: Sheet, plan: Plan, judge: Judge, policy: OnDuplicate) -> None:
        self.sheet, self.plan, self.judge, self.policy = sheet, plan, judge, policy
        at = plan.column("at") if plan.kind in LOGS else None
        # Where a row of a log says its moment.
        self.moment = at.index if at else None
        # Where a row of a list of people says who it is, and no more than that.
        self.numbers = [
            column.index
            for column in plan.columns
            if plan.kind in PEOPLE_KINDS and column.field in NUMBERS
        ]
        self.ignored: list[int] = []
        # What is to be said of the sheet as a whole.
        self.notes = side_by_side(sheet, plan)
        self.count = 0
        self.is_torn = False
        # Lines that say the day of the rows below them.
        self.day_lines = 0
        # How many rows came before the sheet that is being read, and its last row so far.
        self.begun = self.last = 0
        # Headings and remarks between the rows.
        self.remarks: list[str] = []
        # Which store the line above the rows says.
        self.store = ""
        # Whether the rows so far end in a total, and in the parts of it.
        self.in_parts = False
        self.below_totals = False
        # Rows that add to what somebody holds by an earlier sheet.
        self.in_several = 0
        # How many rows the file says it has, where it says so.
        self.declared_rows: int | None = None
        self.headers = {column.index: column.header for column in plan.columns}
        self.first = min(self.headers, default=0)
        self.secret = {column.index for column in plan.columns_of(SECRET)}
        self.totals = self._none_yet()
        # Of sheets that are read as one: what each of them says it comes to.
        self.stated: list[dict[str, Any]] = []

    def _none_yet(self) -> dict[int, ColumnTotal]:
        return {
            column.index: ColumnTotal(column.header, column.field)
            for column in self.plan.columns
            if column.field in (MONEY_FIELDS | COUNT_FIELDS) - NOT_SUMMED
        }

    def rows(self) -> Iterator[CheckedRow]:
        """Every row of the table; totals, footers, blank and repeated header rows are left out."""
        register = self._register()
        if not self.sheet.parts:
            yield from self._rows_of(self.sheet, self.plan.header, register)
            return
        whole, declared = self.totals, []
        for place, part in enumerate(self.sheet.parts):
            self.totals, self.declared_rows, begun = self._none_yet(), None, self.count
            header = replace(self.plan.header, row=part.header_row or self.plan.header.row)
            yield from self._rows_of(part, header, register)
            self._note_stated(place, part.name)
            for index, total in self.totals.items():
                whole[index].rows += total.rows
            declared.append(self.declared_rows if self.count > begun else 0)
        self.totals = whole
        if self.in_several:
            self.notes.append(findings.finding(InSeveralSheets(rows=self.in_several)))
        self.declared_rows = None if None in declared else sum(filter(None, declared)) or None

    def _rows_of(
        self, sheet: Sheet, header: Header, register: "Register | Entries | Tiers"
    ) -> Iterator[CheckedRow]:
        self.last = header.row
        self.below_totals, self.day_lines = False, 0
        self.begun = self.count
        self.wide, self.remarks = wide_rows(sheet.merged), []
        self.store = next((said for n, said in sheet.store_lines.items() if n < header.row), "")
        filler, tables = Filler(self.plan), Tables(header, self.plan.kind)
        yield from self._above(sheet, header, tables)
        on_top = {} if self.count > self.begun else self._totals_on_top(sheet, header)
        is_apart = False
        for whole in data_rows(sheet, header, never_filled=self.plan.amount_columns):
            is_apart = is_apart or whole.number > self.last + 1
            self._count_blanks(whole.number, sheet, header)
            row = self._bare(whole)
            if self._is_left_out(row, sheet, header, tables, is_apart=is_apart):
                self.ignored.append(row.number)
                filler.forget()
                is_apart = True
                continue
            is_apart = False
            if tables.other is not None:
                yield self._of_other(row, tables.other)
                continue
            full, below = filler.of(tables.ordered(row))
            yield self._checked(self._with_name(full, whole), register, below)
        self._note_whole(sheet, header, filler)
        self.notes += [findings.finding(note) for note in tables.notes(self._place)]
        for index, total in self.totals.items():
            total.close()
            total.file_total = on_top.get(index, total.file_total)

    def _is_left_out(
        self, row: Row, sheet: Sheet, header: Header, tables: Tables, *, is_apart: bool
    ) -> bool:
        """Whether a row is none of any table, or says the store or the columns of those below."""
        if said := sheet.store_lines.get(row.number):
            self.store = said
            return True
        if self._is_between_rows(row, header):
            if is_repeated_header(row.cells, header):
                tables.begin_again()
                self._end_page()
            return True
        if tables.begins(row, is_apart=is_apart):
            self._end_page()
            return True
        if tables.other is not None:
            return not is_of_the_table(row, header)
        return self._is_no_row(tables.ordered(row))

    def _end_page(self) -> None:
        """The names of the columns stand once more: a total was that of the rows so far."""
        for total in self.totals.values():
            total.end_page()

    def _above(self, sheet: Sheet, header: Header, tables: Tables) -> Iterator[CheckedRow]:
        """Rows of tables that stand above the one that is read."""
        if header.score < LEAST_KNOWN:
            # Somebody said where the header is.
            return
        for row in map(self._bare, takewhile(lambda row: row.number < header.row, sheet.rows())):
            if names_columns(row.cells, is_apart=True):
                tables.begin_other(row)
            elif tables.other and bears_data(row, header):
                yield self._of_other(row, tables.other)
        tables.begin_again()

    def _of_other(self, row: Row, other: Other) -> CheckedRow:
        """A row of another table: counted, and left out."""
        self.count += 1
        other.rows.append(row.number)
        texts = {
            f"column {i + 1}": text_of(cell)
            for i, cell in enumerate(row.cells)
            if not is_blank(cell)
        }
        found = [findings.finding(OfOtherTable(header=self._place(other.header)))]
        return CheckedRow(row.number, Outcome.IGNORED, Judged(row.number), texts, found)

    def _count_blanks(self, number: int, sheet: Sheet, header: Header) -> None:
        """Count the rows between the last one and this one, of which nothing is given."""
        place = _place_in_grid(number, sheet) if sheet.days_across else number
        is_beside = sheet.step and not sheet.days_across
        if is_beside and number // sheet.step > self.last // sheet.step:
            # The next table begins below the same header.
            self.last = number // sheet.step * sheet.step + header.row % SPAN
        self.ignored.extend(range(self.last + 1, min(place, self.last + 1 + NAMED_BLANKS)))
        self.last = place

    def _is_no_row(self, row: Row) -> bool:
        """Whether a row is none of the table: a total, a figure of the whole, a footer."""
        if self._adds_up(row) or (is_figures_row(row.cells) and not self._names_somebody(row)):
            self.below_totals = True
            return True
        if self.below_totals and says_of_which(row.cells) and not self._names_somebody(row):
            self.in_parts = True
        if self.in_parts and not self._names_somebody(row):
            return True
        is_footer_row = is_footer(row.cells) or (self.below_totals and len(self._shown(row)) == 1)
        self.in_parts = False
        if not is_footer_row and is_remark(row, self.wide, self.first):
            self.remarks.append(f"{self._place(row.number)} ({shown_short(row.cells)})")
            return True
        self.below_totals = self.below_totals and is_footer_row
        return is_footer_row

    def _note_whole(self, sheet: Sheet, header: Header, filler: Filler) -> None:
        """What is to be said of a sheet once all its rows are through."""
        self.notes += filler.notes()
        if self.remarks:
            self.notes.append(findings.finding(LinesBetween(rows=named(self.remarks))))
        self.notes += notes_of(sheet, header, self.plan)
        if sheet.days_above:
            self.notes.append(findings.finding(DaysAbove(lines=self.day_lines)))
        if sheet.cut_after is not None and not self.is_torn:
            self.notes.append(findings.finding(FileCut(row=self._place(sheet.cut_after))))

    def _is_between_rows(self, row: Row, header: Header) -> bool:
        """Whether a row is a heading, a drawn line, the header once more or the day of others."""
        cells = row.cells
        if not cells or is_rule(cells) or is_repeated_header(cells, header):
            return True
        if is_title_again(cells, header):
            return True
        if is_header_again(row, header, self.plan.kind):
            return True
        if self._may_be_no_entry(row):
            says_day = day_said(cells) is not None
            self.day_lines += says_day
            if says_day or says_shift(cells):
                return True
        return len(self.headers) > 2 and is_heading(cells)

    def _bare(self, row: Row) -> Row:
        """The row without the name of its sheet, which nobody wrote into it."""
        column = self.plan.sheet_column
        return row if column is None else Row(row.number, row.cells[:column])

    def _with_name(self, row: Row, whole: Row) -> Row:
        """The row with the name of its sheet again."""
        column = self.plan.sheet_column
        if column is None:
            return row
        return Row(row.number, (*row.cells, *[None] * (column - len(row.cells)), whole.cells[-1]))

    def _in_its_store(self, row: Row) -> Row:
        """The row with the store that a line above it says, where it says none itself."""
        column = self.plan.column("store") if self.store else None
        if column is None or not is_blank(row.cell(column.index)):
            return row
        cells = [*row.cells, *[None] * (column.index + 1 - len(row.cells))]
        cells[column.index] = self.store
        return Row(row.number, tuple(cells))

    def _place(self, number: int) -> int | str:
        return shown_number(number, self.plan.together)

    def _note_stated(self, place: int, name: str) -> None:
        self.stated += [
            {"index": index, "place": place, "sheet": name, **total.as_dict()}
            for index, total in self.totals.items()
            if total.file_total is not None
        ]

    def control(self) -> list[dict[str, Any]]:
        """What each column adds up to; where sheets say it of themselves, each of those apart."""
        stated = {one["index"] for one in self.stated}
        whole = [
            {"index": index, **total.as_dict()}
            for index, total in self.totals.items()
            if index not in stated
        ]
        return sorted([*whole, *self.stated], key=lambda one: one["index"])

    def _register(self) -> "Register | Entries | Tiers":
        if self.plan.kind in PEOPLE_KINDS:
            return Register(self.policy)
        return Tiers() if self.plan.kind == "tiers" else Entries(self.plan)

    def _adds_up(self, row: Row) -> bool:
        """Whether this is a totals row, and nobody who is called that; remember what it says."""
        is_shift = self._may_be_sum(row) and self._adds_up_a_part(row)
        is_named = is_totals_row(row.cells) and not self._names_somebody(row)
        if not (is_shift or is_named or self._says_sums(row)):
            return False
        is_part = is_shift or is_subtotals_row(row.cells)
        self.declared_rows = rows_declared(row.cells) or self.declared_rows
        for column in self.plan.columns:
            if column.index in self.totals and column.index < len(row.cells):
                said = _readable(row, column, self.plan)
                if said is not None:
                    self.totals[column.index].declare(said, is_part=is_part)
                elif not is_part and _has_digits(row.cells[column.index]):
                    self._note_unread(row, column)
        return True

    def _note_unread(self, row: Row, column: Column) -> None:
        """The totals row says what no sum of the column can be, as 3.5 of whole units."""
        text = text_of(row.cells[column.index])
        note = SumUnread(row=self._place(row.number), text=text, column=column.header)
        self.notes.append(findings.finding(note))

    def _may_be_no_entry(self, row: Row) -> bool:
        """Whether a row of a log says no moment; nearly every one does."""
        if self.moment is None:
            return False
        return self.moment >= len(row.cells) or may_be_no_entry(row.cells[self.moment])

    def _may_be_sum(self, row: Row) -> bool:
        """Whether a row may add up a part of the table: it says no moment, or nobody's number."""
        if self.moment is None:
            is_nobody = self.numbers and not any(_has_digits(row.cell(at)) for at in self.numbers)
            return bool(is_nobody) and not is_totals_row(row.cells)
        return self._may_be_no_entry(row)

    def _adds_up_a_part(self, row: Row) -> bool:
        """Whether a row says what the rows since the last sums come to."""
        says_sum = may_add_up if self.moment is not None else says_part
        if len(row.cells) <= min(self.totals, default=0) or not says_sum(row.cells):
            return False
        said = {
            column.index: _readable(row, column, self.plan)
            for column in self.plan.columns
            if column.index in self.totals and column.index < len(row.cells)
        }
        sums = {index: amount for index, amount in said.items() if amount is not None}
        proved = all(self.totals[index].comes_to(amount) for index, amount in sums.items())
        return any(sums.values()) and proved and "at" not in self.judge(row).values

    def _says_sums(self, row: Row) -> bool:
        """Whether a row holds nothing but the sums of the rows so far, without a word."""
        if self.count - self.begun < LEAST_SUMMED:
            return False
        filled = (index for index, cell in enumerate(row.cells) if not is_blank(cell))
        # Nearly every row ends the search with its first cell.
        return all(
            index in self.totals and self.totals[index].rows and self._is_sum(row, index)
            for index in filled
        )

    def _is_sum(self, row: Row, index: int) -> bool:
        column = next(column for column in self.plan.columns if column.index == index)
        return _readable(row, column, self.plan) == self.totals[index].rows

    def _totals_on_top(self, sheet: Sheet, header: Header) -> dict[int, int]:
        """What a totals row right above the names of the columns says, by column.

        All its numbers stand over columns that add up, else it is a line of its own sort.
        """
        said: dict[int, int] = {}
        for whole in takewhile(lambda row: row.number < header.row, sheet.rows()):
            row = self._bare(whole)
            near = header.row - row.number <= NEAR_HEADER
            if not near or not is_totals_row(row.cells) or self._names_somebody(row):
                continue
            read = {
                column.index: _readable(row, column, self.plan)
                for column in self.plan.columns
                if column.index in self.totals and column.index < len(row.cells)
            }
            numbers = [index for index, cell in enumerate(row.cells) if _has_digits(cell)]
            if numbers and all(read.get(index) is not None for index in numbers):
                said = {index: amount for index, amount in read.items() if amount is not None}
        return said

    def _names_somebody(self, row: Row) -> bool:
        judged = self.judge(row)
        values = judged.values
        return bool(
            values.get("phone") or values.get("email") or values.get("who", {}).get("phone")
        )

    def _checked(
        self, row: Row, register: "Register | Entries | Tiers", below: int | None
    ) -> CheckedRow:
        """The verdict on a row; ``below`` is the row that names whom it is of, if it does not."""
        self.count += 1
        is_wide = self.plan.width is not None and len(row.cells) > self.plan.width
        row = row if is_wide else self._in_its_store(row)
        judged = self.judge(row)
        judged.below = below
        if is_wide:
            column = self.plan.header.names[-1]
            judged.errors.append(findings.finding(findings.TooManyCells(), column))
            # Slipped amounts are nobody's: they prove nothing.
            judged.amounts.clear()
        if row.number == self.sheet.torn_row:
            self._tear(row, judged)
        note_damage(row, self.plan, judged)
        verdict = register.settle(judged) if judged.is_right else Verdict(Outcome.ERROR)
        for index, amount in judged.amounts.items():
            self.totals[index].add(amount)
        if verdict.outcome == Outcome.MERGED and not verdict.is_repeated:
            self.in_several += (verdict.other or 0) // SPAN != row.number // SPAN
        return CheckedRow(
            number=row.number,
            outcome=verdict.outcome,
            judged=judged,
            raw=self._shown(row),
            found=verdict.found,
            other=verdict.other,
            is_repeated=verdict.is_repeated,
        )

    def _shown(self, row: Row) -> dict[str, str]:
        """The row as it stood in the file, header → text, secrets left out."""
        return {
            self.headers.get(index) or f"column {index + 1}": text_of(cell)
            for index, cell in enumerate(row.cells)
            if index not in self.secret and not is_blank(cell)
        }

    def _tear(self, row: Row, judged: Judged) -> None:
        """The file ends in this row: what it says last may be half of it."""
        header = dict(enumerate(self.plan.header.names)).get(len(self._bare(row).cells) - 1, "")
        judged.errors.append(findings.finding(RowTorn(), header))
        self.is_torn = True
        self.notes.append(findings.finding(FileTorn(row=self._place(row.number))))


def _place_in_grid(number: int, sheet: Sheet) -> int:
    """The row of a sign-in sheet that a mark of it stands in."""
    return number - number % SPAN + number % sheet.step


def _has_digits(cell: Cell) -> bool:
    return any(sign.isdigit() for sign in text_of(cell))


def _readable(row: Row, column: Column, plan: Plan) -> int | None:
    """What a totals row says in a column; nothing where it says nothing that can be read."""
    try:
        if column.field in MONEY_FIELDS:
            return money_of(row.cells[column.index], plan.money_style(column))
        return plan.count(column, row.cells[column.index])
    except BadCell:
        return None
