"""Put a balance right by an entry with a reason; nobody ever sets a balance."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.models import Asset, Contra, LotOrigin, TxnKind
from ledger.operations.posting import Answer, Header, grant, post, take
from ledger.operations.refusals import ReasonMissing, positive
from members.models import Member, Store, Till, User


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
) -> Answer:
    """Give (positive ``amount``) or take (negative) units as goodwill, with the reason on record.

    Raises ReasonMissing, AmountNotPositive (zero), AmountTooLarge, NotEnough, TooManyLots,
    RequestReused.
    """
    if not reason.strip():
        raise ReasonMissing
    positive(abs(amount))
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
