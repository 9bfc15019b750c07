"""Judges one row of a log: a sale, a visit, a coin play or coins paid out by a dispenser."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

from common.errors import DomainError
from common.phones import to_e164
from imports.rules import findings
from imports.rules.aliases import SECRET
from imports.rules.amounts import BadAmount, count_of, money_of, not_negative
from imports.rules.business_days import on_its_day
from imports.rules.cells import code_of, full_name, looks_like_formula, text_of, value_of
from imports.rules.contents import cents_of
from imports.rules.dates import BadDate, day_of, moment_of
from imports.rules.doubts import doubts
from imports.rules.fields import COUNT_FIELDS, EMAIL, MONEY_FIELDS, Column
from imports.rules.log_words import (
    CANCELLED,
    NO_SALE,
    NOT_REFUNDED,
    REFUNDED,
    attendance,
    is_marked,
    is_top_up,
    is_way_out,
)
from imports.rules.mapping import Plan
from imports.rules.row_readers import LOST_DIGITS, Judged, RowReader
from imports.rules.sheets import Cell, Row
from imports.rules.top_up_logs import says_top_up
from imports.rules.whose import CARD_LIMIT, is_nobody, who_is

TEXT_LIMITS = {"note": 200, "status": 40, "operator": 80, "terminal": 60}
MACHINE_LIMIT = 40
# A bill that only goes with another one takes nothing off it.
SAYS_REFUND = re.compile(r"原|退|冲|refund|return|original|revers")
# Before there were tills that write logs: a clock that was never set.
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
ID_LIMIT = 110


def judge_entry(row: Row, plan: Plan, zone: ZoneInfo, latest: datetime) -> Judged:
    """Read a row of a log; ``zone`` is where its clock hangs, ``latest`` the last possible moment.

    ``values``: at (ISO, UTC), who (phone, card, email, name and ``id:HEADER`` as far as given), and
    of the kind: amount in minor units, machine and coins, due and paid_out, product, quantity,
    tender, source_id,
    refund_of (the number of the bill that is paid back), refunded (what of this bill was), store,
    status, note, operator, ``is_refund`` and ``is_cancelled``.
    """
    return LogRow(row, plan, zone, latest).judged()


class LogRow(RowReader):
    """The cells of one row, each handed to the reader of its field."""

    def __init__(self, row: Row, plan: Plan, zone: ZoneInfo, latest: datetime) -> None:
        super().__init__(row, plan)
        self.zone, self.latest = zone, latest
        self.who: dict[str, str] = {}
        self.marks: dict[str, bool] = {}
        self.names: dict[str, str] = {}
        self.paid: dict[str, int] = {}

    def judged(self) -> Judged:
        """Read every cell, then what they mean together."""
        formula_columns = []
        for column in self.plan.columns:
            cell = self.row.cell(column.index)
            if column.field in {SECRET, "time", "sequence"} or not text_of(cell):
                continue
            if looks_like_formula(cell) and column.field not in self.READERS:
                formula_columns.append(column.header)
            self._read_as_told(column, cell)
        if formula_columns:
            self._warn(findings.FormulaLike(), formula_columns[0])
        if name := full_name(self.names.get("first_name", ""), self.names.get("last_name", "")):
            self.who.setdefault("name", name)
        self._require()
        self._understand()
        self.values["who"] = self.who
        self.values["extra"] = self.kept
        self._words_of_undoing()
        return self.result

    def _cell_of(self, name: str) -> Cell:
        column = self.plan.column(name)
        return self.row.cell(column.index) if column else None

    def _text(self, column: Column, cell: Cell) -> None:
        text = value_of(cell)
        if not column.field:
            self._keep(column, cell)
        elif column.field != "name":
            limit = TEXT_LIMITS.get(column.field, 120)
            self._fits(column, cell, text, limit)
            self.values[column.field] = text[:limit]
        elif not is_nobody(text):
            self.who["name"] = text

    def _at(self, column: Column, cell: Cell) -> None:
        clock = self._cell_of("time")
        at = moment_of(cell, self.plan.date_style("at"), clock)
        if at is None:
            return
        if at.tzinfo is None:
            at = self._on_its_day(column, at, cell, clock)
        aware = at if at.tzinfo else at.replace(tzinfo=self.zone)
        if not EARLIEST < aware <= self.latest:
            raise BadDate(text=text_of(cell))
        self.values["at"] = aware.isoformat()
        for doubt in doubts("at", cell, at.date(), self.plan):
            self._warn(doubt, column.header)

    def _on_its_day(self, column: Column, at: datetime, cell: Cell, clock: Cell) -> datetime:
        """The moment in the calendar, told where it is that of the night after the day."""
        plan, day = self.plan, day_of(cell, self.plan.date_style("at"))
        is_apart = plan.column("time") is not None
        moment = on_its_day(
            at,
            has_clock=bool(value_of(clock)) if is_apart else not plan.says_days_alone,
            is_business_day=plan.says_business_days and at.date() == day,
            cut=timedelta(minutes=plan.day_cut),
        )
        if day is not None and moment.date() > max(at.date(), day):
            night = findings.NightAfter(day=day.isoformat(), at=f"{moment:%Y-%m-%d %H:%M}")
            self._warn(night, column.header)
        return moment

    def _member(self, column: Column, cell: Cell) -> None:
        """A reference that may be a phone, a card or a name."""
        text = code_of(cell)
        if not text or is_nobody(text):
            return
        # A card number may look like a phone: it is looked for as both.
        if who := who_is(text, self.plan.country):
            self.who |= who if "phone" not in who else who | self.who | {"phone": who["phone"]}
        else:
            self._fits(column, cell, text, CARD_LIMIT)

    def _phone(self, column: Column, cell: Cell) -> None:
        text = value_of(cell)
        try:
            self.who["phone"] = to_e164(text, self.plan.country)
        except DomainError:
            # History of somebody unknown is still history.
            if text:
                self._keep(column, cell)
            if "*" in text:
                self._warn(findings.MaskedPhone(), column.header)

    def _email(self, column: Column, cell: Cell) -> None:
        text = value_of(cell).removeprefix("mailto:").lower()
        if EMAIL.fullmatch(text):
            self.who["email"] = text
        elif text:
            self._keep(column, cell)

    def _card(self, column: Column, cell: Cell) -> None:
        number = code_of(cell)
        if self._fits(column, cell, number, CARD_LIMIT) and number and not is_nobody(number):
            self.who["card"] = number

    def _external_id(self, column: Column, cell: Cell) -> None:
        """What the other system calls the member by; whose that is, the members know."""
        self._keep(column, cell)
        number = code_of(cell)
        if number and not is_nobody(number) and not LOST_DIGITS.fullmatch(number):
            self.who[f"id:{column.header}"] = number

    def _machine(self, _column: Column, cell: Cell) -> None:
        """A machine is known by its name: two that begin alike are never made one."""
        name = value_of(cell)
        if len(name) > MACHINE_LIMIT:
            raise findings.MachineNameLong(text=name, limit=MACHINE_LIMIT)
        self.values["machine"] = name

    def _source_id(self, column: Column, cell: Cell) -> None:
        if (number := code_of(cell)) and self._fits(column, cell, number, ID_LIMIT):
            self.values[column.field] = number
            if column.field == "refund_of" and SAYS_REFUND.search(column.header.casefold()):
                self.marks["refund_of"] = number != self.values.get("source_id")

    def _part_of_name(self, column: Column, cell: Cell) -> None:
        self.names[column.field] = value_of(cell)

    def _mark(self, column: Column, cell: Cell) -> None:
        self._keep(column, cell)
        text = text_of(cell)
        known = attendance(text) if column.field == "came_mark" else None
        if known is None and (self.plan.has_marks or not any(map(str.isalnum, text))):
            raise findings.UnknownMark(text=text, day=text_of(self._cell_of("at")))
        is_set = is_marked(value_of(cell)) or column.index in self.plan.crossed
        self.marks[column.field] = is_set if known is None else known

    def _money(self, column: Column, cell: Cell) -> None:
        amount = money_of(cell, self.plan.money_style(column))
        if amount is not None:
            self.result.amounts[column.index] = amount
            self.values[column.field] = amount

    def _tender(self, column: Column, cell: Cell) -> None:
        """What was paid in one way; a dash says that nothing was."""
        amount = money_of(cell, self.plan.money_style(column)) if value_of(cell) else None
        if amount is not None:
            self.result.amounts[column.index] = amount
            told = self.plan.told_of("tender", column.header)
            way = told.name if told and told.name else column.header
            self.paid[way] = self.paid.get(way, 0) + amount

    def _count(self, column: Column, cell: Cell) -> None:
        count = self.plan.count(column, cell)
        if count is not None:
            self.result.amounts[column.index] = count
            self.values[column.field] = count
            if column.field == "paid_out" and self.plan.measures(column):
                self.values["millilitres"] = count
            if column.field != "difference":
                not_negative(count, cell)

    def _quantity(self, column: Column, cell: Cell) -> None:
        """Goods may be weighed: a quantity that is not whole is kept as text."""
        try:
            self.values["quantity"] = count_of(cell)
        except DomainError:
            self._keep(column, cell)

    def _unit_price(self, column: Column, cell: Cell) -> None:
        """What the line came to by its price: pieces may be weighed, prices of parts of a cent."""
        self._keep(column, cell)
        quantity = self._cell_of("quantity")
        price, pieces = cents_of(cell), cents_of(quantity) if value_of(quantity) else 100
        if price is not None and pieces is not None:
            said = Decimal(price * pieces * 10**self.plan.exponent) / 10_000
            self.values["line_amount"] = int(said.to_integral_value(ROUND_HALF_UP))

    READERS: ClassVar = {
        "at": _at,
        "member": _member,
        "phone": _phone,
        "email": _email,
        "card": _card,
        "external_id": _external_id,
        "source_id": _source_id,
        "machine": _machine,
        "refund_of": _source_id,
        **dict.fromkeys(("void_mark", "refund_mark", "came_mark"), _mark),
        **dict.fromkeys(("first_name", "last_name"), _part_of_name),
        **dict.fromkeys(MONEY_FIELDS, _money),
        "tender_amount": _tender,
        "unit_price": _unit_price,
        **dict.fromkeys(COUNT_FIELDS, _count),
        "quantity": _quantity,
    }

    def _require(self) -> None:
        """What a row of this kind cannot do without."""
        needed = {"coin_plays": ["coins"], "dispenses": ["paid_out"]}.get(self.plan.kind, [])
        failed = {found["column"] for found in self.result.errors}
        # What never took place has no moment.
        for name in () if self._was_cancelled() else ("at", *needed):
            header = self.plan.header_of(name)
            if name not in self.values and header not in failed:
                refusal = BadDate(text="") if name == "at" else BadAmount(text="")
                self._wrong(refusal, header)
        header = self.plan.header_of("machine")
        is_named = self.values.get("machine") or header in failed
        if self.plan.kind == "coin_plays" and not is_named:
            self._wrong(findings.MachineMissing(), header)
        if self.plan.column("tender_amount") is not None:
            self._add_up_what_was_paid()
        elif self.plan.kind == "sales" and self.plan.column("amount") is None:
            # The only amounts there are stand in the lines.
            self.values["amount"] = self.values.pop("line_amount", 0)
        if self.plan.kind == "dispenses" and "paid_out" in self.values:
            self.values.setdefault(
                "due", self.values["paid_out"] + max(0, self.values.get("difference", 0))
            )

    def _add_up_what_was_paid(self) -> None:
        """The bill comes to what was paid in all ways; an amount of its own is proved by that."""
        paid, ways = sum(self.paid.values()), self.plan.columns_of("tender_amount")
        if not self.paid or {c.header for c in ways} & {e["column"] for e in self.result.errors}:
            if not self.paid and self.plan.column("amount") is None and not self._was_cancelled():
                self._wrong(BadAmount(text=""), ways[0].header)
            return
        self.values["tenders"] = self.paid
        if self.values.setdefault("amount", paid) != paid:
            differ = findings.PaidOtherwise(
                paid=", ".join(self.paid), total=text_of(self._cell_of("amount"))
            )
            self._wrong(differ, self.plan.header_of("amount"))

    def _understand(self) -> None:
        """What a kind of log adds to the cells once all are read."""

    def _said(self, *fields: str) -> str:
        said = " ".join(str(self.values.get(name, "")) for name in fields)
        return unicodedata.normalize("NFKC", said).casefold().replace("_", " ")

    def _is_no_sale(self) -> bool:
        """Whether what is called a transaction only moved money or points."""
        said = self._said("type")
        return self.plan.kind == "sales" and bool(NO_SALE.search(said)) and not is_top_up(said)

    def _was_cancelled(self) -> bool:
        said = NOT_REFUNDED.sub("", self._said("status", "type"))
        is_told = self.marks.get("void_mark", False) or not self.marks.get(
            "came_mark", not self.plan.blank_is_absent
        )
        return is_told or bool(CANCELLED.search(said))

    def _words_of_undoing(self) -> None:
        said, values = self._said("status", "type"), self.values
        amount, line = values.get("amount") or 0, values.get("line_amount") or 0
        below_zero = amount < 0 or (values.get("quantity") or 0) < 0
        refunded = bool(REFUNDED.search(said)) and not NOT_REFUNDED.search(said)
        marked = self.marks.get("refund_mark", False) or self.marks.get("refund_of", False)
        values["is_cancelled"] = self._was_cancelled()
        if values.get("amount") and says_top_up(self.plan.header_of("amount")):
            values.setdefault("type", self.plan.header_of("amount"))
        if self._is_no_sale():
            values["entry"] = "other"
        # A dish taken off a bill that stands is a line of it: the bill's amount knows of it.
        values["is_refund"] = (refunded or below_zero or marked) and not line < 0 < amount
        if values["is_refund"] and amount > 0 and not REFUNDED.search(self._said("type")):
            # The state of this very bill: it stands for no other one.
            values["is_state"] = True
        passed = (str(values.get(name, "")) for name in ("type", "status"))
        if self.plan.kind == "visits" and any(map(is_way_out, passed)):
            values["is_way_out"] = True
