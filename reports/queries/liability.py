"""What the shop owes its members: stored value, principal and bonus apart, points, coins, units."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.money import format_minor
from ledger.models import Asset, AssetKind
from members.models import Store
from reports.queries.activity import fetch
from reports.queries.figure import Answer, Question, Source, figure
from reports.rules.rows import Row, blank_row
from reports.rules.value_lines import Sum, part_of
from reports.rules.wording import day

ALL_STORES = "all"
AGES = ("0-30", "31-90", "91-180", "181-365", "366+")

# For each store the moment the day asked for ends, and those at which lots were 30, 90, 180 and
# 365 days old.
MOMENTS = """
SELECT id, ((%(as_of)s::date + 1) + day_cut) AT TIME ZONE time_zone,
       (%(as_of)s::date - 30)::timestamp AT TIME ZONE time_zone,
       (%(as_of)s::date - 90)::timestamp AT TIME ZONE time_zone,
       (%(as_of)s::date - 180)::timestamp AT TIME ZONE time_zone,
       (%(as_of)s::date - 365)::timestamp AT TIME ZONE time_zone
FROM members_store WHERE %(whole)s OR id = ANY(%(stores)s)
"""
# The lots of the stores in view. What has passed its time is owed no more, swept or not.
LOTS = """
JOIN unnest(%(ids)s::bigint[], %(ends)s::timestamptz[], %(d30)s::timestamptz[],
            %(d90)s::timestamptz[], %(d180)s::timestamptz[], %(d365)s::timestamptz[])
     AS issued (id, day_ends, days_30, days_90, days_180, days_365)
     ON issued.id = lot.store_id AND (lot.expires_at IS NULL OR lot.expires_at > issued.day_ends)
JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
"""
KIND = """
lot.store_id, wallet.asset_id, lot.origin, lot.cost > 0, lot.granted_at >= issued.days_30,
lot.granted_at >= issued.days_90, lot.granted_at >= issued.days_180,
lot.granted_at >= issued.days_365
"""
# The lots as they stand now, less what moved after the day asked for: two plain sums, grouped each
# by itself, go over a million lots as fast as one. The server goes over them on all cores, which a
# WITH would forbid, and hashes the groups, which an age made by CASE would keep it from: of its
# values it knows nothing, of a yes and no that there are two.
OWED = """
SELECT {kind}, sum(lot.remaining)::bigint,
       sum(ledger_cost_left(lot.granted, lot.cost, lot.remaining))::bigint
FROM ledger_lot AS lot {lots}
WHERE lot.is_open
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
UNION ALL
SELECT {kind}, -sum(line.amount)::bigint, -sum(line.cost)::bigint
FROM ledger_txn AS txn
JOIN ledger_movement AS line ON line.txn_id = txn.id
JOIN ledger_lot AS lot ON lot.id = line.lot_id {lots}
WHERE txn.business_date > %(as_of)s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
"""
# Members have no sum: whoever holds two lots is one of them.
HOLDERS = """
WITH later AS (
    SELECT line.lot_id, sum(line.amount)::bigint AS amount
    FROM ledger_txn AS txn JOIN ledger_movement AS line ON line.txn_id = txn.id
    WHERE txn.business_date > %(as_of)s GROUP BY line.lot_id
), owed AS (
    SELECT store.code AS store, asset.code AS asset,
           coalesce(nullif(asset.currency, ''), store.currency) AS currency,
           CASE WHEN asset.kind <> 'money' THEN lot.origin
                WHEN lot.origin = 'paid' OR lot.origin = 'opening' AND lot.cost > 0
                THEN 'principal' ELSE 'bonus' END AS part, wallet.member_id,
           width_bucket(%(as_of)s::date - (lot.granted_at AT TIME ZONE store.time_zone)::date,
                        ARRAY[31, 91, 181, 366]) AS age
    FROM ledger_lot AS lot
    JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
    JOIN ledger_asset AS asset ON asset.id = wallet.asset_id AND asset.kind <> 'debt'
    JOIN members_store AS store ON store.id = lot.store_id
    LEFT JOIN later ON later.lot_id = lot.id
    WHERE (%(whole)s OR store.id = ANY(%(stores)s))
          AND (lot.is_open OR later.lot_id IS NOT NULL)
          AND lot.remaining > coalesce(later.amount, 0)
          AND (lot.expires_at IS NULL OR lot.expires_at >
               ((%(as_of)s::date + 1) + store.day_cut) AT TIME ZONE store.time_zone)
)
SELECT store, asset, currency, part, age, count(DISTINCT member_id) FROM owed
GROUP BY GROUPING SETS ((asset, currency, part, age), (asset, currency, part),
                        (store, asset, currency, part))
"""


# What has passed its time by the end of the day and no sweep has booked; the sum of now. No day
# ends three days later anywhere: that bound is for the index.
UNSWEPT = """
SELECT asset.currency, sum(lot.remaining)::bigint
FROM ledger_lot AS lot
JOIN members_store AS store ON store.id = lot.store_id
JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
JOIN ledger_asset AS asset ON asset.id = wallet.asset_id AND asset.kind = 'money'
WHERE lot.is_open AND (%(whole)s OR lot.store_id = ANY(%(stores)s))
      AND lot.expires_at < %(as_of)s::date + 3
      AND lot.expires_at <= ((%(as_of)s::date + 1) + store.day_cut) AT TIME ZONE store.time_zone
