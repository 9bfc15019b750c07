"""What a close of the day would take in: every row of money that no close has taken in yet."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from ledger.models import (
    DayClose,
    DayCloseEntry,
    EntryKind,
    Figure,
    Outcome,
    Refund,
    Sale,
    SaleRefund,
    TenderType,
    Txn,
)
from ledger.models.catalogue import TenderKind
from ledger.models.sales import SaleSource
from members.models import Store, Till, User


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row of money: money in is positive, and ``sold`` says what it was for."""

    kind: EntryKind
    ref: UUID
    day: date
    till: Till | None
    operator: User | None
    what: Figure
    money: Sequence[tuple[TenderType, int]]
    sold: Sequence[tuple[Figure, int]] = ()

    @property
    def cash(self) -> int:
        """What it put into the drawer; negative: took out."""
        return sum(amount for tender, amount in self.money if tender.kind == TenderKind.CASH)


@dataclass(frozen=True, kw_only=True)
class FigureOf:
    """So much of one kind by one person at one till."""

    till: Till | None
    operator: User | None
    what: Figure
    tender: TenderType | None
    count: int
    amount: int


@dataclass(frozen=True)
class Drawer:
    """Cash that went in and out of one till's drawer, both positive."""

    till: Till | None
    cash_in: int = 0
    cash_out: int = 0


def open_rows(store: Store, day: date) -> list[Row]:
    """Every row of money through ``day`` that no close of ``store`` has taken in.

    Before the first close the days before ``day`` are history and left alone; imported bills are,
    always.
    """
    since = _first_day(store) or day
    days = Q(store=store, business_date__gte=since, business_date__lte=day)
    return [
        *_sales(days),
        *_undone_sales(store),
        *_sale_refunds(days),
        *_refunds(days),
        *_undone_refunds(store),
    ]


def earliest_open_day(store: Store, through: date) -> date | None:
    """The first day after the last close, up to ``through``, on which money moved."""
    if store.closed_through is None:
        return None
    days = Q(store=store, business_date__gt=store.closed_through, business_date__lte=through)
    first = [
        rows.filter(days).aggregate(day=Min("business_date"))["day"]
        for rows in (_counted_sales(), SaleRefund.objects.all(), Refund.objects.standing())
    ]
    return min((found for found in first if found), default=None)


