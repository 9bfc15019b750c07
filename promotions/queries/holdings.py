"""What a member holds, lot by lot, and what keeps each from being used here and today."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from django.db.models import F, Q

from common.calendars import DayKind, HolidayCalendarMissing, kind_of_day
from ledger.models import Asset, AssetKind, Lot, Scope
from members.models import Member, Store
from members.queries import rest_day_overrides


class Obstacle(StrEnum):
    """Why a lot cannot be used here, now, for this."""

    NOT_YET = "not_yet"
    OTHER_STORE = "other_store"
    OTHER_DAY = "other_day"
    OTHER_GOODS = "other_goods"


@dataclass(frozen=True)
class Held:
    """An open lot, and the first obstacle in its way; none when it can be used."""

    lot: Lot
    obstacle: Obstacle | None

    @property
    def asset(self) -> Asset:
        """What it is a lot of."""
        return self.lot.wallet.asset

    @property
    def left(self) -> int:
        """How much is left in it."""
        return self.lot.remaining

    @property
    def is_usable(self) -> bool:
        """Whether it can be used here and now."""
        return self.obstacle is None

    @property
    def day_kinds(self) -> list[str]:
        """The kinds of days it is limited to; empty: any day."""
        return list(self.lot.scope.day_kinds) if self.lot.scope else []

    @property
    def store_ids(self) -> list[int]:
        """The stores it is limited to; empty: every store of its issuing entity."""
        return list(self.lot.scope.store_ids) if self.lot.scope else []


def held_lots(
    *,
    member: Member,
    store: Store,
    at: datetime,
    asset: Asset | None = None,
    categories: Collection[int] | None = None,
) -> list[Held]:
    """The member's lots that hold something not yet past its time, soonest to end first.

    ``categories`` are those of what is to be bought; None: whatever a lot is limited to.
    """
    lots = Lot.objects.of(member).filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=at), is_open=True
    )
    if asset:
        lots = lots.filter(wallet__asset=asset)
    found = list(
        lots.select_related("wallet__asset", "contract", "scope").order_by(
            F("expires_at").asc(nulls_last=True), "granted_at", "priority", "pk"
        )
    )
    today = day_kind_today(store, at) if _any_day_rule(found) else None
    return [Held(lot, obstacle(lot, store, today, at, categories)) for lot in found]


def _any_day_rule(lots: Iterable[Lot]) -> bool:
    return any(lot.scope and lot.scope.day_kinds for lot in lots)


def day_kind_today(store: Store, at: datetime) -> DayKind | None:
    """Workday or day of rest in the store; None where nobody knows that year's holidays."""
    return day_kind_on(store, store.business_date(at))


def day_kind_on(store: Store, day: date) -> DayKind | None:
    """The same for a business day."""
    try:
        return kind_of_day(day, store.country, rest_day_overrides(store.country))
    except HolidayCalendarMissing:
        return None


def obstacle(
    lot: Lot,
    store: Store,
    today: DayKind | None,
    at: datetime,
    categories: Collection[int] | None = None,
) -> Obstacle | None:
    """The first thing that keeps the lot from being used; it mirrors what the ledger asks."""
    if lot.available_from > at:
        return Obstacle.NOT_YET
    if lot.wallet.asset.entity_id != store.entity_id:
        return Obstacle.OTHER_STORE
    return _limited(lot.scope, store, today, categories) if lot.scope else None


def _limited(
    scope: Scope, store: Store, today: DayKind | None, categories: Collection[int] | None
) -> Obstacle | None:
    if scope.store_ids and store.pk not in scope.store_ids:
        return Obstacle.OTHER_STORE
    if scope.day_kinds and today not in scope.day_kinds:
        return Obstacle.OTHER_DAY
    if scope.category_ids and categories is not None:
        return None if _inside(categories, scope.category_ids) else Obstacle.OTHER_GOODS
    return None


def _inside(categories: Collection[int], allowed: Collection[int]) -> bool:
    """Every category of the bill, and there is one, must be among the lot's."""
    return bool(categories) and set(categories) <= set(allowed)


def usable(held: Sequence[Held]) -> int:
    """How much of the lots can be used here and now."""
    return sum(one.left for one in held if one.is_usable)


def has_kind(held: Sequence[Held], kind: AssetKind) -> list[Held]:
    """The lots of assets of one kind."""
    return [one for one in held if one.asset.kind == kind]
