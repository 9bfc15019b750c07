"""The entries of a log met so far: one that comes twice is counted once, a bill has many lines.

An entry is known by its number where it has one: a bill's in its store, a play's on its machine.
Numbers that begin anew every day are told apart by the day.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from imports.rules import findings
from imports.rules.duplicates import Outcome, Verdict, fingerprint
from imports.rules.findings import Finding
from imports.rules.mapping import Plan
from imports.rules.row_readers import Judged

# Numbers up to here may begin anew every day; one bill never stays open for longer than this.
SHORT_NUMBER = 6
ONE_BILL = timedelta(hours=18)
OF_THE_BILL = re.compile(r"订单|账单|总|合计|應付|应付|应收|total|order|bill|gesamt|итого|合計")
# What makes an entry the same in another file, whatever else that file says of it.
IDENTITY = (
    *("at", "who", "machine", "terminal", "coins", "due", "paid_out", "amount", "refunded"),
    *("product", "quantity", "type", "store", "entry", "balance"),
)


@dataclass(slots=True)
class _Bill:
    number: int
    at: datetime
    amount: int | None
    line_amount: int | None
    tender: str
    # What makes another row of the same number the same entry.
    content: bytes


def may_begin_anew(source_id: str) -> bool:
    """Whether a number may be given out again on another day.

    >>> may_begin_anew("0012"), may_begin_anew("20250301000012"), may_begin_anew("A1")
    (True, False, False)
    """
    return source_id.isdigit() and len(source_id) <= SHORT_NUMBER


def on_its_day(source_id: str, at: datetime) -> str:
    """A number that is given out anew every day, with the day of its entry.

    >>> on_its_day("12", datetime(2025, 3, 1, 23, 30))
    '12@2025-03-01'
    """
    return f"{source_id}@{at.date().isoformat()}"


def is_far_apart(one: datetime, other: datetime) -> bool:
    """Whether two moments are too far apart to be of one bill."""
    return abs(one - other) > ONE_BILL


def identity_of(values: dict[str, Any]) -> bytes:
    """Sixteen bytes for what an entry without a number is known by in every file it stands in."""
    return fingerprint({name: values[name] for name in IDENTITY if name in values})


class Entries:
    """Says of each right entry whether it is new, a line of a bill, a repeat, or left out."""

    def __init__(self, plan: Plan) -> None:
        self.are_bills = plan.kind in {"sales", "statement"}
        columns = {column.field for column in plan.columns}
        if "tender_amount" in columns:
            columns.add("amount")
        if "unit_price" in columns:
            columns.add("line_amount")
        self.have_lines = plan.kind == "sales" and bool(columns & {"product", "line_amount"})
        # The amount of the bill may stand in each of its lines, beside the line's own.
        self.repeat_totals = self.have_lines and {"amount", "line_amount"} <= columns
        self.amount_columns = [
            c.index for c in plan.columns if c.field in {"amount", "tender_amount"}
        ]
        # Such an amount stands beside every payment, and is no part of the bill.
        self.amount_is_the_bills = bool(OF_THE_BILL.search(plan.header_of("amount").casefold()))
        self.rows: dict[bytes, int] = {}
        self.bills: dict[tuple[str, ...], _Bill] = {}
        self.refunds: set[tuple[str, ...]] = set()

    def settle(self, judged: Judged) -> Verdict:
        """Say what becomes of the next right entry."""
        values = judged.values
        first = self.rows.setdefault(fingerprint(values), judged.number)
        # Lines of one bill share its number, and two of them may be alike.
        if first != judged.number and not (self.have_lines and values.get("source_id")):
            return _repeats(first)
        if left_out := why_left_out(values):
            self._one_refund_in_lines(judged)
            return Verdict(Outcome.IGNORED, found=[left_out])
        if not values.get("source_id"):
            return Verdict(Outcome.RIGHT)
        return self._numbered(judged)

    def _one_refund_in_lines(self, judged: Judged) -> None:
        """The amount of a bill that stands in each line is not what went back of each."""
        values = judged.values
        amount, number = values.get("amount"), values.get("source_id")
        if not (self.repeat_totals and values["is_refund"] and number and amount):
            return
        line, bill = values.get("line_amount"), self._bill(values)
        if line is None:
            return
        if bill is not None and amount == bill.amount:
            self._forget_amount(judged)
            values["amount"] = line
        elif line != amount and (*_key(values), str(amount)) in self.refunds:
            self._forget_amount(judged)
        else:
            self.refunds.add((*_key(values), str(amount)))

    def _numbered(self, judged: Judged) -> Verdict:
        values, at = judged.values, datetime.fromisoformat(judged.values["at"])
        bill = self._bill(values)
        if bill and may_begin_anew(values["source_id"]) and is_far_apart(bill.at, at):
            values["source_id"] = on_its_day(values["source_id"], at)
            bill = self._bill(values)
        if bill is None:
            key = _key(values)
            self.bills[key] = _Bill(
                number=judged.number,
                at=at,
                amount=values.get("amount"),
                line_amount=values.get("line_amount"),
                tender=values.get("tender", ""),
                content=self._content(values),
            )
            return Verdict(Outcome.RIGHT)
        if not self.are_bills:
            if self._content(values) == bill.content:
                return _repeats(bill.number)
            found = findings.finding(findings.NumberRepeated(other=bill.number))
            judged.warnings.append(found)
            return Verdict(Outcome.IGNORED, bill.number, [found], is_repeated=True)
        return self._of_bill(judged, bill, at)

    def _content(self, values: dict[str, Any]) -> bytes:
        """What another row of the same number must say to be the same entry; bills have lines."""
        said = ("at", "coins", "due", "paid_out")
        return b"" if self.are_bills else fingerprint({name: values.get(name) for name in said})

    def _bill(self, values: dict[str, Any]) -> _Bill | None:
        return self.bills.get(_key(values))

    def _of_bill(self, judged: Judged, bill: _Bill, at: datetime) -> Verdict:
        """Another row of a bill that was met: a line or a payment of it, or the same again."""
        values = judged.values
        if is_far_apart(bill.at, at):
            found = [findings.finding(findings.SameNumber(other=bill.number))]
            return Verdict(Outcome.FLAGGED, bill.number, found)
        if self.repeat_totals and values.get("amount") == bill.amount:
            line = values.get("line_amount")
            if not (line == bill.line_amount == bill.amount):
                self._forget_amount(judged)
        elif self._is_the_bill_again(values, bill):
            return _repeats(bill.number)
        return Verdict(Outcome.MERGED, bill.number)

    def _is_the_bill_again(self, values: dict[str, Any], bill: _Bill) -> bool:
        """Whether a row of the same amount is no line and no other payment of the bill."""
        if self.have_lines or values.get("amount") != bill.amount:
            return False
        tender = values.get("tender")
        return not tender or tender == bill.tender or self.amount_is_the_bills

    def _forget_amount(self, judged: Judged) -> None:
        judged.values.pop("amount", None)
        for index in self.amount_columns:
            judged.amounts.pop(index, None)


def _key(values: dict[str, Any]) -> tuple[str, ...]:
    return (values.get("store", ""), values.get("machine", ""), values["source_id"])


def _repeats(other: int) -> Verdict:
    found = [findings.finding(findings.RepeatedRow(other=other))]
    return Verdict(Outcome.IGNORED, other, found, is_repeated=True)


def why_left_out(values: dict[str, Any]) -> Finding | None:
    """Cancelled entries, refunds and what is neither bill nor visit: counted, no purchases."""
    if values["is_cancelled"]:
        return findings.finding(findings.Cancelled())
    if values["is_refund"]:
        return findings.finding(findings.Refunded())
    if values.get("coins") == 0:
        return findings.finding(findings.NoCoins())
    if values.get("entry") == "other" or values.get("is_way_out"):
        return findings.finding(findings.NoVisitNoSale())
    return None
