"""Take a garment in, see it through, hand it out: each step once, each on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import lazy_minor
from ledger.models import Outcome, Sale, SaleLine, Txn, TxnKind, Visit
from ledger.models.sales import LineKind
from ledger.operations import reversal
from ledger.operations.posting import Answer, Header, post, retried, take
from ledger.operations.refusals import NotEnough, ReasonMissing, RequestReused
from ledger.operations.sales import Line, Tender, record_sale
from ledger.operations.visits import visit_for
from members.models import Member, Store, Till, User
from promotions.models import ServiceProgramme, ServiceTicket, ServiceTicketEvent
from promotions.operations.checks import check_honoured, check_member, check_tenders
from promotions.operations.entitlements import ensure_entitlement
from promotions.operations.prepaid import asked, title_in
from promotions.rules.tickets import TicketState, may_become

NEEDS_A_REASON = {TicketState.LOST, TicketState.COMPLAINT, TicketState.CANCELLED}


class ServiceNotOffered(DomainError):
    """This store does not take part, or the service has ended."""

    code = "service_not_offered"
    message = _("%(service)s is not offered in this store. Choose another service.")


class GarmentMissing(DomainError):
    """A ticket without a garment helps nobody to find it."""

    code = "garment_missing"
    message = _("Describe the garment, so that it can be found again.")


class NotBoughtHere(DomainError):
    """Free of charge is for goods of this shop, and there is a price for others."""

    code = "not_bought_here"
    message = _(
        "%(service)s is free for goods bought here only. "
        "Choose the purchase, or charge %(price)s for it."
    )


class OwnGoodsOnly(DomainError):
    """Free of charge is for goods of this shop, and it is never done for money."""

    code = "own_goods_only"
    message = _("%(service)s is for goods bought here only. Choose the purchase.")


class PurchaseNotCovered(DomainError):
    """The purchase is another member's, was undone, or is of another kind."""

    code = "purchase_not_covered"
    message = _("This purchase is not covered: it is %(obstacle)s. Choose another purchase.")


class FreeUsesGone(DomainError):
    """The month's free uses are used up."""

    code = "free_uses_gone"
    message = _(
        "No free %(service)s is left this month. New ones come with the next month; "
        "until then it costs %(price)s."
    )


class FreeUsesGoneNoPrice(DomainError):
    """The month's free uses are used up, and it is never done for money."""

    code = "free_uses_gone_no_price"
    message = _("No free %(service)s is left this month. New ones come with the next month.")


class NeverCharged(DomainError):
    """The programme has no price."""

    code = "never_charged"
    message = _(
        "%(service)s is never done for money. Wait for the next free use, or choose another "
        "service."
    )


class StepNotPossible(DomainError):
    """The garment is not where that step begins."""

    code = "step_not_possible"
    message = _(
        "The garment is %(now)s. It cannot become %(then)s from there. Open it again for what "
        "comes next."
    )


@dataclass(frozen=True, kw_only=True)
class Intake:
    """A garment over the counter: whose, what, for which service, where and by whom."""

    request_id: UUID
    programme: ServiceProgramme
    member: Member
    store: Store
    garment: str
    sale_line: SaleLine | None
    at: datetime
    by: User | None
    till: Till | None

    @property
    def request(self) -> dict[str, object]:
        """What was asked, so that a retry is told from another request."""
        return {
            "programme": self.programme.pk,
            "member": self.member.pk,
            "store": self.store.pk,
            "garment": self.garment,
            "sale_line": self.sale_line.pk if self.sale_line else None,
        }


@retried
def take_in(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    programme: ServiceProgramme,
    garment: str,
    at: datetime,
    by: User | None,
    sale_line: SaleLine | None = None,
    tenders: Sequence[Tender] = (),
    till: Till | None = None,
) -> ServiceTicket:
    """Take a garment in for one free use, or for the service's price when ``tenders`` pay it.

    ``sale_line`` is the purchase of the garment when it was bought here. What the member's tier
    grants this month is granted at once if the month's job has not been by. A repeated
    ``request_id`` returns the first ticket.

    Raises ServiceNotOffered, GarmentMissing, PurchaseNotCovered, NotBoughtHere, OwnGoodsOnly,
    FreeUsesGone, FreeUsesGoneNoPrice, NeverCharged, MemberMayNotTrade, NotHonouredHere,
    RequestReused and, for a fee, what ``record_sale`` raises.
    """
    intake = Intake(
        request_id=request_id,
        programme=programme,
        member=member,
        store=store,
        garment=garment.strip(),
        sale_line=sale_line,
        at=at,
        by=by,
        till=till,
    )
    if not ServiceTicket.objects.filter(request_id=request_id).exists():
        _check(intake)
        if not tenders:
            _check_covered(intake)
    return _charged(intake, tenders) if tenders else _free(intake)


