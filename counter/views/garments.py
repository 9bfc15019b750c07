"""F8: take a garment in, and take its ticket one step further until it is handed out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from common.edges import StoreNotYours, is_htmx, request_id
from common.errors import DomainError
from counter.forms.payments import PaymentForm, payment_form, read_tenders
from counter.forms.reading import NothingChosen, pick, pick_row, text_of
from counter.operations.tenders import tenders_at
from counter.queries.offers import goods_bought
from counter.views.action import Action
from counter.views.desk import Desk, at_the_counter
from counter.views.drawing import value_at_hand
from counter.views.pages import go, member_url, panel_facts, show
from counter.views.sheet import member_page
from ledger.models import SaleLine
from ledger.operations.proving import stored_value_in
from members.models import Member
from promotions.models import ServiceProgramme, ServiceTicket
from promotions.operations import advance_ticket, take_in
from promotions.queries.entitlements import programmes_of
from promotions.queries.tickets import open_tickets_of
from promotions.rules.tickets import NEXT, TicketState

CHARGED = "charged"
# What usually happens next, first.
USUAL = (
    TicketState.AT_CLEANERS,
    TicketState.READY,
    TicketState.COLLECTED,
    TicketState.COMPLAINT,
    TicketState.LOST,
    TicketState.CANCELLED,
)


class TakeIn(Action):
    """A garment over the counter: bought here and free, or charged."""

    template = "counter/panels/garment.html"
    name = "take_in"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The services, what was bought here, and the payment where it is charged."""
        programmes = programmes_of(desk.store)
        chosen = typed.get("programme") or (str(programmes[0].pk) if programmes else "")
        return {
            "programmes": programmes,
            "chosen": chosen,
            "purchases": goods_bought(member.pk, _covered(programmes)),
            "open_tickets": open_tickets_of(member),
            "payment": _payment(desk, typed, member, _price(programmes, chosen)),
        }

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Take it in."""
        programme = pick_row(ServiceProgramme.objects.all(), typed.get("programme", ""))
        bought = typed.get("purchase", "")
        is_charged = bought == CHARGED
        payment = _payment(desk, typed, member, programme.charge_price)
        lines = SaleLine.objects.select_related("sale", "product")
        tenders = read_tenders(payment) if is_charged else []
        desk.prove(member, typed, entry, debits=stored_value_in(tenders))
        take_in(
            request_id=entry,
            member=member,
            programme=programme,
            garment=text_of(typed, "garment"),
            sale_line=pick_row(lines, bought) if bought and not is_charged else None,
            tenders=tenders,
            **desk.header,
        )


def _covered(programmes: Sequence[ServiceProgramme]) -> set[int]:
    """Categories whose goods the services are for; empty: goods of every kind."""
    of_each = [{one.pk for one in programme.categories.all()} for programme in programmes]
    return set().union(*of_each) if all(of_each) else set()


def _price(programmes: Sequence[ServiceProgramme], chosen: str) -> int | None:
    try:
        return pick(programmes, chosen).charge_price
    except NothingChosen:
        return None


def _payment(desk: Desk, typed: QueryDict, member: Member, total: int | None) -> PaymentForm:
    return payment_form(
        typed,
        store=desk.store,
        choices=tenders_at(desk.store),
        total=total,
        value_at_hand=value_at_hand(desk, member),
    )


@at_the_counter("GET", "POST")
def ticket_step(request: HttpRequest, desk: Desk, ticket_id: int) -> HttpResponse:
    """Say where the garment is now; handing it out notes the visit."""
    tickets = ServiceTicket.objects.select_related("member__tier", "programme", "store")
    ticket = get_object_or_404(tickets, pk=ticket_id)
    if ticket.store not in desk.stores:
        raise StoreNotYours(store=ticket.store.name)
    if request.method == "GET":
        return _ticket_panel(request, desk, ticket)
    try:
        entry = request_id(request)
        to = request.POST.get("to", "")
        if to not in TicketState.values:
            raise NothingChosen
        advance_ticket(
            request_id=entry,
            ticket=ticket,
            to=TicketState(to),
            note=text_of(request.POST, "note"),
            **desk.header,
        )
    except DomainError as error:
        ticket.refresh_from_db(fields=["status"])
        return _ticket_panel(request, desk, ticket, refusal=error)
    return go(request, member_url(ticket.member, done=entry))


def _ticket_panel(
    request: HttpRequest, desk: Desk, ticket: ServiceTicket, refusal: DomainError | None = None
) -> HttpResponse:
    template = "counter/panels/ticket.html"
    possible = NEXT[TicketState(ticket.status)]
    steps = [state for state in USUAL if state in possible]
    url = reverse("counter:ticket", args=[ticket.pk])
    facts = panel_facts(url, refusal) | {
        "ticket": ticket,
        "member": ticket.member,
        "steps": steps,
        "chosen": request.POST.get("to") or usual_step(ticket.status),
        "typed": request.POST,
    }
    status = 422 if refusal else 200
    if is_htmx(request):
        return show(request, desk, template, facts, status)
    return member_page(request, desk, ticket.member, facts | {"panel": template}, status)


def usual_step(status: str) -> str:
    """What most often happens next to a garment in this state.

    >>> usual_step("taken_in"), usual_step("ready")
    ('ready', 'collected')
    """
    possible = NEXT[TicketState(status)]
    order = (TicketState.COLLECTED, TicketState.READY, *USUAL)
    return next((state.value for state in order if state in possible), "")
