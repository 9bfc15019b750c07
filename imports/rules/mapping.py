"""How one sheet is to be understood: its header, its columns and how their cells are written."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, islice, takewhile
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.accounts import kind_of_accounts
from imports.rules.amounts import MoneyStyle, count_of
from imports.rules.beside import unfolded
from imports.rules.business_days import says_business_days, says_days_alone
from imports.rules.choices import ALIKE, Choices, Told, signature_of, told
from imports.rules.columns import match_columns
from imports.rules.contents import cells_of
from imports.rules.dates import WESTERN, DateStyle
from imports.rules.day_lines import LOGS, day_said, under_their_days
from imports.rules.days_once import days_stand_once
from imports.rules.fields import COUNT_FIELDS, MONEY_FIELDS, Column
from imports.rules.grids import grid_in
from imports.rules.grids_down import turned_grid_in
from imports.rules.guessing import (
    guess_kind,
    names_somebody,
    refuse_without_essentials,
)
from imports.rules.headers import Header, find_header, is_of_the_table
from imports.rules.own_list import refuse_own_ledger
from imports.rules.pairs import parted
from imports.rules.sheets import Book, Cell, Row, Sheet
from imports.rules.shifts import says_shift
from imports.rules.store_lines import column_of_sheets, column_of_stores, with_their_stores
from imports.rules.together import (
    Found,
    SheetsDiffer,
    as_one,
    data_in_turn,
    groups_of,
    refuse_too_much,
)
from imports.rules.volumes import volume_of
from imports.rules.whose import MemberNotNamed, named_above, who_is
from imports.rules.writings import days_written, marks_written

ROWS_SAMPLED = 400
# Of each of many sheets.
ROWS_OF_EACH = 10


class SheetUnknown(DomainError):
    code = "sheet_unknown"
    message = _("There is no sheet %(name)s in the file; it has %(names)s.")


@dataclass(frozen=True, slots=True)
class Plan:
    """How one sheet is to be understood, from its header down to how cells are written."""

    kind: str
    sheet: str
    header: Header
    columns: tuple[Column, ...]
    country: str
    currency: str
    exponent: int
    balance: str = "principal"
    serials_from_1904: bool = False
    orders: Mapping[str, str] = field(default_factory=dict)
    decimal_marks: Mapping[int, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    # Which calendar the short years of a field are counted by, where it is not the Western one.
    calendars: Mapping[str, str] = field(default_factory=dict)
    # Fields whose column leaves open which of two numbers is the month.
    doubtful_dates: Sequence[str] = ()
    # Fields whose years of two digits fit two calendars.
    doubtful_years: Sequence[str] = ()
    zone: str = "UTC"
    # Cells beyond this width mean that a row of a text file has slipped; none where some belong.
    width: int | None = None
    # Whose statement it is, and whether its last balance is to be opened.
    who: Mapping[str, str] = field(default_factory=dict)
    opens_balance: bool = False
    # The sheets read as one table, and the column in which a row has the name of its own.
    together: Sequence[str] = ()
    # Whether marks of a sign-in sheet say who came: one that nobody knows is asked about.
    has_marks: bool = False
    # Whether a column says of everybody else that they came.
    blank_is_absent: bool = False
    # Columns (from 0) of marks in which nothing but a cross stands: it sets them.
    crossed: Sequence[int] = ()
    # When a day of the shop's ends, in minutes after midnight; whether days of the log are such.
    day_cut: int = 0
    says_business_days: bool = False
    says_days_alone: bool = False
    # Whether the day stands only in the first row of each.
    days_go_down: bool = False
    sheet_column: int | None = None
    names_accounts: bool = False

    def column(self, name: str) -> Column | None:
        """The column that holds a field, if any."""
        return next((column for column in self.columns if column.field == name), None)

    def columns_of(self, name: str) -> list[Column]:
        """All columns that hold a field."""
        return [column for column in self.columns if column.field == name]

    def header_of(self, name: str) -> str:
        """The header of a field's column as it stands in the file, empty without one."""
        column = self.column(name)
        return column.header if column else ""

    def told_of(self, name: str, word: str) -> Told | None:
        """What the owner said about a word of a field, if anything."""
        words = self.values.get(name)
        return told(words[word]) if words and word in words else None

    def money_style(self, column: Column) -> MoneyStyle:
        """How amounts of that column are written."""
        mark = self.decimal_marks.get(column.index, ".")
        return MoneyStyle(self.exponent, mark, column.multiple, self.currency)

    def decimal_mark(self, column: Column) -> str:
        """The mark that parts off decimals in that column."""
        return self.decimal_marks.get(column.index, ".")

    def count(self, column: Column, cell: Cell) -> int | None:
        """The whole number a cell of that column says, millilitres where it measures what flowed.

        Raises BadAmount, FractionalUnit, FormulaWithoutValue.
        """
        if not self.measures(column):
            return count_of(cell, self.decimal_mark(column), column.multiple)
        return volume_of(cell, column.unit, self.decimal_mark(column), self.country)

    def measures(self, column: Column) -> bool:
        """Whether a column says how much flowed, not how many coins there were."""
        return self.kind == "dispenses" and bool(column.unit)

    def date_style(self, name: str) -> DateStyle:
        """How days of that field are written."""
        return DateStyle(
            self.orders.get(name, "ymd"),
            self.serials_from_1904,
            self.zone,
            self.calendars.get(name, WESTERN),
        )

    def as_json(self) -> dict[str, Any]:
        """How the sheet was understood, for the record and the screen."""
        return {
            "sheet": self.sheet,
            "together": list(self.together),
            "header_row": self.header.row,
            "signature": signature_of(self.header.names, self.header.groups),
            "columns": [
                {
                    "index": column.index,
                    "header": column.header,
                    "field": column.field,
                    "how": column.how,
                    "score": column.score,
                    "unit": column.unit,
                    "guess": column.guess,
                }
                for column in self.columns
            ],
            "asked": [column.header for column in self.columns if column.how == "asked"],
            "doubtful_dates": {
                self.header_of(name): self.orders[name] for name in self.doubtful_dates
            },
            "doubtful_years": [self.header_of(name) for name in self.doubtful_years],
        }

    @property
    def amount_columns(self) -> frozenset[int]:
        """Columns (from 0) that add up and so are never filled down."""
        amounts = MONEY_FIELDS | COUNT_FIELDS
        return frozenset(column.index for column in self.columns if column.field in amounts)


