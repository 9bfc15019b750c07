"""Draw down what a bundle holds, and say what else is left when it is not enough here today."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from common.calendars import DayKind
from common.days import lazy_day
from common.errors import DomainError
from common.money import format_units
from ledger.models import Asset
from ledger.operations.overrides import Permission
from ledger.operations.redeem import Redemption, redeem
from ledger.operations.refusals import NotEnough, positive, shown
from members.models import Member, Store, Till, User
from promotions.models import BundleComponent
from promotions.operations.ages import check_age
from promotions.operations.checks import check_honoured, check_member
from promotions.queries.holdings import Held, Obstacle, held_lots, usable


class NotEnoughHereToday(DomainError):
    """Some is left, but for another day, place or use."""

    code = "not_enough_here_today"
    message = _(
        "%(asked)s %(unit)s asked, but only %(available)s can be used here today. %(otherwise)s"
    )


type Reason = Obstacle | DayKind

SENTENCES: dict[Reason, Any] = {
    DayKind.WORKDAY: ngettext_lazy(
        "%(count)d is left for workdays.", "%(count)d are left for workdays.", "count"
    ),
    DayKind.RESTDAY: ngettext_lazy(
        "%(count)d is left for weekends and holidays.",
        "%(count)d are left for weekends and holidays.",
        "count",
    ),
    Obstacle.OTHER_STORE: ngettext_lazy(
        "%(count)d is left for other stores.", "%(count)d are left for other stores.", "count"
    ),
    Obstacle.NOT_YET: ngettext_lazy(
        "%(count)d can be used from %(day)s on.", "%(count)d can be used from %(day)s on.", "count"
    ),
    Obstacle.OTHER_GOODS: ngettext_lazy(
        "%(count)d is left for other goods.", "%(count)d are left for other goods.", "count"
    ),
}

# Written out in the language of whoever reads the refusal.
in_one: Callable[[list[Any]], Any] = lazy(
    lambda sentences: " ".join(str(one) for one in sentences), str
)


def draw_down(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    quantity: int,
    at: datetime,
    by: User | None,
    asset: Asset | None = None,
    component: BundleComponent | None = None,
    till: Till | None = None,
    categories: Sequence[int] | None = None,
    note: str = "",
    permission: Permission | None = None,
) -> Redemption:
    """Draw ``quantity`` units of ``asset``, or of a bundle's ``component``, and note the visit.

    List value is the list price times the quantity. Without ``categories`` the goods are taken to
    be those that the first usable lot is for. A repeated ``request_id`` returns the first draw.
    ``permission`` over-rides what keeps a minor from it.

    Raises NotForMinors, NotForMinorsToday, NotEnoughHereToday, NotEnough, AmountNotPositive,
    MemberMayNotTrade, NotHonouredHere, RequestReused.
    """
    unit = component.asset if component else asset
    if unit is None:
        raise ValueError("draw_down needs an asset or a component")
    check_member(member)
    check_honoured(unit, store)
    check_age(
        member, [unit], request_id=request_id, store=store, at=at, by=by, permission=permission
    )
    price = component.list_price if component else list_price_of(unit)
    held = held_lots(member=member, store=store, at=at, asset=unit)
    try:
        return redeem(
            request_id=request_id,
            member=member,
            asset=unit,
            quantity=positive(quantity),
            store=store,
            at=at,
            by=by,
            till=till,
            list_value=None if price is None else price * quantity,
            categories=_goods(held) if categories is None else categories,
            note=note,
        )
    except NotEnough as refusal:
        raise _explained(refusal, unit, quantity, held, store) from None


def list_price_of(unit: Asset) -> int | None:
    """What one unit costs without a bundle: the asset's own price, else the latest bundle's."""
    if unit.list_price is not None:
        return unit.list_price
    latest = BundleComponent.objects.filter(asset=unit).order_by("-pk")
    return latest.values_list("list_price", flat=True).first()


def _goods(held: Sequence[Held]) -> list[int]:
    """The categories of the first usable lot that is limited to some."""
    scopes = (one.lot.scope for one in held if one.is_usable)
    return next((scope.category_ids for scope in scopes if scope and scope.category_ids), [])


def _explained(
    refusal: NotEnough, unit: Asset, quantity: int, held: Sequence[Held], store: Store
) -> DomainError:
    """The refusal with what is possible instead; the refusal itself when nothing else is left."""
    elsewhere = [one for one in held if not one.is_usable]
    if not elsewhere:
        return refusal
    return NotEnoughHereToday(
        asked=shown(format_units, quantity, unit.scale),
        unit=shown(lambda: unit.label),
        available=shown(format_units, usable(held), unit.scale),
        otherwise=in_one(_otherwise(elsewhere, store)),
    )


def _otherwise(elsewhere: Sequence[Held], store: Store) -> list[Any]:
    """One lazy sentence for each way the rest can be used."""
    left: Counter[tuple[Reason, date | None]] = Counter()
    for one in elsewhere:
        opens = store.business_date(one.lot.available_from)
        is_season = one.obstacle == Obstacle.NOT_YET
        left[_reason(one), opens if is_season else None] += one.left
    return [
        SENTENCES[reason] % {"count": n, "day": lazy_day(day) if day else ""}
        for (reason, day), n in left.items()
    ]


def _reason(held: Held) -> Reason:
    if held.obstacle == Obstacle.OTHER_DAY:
        return DayKind.WORKDAY if DayKind.WORKDAY in held.day_kinds else DayKind.RESTDAY
    return held.obstacle or Obstacle.OTHER_GOODS
