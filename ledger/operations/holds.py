"""Deposits: value set aside now, then taken or released, once.

The id of what resolves a deposit is made from the deposit's own, so whoever comes second, at
whichever till, gets the first answer or a refusal.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import Asset, Contra, Hold, Txn, TxnKind
from ledger.models.sales import LineKind
from ledger.operations.assets import stored_value_tender
from ledger.operations.posting import (
    Answer,
    Header,
    Leg,
    follow_merge,
    give_back,
    post,
    retried,
    take,
)
from ledger.operations.refusals import positive, shown
from ledger.operations.rollups import mark_dirty
from ledger.operations.sales import Bill, Line, Tender, draft, write
from ledger.queries.prices import list_value_of
from members.models import Member, Store, Till, User
from members.operations.people import lock_open_member

RESOLUTION = "resolution"
LONGEST = timedelta(days=366)


class PurposeMissing(DomainError):
    code = "purpose_missing"
    message = _("Say what the deposit is for: the member reads it on their record.")


class HoldEndsTooSoon(DomainError):
    code = "hold_ends_too_soon"
    message = _("A deposit is released by itself at its end, so the end must be later than now.")


class HoldEndsTooLate(DomainError):
    code = "hold_ends_too_late"
    message = _("A deposit is held for a year at most. Choose an earlier end.")


class MoreThanHeld(DomainError):
    code = "more_than_held"
    message = _("Only %(held)s is held. Take that much or less, and sell the rest as usual.")


class HoldResolved(DomainError):
    code = "hold_resolved"
    message = _("This deposit was taken or released already. The member's record shows how.")


@retried
def hold(
    *,
    request_id: UUID,
    member: Member,
    asset: Asset,
    amount: int,
    purpose: str,
    expires_at: datetime,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
) -> Hold:
    """Set ``amount`` aside until ``expires_at``, when it is released by itself.

    Nobody can spend it meanwhile, and it is no revenue yet.

    Raises AmountNotPositive, AmountTooLarge, PurposeMissing, HoldEndsTooSoon,
    HoldEndsTooLate, MemberClosed, NotEnough, RequestReused.
    """
    positive(amount)
    if not purpose.strip():
        raise PurposeMissing
    if expires_at <= at:
        raise HoldEndsTooSoon
    if expires_at > at + LONGEST:
        raise HoldEndsTooLate
    header = Header(
        id=request_id,
        kind=TxnKind.HOLD,
        request={"member": member.pk, "asset": asset.pk, "amount": amount, "store": store.pk},
        store=store,
        at=at,
        by=by,
        till=till,
        member=member,
        reason=purpose.strip(),
    )
    leg = take(member=member, asset=asset, amount=amount, contra=Contra.HOLD, charged_value=0)
    with transaction.atomic(durable=True):
        lock_open_member(member)
        answer = post(header, [leg])
        if answer.is_fresh:
            Hold.objects.create(
                txn_id=request_id,
                member=member,
                asset=asset,
                store=store,
                amount=amount,
                purpose=purpose.strip(),
                held_at=at,
                expires_at=expires_at,
            )
    answer.or_raise()
    return Hold.objects.get(pk=request_id)


def capture(
    *,
    hold: Hold,
    amount: int,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    list_value: int | None = None,
    reason: str = "",
) -> Answer:
    """Take ``amount`` of a deposit, 1 to what is held, as revenue, and release the rest.

    ``list_value`` is the price of what it pays for before any reduction; for money the amount
    itself. What is taken of stored value is a bill of its own, a purchase like any other. The same
    again gets the first answer.

    Raises AmountNotPositive, AmountTooLarge, MoreThanHeld, HoldResolved, TenderNotInUse.
    """
    positive(amount)
    if amount > hold.amount:
        raise MoreThanHeld(held=shown(hold.asset.show, hold.amount))
    if list_value is None:
        list_value = list_value_of(hold.member, hold.asset, amount)
    terms: dict[str, Any] = {"contra": Contra.REVENUE, "list_value": list_value, "held": True}
    if hold.asset.currency:
        terms["charged_value"] = amount
    member = holder_when_held(hold)
    taken = take(member=member, asset=hold.asset, amount=amount, **terms)
    facts: dict[str, Any] = {"store": store, "at": at, "by": by, "till": till}
    facts["reason"] = reason.strip()
    bill = _bill(hold, amount, list_value or amount, facts) if hold.asset.currency else None
    return _resolve(hold, TxnKind.CAPTURE, amount, [give_back(), taken], bill=bill, **facts)


def _bill(hold: Hold, amount: int, list_value: int, facts: dict[str, Any]) -> Bill:
    """The bill that the stored value taken pays; a bill's own draw is left to the deposit's."""
    line = Line(
        kind=LineKind.PRODUCT,
        description=hold.purpose,
        list_value=list_value,
        charged_value=amount,
    )
    tender = Tender(tender=stored_value_tender(facts["store"]), amount=amount)
    told = {name: facts[name] for name in ("store", "at", "by", "till")}
    return draft(
        request_id=resolution_of(hold),
        kind=TxnKind.CAPTURE,
        request=_request(hold, amount),
        member=hold.member,
        lines=[line],
        tenders=[tender],
        **told,
    )


def resolution_of(hold: Hold) -> UUID:
    """The id of the one transaction that takes or releases the deposit."""
    return uuid5(hold.pk, RESOLUTION)


def _request(hold: Hold, captured: int) -> dict[str, Any]:
    return {"hold": str(hold.pk), "captured": captured}


def release(
    *,
    hold: Hold,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    reason: str = "",
) -> Answer:
    """Give a whole deposit back to the lots it came from. The same again gets the first answer.

    What has ended meanwhile expires at the next sweep. Raises HoldResolved.
    """
    facts: dict[str, Any] = {"store": store, "at": at, "by": by, "till": till}
    facts["reason"] = reason.strip()
    return _resolve(hold, TxnKind.RELEASE, 0, [give_back()], **facts)


def release_due(*, at: datetime, limit: int = 500) -> int:
    """Release deposits whose time has passed, one transaction each; returns how many.

    One that a till takes at the same moment is left to it.
    """
    due = Hold.objects.due_at(at).select_related("store", "asset", "member")
    released = 0
    for one in due.order_by("expires_at", "pk")[:limit]:
        try:
            answer = release(hold=one, store=one.store, at=at, by=None)
        except HoldResolved:
            continue
        released += answer.is_fresh
    return released


def holder_when_held(hold: Hold) -> Member:
    """Whose wallet the deposit came from; they may have been merged since."""
    txn = Txn.objects.select_related("member__merged_into").get(pk=hold.pk)
    if txn.member is None:
        raise Txn.DoesNotExist
    return txn.member


@retried
def _resolve(
    hold: Hold,
    kind: TxnKind,
    captured: int,
    legs: list[Leg],
    *,
    bill: Bill | None = None,
    **facts: Any,
) -> Answer:
    """Post what resolves the deposit under the one id there is for it, and write its bill.

    Raises HoldResolved.
    """
    member = holder_when_held(hold)
    header = Header(
        id=resolution_of(hold),
        kind=kind,
        request=_request(hold, captured),
        member=member,
        reverses=hold.pk,
        **facts,
    )
    with transaction.atomic(durable=True):
        answer = post(header, [*legs, *follow_merge(member)])
        if answer.is_fresh:
            resolved = {"resolved_at": header.at, "captured": captured}
            Hold.objects.filter(pk=hold.pk).update(**resolved)
            if bill:
                write(bill)
            mark_dirty(member_ids=[hold.member_id], at=header.at)
    if answer.outcome == "conflict":
        raise HoldResolved
    return answer.or_raise()
