"""What went back of bills of the past: taken off them, so that purchases are what they came to.

Such a refund moved no value here. It has no request behind it, so its hash is empty: that tells it
from one that was paid out at the counter.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid5

from django.db.models import Sum

from imports.models import ImportRow
from imports.rules import findings
from ledger.models import Sale, SaleLine, SaleRefund, SaleRefundLine
from ledger.models.sales import LineKind
from ledger.operations.rollups import mark_dirty

REASON = "import"


def refund_id(sale: UUID, at: datetime, amount: int, count: int) -> UUID:
    """The same for the same refund of the same bill in whatever file it comes."""
    return uuid5(sale, f"refund|{at.isoformat()}|{amount}|{count}")


def take_off(pairs: Sequence[tuple[Sale, ImportRow]], *, at: datetime) -> set[int]:
    """Take refunds off their bills, each once; returns the numbers of rows that did.

    A refund of more than is left takes what is left, and its row says so. ``before`` of the row
    names the refund.
    """
    counts: Counter[tuple[UUID, str, int]] = Counter()
    took: set[int] = set()
    for sale, row in pairs:
        amount = abs(row.values.get("amount") or 0)
        when = datetime.fromisoformat(row.values["at"])
        counts[sale.pk, row.values["at"], amount] += 1
        key = refund_id(sale.pk, when, amount, counts[sale.pk, row.values["at"], amount])
        if amount and not SaleRefund.objects.filter(pk=key).exists():
            taken = _write(key, sale, row, amount=amount, when=when)
            took |= {row.number} if taken else set()
    mark_dirty(member_ids={sale.member_id for sale, _row in pairs if sale.member_id}, at=at)
    return took


def take_off_stated(pairs: Iterable[tuple[Sale, ImportRow]]) -> set[int]:
    """Bring bills to what a column says was refunded of them; returns the rows that changed one."""
    changed: set[int] = set()
    for sale, row in pairs:
        stated = abs(row.values.get("refunded") or 0)
        missing = stated - sale.refunded_total
        if missing > 0:
            key = refund_id(sale.pk, sale.at, stated, 0)
            if not SaleRefund.objects.filter(pk=key).exists() and _write(
                key, sale, row, amount=missing, when=sale.at
            ):
                changed.add(row.number)
    return changed


def _write(key: UUID, sale: Sale, row: ImportRow, *, amount: int, when: datetime) -> int:
    """Write the refund as far as the bill covers it; returns what was taken off."""
    locked = Sale.objects.select_for_update(no_key=True, of=("self",)).get(pk=sale.pk)
    taken = min(amount, locked.total - locked.refunded_total)
    if taken < amount:
        shown = locked.external_ref
        row.why.append(findings.finding(findings.RefundAboveBill(bill=shown)))
    if taken < 1:
        return 0
    made = SaleRefund.objects.create(
        pk=key,
        sale=locked,
        store=locked.store,
        at=when,
        business_date=locked.store.business_date(when),
        total=taken,
        reason=(row.values.get("note") or row.values.get("type") or REASON)[:200],
    )
    SaleRefundLine.objects.bulk_create(_lines(made, locked, row, taken))
    row.before = (row.before or {}) | {"refund": str(key)}
    sale.refunded_total = locked.refunded_total = locked.refunded_total + taken
    locked.save(update_fields=["refunded_total"])
    return taken


def _lines(made: SaleRefund, sale: Sale, row: ImportRow, amount: int) -> list[SaleRefundLine]:
    """Spread the amount over what is left of the lines, the returned product's first."""
    rows = SaleRefundLine.objects.filter(refund__sale=sale).values_list("sale_line")
    back = dict(rows.annotate(amount=Sum("amount")))
    product = row.values.get("product")
    lines = list(sale.lines.exclude(kind=LineKind.ROUNDING).order_by("line"))
    lines.sort(key=lambda line: line.description != product)
    spread = []
    for line in lines:
        part = min(amount, line.charged_value - int(back.get(line.pk, 0)))
        if part > 0:
            spread.append(_line(made, line, part, whole=part == line.charged_value))
            amount -= part
    return spread


def _line(made: SaleRefund, line: SaleLine, amount: int, *, whole: bool) -> SaleRefundLine:
    """Pieces came back where the whole line was paid back; otherwise only money did."""
    quantity = line.quantity if whole else 0
    return SaleRefundLine(refund=made, sale_line=line, quantity=quantity, amount=amount)


def brought_over(sales: Iterable[UUID]) -> list[SaleRefund]:
    """The refunds of these bills that came with an import."""
    return list(SaleRefund.objects.filter(sale__in=list(sales), request_hash=b"", txn_id=None))


def put_back(refunds: Sequence[SaleRefund]) -> None:
    """Undo refunds that were brought over: their bills are whole again."""
    for refund in refunds:
        sale = Sale.objects.select_for_update(no_key=True, of=("self",)).get(pk=refund.sale_id)
        sale.refunded_total -= refund.total
        sale.save(update_fields=["refunded_total"])
        refund.lines.all().delete()
        refund.delete()
