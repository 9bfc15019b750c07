"""What of a bill can still be paid back: line by line, payment by payment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from ledger.models import Sale, SaleLine, SaleRefundLine, SaleRefundTender, SaleTender
from ledger.models.catalogue import TenderKind
from ledger.models.sales import LineKind
from ledger.rules.refunding import LineState, part_between

# What is used over time is settled by its contract, at the refund desk.
PREPAID = frozenset({LineKind.TOP_UP, LineKind.BUNDLE, LineKind.COIN_PACK, LineKind.PAID_TIER})


@dataclass(frozen=True)
class LineLeft:
    """A line of goods and what is left of it."""

    row: SaleLine
    state: LineState

    @property
    def is_prepaid(self) -> bool:
        """Whether the refund desk settles it, not this bill."""
        return self.row.kind in PREPAID


@dataclass(frozen=True)
class PaymentLeft:
    """A payment and what is left of it, in the currency's smallest unit."""

    row: SaleTender
    left: int

    @property
    def is_stored_value(self) -> bool:
        """Whether it goes back to the lots it came from."""
        return self.row.tender.kind == TenderKind.STORED_VALUE


@dataclass(frozen=True)
class Refundable:
    """A bill with what is left of its lines and payments."""

    sale: Sale
    lines: Sequence[LineLeft]
    payments: Sequence[PaymentLeft]

    @property
    def left(self) -> int:
        """What can still be paid back."""
        return self.sale.total - self.sale.refunded_total

    @property
    def goods(self) -> int:
        """What the lines came to before rounding."""
        return sum(line.state.charged for line in self.lines)

    def net(self, amount: int) -> int:
        """What lines of ``amount`` more are paid back with, once rounding is shared over them."""
        before = sum(line.state.back_amount for line in self.lines)
        return part_between(self.sale.total, before, before + amount, self.goods)


def refundable(sale: Sale) -> Refundable:
    """What is left of ``sale``; lock the sale first where the answer is to be acted on."""
    back: dict[int, Mapping[str, Any]] = {
        row["sale_line"]: row
        for row in SaleRefundLine.objects.filter(refund__sale=sale)
        .values("sale_line")
        .annotate(quantity=Sum("quantity"), amount=Sum("amount"))
    }
    paid_back = dict(
        SaleRefundTender.objects.filter(refund__sale=sale)
        .values_list("sale_tender")
        .annotate(amount=Sum("amount"))
    )
    lines = list(sale.lines.exclude(kind=LineKind.ROUNDING).order_by("line"))
    _count_what_was_brought_over(sale, lines, back)
    payments = sale.tenders.select_related("tender__asset").order_by("line")
    return Refundable(
        sale=sale,
        lines=[LineLeft(row, _state(row, back.get(row.pk))) for row in lines],
        payments=[PaymentLeft(row, row.amount - int(paid_back.get(row.pk, 0))) for row in payments],
    )


def _count_what_was_brought_over(
    sale: Sale, lines: Sequence[SaleLine], back: dict[int, Mapping[str, Any]]
) -> None:
    """What went back of a bill before an import brought it: the first lines first."""
    here = sale.refunds.aggregate(total=Sum("total"))["total"] or 0
    before = sale.refunded_total - here
    for line in lines:
        said = back.get(line.pk, {"quantity": 0, "amount": 0})
        part = min(before, line.charged_value - int(said["amount"]))
        if part > 0:
            back[line.pk] = {"quantity": said["quantity"], "amount": int(said["amount"]) + part}
            before -= part


def _state(row: SaleLine, back: Mapping[str, Any] | None) -> LineState:
    return LineState(
        charged=row.charged_value,
        quantity=row.quantity,
        back_quantity=int(back["quantity"]) if back else 0,
        back_amount=int(back["amount"]) if back else 0,
    )
