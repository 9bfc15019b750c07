"""Which column means what: names first, content as a second opinion, the owner's word on top."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice, pairwise
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.phones import BadPhone, PhoneLostDigits, to_e164
from imports.rules.aliases import HISTORY, SECRET, Match, normalise, recognise
from imports.rules.amounts import MoneyStyle, guess_decimal_mark
from imports.rules.cells import text_of, value_of
from imports.rules.choices import BALANCES, Choices, MappingWrong, signature_of
from imports.rules.dates import DateStyle, guess_order
from imports.rules.guessing import guess_kind, refuse_without_essentials
from imports.rules.headers import Header, data_rows, find_header, is_totals_row
from imports.rules.sheets import Book, Row, Sheet, is_blank

__all__ = ["BALANCES", "Choices", "Column", "MappingWrong", "Plan", "make_plan"]

ROWS_SAMPLED = 400
CONTENT_AGREES = 0.8
MONEY_FIELDS = frozenset(
    {"stored_value", "stored_value_principal", "stored_value_bonus", "stored_value_total"}
    | {"amount", "list_amount", "discount", "tax", "refunded"}
    | {"amount_in", "amount_out", "balance", "min_spend"}
)
# Amounts that are no parts of a sum: a threshold, the balance after each line.
NOT_SUMMED = frozenset({"balance", "min_spend"})
COUNT_FIELDS = frozenset({"points", "coins", "units", "due", "paid_out", "difference"})
DATE_FIELDS = frozenset({"joined", "birthday", "unit_expires", "at", "issued"})
SEVERAL = frozenset({"units", "unit_name", "unit_expires", HISTORY, SECRET, "external_id"})
MULTIPLES = (
    (re.compile(r"[(（\[]?(?:万元|万|萬)[)）\]]?\s*$"), Decimal(10_000)),
    (re.compile(r"[(（\[](?:千元|千|k)[)）\]]\s*$", re.IGNORECASE), Decimal(1_000)),
    (
        re.compile(r"[(（\[]\s*(?:分|cents?)\s*[)）\]]\s*$|[_\s]cents$", re.IGNORECASE),
        Decimal("0.01"),
    ),
)
# Kinds whose rows name no member, whatever their cells look like.
NOBODY_NAMED = frozenset({"gift_cards", "tiers", "statement"})
EMAIL = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;]{2,}")


class SheetUnknown(DomainError):
    code = "sheet_unknown"
    message = _("There is no sheet %(name)s in the file; it has %(names)s.")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file; ``field`` is empty where it is only kept."""

    index: int
    header: str
    field: str
    how: str
    score: int = 0
    multiple: Decimal = Decimal(1)
    unit: str = ""
    # What the column may be, where nobody is sure: it is kept as it stands until somebody says so.
    guess: str = ""


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
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # Cells beyond this width mean that a row of a text file has slipped; none where some belong.
    width: int | None = None

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

    def money_style(self, column: Column) -> MoneyStyle:
        """How amounts of that column are written."""
        mark = self.decimal_marks.get(column.index, ".")
        return MoneyStyle(self.exponent, mark, column.multiple)

    def date_style(self, name: str) -> DateStyle:
        """How days of that field are written."""
        return DateStyle(self.orders.get(name, "ymd"), self.serials_from_1904)

    def as_json(self) -> dict[str, Any]:
        """How the sheet was understood, for the record and the screen."""
        return {
            "sheet": self.sheet,
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
        }

    @property
    def amount_columns(self) -> frozenset[int]:
        """Columns (from 0) that add up and so are never filled down."""
        amounts = MONEY_FIELDS | COUNT_FIELDS
        return frozenset(column.index for column in self.columns if column.field in amounts)


def make_plan(
    book: Book, choices: Choices, *, kind: str | None, country: str, currency: str, exponent: int
) -> tuple[Plan, Sheet]:
    """Understand a book: its sheet, header, kind and columns.

    ``exponent`` is the number of decimals of ``currency``. Raises HeaderNotFound, KindUnknown,
    ColumnMissing, SheetUnknown.
    """
    sheet, header = _sheet_and_header(book, choices)
    sample = [
        row
        for row in islice(data_rows(sheet, header), ROWS_SAMPLED)
        if not is_totals_row(row.cells)
    ]
    kind = kind or guess_kind(header.names)
    columns = match_columns(header, kind, sample, choices, country)
    refuse_without_essentials(kind, {column.field for column in columns})
    return (
        Plan(
            kind=kind,
            sheet=sheet.name,
            header=header,
            columns=tuple(columns),
            country=country,
            currency=currency,
            exponent=exponent,
            balance=choices.balance or "principal",
            serials_from_1904=book.serials_from_1904,
            orders=_orders(columns, sample, country),
            decimal_marks=_decimal_marks(columns, sample),
            values=choices.values,
            width=_width(book, header, sample),
        ),
        sheet,
    )


