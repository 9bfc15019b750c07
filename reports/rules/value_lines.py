"""The lines between what was owed at the start and at the end, and the part a lot belongs to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.models import AssetKind, Contra, LotOrigin, TxnKind


class Line(StrEnum):
    """One reason why what is owed changes; in the order in which books are read."""

    SOLD = "sold"
    GIVEN = "given"
    MIGRATED = "migrated"
    DELIVERED = "delivered"
    REFUNDED = "refunded"
    SETTLEMENT = "settlement"
    EXPIRED = "expired"
    TRANSFERRED = "transferred"
    ADJUSTED = "adjusted"
    HELD = "held"
    DEBTS = "debts"


OPENING = "opening"
# Every house account has its line, so that the lines always close.
LINES = {
    Contra.CASH_IN: Line.SOLD,
    Contra.PROMOTION: Line.GIVEN,
    Contra.REVENUE: Line.DELIVERED,
    Contra.BREAKAGE: Line.EXPIRED,
    Contra.TRANSFER: Line.TRANSFERRED,
    Contra.GOODWILL: Line.ADJUSTED,
    Contra.HOLD: Line.HELD,
    Contra.DEBT: Line.DEBTS,
    Contra.MIGRATION: Line.MIGRATED,
    Contra.SETTLEMENT: Line.SETTLEMENT,
}


def line_of(contra: int, kind: str) -> Line:
    """The line a movement stands on: cash that a refund pays out is no sale undone.

    >>> line_of(1, "top_up"), line_of(1, "refund")
    (<Line.SOLD: 'sold'>, <Line.REFUNDED: 'refunded'>)
    """
    if contra == Contra.CASH_IN and kind == TxnKind.REFUND:
        return Line.REFUNDED
    return LINES[Contra(contra)]


def part_of(kind: str, origin: str, *, is_paid: bool) -> str:
    """Principal or bonus of stored value; the lot's origin of anything else.

    An opening balance that cost something was paid for once.

    >>> part_of("money", "opening", is_paid=False), part_of("unit", "bundle", is_paid=True)
    ('bonus', 'bundle')
    """
    if kind != AssetKind.MONEY:
        return origin
    paid = origin == LotOrigin.PAID or (origin == LotOrigin.OPENING and is_paid)
    return "principal" if paid else "bonus"


@dataclass(frozen=True)
class Sum:
    """So much of an asset, in its smallest unit, and what was paid for it, in the currency's."""

    amount: int = 0
    cost: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.amount + other.amount, self.cost + other.cost)

    def __neg__(self) -> "Sum":
        return Sum(-self.amount, -self.cost)

    def __bool__(self) -> bool:
        return bool(self.amount or self.cost)


def total(sums: Iterable[Sum]) -> Sum:
    """All of them together.

    >>> total([Sum(5, 2), Sum(-1, 0)])
    Sum(amount=4, cost=2)
    """
    return sum(sums, Sum())


@dataclass(frozen=True)
class Movement:
    """What was owed at the start, why it changed, and what is owed at the end."""

    opening: Sum = field(default_factory=Sum)
    lines: Mapping[Line, Sum] = field(default_factory=dict)

    @property
    def closing(self) -> Sum:
        """The opening and all lines; signed as members see it: what they gain is positive."""
        return total([self.opening, *self.lines.values()])
