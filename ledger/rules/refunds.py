"""What a contract pays back: what was paid less what was delivered, by the rule of the cause.

Amounts are in the currency's smallest unit. A fraction of a cent of what was delivered is let go,
in the member's favour, which is also how the ledger shares a cost. The figures depend on what was
used and not on which lots it came from, so they are the same in every spend order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

DAYS_OF_A_YEAR = 365
WHOLE_RATE = 10_000  # rates come in hundredths of a percent


class Basis(StrEnum):
    """How what was delivered is valued."""

    PRICE_PAID = "price_paid"
    LIST_PRICE = "list_price"
    PRINCIPAL_LEFT = "principal_left"
    DECIDED = "decided"


class GiftOverValued(DomainError):
    """More is kept for a gift than it was worth."""

    code = "gift_over_valued"
    message = _("%(gift)s was worth less than what is to be kept for it. Keep its value at most.")


@dataclass(frozen=True, kw_only=True)
class Share:
    """One kind of thing that a contract promised, and how much of it was delivered.

    ``money`` is what was paid for it, ``granted`` and ``used`` count its units (stored value in the
    smallest unit) with the bonus, ``listed`` is what the used ones cost without any reduction.
    """

    what: str
    money: int
    granted: int
    used: int
    listed: int

    @property
    def at_price_paid(self) -> int:
        """The part of the money that was delivered.

        >>> Share(what="value", money=50000, granted=100000, used=40000, listed=40000).at_price_paid
        20000
        >>> Share(what="beer", money=2018, granted=101, used=30, listed=24000).at_price_paid
        599
        """
        return self.money * max(0, self.used) // self.granted if self.granted else 0


@dataclass(frozen=True, kw_only=True)
class Gift:
    """Something given along in kind; ``kept`` is what the manager keeps for it."""

    name: str
    worth: int
    kept: int = 0


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the arithmetic: what it says, its amount (negative: deducted), and its facts."""

    code: str
    amount: int
    what: str = ""
    facts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """The lines, which add up to ``refund``, and the figures that are kept."""

    lines: tuple[Line, ...]
    paid: int
    delivered: int
    deducted: int
    refund: int


def reckon(
    *,
    paid: int,
    shares: Sequence[Share],
    basis: Basis,
    takes_better_term: bool = False,
    principal_left: int = 0,
    decided: int = 0,
    gifts: Sequence[Gift] = (),
) -> Reckoning:
    """Work out the refund before interest, line by line; never below zero.

    ``takes_better_term``: the terms at the sale count what was delivered at the price paid where
    that is less than the list price. ``principal_left`` and ``decided`` are the figures of those
    two bases. Raises GiftOverValued.

    >>> top_up = Share(what="value", money=50000, granted=150000, used=90000, listed=90000)
    >>> reckon(paid=50000, shares=[top_up], basis=Basis.PRICE_PAID).refund
    20000
    >>> reckon(paid=50000, shares=[top_up], basis=Basis.LIST_PRICE).refund
    0
    """
    lines = [
        Line(code="paid", amount=paid),
        *_delivered(paid, shares, basis, principal_left=principal_left, decided=decided),
    ]
    if takes_better_term and basis is Basis.LIST_PRICE:
        lines += _better_term(shares)
    delivered = paid - sum(line.amount for line in lines)
    lines += [_gift(gift) for gift in gifts]
    rest = sum(line.amount for line in lines)
    if rest < 0:
        lines.append(Line(code="no_claim", amount=-rest))
    return Reckoning(
        lines=tuple(lines),
        paid=paid,
        delivered=delivered,
        deducted=sum(gift.kept for gift in gifts),
        refund=max(0, rest),
    )


def _delivered(
    paid: int, shares: Sequence[Share], basis: Basis, *, principal_left: int, decided: int
) -> list[Line]:
    if basis is Basis.PRINCIPAL_LEFT:
        return [Line(code="principal_used", amount=min(0, principal_left - paid))]
    if basis is Basis.DECIDED:
        return [Line(code="decided", amount=-decided)]
    at_list = basis is Basis.LIST_PRICE
    return [
        Line(
            code="at_list_price" if at_list else "at_price_paid",
            amount=-(max(0, share.listed) if at_list else share.at_price_paid),
            what=share.what,
            facts={"used": share.used, "granted": share.granted, "money": share.money},
        )
        for share in shares
    ]


def _better_term(shares: Sequence[Share]) -> list[Line]:
    """What the member gains where the price paid is the smaller figure."""
    gain = sum(max(0, share.listed) - share.at_price_paid for share in shares)
    return [Line(code="better_term", amount=gain)] if gain > 0 else []


def _gift(gift: Gift) -> Line:
    if not 0 <= gift.kept <= gift.worth:
        raise GiftOverValued(gift=gift.name)
    return Line(code="gift", amount=-gift.kept, what=gift.name, facts={"worth": gift.worth})


def simple_interest(amount: int, *, rate: int, days: int) -> int:
    """Interest on ``amount`` for ``days`` at ``rate`` hundredths of a percent a year of 365 days.

    Without interest on interest, rounded to the nearest cent, halves up.

    >>> simple_interest(30000, rate=300, days=73), simple_interest(30000, rate=150, days=0)
    (180, 0)
    """
    whole = WHOLE_RATE * DAYS_OF_A_YEAR
    return (2 * amount * rate * days + whole) // (2 * whole)