def _sheet_and_header(book: Book, choices: Choices) -> tuple[Sheet, Header]:
    sheets = [sheet for sheet in book.sheets if next(iter(sheet.rows()), None) is not None]
    if choices.sheet is not None:
        names = [sheet.name for sheet in book.sheets]
        wanted = choices.sheet
        if isinstance(wanted, int) and 1 <= wanted <= len(names):
            wanted = names[wanted - 1]
        if wanted not in names:
            raise SheetUnknown(name=wanted, names=", ".join(names))
        sheets = [sheet for sheet in book.sheets if sheet.name == wanted]
    if len(sheets) == 1:
        return sheets[0], find_header(sheets[0], at_row=choices.header_row)
    found = [(sheet, _header_or_none(sheet, choices.header_row)) for sheet in sheets]
    scored = [(sheet, header) for sheet, header in found if header is not None]
    if not scored:
        return sheets[0], find_header(sheets[0], at_row=choices.header_row)
    # A hidden sheet is taken only where no other has a header of known names.
    return max(
        scored, key=lambda item: (item[1].score >= 2 and not item[0].is_hidden, item[1].score)
    )


def _header_or_none(sheet: Sheet, at_row: int | None) -> Header | None:
    try:
        return find_header(sheet, at_row=at_row)
    except DomainError:
        return None


def match_columns(
    header: Header, kind: str, sample: Sequence[Row], choices: Choices, country: str
) -> list[Column]:
    """A column for every header cell; each field is taken once, by the surest name."""
    matched = [_match(header, index, kind) for index in range(len(header.names))]
    width = max([len(header.names), *(len(row.cells) for row in sample)])
    matched += [None] * (width - len(header.names))
    columns = [_column(header, index, match) for index, match in enumerate(matched)]
    columns = _settle(columns, matched, sample)
    columns = _by_content(columns, kind, sample, country)
    columns = [_as_told(column, choices) for column in columns]
    return [
        column
        for column in columns
        if column.header or column.field or _values(column.index, sample)
    ]


def _match(header: Header, index: int, kind: str) -> Match | None:
    name = header.names[index]
    group = header.groups[index] if index < len(header.groups) else ""
    own = recognise(name, kind)
    if not group:
        return own
    # "账户" over "本金": the pair may say more than its lower half, or be all that is known.
    together = recognise(group + name, kind) or recognise(f"{group} {name}", kind)
    if together is not None and (own is None or together.score >= own.score):
        return together
    return own or recognise(group, kind)


def _column(header: Header, index: int, match: Match | None) -> Column:
    name = header.names[index] if index < len(header.names) else ""
    group = header.groups[index] if index < len(header.groups) else ""
    twice = bool(name) and list(header.names).count(name) > 1
    shown = f"{group} {name}" if twice and group else name
    if match is None:
        return Column(index, shown, "", "unmapped")
    how = "name" if match.score == 100 else "likeness"
    multiple = Decimal(1)
    if match.field in MONEY_FIELDS:
        multiple = next((by for look, by in MULTIPLES if look.search(name)), Decimal(1))
    return Column(index, shown, match.field, how, match.score, multiple, match.unit)


def _settle(
    columns: list[Column], matched: list[Match | None], sample: Sequence[Row]
) -> list[Column]:
    """One column a field: one with something in it before an empty one, then the surer name."""
    best: dict[str, int] = {}
    for column, match in zip(columns, matched, strict=True):
        if match is None or match.field in SEVERAL:
            continue
        rival = best.get(match.field)
        if rival is None or _surer(match, column, matched[rival], columns[rival], sample):
            best[match.field] = column.index
    return [
        column
        if not column.field or column.field in SEVERAL or best.get(column.field) == column.index
        else replace(column, field="", how="second choice")
        for column in columns
    ]