def drawers(rows: Iterable[Row]) -> list[Drawer]:
    """What went in and out of each drawer, the till without a name last."""
    tills: dict[int | None, Till | None] = {}
    sums: dict[int | None, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        key = row.till.pk if row.till else None
        tills[key] = row.till
        if row.cash:
            sums[key][row.cash < 0] += abs(row.cash)
    ordered = sorted(tills, key=lambda key: (key is None, getattr(tills[key], "code", "")))
    return [Drawer(tills[key], *sums[key]) for key in ordered]


def figures(rows: Iterable[Row]) -> list[FigureOf]:
    """The rows summed by till, person, kind and tender."""
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for tender, amount in row.money:
            _add(sums[row.till, row.operator, row.what, tender], amount)
        for what, amount in row.sold:
            _add(sums[row.till, row.operator, what, None], amount)
    return [
        FigureOf(till=till, operator=operator, what=what, tender=tender, count=count, amount=amount)
        for (till, operator, what, tender), (count, amount) in sums.items()
    ]


def last_counts(store: Store) -> Mapping[int | None, int]:
    """What was counted in each till at the last close: what the next day begins with."""
    last = DayClose.objects.filter(store=store).order_by("-business_date").first()
    return dict(last.tills.values_list("till", "counted")) if last else {}


def _add(sums: list[int], amount: int) -> None:
    sums[0] += 1
    sums[1] += amount


def _first_day(store: Store) -> date | None:
    first: date | None = DayClose.objects.filter(store=store).aggregate(day=Min("business_date"))[
        "day"
    ]
    return first


def _taken_in(kind: EntryKind) -> Exists:
    return Exists(DayCloseEntry.objects.filter(kind=kind, ref=OuterRef("pk")))


def _counted_sales() -> QuerySet[Sale]:
    return Sale.objects.completed().exclude(source=SaleSource.IMPORTED)


def _with_parts(sales: QuerySet[Sale]) -> QuerySet[Sale]:
    rows = sales.select_related("till", "operator", "voided_by").order_by("at", "pk")
    return rows.prefetch_related("lines", "tenders__tender")


def _sales(days: Q) -> Iterator[Row]:
    sales = _counted_sales().filter(days).exclude(_taken_in(EntryKind.SALE))
    for sale in _with_parts(sales):
        yield Row(
            kind=EntryKind.SALE,
            ref=sale.pk,
            day=sale.business_date,
            till=sale.till,
            operator=sale.operator,
            what=Figure.TAKEN,
            money=[(paid.tender, paid.amount) for paid in sale.tenders.all()],
            sold=[(Figure(line.kind), line.charged_value) for line in sale.lines.all()],
        )


def _undone_sales(store: Store) -> Iterator[Row]:
    """Bills that a close took in and somebody has undone since."""
    sales = Sale.objects.filter(_taken_in(EntryKind.SALE), store=store, voided_at__isnull=False)
    for sale in _with_parts(sales.exclude(_taken_in(EntryKind.SALE_UNDONE))):
        yield Row(
            kind=EntryKind.SALE_UNDONE,
            ref=sale.pk,
            day=sale.business_date,
            till=sale.till,
            operator=sale.voided_by,
            what=Figure.UNDONE,
            money=[(paid.tender, -paid.amount) for paid in sale.tenders.all()],
            sold=[(Figure(line.kind), -line.charged_value) for line in sale.lines.all()],
        )


def _sale_refunds(days: Q) -> Iterator[Row]:
    refunds = SaleRefund.objects.filter(days).exclude(_taken_in(EntryKind.SALE_REFUND))
    rows = refunds.select_related("till", "operator").order_by("at", "pk")
    for refund in rows.prefetch_related("tenders__tender", "lines__sale_line"):
        sold = [(Figure(one.sale_line.kind), -one.amount) for one in refund.lines.all()]
        if refund.rounding:
            sold.append((Figure.ROUNDING, -refund.rounding))
        yield Row(
            kind=EntryKind.SALE_REFUND,
            ref=refund.pk,
            day=refund.business_date,
            till=refund.till,
            operator=refund.operator,
            what=Figure.SALE_REFUND,
            money=[(paid.tender, -paid.amount) for paid in refund.tenders.all()],
            sold=sold,
        )


def _refunds(days: Q) -> Iterator[Row]:
    refunds = Refund.objects.filter(days).standing().exclude(_taken_in(EntryKind.REFUND))
    yield from _refund_rows(refunds, EntryKind.REFUND, Figure.CONTRACT_REFUND, sign=-1)


def _undone_refunds(store: Store) -> Iterator[Row]:
    """Refunds of contracts that a close took in and somebody has undone since."""
    undoing = Txn.objects.filter(reverses=OuterRef("pk"), outcome=Outcome.POSTED)
    refunds = Refund.objects.filter(_taken_in(EntryKind.REFUND), Exists(undoing), store=store)
    refunds = refunds.exclude(_taken_in(EntryKind.REFUND_UNDONE))
    yield from _refund_rows(refunds, EntryKind.REFUND_UNDONE, Figure.UNDONE, sign=1)


def _refund_rows(
    refunds: QuerySet[Refund], kind: EntryKind, what: Figure, *, sign: int
) -> Iterator[Row]:
    rows = refunds.select_related("till", "requested_by").order_by("at", "pk")
    for refund in rows.prefetch_related("payouts__tender"):
        yield Row(
            kind=kind,
            ref=refund.pk,
            day=refund.business_date,
            till=refund.till,
            operator=refund.requested_by,
            what=what,
            money=[(paid.tender, sign * paid.amount) for paid in refund.payouts.all()],
        )
