"""What a member statement is made of: entries in time, what they moved, what was bought."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from uuid import UUID

from django.utils.functional import Promise

from ledger.models import Asset, Contract, OverRide
from members.models import Member, Store, Till, User


class Source(IntEnum):
    """Where an entry is kept; of things at one moment the visit comes first."""

    VISIT = 0
    OVER_RIDE = 1
    SALE = 2
    TXN = 3
    SALE_REFUND = 4
    REFUND = 5
    PLAY = 6
    DISPENSE = 7


@dataclass(frozen=True, order=True)
class Key:
    """One entry's place in time; ``rank`` is a transaction's number, else the order of its kind."""

    at: datetime
    source: Source
    rank: int
    id: UUID | int = field(compare=False)


@dataclass(frozen=True, kw_only=True)
class ValueLine:
    """So much more (positive) or less of an asset, by one contract and origin.

    ``balance_after`` is what the wallet held since. ``list_value`` and ``charged_value`` are in the
    smallest unit of ``currency``; None where nothing was delivered. ``record`` is the merged member
    whose wallet it was, if it was one's.
    """

    asset: Asset
    amount: int
    balance_after: int
    origin: str
    contract: Contract | None
    list_value: int | None
    charged_value: int | None
    currency: str
    record: Member | None


@dataclass(frozen=True)
class GoodsLine:
    """One line of a bill, or of what came back of it (negative)."""

    text: str
    quantity: int
    list_value: int | None
    charged_value: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened. What was undone stays, with ``undone_at``, and is marked.

    ``undoes`` is the entry that this one undid, resolved or paid back. ``seal`` is the number of
    the seal over it; None with ``can_be_sealed`` says the next one will cover it. ``record`` is the
    merged member it was kept for.
    """

    key: Key
    kind: str
    label: str | Promise
    business_date: date
    store: Store | None
    operator: User | None
    till: Till | None = None
    reason: str = ""
    notes: Sequence[str] = ()
    goods: Sequence[GoodsLine] = ()
    values: Sequence[ValueLine] = ()
    tenders: Sequence[tuple[str, int]] = ()
    list_total: int | None = None
    total: int | None = None
    currency: str = ""
    undone_at: datetime | None = None
    undone_because: str = ""
    undone_by: User | None = None
    undoes: UUID | None = None
    over_rides: Sequence[OverRide] = ()
    recorded_at: datetime | None = None
    seal: int | None = None
    can_be_sealed: bool = False
    record: Member | None = None

    @property
    def id(self) -> UUID | int:
        """Its own id."""
        return self.key.id

    @property
    def local_at(self) -> datetime:
        """When it happened, on the clock of the store."""
        return self.key.at.astimezone(self.store.zone) if self.store else self.key.at

    @property
    def is_undone(self) -> bool:
        """Whether it was taken back as a whole."""
        return self.undone_at is not None