def _surer(
    match: Match, column: Column, other: Match | None, rival: Column, sample: Sequence[Row]
) -> bool:
    filled, rival_filled = _values(column.index, sample), _values(rival.index, sample)
    if bool(filled) != bool(rival_filled):
        return bool(filled)
    return other is None or match.rank < other.rank


def _values(index: int, sample: Sequence[Row]) -> list[str]:
    cells = (row.cells[index] for row in sample if index < len(row.cells))
    return [text for text in map(value_of, cells) if text]


def _by_content(
    columns: list[Column], kind: str, sample: Sequence[Row], country: str
) -> list[Column]:
    """Phones, addresses and running numbers are known by what they look like."""
    taken = {column.field for column in columns}
    result = []
    for column in columns:
        changed = column
        values = _values(column.index, sample)
        if kind in NOBODY_NAMED:
            if column.how == "second choice" and kind == "tiers" and "rank" not in taken:
                # "级别" beside "等级名称" counts the steps.
                is_rank = _share(values, str.isdigit)
                changed = replace(column, field="rank", how="content") if is_rank else column
        elif "phone" not in taken and column.field in {"", "card", "name", "member"}:
            if _share(values, lambda text: _is_phone(text, country)) and column.field != "member":
                changed = replace(column, field="phone", how="content")
        elif "email" not in taken and not column.field and kind == "members":
            if _share(values, lambda text: bool(EMAIL.fullmatch(text))):
                changed = replace(column, field="email", how="content")
        elif column.field == "sequence" and not _counts_up(values) and "card" not in taken:
            changed = replace(column, field="card", how="content")
        taken.add(changed.field)
        result.append(changed)
    return result


def _share(values: Sequence[str], agrees: Any) -> bool:
    looked = values[:60]
    return len(looked) >= 3 and sum(map(agrees, looked)) >= len(looked) * CONTENT_AGREES


def _is_phone(text: str, country: str) -> bool:
    digits = re.sub(r"\D", "", text)
    if len(digits) < 8 or (country == "CN" and not re.search(r"1[3-9]\d{9}$", digits)):
        return False
    try:
        to_e164(text, country)
    except (BadPhone, PhoneLostDigits):
        return False
    return True


def _counts_up(values: Sequence[str]) -> bool:
    numbers = [int(text) for text in values if text.isdigit() and not text.startswith("0")]
    steady = all(later > sooner for sooner, later in pairwise(numbers))
    return len(numbers) == len(values) and steady and (not numbers or numbers[0] <= 1000)


def _as_told(column: Column, choices: Choices) -> Column:
    """The owner's word about a header, compared as headers are."""
    for header, name in choices.columns.items():
        if normalise(header) == normalise(column.header) and column.header:
            told, _colon, unit = (name or "").partition(":")
            return replace(column, field=told, how="mapping", score=100, unit=unit)
    if column.field and column.field in {name for name in choices.columns.values() if name}:
        # The owner gave the field to another column.
        return replace(column, field="", how="second choice")
    return column


def _width(book: Book, header: Header, sample: Sequence[Row]) -> int | None:
    """How wide a row of delimited text may be; rows that often are wider mean to be."""
    if book.delimiter is None:
        return None
    wider = sum(len(row.cells) > len(header.names) for row in sample)
    return None if wider * 2 > len(sample) else len(header.names)


def _orders(columns: Iterable[Column], sample: Sequence[Row], country: str) -> dict[str, str]:
    return {
        column.field: guess_order(_cells(column.index, sample), country)
        for column in columns
        if column.field in DATE_FIELDS
    }


def _decimal_marks(columns: Iterable[Column], sample: Sequence[Row]) -> dict[int, str]:
    return {
        column.index: guess_decimal_mark(_cells(column.index, sample))
        for column in columns
        if column.field in MONEY_FIELDS
    }


def _cells(index: int, sample: Sequence[Row]) -> list[Any]:
    cells = (row.cells[index] for row in sample if index < len(row.cells))
    return [cell for cell in cells if not is_blank(cell)]


def shown_raw(row: Row, plan: Plan) -> dict[str, str]:
    """The row as it stood in the file, header → text, secrets left out."""
    secret = {column.index for column in plan.columns_of(SECRET)}
    headers = {column.index: column.header for column in plan.columns}
    return {
        headers.get(index) or f"column {index + 1}": text_of(cell)
        for index, cell in enumerate(row.cells)
        if index not in secret and not is_blank(cell)
    }
