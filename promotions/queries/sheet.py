"""Everything a clerk, a machine or the admin shows of one member, in a dozen queries at most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.models import Asset, AssetKind, LotOrigin, MemberFacts
from members.models import Member, Store, Tier
from promotions.models import ServiceProgramme, ServiceTicket
from promotions.queries.alerts import Alert, alerts_about, last_day
from promotions.queries.entitlements import due_of, free_per_month, programmes_of
from promotions.queries.holdings import Held, Obstacle, has_kind, held_lots, usable

GIVEN = {LotOrigin.BONUS, LotOrigin.GOODWILL}


@dataclass(frozen=True)
class Ending:
    """What of a balance ends next: so much, after this business day."""

    amount: int
    day: date


@dataclass(frozen=True)
class Balance:
    """One asset of the member, in its smallest unit.

    ``principal`` was paid, earned or brought over; ``bonus`` was given on top. ``spendable`` can be
    used here today; ``pending`` only later.
    """

    asset: Asset
    principal: int
    bonus: int
    spendable: int
    pending: int
    ends_next: Ending | None

    @property
    def total(self) -> int:
        """All that is held."""
        return self.principal + self.bonus


@dataclass(frozen=True)
class UnitsLeft:
    """What is left of one component; ``store_names`` is empty when any store will do."""

    lot_id: int
    contract_id: UUID | None
    title: str
    asset: Asset
    left: int
    granted: int
    obstacle: Obstacle | None
    day_kinds: Sequence[str]
    store_names: Sequence[str]
    usable_from: datetime
    last_day: date | None

    @property
    def is_usable(self) -> bool:
        """Whether it can be used here today."""
        return self.obstacle is None


@dataclass(frozen=True)
class ServiceLeft:
    """Free uses left this month of one service, of ``per_month`` that the tier grants."""

    programme: ServiceProgramme
    left: int
    per_month: int


@dataclass(frozen=True)
class MemberSheet:
    """A member as seen from one store at one moment."""

    member: Member
    store: Store
    at: datetime
    tier: Tier | None
    money: Balance | None
    points: Balance | None
    coins: Balance | None
    others: Sequence[Balance]
    units: Sequence[UnitsLeft]
    services: Sequence[ServiceLeft]
    debts: Sequence[tuple[Asset, int]]
    tickets: Sequence[ServiceTicket]
    facts: MemberFacts | None
    alerts: Sequence[Alert]


def sheet(*, member: Member, store: Store, at: datetime) -> MemberSheet:
    """What the member holds and is owed, as it can be used in ``store`` at ``at``.

    ``money``, ``points`` and ``coins`` are those of the store's issuing entity; what another one
    owes is among ``others``. At most twelve queries, however much the member holds.
    """
    held = held_lots(member=member, store=store, at=at)
    balances = [_balance(lots, store) for lots in _by_asset(held)]
    here = [one for one in balances if one.asset.entity_id == store.entity_id]
    money = _first(one for one in here if one.asset.currency == store.currency)
    points = _first(one for one in here if one.asset.kind == AssetKind.POINTS)
    coins = _first(one for one in here if one.asset.kind == AssetKind.COIN)
    tickets = list(
        ServiceTicket.objects.of(member).open().select_related("programme", "store").order_by("pk")
    )
    debts = _debts(held)
    facts = MemberFacts.objects.filter(member=member).first()
    return MemberSheet(
        member=member,
        store=store,
        at=at,
        tier=member.tier,
        money=money,
        points=points,
        coins=coins,
        others=[one for one in balances if one not in (money, points, coins)],
        units=_units(has_kind(held, AssetKind.UNIT), store),
        services=_services(member, store, at, held),
        debts=debts,
        tickets=tickets,
        facts=facts,
        alerts=alerts_about(
            member=member,
            store=store,
            at=at,
            held=held,
            owed=debts,
            tickets=tickets,
            facts=facts,
        ),
    )


def _first[T](found: Iterable[T]) -> T | None:
    return next(iter(found), None)


def _by_asset(held: Sequence[Held]) -> list[list[Held]]:
    """Lots of money, points and coins, asset by asset."""
    groups: dict[int, list[Held]] = {}
    for one in held:
        if one.asset.kind in {AssetKind.MONEY, AssetKind.POINTS, AssetKind.COIN}:
            groups.setdefault(one.asset.pk, []).append(one)
    return list(groups.values())


def _balance(lots: Sequence[Held], store: Store) -> Balance:
    bonus = sum(one.left for one in lots if one.lot.origin in GIVEN)
    pending = sum(one.left for one in lots if one.obstacle == Obstacle.NOT_YET)
    return Balance(
        asset=lots[0].asset,
        principal=sum(one.left for one in lots) - bonus,
        bonus=bonus,
        spendable=usable(lots),
        pending=pending,
        ends_next=_ends_next(lots, store),
    )


def _ends_next(lots: Sequence[Held], store: Store) -> Ending | None:
    ends = min((one.lot.expires_at for one in lots if one.lot.expires_at), default=None)
    if ends is None:
        return None
    amount = sum(one.left for one in lots if one.lot.expires_at == ends)
    return Ending(amount, last_day(store, ends))


def _units(held: Sequence[Held], store: Store) -> list[UnitsLeft]:
    wanted = {pk for one in held for pk in one.store_ids}
    names = dict(Store.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    return [
        UnitsLeft(
            lot_id=one.lot.pk,
            contract_id=one.lot.contract_id,
            title=one.lot.contract.title if one.lot.contract else "",
            asset=one.asset,
            left=one.left,
            granted=one.lot.granted,
            obstacle=one.obstacle,
            day_kinds=one.day_kinds,
            store_names=[names[pk] for pk in one.store_ids if pk in names],
            usable_from=one.lot.available_from,
            last_day=last_day(store, one.lot.expires_at) if one.lot.expires_at else None,
        )
        for one in held
    ]


def _services(
    member: Member, store: Store, at: datetime, held: Sequence[Held]
) -> list[ServiceLeft]:
    """What is left, counting what the month's job or the first use will still grant."""
    programmes = programmes_of(store)
    if not programmes:
        return []
    month = member.home_store.business_date(at)
    due = {
        one.programme.pk: one.amount
        for one in due_of([(programme, member) for programme in programmes], month)
    }
    return [
        ServiceLeft(
            programme=programme,
            left=usable([one for one in held if one.asset == programme.asset])
            + due.get(programme.pk, 0),
            per_month=free_per_month(programme, member.tier_id),
        )
        for programme in programmes
    ]


def _debts(held: Sequence[Held]) -> list[tuple[Asset, int]]:
    owed: dict[int, tuple[Asset, int]] = {}
    for one in has_kind(held, AssetKind.DEBT):
        owed[one.asset.pk] = one.asset, owed.get(one.asset.pk, (one.asset, 0))[1] + one.left
    return list(owed.values())
