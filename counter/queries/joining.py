"""What a member would save on a bill by joining a paid tier before it is booked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from counter.rules.pricing import member_price
from members.models import Member, Store
from promotions.models import PaidTier
from promotions.queries.offers import paid_tiers


@dataclass(frozen=True)
class Goods:
    """A row of a bill: the list price of one, how many, and what they are charged."""

    list_price: int
    quantity: int
    charged: int

    def saves(self, percent: int) -> int:
        """What so many percent off the list price take off what is charged, never below zero.

        >>> Goods(10000, 2, 20000).saves(12), Goods(10000, 2, 15000).saves(12)
        (2400, 0)
        """
        return max(0, self.charged - member_price(self.list_price, percent) * self.quantity)


@dataclass(frozen=True)
class Joining:
    """The membership that takes most off the bill, and how much: in the smallest unit."""

    offer: PaidTier
    saved: int


def joining_saves(
    *, member: Member, store: Store, at: datetime, goods: Iterable[Goods]
) -> Joining | None:
    """The best of the memberships sold here that put the member above their tier; None if none.

    A free amount has no list price, and so no tier takes anything off it.
    """
    held, rows = (member.tier.rank if member.tier else -1), list(goods)
    found = [
        Joining(offer, saved)
        for offer in paid_tiers(store=store, at=at, member=member)
        if offer.tier.rank > held
        and (saved := sum(row.saves(offer.tier.discount_percent) for row in rows))
    ]
    return max(found, key=lambda one: (one.saved, -one.offer.price), default=None)
