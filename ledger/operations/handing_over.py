"""Hand a contract to another member, from the moment their notice reached the shop."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import Contra, Contract, ContractEvent, EventKind, Txn, TxnKind
from ledger.operations.posting import Answer, Header, move, post, retried
from ledger.operations.refusals import ReasonMissing
from ledger.operations.rollups import mark_dirty
from ledger.queries.contracts import holder_of, is_partly_on_deposit, open_lots
from members.models import Card, Member, Store, Till, User
from members.operations.cards import retire_card
from members.operations.people import lock_open_member
from members.operations.pins import forget_pin


class NothingLeftOfContract(DomainError):
    code = "nothing_left_of_contract"
    message = _(
        "Nothing is left of this contract, so there is nothing to do with it. Choose another one."
    )


class SameHolder(DomainError):
    code = "same_holder"
    message = _("%(member)s holds this contract already. Choose another member.")


class NoticeToCome(DomainError):
    code = "notice_to_come"
    message = _("The notice cannot have come after now. Check its day and time.")


class PartlyOnDeposit(DomainError):
    code = "partly_on_deposit"
    message = _("Part of it is held as a deposit. Take or release the deposit first.")


class CardOfSomebodyElse(DomainError):
    code = "card_of_somebody_else"
    message = _(
        "The card %(number)s does not belong to the member who gives. Choose one of their "
        "cards, or none."
    )


@retried
def transfer_contract(
    *,
    request_id: UUID,
    contract: Contract,
    to_member: Member,
    noticed_at: datetime,
    reason: str,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    card: Card | None = None,
) -> ContractEvent:
    """Hand all that is left of ``contract`` to ``to_member``; terms, cost and end go along.

    ``noticed_at`` is when the shop was told. ``card`` is the giver's card where it was handed over
    with it: it opens nothing from now on, and the giver's PIN is forgotten, since both were shown.

    Raises ReasonMissing, NoticeToCome, SameHolder, MemberClosed, CardOfSomebodyElse,
    NothingLeftOfContract, PartlyOnDeposit, TooManyLots, RequestReused.
    """
    giver = holder_of(contract)
    if not is_known(request_id):
        _check_transfer(contract, giver, to_member, card, noticed_at=noticed_at, at=at)
    header = contract_header(
        request_id=request_id,
        kind=TxnKind.TRANSFER,
        contract=contract,
        request={"to": to_member.pk},
        reason=reason,
        store=store,
        at=at,
        by=by,
        till=till,
        member=giver,
    )
    with transaction.atomic(durable=True):
        lock_open_member(to_member)
        answer = post(header, [move(member=giver, to_member=to_member, contract=contract.pk)])
        if answer.is_fresh:
            details = {"card": card.number} if card else {}
            note_event(
                header,
                answer,
                contract,
                EventKind.TRANSFERRED,
                to_member=to_member,
                noticed_at=noticed_at,
                details=details,
            )
            if card:
                retire_card(card=card, at=at, by=by)
                forget_pin(member=giver)
    return posted_event(answer, contract)


def _check_transfer(
    contract: Contract,
    giver: Member,
    to_member: Member,
    card: Card | None,
    *,
    noticed_at: datetime,
    at: datetime,
) -> None:
    if noticed_at > at:
        raise NoticeToCome
    if giver == to_member:
        raise SameHolder(member=to_member.number)
    if card and card.member_id != giver.pk:
        raise CardOfSomebodyElse(number=card.number)
    check_has_value(contract)


def check_has_value(contract: Contract) -> None:
    """Raise NothingLeftOfContract or PartlyOnDeposit where the contract cannot be moved whole."""
    if not open_lots(contract):
        raise NothingLeftOfContract
    if is_partly_on_deposit(contract):
        raise PartlyOnDeposit


def contract_header(
    *, request_id: UUID, contract: Contract, request: dict[str, Any], reason: str, **facts: Any
) -> Header:
    """The header of what is done to a contract. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing
    said = {"contract": str(contract.pk)} | request
    return Header(id=request_id, request=said, reason=reason.strip(), **facts)


def note_event(
    header: Header,
    answer: Answer,
    contract: Contract,
    kind: EventKind,
    *,
    to_member: Member | None = None,
    noticed_at: datetime | None = None,
    details: dict[str, Any] | None = None,
) -> ContractEvent:
    """Write what happened to the contract beside its transaction; which lot became which is kept.

    Call it inside the transaction of a fresh ``answer`` whose header names the member who held it.
    """
    giver = header.member
    if giver is None:
        raise TypeError("what is done to a contract is done to its holder")
    taker = to_member or giver
    mark_dirty(member_ids=[giver.pk, taker.pk], at=header.at)
    return ContractEvent.objects.create(
        contract=contract,
        kind=kind,
        txn_id=header.id,
        from_member=giver,
        to_member=taker,
        noticed_at=noticed_at or header.at,
        recorded_at=header.at,
        by=header.by,
        reason=header.reason,
        details=(details or {}) | {"lots": lots_moved(answer)},
    )


def lots_moved(answer: Answer) -> list[tuple[int, int]]:
    """Which lot became which: a move takes from the old one on one line and fills the new next."""
    moves = [m for m in answer.movements if m["contra"] == Contra.TRANSFER]
    return [(out["lot"], into["lot"]) for out, into in zip(moves[::2], moves[1::2], strict=True)]


def is_known(request_id: UUID) -> bool:
    """Whether the ledger has answered this request: then the checks were passed, or are moot."""
    return Txn.objects.filter(pk=request_id).exists()


def posted_event(answer: Answer, contract: Contract) -> ContractEvent:
    """The event that goes with a posted ``answer``, or its refusal raised."""
    answer.or_raise()
    return ContractEvent.objects.get(txn_id=answer.id, contract=contract)
