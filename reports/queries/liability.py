"""What the shop owes its members: stored value, principal and bonus apart, points, coins, units."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.money import format_minor
from ledger.models import AssetKind
from reports.queries.activity import fetch
from reports.queries.figure import Answer, Question, Source, figure
from reports.rules.rows import Row, blank_row
from reports.rules.wording import day

ALL_STORES = "all"
AGES = ("0-90", "91-180", "181-365", "366+")

# The lots as they stand now, less what moved after the day asked for. What has passed its time is
# owed no more, swept or not; a lot without a contract belongs to the member's home store.
OWED = """
WITH later AS (
    SELECT line.lot_id, sum(line.amount)::bigint AS amount
    FROM ledger_txn AS txn JOIN ledger_movement AS line ON line.txn_id = txn.id
    WHERE txn.business_date > %(as_of)s GROUP BY line.lot_id
), owed AS (
    SELECT store.code AS store, asset.code AS asset, asset.kind, asset.scale,
           coalesce(nullif(asset.currency, ''), store.currency) AS currency,
           CASE WHEN asset.kind <> 'money' THEN lot.origin
                WHEN lot.origin = 'paid' OR lot.origin = 'opening' AND lot.cost > 0
                THEN 'principal' ELSE 'bonus' END AS part,
           wallet.member_id, lot.remaining - coalesce(later.amount, 0) AS amount,
           ledger_cost_left(lot.granted, lot.cost, lot.remaining - coalesce(later.amount, 0))
               AS cost,
           width_bucket(%(as_of)s::date - (lot.granted_at AT TIME ZONE store.time_zone)::date,
                        ARRAY[91, 181, 366]) AS age
    FROM ledger_lot AS lot
    JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
    JOIN ledger_asset AS asset ON asset.id = wallet.asset_id AND asset.kind <> 'debt'
    JOIN members_member AS member ON member.id = wallet.member_id
    LEFT JOIN ledger_contract AS contract ON contract.id = lot.contract_id
    JOIN members_store AS store ON store.id = coalesce(contract.store_id, member.home_store_id)
    LEFT JOIN later ON later.lot_id = lot.id
    WHERE (%(whole)s OR store.id = ANY(%(stores)s))
          AND (lot.is_open OR later.lot_id IS NOT NULL)
          AND (lot.expires_at IS NULL OR lot.expires_at >
               ((%(as_of)s::date + 1) + store.day_cut) AT TIME ZONE store.time_zone)
)
SELECT store, asset, kind, scale, currency, part, age,
       sum(amount)::bigint, sum(cost)::bigint, count(DISTINCT member_id)
FROM owed WHERE amount > 0
GROUP BY GROUPING SETS ((asset, kind, scale, currency, part, age),
                        (asset, kind, scale, currency, part),
                        (store, asset, kind, scale, currency, part))
ORDER BY kind, asset, currency, store NULLS FIRST, part DESC, age NULLS FIRST
"""


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
    principal = [row for row in owed if row.part == "principal" and not row.store]
    sums = [format_minor(row.amount, row.currency) for row in principal if row.age is None]
    definition = _(
        "Owed on %(as_of)s: what is left and not expired in members' lots. Principal was paid,"
        " bonus was given on top. Principal of stored value: %(principal)s."
    ) % {"as_of": day(question.as_of), "principal": ", ".join(sums) or "0"}
    return Answer(
        definition=definition,
        rows=[_row(row) for row in owed],
        start=None,
        end=question.as_of,
    )


def what_is_owed(question: Question) -> list[Owed]:
    """Rows over all stores first, whole and by age, then by store."""
    params = {
        "as_of": question.as_of,
        "whole": question.scope.is_whole,
        "stores": question.scope.ids,
    }
    return [Owed(*row) for row in fetch(OWED, params)]


def _row(owed: Owed) -> Row:
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
