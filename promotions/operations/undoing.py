"""Undo an operation together with what promotions hang on it."""

from datetime import datetime
from uuid import UUID

from ledger.models import Contract, ContractKind, Refund
from ledger.operations import reversal
from ledger.operations.posting import Answer
from members.models import Store, Till, User
from promotions.models import ServiceTicket
from promotions.operations.paid_tiers import give_up_tier, take_up_tier
from promotions.operations.services import StepNotPossible, is_given_back, step
from promotions.rules.tickets import TicketState


def undo(
    *,
    request_id: UUID,
    txn_id: UUID,
    store: Store,
    at: datetime,
    by: User | None,
    reason: str,
    till: Till | None = None,
) -> Answer | None:
    """Undo an operation as the ledger does.

    Taking a garment in is undone with its ticket, a membership with its tier; a refund of one
    gives the tier back.

    Raises StepNotPossible for a garment that has gone on already, and what the ledger's ``undo``
    raises.
    """
    ticket = ServiceTicket.objects.select_related("fee_sale").filter(request_id=txn_id).first()
    if ticket and ticket.status not in {TicketState.TAKEN_IN, TicketState.CANCELLED}:
        now, then = TicketState(ticket.status).label, TicketState.CANCELLED.label
        raise StepNotPossible(now=now, then=then)
    answer = None
    if not (ticket and ticket.status == TicketState.TAKEN_IN and is_given_back(ticket)):
        answer = reversal.undo(
            request_id=request_id,
            txn_id=txn_id,
            store=store,
            at=at,
            by=by,
            reason=reason,
            till=till,
        )
        _set_tier_right(txn_id, at)
    if ticket and ticket.status == TicketState.TAKEN_IN:
        step(
            request_id=request_id,
            ticket=ticket,
            to=TicketState.CANCELLED,
            at=at,
            by=by,
            store=store,
            note=reason,
        )
    return answer


def _set_tier_right(txn_id: UUID, at: datetime) -> None:
    paid_back = Refund.objects.select_related("contract").filter(pk=txn_id).first()
    if paid_back and paid_back.contract.kind == ContractKind.PAID_TIER:
        take_up_tier(paid_back.contract, at=at)
    sold = Contract.objects.filter(txn_id=txn_id, kind=ContractKind.PAID_TIER).first()
    if sold:
        give_up_tier(sold, at=at)
