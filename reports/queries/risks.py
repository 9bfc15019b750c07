"""What staff did that an owner should look at: patterns, not verdicts.

Each watch is one query over the transactions of a period. It names the operator, the member, what
was moved and the transaction to open; the owner judges.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ledger.models import Asset, StoreLimits, Txn
from members.models import Member, Store, User
from reports.queries.activity import fetch
from reports.queries.minors import minors_at_machines
from reports.queries.scope import Scope

SHOWN = 50
MANY_DEBITS = 5
NIGHT = (23, 6)  # from, until: hours on the store's clock


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One pattern: why it matters, and the query, or what asks it, that finds it."""

    code: str
    title: Promise
    why: Promise
    finding: str | Callable[[Mapping[str, Any]], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True, kw_only=True)
class Incident:
    """One thing found. ``amount`` is signed, in the asset's smallest unit; ``times`` counts."""

    at: datetime
    store: Store
    operator: User | None
    member: Member | None
    asset: Asset | None
    amount: int | None
    times: int
    txn_id: Any
    is_posted: bool

    @property
    def shown_amount(self) -> str:
        """The amount as people read it."""
        if self.amount is None or self.asset is None:
            return ""
        return self.asset.show(self.amount)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What one watch found: the newest incidents, and whether there are more."""

    watch: Watch
    incidents: Sequence[Incident]
    has_more: bool


# Every query gives: at, store, operator, member, asset, amount, times, txn; newest first.
SPENT_THEN_REFUNDED = """
SELECT undo.occurred_at, undo.store_id, undo.operator_id, sale.member_id, wallet.asset_id,
       -sum(spent.amount)::bigint, count(DISTINCT spent.txn_id), sale.id
FROM ledger_txn AS undo
JOIN ledger_txn AS sale ON sale.id = undo.reverses_id AND sale.kind IN ('sale', 'earn')
JOIN ledger_movement AS earned ON earned.txn_id = sale.id AND earned.amount > 0
JOIN ledger_wallet AS wallet ON wallet.id = earned.wallet_id
JOIN ledger_asset AS asset ON asset.id = wallet.asset_id AND asset.kind = 'points'
JOIN ledger_movement AS spent ON spent.wallet_id = wallet.id AND spent.amount < 0
JOIN ledger_txn AS spending ON spending.id = spent.txn_id AND spending.reverses_id IS NULL
     AND spending.occurred_at BETWEEN sale.occurred_at AND undo.occurred_at
WHERE undo.outcome = 'posted' AND undo.kind IN ('reverse', 'sale_refund')
      AND undo.business_date BETWEEN %(start)s AND %(end)s AND undo.store_id = ANY(%(stores)s)
GROUP BY undo.id, sale.id, wallet.asset_id
"""
PAID_TWICE_BY_ONE_REFERENCE = """
SELECT sale.at, sale.store_id, sale.operator_id, sale.member_id, tender.asset_id,
       NULL::bigint, same.bills, sale.id
FROM (
    SELECT paid.tender_id, paid.reference, count(DISTINCT paid.sale_id) AS bills
    FROM ledger_saletender AS paid JOIN ledger_sale AS bill ON bill.id = paid.sale_id
    WHERE paid.reference <> '' AND bill.voided_at IS NULL
          AND bill.business_date BETWEEN %(start)s AND %(end)s
    GROUP BY paid.tender_id, paid.reference HAVING count(DISTINCT paid.sale_id) > 1
) AS same
JOIN ledger_saletender AS part USING (tender_id, reference)
JOIN ledger_tendertype AS tender ON tender.id = part.tender_id
JOIN ledger_sale AS sale ON sale.id = part.sale_id AND sale.voided_at IS NULL
WHERE sale.business_date BETWEEN %(start)s AND %(end)s AND sale.store_id = ANY(%(stores)s)
"""
TOP_UP_WITHOUT_MONEY = """
SELECT txn.occurred_at, txn.store_id, txn.operator_id, contract.member_id, NULL::bigint,
       NULL::bigint, 1, txn.id
