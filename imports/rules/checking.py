"""Goes through a sheet once: says of every row what it is, of every column what it adds up to.

Rows in = right + merged + flagged + ignored + errors: nothing is lost between the counts.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from imports.rules import findings
from imports.rules.aliases import PEOPLE_KINDS, SECRET, recognise
from imports.rules.amounts import BadCell, money_of
from imports.rules.cells import name_key, text_of
from imports.rules.column_totals import ColumnTotal
from imports.rules.damage import note_damage
from imports.rules.day_lines import LOGS, day_said
from imports.rules.duplicates import OnDuplicate, Outcome, Register, Verdict, fingerprint
from imports.rules.entries import Entries
from imports.rules.fields import COUNT_FIELDS, MONEY_FIELDS, NOT_SUMMED, Column
from imports.rules.file_notes import (
    DaysAbove,
    FileCut,
    FileTorn,
    HiddenRows,
    InSeveralSheets,
    MarksUnfolded,
    PeopleUnfolded,
    ReadBelow,
    RowTorn,
    SumUnread,
    TwiceSideBySide,
)
from imports.rules.filling import Filler, rows_listed
from imports.rules.headers import (
    Header,
    data_rows,
    is_figures_row,
    is_footer,
    is_header_again,
    is_heading,
    is_repeated_header,
    is_rule,
    is_subtotals_row,
    is_totals_row,
    rows_declared,
    says_part,
)
from imports.rules.mapping import Plan
from imports.rules.row_readers import Judged
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
        self.notes = _side_by_side(sheet, plan)
        self.count = 0
        self.is_torn = False
        # Lines that say the day of the rows below them.
        self.day_lines = 0
        # How many rows came before the sheet that is being read, and its last row so far.
        self.begun = self.last = 0
        # Whether the rows so far end in a total.
        self.below_totals = False
        # Rows that add to what somebody holds by an earlier sheet.
        self.in_several = 0
        # How many rows the file says it has, where it says so.
        self.declared_rows: int | None = None
        self.headers = {column.index: column.header for column in plan.columns}
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
        on_top = self._totals_on_top(sheet, header)
        self.last = header.row
        self.below_totals, self.day_lines = False, 0
        self.begun = self.count
        filler = Filler(self.plan)
        for whole in data_rows(sheet, header, never_filled=self.plan.amount_columns):
            row = self._bare(whole)
            self._count_blanks(row.number, sheet, header)
            if self._is_no_row(row, header):
                self.ignored.append(row.number)
                filler.forget()
                continue
            full, below = filler.of(row)
            yield self._checked(self._with_name(full, whole), register, below)
        self._note_whole(sheet, header, filler)
        for index, total in self.totals.items():
            total.close()
            total.file_total = on_top.get(index, total.file_total)

    def _count_blanks(self, number: int, sheet: Sheet, header: Header) -> None:
        """Count the rows between the last one and this one, of which nothing is given."""
        place = _place_in_grid(number, sheet) if sheet.days_across else number
        is_beside = sheet.step and not sheet.days_across
        if is_beside and number // sheet.step > self.last // sheet.step:
            # The next table begins below the same header.
            self.last = number // sheet.step * sheet.step + header.row % SPAN
        self.ignored.extend(range(self.last + 1, min(place, self.last + 1 + NAMED_BLANKS)))
        self.last = place

    def _is_no_row(self, row: Row, header: Header) -> bool:
        """Whether a row is none of the table: a total, a footer, a heading, the header again."""
        if self._is_between_rows(row, header):
            return True
        if self._adds_up(row) or (is_figures_row(row.cells) and not self._names_somebody(row)):
            self.below_totals = True
            return True
        is_footer_row = is_footer(row.cells) or (self.below_totals and len(self._shown(row)) == 1)
        self.below_totals = self.below_totals and is_footer_row
        return is_footer_row

    def _note_whole(self, sheet: Sheet, header: Header, filler: Filler) -> None:
        """What is to be said of a sheet once all its rows are through."""
        self.notes += filler.notes()
        if hidden := [number for number in sheet.hidden_rows if number > header.row]:
            rows = rows_listed(hidden, self.plan.together)
            self.notes.append(findings.finding(HiddenRows(rows=rows)))
        if sheet.days_above:
            self.notes.append(findings.finding(DaysAbove(lines=self.day_lines)))
        if sheet.cut_after is not None and not self.is_torn:
            self.notes.append(findings.finding(FileCut(row=self._place(sheet.cut_after))))

    def _is_between_rows(self, row: Row, header: Header) -> bool:
        """Whether a row is a heading, a drawn line, the header once more or the day of others."""
        cells = row.cells
        if not cells or is_rule(cells) or is_repeated_header(cells, header):
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
            is_nobody = self.numbers and all(is_blank(row.cell(at)) for at in self.numbers)
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
        proved = all(self.totals[index].section == amount for index, amount in sums.items())
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
        judged = self.judge(row)
        judged.below = below
        if self.plan.width is not None and len(row.cells) > self.plan.width:
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


class Tiers:
    """The tiers of a table met so far: a second row of the same name is a question."""

    def __init__(self) -> None:
        self.names: dict[str, tuple[int, bytes]] = {}

    def settle(self, judged: Judged) -> Verdict:
        """Say what becomes of the next right tier."""
        whole = fingerprint(judged.values)
        first, said = self.names.setdefault(name_key(judged.values["name"]), (judged.number, whole))
        if first == judged.number:
            return Verdict(Outcome.RIGHT)
        if said == whole:
            found = [findings.finding(findings.RepeatedRow(other=first))]
            return Verdict(Outcome.IGNORED, first, found, is_repeated=True)
        return Verdict(Outcome.FLAGGED, first, [findings.finding(findings.SameTier(other=first))])


def _side_by_side(sheet: Sheet, plan: Plan) -> list[findings.Finding]:
    """A note where a table to save paper goes on in columns beside its first ones."""
    if sheet.days_across:
        row = plan.header.row + 1
        rows = {"step": sheet.step, "number": sheet.step + row, "row": row}
        if sheet.people_across:
            return [findings.finding(PeopleUnfolded(people=sheet.people_across, **rows))]
        return [findings.finding(MarksUnfolded(days=sheet.days_across, **rows))]
    if sheet.beside > 1:
        row = plan.header.row + 1
        note = ReadBelow(tables=sheet.beside, step=sheet.step, example=sheet.step + row, row=row)
        return [findings.finding(note)]
    if plan.kind not in PEOPLE_KINDS or any(plan.header.groups):
        return []
    counts = Counter(filter(None, plan.header.names))
    twice = {
        name: match.field
        for name, count in counts.items()
        if count > 1 and (match := recognise(name, plan.kind)) is not None
    }
    if len(set(twice.values()) & {"name", "phone", "card"}) < LEAST_TWICE:
        return []
    return [findings.finding(TwiceSideBySide(names=", ".join(twice)))]


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
