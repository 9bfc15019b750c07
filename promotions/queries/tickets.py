"""Which garments wait for what."""

from members.models import Member, Store
from promotions.models import ServiceTicket
from promotions.models.services import ServiceTicketQuerySet
from promotions.rules.tickets import TicketState


def ticket_queue(store: Store, *states: TicketState) -> ServiceTicketQuerySet:
    """Open tickets of the store, the oldest first; only those in ``states`` when any are given."""
    queue = ServiceTicket.objects.in_store(store).open()
    if states:
        queue = queue.filter(status__in=states)
    return queue.select_related("programme", "member").order_by("taken_in_at", "pk")


def tickets_to_be_told(store: Store) -> ServiceTicketQuerySet:
    """Ready garments whose owner has not been told, the longest waiting first."""
    queue = ServiceTicket.objects.in_store(store).to_be_told()
    return queue.select_related("programme", "member").order_by("changed_at", "pk")


def open_tickets_of(member: Member) -> ServiceTicketQuerySet:
    """The member's garments the shop still has, the oldest first."""
    tickets = ServiceTicket.objects.of(member).open()
    return tickets.select_related("programme", "store").order_by("taken_in_at", "pk")
