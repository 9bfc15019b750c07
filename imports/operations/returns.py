"""What went back of bills of the past: taken off them, so that purchases are what they came to.

Nothing was paid back here, so no refund is written: the bill alone says how much of it went back.
A row's ``before`` names the bill and the amount it took off, so that it is done and undone once.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from imports.models import ImportRow
from imports.rules import findings
from ledger.models import Sale
from ledger.operations.rollups import mark_dirty


def take_off(pairs: Sequence[tuple[Sale, ImportRow]], *, at: datetime) -> set[int]:
    """Take refunds off their bills, each once; returns the numbers of rows that did.

    A refund of more than is left takes what is left, and its row says so.
    """
    came = taken_before([row for _sale, row in pairs])
    took = {
        row.number
        for sale, row in pairs
        if row.key not in came and _take(sale, row, abs(row.values.get("amount") or 0))
    }
    mark_dirty(member_ids={sale.member_id for sale, _row in pairs if sale.member_id}, at=at)
    return took


def taken_before(rows: Sequence[ImportRow]) -> set[UUID]:
    """Keys of those refunds that an earlier row took off already."""
    earlier = ImportRow.objects.filter(
        key__in=[row.key for row in rows], before__has_key="refund", undone=ImportRow.Undone.NO
    ).exclude(pk__in=[row.pk for row in rows if row.pk])
    return set(earlier.values_list("key", flat=True))


def take_off_stated(pairs: Sequence[tuple[Sale, ImportRow]]) -> set[int]:
    """Bring bills to what a column says was refunded of them; returns the rows that changed one."""
    return {
        row.number
        for sale, row in pairs
        if _take(sale, row, abs(row.values.get("refunded") or 0) - sale.refunded_total)
    }


def _take(sale: Sale, row: ImportRow, amount: int) -> int:
    """Take off as far as the bill covers it; returns how much that was."""
    if amount < 1:
        return 0
    locked = Sale.objects.select_for_update(no_key=True, of=("self",)).get(pk=sale.pk)
    taken = min(amount, locked.total - locked.refunded_total)
    if taken < amount:
        refusal = findings.RefundAboveBill(bill=locked.external_ref)
        row.why.append(findings.finding(refusal))
    if taken:
        _move(locked, taken)
        sale.refunded_total = locked.refunded_total
        row.before = (row.before or {}) | {"refund": {"sale": str(sale.pk), "amount": taken}}
    return taken


def _move(sale: Sale, amount: int) -> None:
    sale.refunded_total += amount
    sale.save(update_fields=["refunded_total"])


def put_back(rows: Sequence[ImportRow], *, at: datetime) -> None:
    """Give bills back what these rows took off them."""
    for row in rows:
        said = (row.before or {})["refund"]
        sales = Sale.objects.select_for_update(no_key=True, of=("self",)).filter(pk=said["sale"])
        for sale in sales:
            _move(sale, -said["amount"])
            if sale.member_id:
                mark_dirty(member_ids=[sale.member_id], at=at)
