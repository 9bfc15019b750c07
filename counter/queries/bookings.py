"""Where, when and by whom something was booked, whatever kind of row it left."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.models import Outcome, Sale, SaleRefund, Txn, TxnKind, Visit
from members.models import Member, Store, User
from promotions.models import ServiceTicket, ServiceTicketEvent

CHECK_IN = "check_in"
TICKET = "ticket"


@dataclass(frozen=True)
class Booking:
    """One operation on record. ``kind`` is a TxnKind, ``check_in`` or ``ticket`` (a later step)."""

    id: UUID
    kind: str
    store: Store
    day: date
    at: datetime
    by: User | None
    member: Member | None
    is_standing: bool
    visit: Visit | None = None
    ticket: ServiceTicket | None = None


def booking(entry: UUID) -> Booking | None:
    """What was booked under the id ``entry``; None where nothing was."""
    return (
        _of_txn(entry)
        or _of_sale(entry)
        or _of_refund(entry)
        or _of_step(entry)
        or _of_visit(entry)
    )


def _of_txn(entry: UUID) -> Booking | None:
    txns = Txn.objects.filter(pk=entry, outcome=Outcome.POSTED)
    txn = txns.select_related("store", "operator", "member").first()
    if txn is None or txn.store is None:
        return None
    return Booking(
        id=txn.pk,
        kind=txn.kind,
        store=txn.store,
        day=txn.business_date,
        at=txn.occurred_at,
        by=txn.operator,
        member=txn.member,
        is_standing=not txn.is_undone,
    )


def _of_sale(entry: UUID) -> Booking | None:
    """A bill that moved no value."""
    sale = Sale.objects.select_related("store", "operator", "member").filter(pk=entry).first()
    if sale is None:
        return None
    return Booking(
        id=sale.pk,
        kind=TxnKind.SALE,
        store=sale.store,
        day=sale.business_date,
        at=sale.at,
        by=sale.operator,
        member=sale.member,
        is_standing=sale.voided_at is None,
    )


def _of_refund(entry: UUID) -> Booking | None:
    """A bill paid back without any value."""
    refunds = SaleRefund.objects.select_related("store", "operator", "sale__member")
    refund = refunds.filter(pk=entry).first()
    if refund is None:
        return None
    return Booking(
        id=refund.pk,
        kind=TxnKind.SALE_REFUND,
        store=refund.store,
        day=refund.business_date,
        at=refund.at,
        by=refund.operator,
        member=refund.sale.member,
        is_standing=True,
    )


def _of_step(entry: UUID) -> Booking | None:
    """A garment that went one step further."""
    events = ServiceTicketEvent.objects.select_related("ticket__store", "ticket__member", "by")
    event = events.filter(request_id=entry).first()
    if event is None:
        return None
    ticket = event.ticket
    return Booking(
        id=entry,
        kind=TICKET,
        store=ticket.store,
        day=ticket.store.business_date(event.at),
        at=event.at,
        by=event.by,
        member=ticket.member,
        is_standing=True,
        ticket=ticket,
    )


def _of_visit(entry: UUID) -> Booking | None:
    visits = Visit.objects.select_related("store", "operator", "member")
    visit = visits.filter(request_id=entry).first()
    if visit is None:
        return None
    return Booking(
        id=entry,
        kind=CHECK_IN,
        store=visit.store,
        day=visit.business_date,
        at=visit.at,
        by=visit.operator,
        member=visit.member,
        is_standing=visit.voided_at is None,
        visit=visit,
    )