FROM ledger_txn AS txn
JOIN ledger_contract AS contract ON contract.txn_id = txn.id AND contract.kind = 'top_up'
LEFT JOIN ledger_sale AS sale ON sale.id = txn.id
WHERE txn.business_date BETWEEN %(start)s AND %(end)s AND txn.store_id = ANY(%(stores)s)
      AND contract.paid IS DISTINCT FROM (
          SELECT sum(part.amount) FROM ledger_saletender AS part
          JOIN ledger_tendertype AS tender ON tender.id = part.tender_id
          WHERE part.sale_id = sale.id AND tender.kind <> 'stored_value')
"""
OWN_CARD = """
SELECT txn.occurred_at, txn.store_id, txn.operator_id, txn.member_id, wallet.asset_id,
       sum(line.amount)::bigint, 1, txn.id
FROM ledger_txn AS txn
JOIN members_user AS person ON person.id = txn.operator_id AND person.member_id = txn.member_id
JOIN ledger_movement AS line ON line.txn_id = txn.id
JOIN ledger_wallet AS wallet ON wallet.id = line.wallet_id
WHERE txn.business_date BETWEEN %(start)s AND %(end)s AND txn.store_id = ANY(%(stores)s)
GROUP BY txn.id, wallet.asset_id
"""
AT_NIGHT = """
SELECT txn.occurred_at, txn.store_id, txn.operator_id, txn.member_id, wallet.asset_id,
       sum(line.amount)::bigint, 1, txn.id
FROM ledger_txn AS txn
JOIN members_store AS store ON store.id = txn.store_id
JOIN ledger_movement AS line ON line.txn_id = txn.id
JOIN ledger_wallet AS wallet ON wallet.id = line.wallet_id
WHERE txn.kind IN ('adjust', 'reverse', 'refund', 'sale_refund')
      AND (extract(hour FROM txn.occurred_at AT TIME ZONE store.time_zone) >= %(night_from)s
           OR extract(hour FROM txn.occurred_at AT TIME ZONE store.time_zone) < %(night_until)s)
      AND txn.business_date BETWEEN %(start)s AND %(end)s AND txn.store_id = ANY(%(stores)s)
GROUP BY txn.id, wallet.asset_id
"""
MANY_SMALL = """
WITH debit AS (
    SELECT txn.occurred_at, txn.store_id, txn.operator_id, wallet.member_id, wallet.asset_id,
           txn.id, line.wallet_id,
           sum(line.amount) OVER an_hour AS drawn, count(*) OVER an_hour AS times
    FROM ledger_txn AS txn
    JOIN ledger_movement AS line ON line.txn_id = txn.id AND line.amount < 0 AND line.contra = 3
    JOIN ledger_wallet AS wallet ON wallet.id = line.wallet_id
    WHERE txn.kind IN ('sale', 'redeem', 'dispense') AND txn.business_date BETWEEN %(start)s
          AND %(end)s AND txn.store_id = ANY(%(stores)s)
    WINDOW an_hour AS (PARTITION BY line.wallet_id ORDER BY txn.occurred_at
                       RANGE BETWEEN interval '1 hour' PRECEDING AND CURRENT ROW)
)
SELECT DISTINCT ON (wallet_id) occurred_at, store_id, operator_id, member_id, asset_id,
       drawn::bigint, times, id
FROM debit WHERE times >= %(many)s ORDER BY wallet_id, times DESC, occurred_at DESC
"""
LARGE_ADJUSTMENT = """
SELECT txn.occurred_at, txn.store_id, txn.operator_id, txn.member_id, wallet.asset_id,
       sum(line.amount)::bigint, 1, txn.id
FROM ledger_txn AS txn
JOIN ledger_movement AS line ON line.txn_id = txn.id
JOIN ledger_wallet AS wallet ON wallet.id = line.wallet_id
JOIN ledger_asset AS asset ON asset.id = wallet.asset_id
LEFT JOIN ledger_storelimits AS own ON own.store_id = txn.store_id
CROSS JOIN LATERAL (SELECT coalesce(own.adjustment_approval_above, %(money)s) AS money,
                           coalesce(own.adjusted_units_approval_above, %(units)s) AS units) AS most
WHERE txn.kind = 'adjust' AND txn.outcome = 'posted'
      AND txn.business_date BETWEEN %(start)s AND %(end)s AND txn.store_id = ANY(%(stores)s)
