"""What stands behind a number of the board: the lots that are owed, the movements of a line."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ledger.models import Contra, TxnKind
from members.models import Member, Store
from reports.queries.activity import Params, fetch
from reports.queries.movement import Period
from reports.queries.scope import Scope
from reports.rules.value_lines import LINES, Line

PAGE = 50
AGE_DAYS = ((0, 30), (31, 90), (91, 180), (181, 365), (366, 99_999))

OF_PART = """
CASE WHEN asset.kind <> 'money' THEN lot.origin
     WHEN lot.origin = 'paid' OR lot.origin = 'opening' AND lot.cost > 0 THEN 'principal'
     ELSE 'bonus' END = %(part)s
"""
LOTS = """
SELECT * FROM (
    SELECT lot.id, lot.store_id, wallet.member_id, lot.contract_id, lot.granted_at, lot.expires_at,
           lot.remaining - coalesce(later.amount, 0) AS amount,
           ledger_cost_left(lot.granted, lot.cost, lot.remaining) - coalesce(later.cost, 0) AS cost
    FROM ledger_lot AS lot
    JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id AND wallet.asset_id = %(asset)s
    JOIN ledger_asset AS asset ON asset.id = wallet.asset_id
    JOIN members_store AS store ON store.id = lot.store_id
    LEFT JOIN (
        SELECT line.lot_id, sum(line.amount)::bigint AS amount, sum(line.cost)::bigint AS cost
        FROM ledger_txn AS txn JOIN ledger_movement AS line ON line.txn_id = txn.id
        WHERE txn.business_date > %(as_of)s GROUP BY line.lot_id
    ) AS later ON later.lot_id = lot.id
    WHERE (%(whole)s OR lot.store_id = ANY(%(stores)s))
          AND (lot.is_open OR later.lot_id IS NOT NULL) AND lot.id > %(after)s
          AND %(as_of)s::date - (lot.granted_at AT TIME ZONE store.time_zone)::date
              BETWEEN %(youngest)s AND %(oldest)s
          AND (lot.expires_at IS NULL OR lot.expires_at >
               ((%(as_of)s::date + 1) + store.day_cut) AT TIME ZONE store.time_zone)
          AND {of_part}
) AS owed
WHERE amount > 0 ORDER BY id LIMIT %(page)s
"""
MOVED = """
SELECT txn.id, txn.number, line.line, txn.business_date, txn.kind, txn.store_id, wallet.member_id,
       lot.contract_id, line.amount, line.cost
FROM ledger_txn AS txn
LEFT JOIN ledger_txn AS undone ON undone.id = txn.reverses_id
JOIN ledger_movement AS line ON line.txn_id = txn.id
JOIN ledger_lot AS lot ON lot.id = line.lot_id
JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id AND wallet.asset_id = %(asset)s
JOIN ledger_asset AS asset ON asset.id = wallet.asset_id
WHERE txn.business_date >= %(start)s AND txn.business_date < %(end)s
      AND (%(whole)s OR lot.store_id = ANY(%(stores)s))
      AND line.contra = %(contra)s
      AND (line.contra <> %(cash)s
           OR (coalesce(undone.kind, txn.kind) = %(refund)s) = %(is_refund)s)
      AND {of_part}
      AND (txn.business_date, txn.number, line.line) > (%(day)s, %(number)s, %(line)s)
ORDER BY txn.business_date, txn.number, line.line LIMIT %(page)s
"""


@dataclass(frozen=True)
class OwedLot:
    """One lot with something left on the day; ``amount`` and ``cost`` are of what is left."""

    key: int
    store: Store
    member: Member
    contract_id: UUID | None
    granted_at: datetime
    expires_at: datetime | None
    amount: int
    cost: int


@dataclass(frozen=True)
class Moved:
    """One movement of a line, signed as members see it."""

    txn_id: UUID
    key: str
    business_date: date
    kind: str
    store: Store | None
    member: Member
    contract_id: UUID | None
    amount: int
    cost: int


def lots_behind(
    scope: Scope, as_of: date, *, asset: int, part: str, age: int | None, after: str = ""
) -> tuple[list[OwedLot], str]:
    """One page of the lots that make up what is owed, and where the next begins (empty: nowhere).

    ``age`` is the place of an age among ``AGES``; none means all of them.
    """
    youngest, oldest = AGE_DAYS[age] if age is not None else (-99_999, 99_999)
    params: Params = _scoped(scope) | {
        "as_of": as_of,
        "asset": asset,
        "part": part,
        "youngest": -99_999 if youngest == 0 else youngest,
        "oldest": oldest,
        "after": int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0,
        "page": PAGE + 1,
    }
    rows = fetch(LOTS.format(of_part=OF_PART), params)
    stores, members = _known(rows, store=1, member=2)
    found = [OwedLot(key, stores[s], members[m], *rest) for key, s, m, *rest in rows[:PAGE]]
    return found, str(found[-1].key) if len(rows) > PAGE else ""


def movements_behind(
    scope: Scope, period: Period, *, asset: int, part: str, line: Line, after: str = ""
) -> tuple[list[Moved], str]:
    """One page of the movements of a line, oldest first, and where the next one begins."""
    wanted = Line.SOLD if line == Line.REFUNDED else line
    contra = next(contra for contra, one in LINES.items() if one == wanted)
    day, number, number_of_line = _cursor(after, period.start)
    params: Params = _scoped(scope) | {
        "start": period.start,
        "end": period.end,
        "asset": asset,
        "part": part,
        "contra": contra.value,
        "cash": Contra.CASH_IN.value,
        "refund": TxnKind.REFUND.value,
        "is_refund": line == Line.REFUNDED,
        "day": day,
        "number": number,
        "line": number_of_line,
        "page": PAGE + 1,
    }
    rows = fetch(MOVED.format(of_part=OF_PART), params)
    stores, members = _known(rows, store=5, member=6)
    found = [
        Moved(txn, f"{day}_{number}_{line}", day, kind, stores.get(s), members[m], *rest)
        for txn, number, line, day, kind, s, m, *rest in rows[:PAGE]
    ]
    return found, found[-1].key if len(rows) > PAGE else ""


def _scoped(scope: Scope) -> Params:
    return {"whole": scope.is_whole, "stores": scope.ids}


def _known(
    rows: list[tuple[Any, ...]],
    *,
    store: int,
    member: int,
) -> tuple[dict[int, Store], dict[int, Member]]:
    stores = Store.objects.in_bulk({row[store] for row in rows if row[store]})
    return stores, Member.objects.in_bulk({row[member] for row in rows})


def _cursor(after: str, start: date) -> tuple[date, int, int]:
    day, _, rest = after.partition("_")
    number, _, line = rest.partition("_")
    try:
        return date.fromisoformat(day), int(number[:18]), int(line[:4])
    except ValueError:
        return start, 0, 0
