"""What went back of bills of the past: taken off them, so that purchases are what they came to.

Nothing was paid back here, so no refund is written: the bill alone says how much of it went back.
A row's ``before`` names the bill and the amount it took off, so that it is done and undone once.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db.models.fields.json import KT

from imports.models import ImportRow
from imports.operations.staging import write_back
from imports.queries.listed import Listed
from imports.rules import findings
from ledger.models import Sale
from ledger.operations.rollups import mark_dirty

# Outcomes of rows whose bill stood before.
ON_RECORD = (ImportRow.Outcome.UNCHANGED, ImportRow.Outcome.UPDATED)


def take_off(pairs: Sequence[tuple[Sale, ImportRow]], *, at: datetime) -> set[int]:
    """Take refunds off their bills; returns the numbers of rows that did.

    A refund of more than is left takes what is left, and its row says so.
    """
    took = _take(pairs, lambda _bill, row: abs(row.values.get("amount") or 0))
    mark_dirty(member_ids={sale.member_id for sale, _row in pairs if sale.member_id}, at=at)
    return took


def taken_before(rows: Sequence[ImportRow]) -> set[UUID]:
    """Keys of those refunds that an earlier row took off already."""
    earlier = ImportRow.objects.filter(
        key__in=[row.key for row in rows], before__has_key="refund"
    ).exclude(pk__in=[row.pk for row in rows if row.pk])
    standing = earlier.exclude(undone=ImportRow.Undone.UNDONE)
    return set(standing.values_list("key", flat=True))


def take_off_stated(pairs: Sequence[tuple[Sale, ImportRow]]) -> set[int]:
    """Bring bills to what a column says was refunded of them; returns the rows that changed one."""
    return _take(
        pairs, lambda bill, row: abs(row.values.get("refunded") or 0) - bill.refunded_total
    )


def _take(
    pairs: Sequence[tuple[Sale, ImportRow]], asked: Callable[[Sale, ImportRow], int]
) -> set[int]:
    """Take off as far as the bills cover it; returns the rows that took something."""
    took = set()
    with _locked({sale.pk for sale, _row in pairs}) as bills:
        for sale, row in pairs:
            bill, amount = bills[sale.pk], max(0, asked(bills[sale.pk], row))
            taken = min(amount, bill.total - bill.refunded_total)
            if taken < amount:
                refusal = findings.RefundAboveBill(bill=bill.external_ref)
                row.why.append(findings.finding(refusal))
            if taken:
                bill.refunded_total += taken
                row.before = (row.before or {}) | {
                    "refund": {"sale": str(bill.pk), "amount": taken}
                }
                took.add(row.number)
    return took


@contextmanager
def _locked(keys: Collection[UUID]) -> Iterator[dict[UUID, Sale]]:
    """These bills while nobody else is at them; what was refunded of them is kept at the end."""
    sales = Sale.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    bills = {sale.pk: sale for sale in sales.filter(pk__in=Listed(keys, kind="uuid"))}
    before = {key: bill.refunded_total for key, bill in bills.items()}
    yield bills
    changed = [bill for key, bill in bills.items() if bill.refunded_total != before[key]]
    Sale.objects.bulk_update(changed, ["refunded_total"], batch_size=500)


def forget_taken(bills: Sequence[Sale]) -> None:
    """Let rows that took something off these bills, which go, do so again when they come back."""
    ids = [str(bill.pk) for bill in bills if bill.refunded_total]
    took = ImportRow.objects.alias(bill=KT("before__refund__sale"))
    rows = list(took.filter(before__has_key="refund", bill__in=ids)) if ids else []
    for row in rows:
        row.before = {key: was for key, was in (row.before or {}).items() if key != "refund"}
    write_back(rows, ["before"])


def put_back(rows: Sequence[ImportRow], *, at: datetime) -> None:
    """Give bills back what these rows took off them."""
    said = [(row.before or {})["refund"] for row in rows]
    with _locked({UUID(one["sale"]) for one in said}) as bills:
        for one in said:
            if bill := bills.get(UUID(one["sale"])):
                bill.refunded_total -= one["amount"]
    mark_dirty(member_ids={b.member_id for b in bills.values() if b.member_id}, at=at)