GROUP BY 1 ORDER BY 1
"""


def ended_unswept(question: Question) -> list[tuple[str, int]]:
    """Stored value past its time on the day asked for that stands in balances: currency, amount."""
    return [(currency, amount) for currency, amount in fetch(UNSWEPT, _params(question))]


@dataclass(frozen=True)
class Held:
    """What is left of lots of one kind: where issued, of which asset and part, how old (AGES).

    ``amount`` is in the asset's smallest unit, ``cost`` in the currency's: what was paid for it.
    """

    store: Store
    asset: Asset
    part: str
    age: int
    amount: int
    cost: int

    @property
    def currency(self) -> str:
        """The currency of the cost."""
        return self.asset.currency or self.store.currency


@dataclass(frozen=True)
class Owed:
    """What is owed of one asset; ``store`` and ``age`` are empty where all are added up.

    ``amount`` is in the asset's smallest unit, ``cost`` in the currency's: what was paid for it.
    """

    store: str | None
    asset: str
    kind: str
    scale: int
    currency: str
    part: str
    age: int | None
    amount: int
    cost: int
    members: int


@figure(
    key="liability",
    name=gettext_lazy("Owed to members"),
    formula=gettext_lazy("what is left and not expired in all lots, principal and bonus apart"),
    dimensions=("store", "asset", "part", "age"),
    source=Source.LEDGER,
)
def liability(question: Question) -> Answer:
    """What is owed by asset and part, then by store, and by age of the lots in days.

    Stored value is told as ``principal`` and ``bonus``, other assets by the origin of their lots.
    """
    owed = what_is_owed(question)
    return Answer(
        definition=definition_of(question, owed),
        rows=[row_of(row) for row in owed],
        start=None,
        end=question.as_of,
    )


def held(question: Question) -> list[Held]:
    """What is owed at the end of ``as_of`` by the stores in view, summed by kind of lot."""
    stores = {store.pk: store for store in question.scope.stores}
    assets = Asset.objects.exclude(kind=AssetKind.DEBT).select_related("entity").in_bulk()
    sums: dict[tuple[int, int, str, int], Sum] = defaultdict(Sum)
    for store, asset, origin, is_paid, *newer_than, amount, cost in _rows(question):
        if asset in assets:
            part = part_of(assets[asset].kind, origin, is_paid=is_paid)
            sums[store, asset, part, newer_than.count(False)] += Sum(amount, cost)
    return [
        Held(stores[store], assets[asset], part, age, found.amount, found.cost)
        for (store, asset, part, age), found in sums.items()
        if found.amount
    ]


def _rows(question: Question) -> list[tuple[Any, ...]]:
    stores = fetch(MOMENTS, _params(question))
    if not stores:
        return []
    names = ("ids", "ends", "d30", "d90", "d180", "d365")
    moments = dict(zip(names, map(list, zip(*stores, strict=True)), strict=True))
    return fetch(OWED.format(kind=KIND, lots=LOTS), {"as_of": question.as_of} | moments)


def what_is_owed(question: Question) -> list[Owed]:
    """Rows over all stores first, whole and by age, then by store."""
    members = {tuple(row[:-1]): row[-1] for row in fetch(HOLDERS, _params(question))}
    return summed(held(question), members)


def summed(
    found: Iterable[Held], members: Mapping[tuple[Any, ...], int] | None = None
) -> list[Owed]:
    """The same rows from what ``held`` found; without ``members`` nobody has counted them."""
    sums: dict[tuple[Any, ...], Sum] = defaultdict(Sum)
    for one in found:
        kind = (one.asset.code, one.asset.kind, one.asset.scale, one.currency, one.part)
        for store, age in ((None, one.age), (None, None), (one.store.code, None)):
            sums[store, *kind, age] += Sum(one.amount, one.cost)
    rows = [_owed(key, found, members or {}) for key, found in sums.items() if found.amount]
    return sorted(rows, key=_order)


def definition_of(question: Question, owed: Iterable[Owed]) -> str:
    """The sentence beside the figure, with the principal of stored value in it."""
    principal = [row for row in owed if row.part == "principal" and not row.store]
    sums = [format_minor(row.amount, row.currency) for row in principal if row.age is None]
    currencies = sorted({store.currency for store in question.scope.stores})
    nothing = [format_minor(0, currency) for currency in currencies]
    return _(
        "Owed on %(as_of)s: what is left and not expired in members' lots. Principal was paid,"
        " bonus was given on top. Principal of stored value: %(principal)s."
    ) % {"as_of": day(question.as_of), "principal": ", ".join(sums or nothing) or "0"}


def _params(question: Question) -> dict[str, Any]:
    return {
        "as_of": question.as_of,
        "whole": question.scope.is_whole,
        "stores": question.scope.ids,
    }


def _owed(key: tuple[Any, ...], found: Sum, members: Mapping[tuple[Any, ...], int]) -> Owed:
    store, asset, kind, scale, currency, part, age = key
    holders = members.get((store, asset, currency, part, age), 0)
    return Owed(store, asset, kind, scale, currency, part, age, found.amount, found.cost, holders)


def _order(row: Owed) -> tuple[Any, ...]:
    """By kind and asset; all stores before each, principal before bonus, the whole before ages."""
    part = [-ord(letter) for letter in row.part]
    return row.kind, row.asset, row.currency, row.store or "", part, row.age is not None, row.age


def row_of(owed: Owed) -> Row:
    """The row of the figure."""
    dimensions = {
        "store": owed.store or ALL_STORES,
        "asset": owed.asset,
        "kind": owed.kind,
        "part": owed.part,
        "age": "all" if owed.age is None else AGES[owed.age],
    }
    return blank_row(dimensions, owed.amount, None) | {
        "value": owed.amount,
        "cost": owed.cost,
        "members": owed.members,
        "eligible": None,
        "small": False,
        "currency": owed.currency,
        "scale": owed.scale,
        "is_money": owed.kind == AssetKind.MONEY,
    }