GROUP BY txn.id, wallet.asset_id, asset.kind
         , asset.list_price, most.money, most.units
HAVING CASE WHEN asset.kind = 'money' THEN abs(sum(line.amount)) > most.money
            WHEN asset.list_price IS NULL THEN abs(sum(line.amount)) > most.units
            ELSE abs(sum(line.amount)) * asset.list_price > most.money END
"""

WATCHES = (
    Watch(
        code="points_then_refund",
        title=_("Points spent, then the sale taken back"),
        why=_("Points earned on a sale were spent before the sale was undone or refunded."),
        finding=SPENT_THEN_REFUNDED,
    ),
    Watch(
        code="top_up_without_money",
        title=_("Top-ups that no payment matches"),
        why=_("What the contract says was paid is not what the payments of its bill come to."),
        finding=TOP_UP_WITHOUT_MONEY,
    ),
    Watch(
        code="reference_used_twice",
        title=_("One payment reference on several bills"),
        why=_("The same payment was entered for more than one bill."),
        finding=PAID_TWICE_BY_ONE_REFERENCE,
    ),
    Watch(
        code="own_card",
        title=_("Staff serving themselves"),
        why=_("The operator and the member are the same person."),
        finding=OWN_CARD,
    ),
    Watch(
        code="at_night",
        title=_("Corrections at night"),
        why=_("An adjustment, undo or refund was entered between 23:00 and 6:00."),
        finding=AT_NIGHT,
    ),
    Watch(
        code="many_small_debits",
        title=_("Many debits of one balance within an hour"),
        why=_("Five or more debits within an hour can empty a card below every limit."),
        finding=MANY_SMALL,
    ),
    Watch(
        code="large_adjustment",
        title=_("Large adjustments"),
        why=_("An adjustment above the limit from which a second person must agree."),
        finding=LARGE_ADJUSTMENT,
    ),
    Watch(
        code="minors_at_machines",
        title=_("Minors at machines outside the holidays"),
        why=_(
            "A machine took coins from the card of a minor on a day that is no statutory holiday,"
            " and no manager allowed it. Machines report plays afterwards: speak with the parents,"
            " or block the card."
        ),
        finding=minors_at_machines,
    ),
)


def watched(scope: Scope, *, start: date, end: date, shown: int = SHOWN) -> list[Watched]:
    """What each watch finds on the business days from ``start`` to ``end``, both included."""
    alone = StoreLimits()  # the defaults, for stores without limits of their own
    asked = {
        "start": start,
        "end": end,
        "stores": scope.ids,
        "night_from": NIGHT[0],
        "night_until": NIGHT[1],
        "many": MANY_DEBITS,
        "money": alone.adjustment_approval_above,
        "units": alone.adjusted_units_approval_above,
        "shown": shown + 1,
    }
    return [_found(watch, asked, shown) for watch in WATCHES]


def _found(watch: Watch, asked: dict[str, Any], shown: int) -> Watched:
    if callable(watch.finding):
        rows = list(islice(watch.finding(asked), asked["shown"]))
    else:
        found = f"SELECT * FROM ({watch.finding}) AS found"  # noqa: S608
        rows = fetch(f"{found} ORDER BY 1 DESC LIMIT %(shown)s", asked)
    return Watched(watch=watch, incidents=_incidents(rows[:shown]), has_more=len(rows) > shown)


def _incidents(rows: Sequence[tuple[Any, ...]]) -> list[Incident]:
    stores = Store.objects.in_bulk({row[1] for row in rows})
    people = User.objects.in_bulk({row[2] for row in rows})
    members = Member.objects.in_bulk({row[3] for row in rows})
    assets = Asset.objects.in_bulk({row[4] for row in rows})
    posted = set(Txn.objects.filter(pk__in={row[7] for row in rows}).values_list("pk", flat=True))
    return [
        Incident(
            at=at,
            store=stores[store],
            operator=people.get(operator),
            member=members.get(member),
            asset=assets.get(asset),
            amount=amount,
            times=times,
            txn_id=txn,
            is_posted=txn in posted,
        )
        for at, store, operator, member, asset, amount, times, txn in rows
    ]