def _check(intake: Intake) -> None:
    check_member(intake.member)
    check_honoured(intake.programme.asset, intake.store)
    stores = {store.pk for store in intake.programme.stores.all()}
    if not intake.programme.is_active or (stores and intake.store.pk not in stores):
        raise ServiceNotOffered(service=intake.programme.label)
    if not intake.garment:
        raise GarmentMissing


def _check_covered(intake: Intake) -> None:
    """Refuse a garment that no free use covers."""
    programme, line = intake.programme, intake.sale_line
    if line is not None:
        _check_purchase(line, intake)
    elif programme.is_for_own_goods and programme.charge_price is not None:
        price = lazy_minor(programme.charge_price, programme.currency)
        raise NotBoughtHere(service=programme.label, price=price)
    elif programme.is_for_own_goods:
        raise OwnGoodsOnly(service=programme.label)


def _check_purchase(line: SaleLine, intake: Intake) -> None:
    categories = {category.pk for category in intake.programme.categories.all()}
    category = line.product.category_id if line.product else None
    if line.sale.member_id != intake.member.pk:
        raise PurchaseNotCovered(obstacle=_("another member's"))
    if line.sale.voided_at:
        raise PurchaseNotCovered(obstacle=_("undone"))
    if line.kind != LineKind.PRODUCT or (categories and category not in categories):
        raise PurchaseNotCovered(obstacle=_("not of a kind this service is for"))


def _free(intake: Intake) -> ServiceTicket:
    """Use one entitlement and write the ticket, in one transaction."""
    ensure_entitlement(programme=intake.programme, member=intake.member, at=intake.at)
    header = Header(
        id=intake.request_id,
        kind=TxnKind.SERVICE,
        request=intake.request,
        store=intake.store,
        at=intake.at,
        by=intake.by,
        till=intake.till,
        member=intake.member,
    )
    programme, asset = intake.programme, intake.programme.asset
    price = programme.charge_price if asset.list_price is None else asset.list_price
    leg = take(member=intake.member, asset=asset, amount=1, list_value=price)
    ticket = None
    with transaction.atomic(durable=True):
        answer = post(header, [leg])
        if answer.outcome == "posted":
            ticket = _ticket(intake, _visit(intake), txn_id=intake.request_id)
    return ticket or _refuse(intake.programme, answer)


def _refuse(programme: ServiceProgramme, answer: Answer) -> ServiceTicket:
    try:
        answer.or_raise()
    except NotEnough:
        if programme.charge_price is None:
            raise FreeUsesGoneNoPrice(service=programme.label) from None
        price = lazy_minor(programme.charge_price, programme.currency)
        raise FreeUsesGone(service=programme.label, price=price) from None
    raise AssertionError("posted without a ticket")


def _charged(intake: Intake, tenders: Sequence[Tender]) -> ServiceTicket:
    """Charge the service's price and write the ticket; a retry completes what was cut short."""
    programme = intake.programme
    if programme.charge_price is None:
        raise NeverCharged(service=programme.label)
    check_tenders(tenders, intake.store)
    line = Line(
        kind=LineKind.SERVICE,
        description=title_in(intake.store, programme),
        list_value=programme.charge_price,
        charged_value=programme.charge_price,
    )
    sale = record_sale(
        request_id=intake.request_id,
        store=intake.store,
        lines=[line],
        tenders=tenders,
        at=intake.at,
        by=intake.by,
        member=intake.member,
        till=intake.till,
        kind=TxnKind.SERVICE,
        request=intake.request | {"tenders": asked(tenders)},
    )
    with transaction.atomic():
        return _ticket(intake, sale.visit, fee_sale=sale, fee=sale.total)


def _visit(intake: Intake) -> Visit:
    return visit_for(
        member=intake.member,
        store=intake.store,
        at=intake.at,
        by=intake.by,
        request_id=intake.request_id,
        channel="service",
    )