def make_plan(
    book: Book,
    choices: Choices,
    *,
    kind: str | None,
    country: str,
    currency: str,
    exponent: int,
    zone: str = "UTC",
    day_cut: timedelta = timedelta(0),
    stores: Collection[str] = (),
    entity: str = "",
) -> tuple[Plan, Sheet]:
    """Understand a book: its sheet or sheets, header, kind and columns.

    ``exponent`` is the number of decimals of ``currency``, ``zone`` where the shop is, ``day_cut``
    how long after midnight its day ends, ``stores`` the keys of the names of stores that sheets
    may be called by, ``entity`` the code of the issuing entity.

    Raises HeaderNotFound, KindUnknown, ColumnMissing, SheetUnknown, SheetsDiffer, TooMuchTogether,
    MemberNotNamed, GridYearMissing, OwnLedger.
    """
    found = [with_their_stores(one, stores) for one in _found(book, choices, kind)]
    sheet, header = found[0]
    refuse_own_ledger(header.names)
    sample = _sample(found)
    if kind is None:
        kind = _kind_of(sheet, header, sample)
    columns = match_columns(
        header, kind, sample, choices, country, entity=entity, currency=currency
    )
    sheet_column = None
    if len(found) > 1:
        sheet, sheet_column = as_one(found)
        columns.append(column_of_sheets(found, columns, sheet_column, choices, stores))
    columns += column_of_stores(found, kind, columns, choices)
    refuse_without_essentials(kind, {column.field for column in columns})
    plan = Plan(
        kind=kind,
        sheet=sheet.name,
        together=[one.sheet.name for one in found] if len(found) > 1 else (),
        sheet_column=sheet_column,
        header=header,
        columns=tuple(columns),
        country=country,
        currency=currency,
        exponent=exponent,
        balance=choices.balance or "principal",
        serials_from_1904=book.serials_from_1904,
        **days_written(columns, sample, choices, country),
        decimal_marks=marks_written(columns, sample, choices, country),
        values=choices.values,
        zone=zone,
        **_marks_of_log(sheet, columns, sample),
        **_days_of_log(kind, columns, sample, day_cut),
        width=_width(book, sheet, header, sample),
        who=_whose(sheet, header, choices, columns, country) if kind == "statement" else {},
        opens_balance=choices.open_balance,
    )
    return plan, sheet


def _kind_of(sheet: Sheet, header: Header, sample: Sequence[Row]) -> str:
    """What the sheet lists, by its columns. Raises KindUnknown."""
    kind = "visits" if sheet.days_across else guess_kind(header.names)
    return kind_of_accounts(kind, header.names, sample)


def _marks_of_log(sheet: Sheet, columns: Sequence[Column], sample: Sequence[Row]) -> dict[str, Any]:
    """Fields of the plan: what cells say of who came, what was cancelled, which account it is."""
    return {
        "names_accounts": any(column.field == "account" for column in columns),
        "has_marks": sheet.days_across > 0,
        "blank_is_absent": _blank_is_absent(columns, sample),
        "crossed": _crossed(columns, sample),
    }


def _days_of_log(
    kind: str, columns: Sequence[Column], sample: Sequence[Row], day_cut: timedelta
) -> dict[str, Any]:
    """Fields of the plan: which days the rows of a log mean."""
    return {
        "day_cut": day_cut // timedelta(minutes=1),
        "says_business_days": says_business_days(columns, sample, day_cut),
        "says_days_alone": says_days_alone(columns, sample),
        "days_go_down": kind in LOGS and days_stand_once(columns, sample),
    }


def _blank_is_absent(columns: Sequence[Column], sample: Sequence[Row]) -> bool:
    """Whether marks say who came, so that nobody came where there is none."""
    marks = [column for column in columns if column.field == "came_mark"]
    return any(cells_of(column.index, sample) for column in marks)


