"""Put a balance right by an entry with a reason; nobody ever sets a balance."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import Asset, AssetKind, Contra, LotOrigin, TxnKind
from ledger.operations.overrides import Permission, over_ride
from ledger.operations.posting import Answer, Header, grant, post, take
from ledger.operations.refusals import ReasonMissing, positive
from ledger.queries.policies import limits_of
from ledger.queries.posted import was_posted
from members.models import Member, Store, Till, User


class SecondPersonNeeded(DomainError):
    """One person may not move so much alone."""

    code = "second_person_needed"
    message = _(
        "An adjustment of this size needs a second person. "
        "Let another manager or an owner enter their user name and password."
    )


def is_above_limit(asset: Asset, amount: int, store: Store) -> bool:
    """Whether an adjustment of ``amount`` takes two people: by worth, else by number."""
    limits = limits_of(store)
    if asset.kind == AssetKind.MONEY:
        return abs(amount) > limits.adjustment_approval_above
    if asset.list_price is None:
        return abs(amount) > limits.adjusted_units_approval_above
    return abs(amount) * asset.list_price > limits.adjustment_approval_above


def adjust(
    *,
    request_id: UUID,
    member: Member,
    asset: Asset,
    amount: int,
    reason: str,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    approved_by: User | None = None,
) -> Answer:
    """Give (positive ``amount``) or take (negative) units as goodwill, with the reason on record.

    Above the store's limit ``approved_by``, another person, answers for it too, which is kept as an
    over-ride before it is posted.

    Raises SecondPersonNeeded, OverRideNotAllowed, ReasonMissing, AmountNotPositive (zero),
    AmountTooLarge, NotEnough, TooManyLots, RequestReused.
    """
    if not reason.strip():
        raise ReasonMissing
    positive(abs(amount))
    if is_above_limit(asset, amount, store) and not was_posted(request_id):
        if approved_by is None or approved_by == by:
            raise SecondPersonNeeded
        over_ride(
            Permission(approved_by=approved_by, reason=reason),
            rule=SecondPersonNeeded.code,
            request_id=request_id,
            member=member,
            store=store,
            at=at,
            by=by,
        )
    header = Header(
        id=request_id,
        kind=TxnKind.ADJUST,
        request={"member": member.pk, "asset": asset.pk, "amount": amount, "store": store.pk},
        store=store,
        at=at,
        by=by,
        till=till,
        member=member,
        reason=reason.strip(),
    )
    if amount > 0:
        leg = grant(
            member=member,
            asset=asset,
            amount=amount,
            origin=LotOrigin.GOODWILL,
            contra=Contra.GOODWILL,
        )
    else:
        leg = take(member=member, asset=asset, amount=-amount, contra=Contra.GOODWILL)
    with transaction.atomic(durable=True):
        answer = post(header, [leg])
    return answer.or_raise()