def _ticket(
    intake: Intake,
    visit: Visit | None,
    *,
    txn_id: UUID | None = None,
    fee_sale: Sale | None = None,
    fee: int = 0,
) -> ServiceTicket:
    ticket, made = ServiceTicket.objects.get_or_create(
        request_id=intake.request_id,
        defaults={
            "programme": intake.programme,
            "member": intake.member,
            "store": intake.store,
            "sale_line": intake.sale_line,
            "garment": intake.garment[:200],
            "taken_in_at": intake.at,
            "changed_at": intake.at,
            "visit": visit,
            "txn_id": txn_id,
            "fee_sale": fee_sale,
            "fee": fee,
        },
    )
    if made:
        ServiceTicketEvent.objects.create(
            ticket=ticket,
            request_id=intake.request_id,
            status=TicketState.TAKEN_IN,
            at=intake.at,
            by=intake.by,
        )
    return ticket


def advance_ticket(
    *,
    request_id: UUID,
    ticket: ServiceTicket,
    to: TicketState,
    at: datetime,
    by: User | None,
    store: Store | None = None,
    note: str = "",
    till: Till | None = None,
) -> ServiceTicket:
    """Take the garment one step further, in ``store`` (its own when left out).

    Collecting it notes the member's visit; cancelling gives the free use or the fee back. Lost,
    complaint and cancelled need a ``note``. A repeated ``request_id`` takes one step.

    Raises StepNotPossible, ReasonMissing, RequestReused and, on cancelling, what ``undo`` raises.
    """
    if to in NEEDS_A_REASON and not note.strip():
        raise ReasonMissing
    place = store or ticket.store
    if to == TicketState.CANCELLED:
        _give_back(ticket, request_id, store=place, at=at, by=by, reason=note, till=till)
    return step(request_id=request_id, ticket=ticket, to=to, at=at, by=by, store=place, note=note)


def collect(
    *, request_id: UUID, ticket: ServiceTicket, store: Store, at: datetime, by: User | None
) -> ServiceTicket:
    """Hand the garment out and note the member's visit. Raises StepNotPossible, RequestReused."""
    return advance_ticket(
        request_id=request_id, ticket=ticket, to=TicketState.COLLECTED, at=at, by=by, store=store
    )


@transaction.atomic
def step(
    *,
    request_id: UUID,
    ticket: ServiceTicket,
    to: TicketState,
    at: datetime,
    by: User | None,
    store: Store,
    note: str = "",
) -> ServiceTicket:
    """Write one step of a ticket, under its lock. Raises StepNotPossible, RequestReused."""
    locked = ServiceTicket.objects.select_for_update(no_key=True, of=("self",))
    ticket = locked.select_related("member", "store", "programme").get(pk=ticket.pk)
    # Looked up under the lock: the twin of this request may just have taken the step.
    event = ServiceTicketEvent.objects.filter(request_id=request_id).first()
    if event is not None:
        if (event.ticket_id, event.status) != (ticket.pk, to):
            raise RequestReused(request_id=request_id)
        return ticket
    _check_step(ticket, to)
    ticket.status, ticket.changed_at = to, at
    if to == TicketState.COLLECTED:
        ticket.collected_visit = visit_for(
            member=ticket.member,
            store=store,
            at=at,
            by=by,
            request_id=request_id,
            channel="collect",
        )
    if to != TicketState.READY:
        ticket.ready_notified_at = None
    ticket.save(update_fields=["status", "changed_at", "collected_visit", "ready_notified_at"])
    ServiceTicketEvent.objects.create(
        ticket=ticket, request_id=request_id, status=to, at=at, by=by, note=note.strip()[:200]
    )
    return ticket


def _check_step(ticket: ServiceTicket, to: TicketState) -> None:
    if not may_become(ticket.status, to):
        now, then = TicketState(ticket.status).label, TicketState(to).label
        raise StepNotPossible(now=now, then=then)


def _give_back(
    ticket: ServiceTicket,
    request_id: UUID,
    *,
    store: Store,
    at: datetime,
    by: User | None,
    reason: str,
    till: Till | None,
) -> None:
    """Undo what taking in cost, unless that was done already."""
    ticket = ServiceTicket.objects.select_related("fee_sale").get(pk=ticket.pk)
    if ticket.status != TicketState.CANCELLED:
        _check_step(ticket, TicketState.CANCELLED)
    if not is_given_back(ticket):
        reversal.undo(
            request_id=uuid5(request_id, "give back"),
            txn_id=ticket.request_id,
            store=store,
            at=at,
            by=by,
            reason=reason,
            till=till,
        )


def is_given_back(ticket: ServiceTicket) -> bool:
    """Whether the free use or the fee of the ticket went back to the member."""
    if ticket.fee_sale:
        return ticket.fee_sale.voided_at is not None
    return Txn.objects.filter(reverses=ticket.txn_id, outcome=Outcome.POSTED).exists()