def _crossed(columns: Sequence[Column], sample: Sequence[Row]) -> list[int]:
    """Columns (from 0) in which an x says that a bill was cancelled or paid back."""
    marks = [column for column in columns if column.field in {"void_mark", "refund_mark"}]
    return [
        column.index
        for column in marks
        if {str(cell).casefold() for cell in cells_of(column.index, sample)} == {"x"}
    ]


def signature_in(book: Book, choices: Choices) -> str:
    """What files with this header have in common; empty where no header is found."""
    try:
        header = _found(book, choices, None)[0].header
    except DomainError:
        return ""
    return signature_of(header.names, header.groups)


def alike_in(book: Book, choices: Choices) -> list[list[str]]:
    """The names of sheets with rows that have the same columns, wherever there are several."""
    headed = _with_headers(_seen(book), choices)
    return [[one.sheet.name for one in group] for group in groups_of(headed) if len(group) > 1]


def _whose(
    sheet: Sheet, header: Header, choices: Choices, columns: Sequence[Column], country: str
) -> dict[str, str]:
    """The member of a statement; nobody where its rows name theirs. Raises MemberNotNamed."""
    if choices.member:
        return who_is(choices.member, country)
    above = takewhile(lambda row: row.number < header.row, sheet.rows())
    if who := named_above(above, country):
        return who
    if names_somebody({column.field for column in columns}):
        return {}
    raise MemberNotNamed


def _sample(found: Sequence[Found]) -> list[Row]:
    """Rows by which the columns are known; of several sheets some of each."""
    most = max(ROWS_OF_EACH, ROWS_SAMPLED // len(found))
    rows = chain.from_iterable(islice(rows, most) for rows in data_in_turn(found))
    header = found[0].header
    of_it = (row for row in rows if is_of_the_table(row, header))
    return [row for row in of_it if not (day_said(row.cells) or says_shift(row.cells))]


def _found(book: Book, choices: Choices, kind: str | None) -> list[Found]:
    """The sheet that is to be read, or those that are read as one. Never empty."""
    if choices.sheet is not None and choices.sheet != ALIKE:
        wanted = choices.sheet if isinstance(choices.sheet, list) else [choices.sheet]
        sheets = [_sheet_named(book, name) for name in dict.fromkeys(wanted)]
        found = [_headed(one, choices, kind) for one in sheets]
        if len(groups_of(found)) > 1:
            raise SheetsDiffer(names=", ".join(one.name for one in sheets))
    else:
        found = _best(book, choices, kind)
    refuse_too_much(found)
    return found


def _sheet_named(book: Book, wanted: str | int) -> Sheet:
    names = [sheet.name for sheet in book.sheets]
    if isinstance(wanted, int) and 1 <= wanted <= len(names):
        wanted = names[wanted - 1]
    if wanted not in names:
        raise SheetUnknown(name=wanted, names=", ".join(names))
    return book.sheets[names.index(str(wanted))]


def _best(book: Book, choices: Choices, kind: str | None) -> list[Found]:
    """The sheet whose header is known best, and those that have the same columns."""
    sheets = [sheet for sheet in book.sheets if next(iter(sheet.rows()), None) is not None]
    headed = _with_headers(sheets, choices, kind)
    if len(sheets) == 1 or not headed:
        return [_headed(sheets[0], choices, kind)]
    # A hidden sheet is taken only where no other has a header of known names.
    best = max(
        headed,
        key=lambda one: (one.header.score >= 2 and not one.sheet.is_hidden, one.header.score),
    )
    if kind == "statement" or best.header.score < 2:
        return [best]
    seen = {sheet.name for sheet in _seen(book)}
    groups = groups_of([one for one in headed if one.sheet.name in seen])
    return next((group for group in groups if best in group), [best])


def _seen(book: Book) -> list[Sheet]:
    """Sheets with rows that nobody has hidden; one row is a title at most, or a header."""
    return [sheet for sheet in book.sheets if sheet.count > 1 and not sheet.is_hidden]


def _with_headers(
    sheets: Iterable[Sheet], choices: Choices, kind: str | None = None
) -> list[Found]:
    found = []
    for sheet in sheets:
        with suppress(DomainError):
            found.append(_headed(sheet, choices, kind))
    return found


def _headed(sheet: Sheet, choices: Choices, kind: str | None) -> Found:
    """The sheet with its header, tables below one another, days in rows.

    Raises HeaderNotFound, GridYearMissing.
    """
    if kind in {None, "visits"} and choices.header_row is None:
        told = choices.month or ""
        if (grid := grid_in(sheet, told) or turned_grid_in(sheet, told)) is not None:
            return Found(*grid)
    header = find_header(sheet, at_row=choices.header_row)
    return Found(*parted(*under_their_days(*unfolded(sheet, header))))


def _width(book: Book, sheet: Sheet, header: Header, sample: Sequence[Row]) -> int | None:
    """How wide a row of delimited text may be; rows that often are wider mean to be."""
    if book.delimiter is None:
        return None
    wider = sum(len(row.cells) > len(header.names) for row in sample)
    return None if wider * 2 > len(sample) else max(len(header.names), sheet.width)
