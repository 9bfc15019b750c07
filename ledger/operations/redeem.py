"""Draw units down: beers, rides, services, coins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.models import Asset, Contra, TxnKind, Visit
from ledger.operations.posting import Answer, Header, post, take
from ledger.operations.refusals import positive
from ledger.operations.visits import visit_for
from ledger.queries.prices import list_value_of
from members.models import Member, Store, Till, User


@dataclass(frozen=True)
class Redemption:
    """A draw-down that was posted; ``visit`` is the member's visit of the day."""

    txn_id: UUID
    answer: Answer
    visit: Visit


def redeem(
    *,
    request_id: UUID,
    member: Member,
    asset: Asset,
    quantity: int,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    list_value: int | None = None,
    kind: TxnKind = TxnKind.REDEEM,
    categories: Sequence[int] = (),
    note: str = "",
) -> Redemption:
    """Draw ``quantity`` units from the open lots, soonest expiry first, and note the visit.

    ``list_value`` is the price of all of them before any reduction; it defaults to what
    ``list_value_of`` knows. A repeated ``request_id`` returns the first draw-down.

    Raises AmountNotPositive, AmountTooLarge, NotEnough, RequestReused.
    """
    positive(quantity)
    if list_value is None:
        list_value = list_value_of(member, asset, quantity)
    header = Header(
        id=request_id,
        kind=kind,
        request={"member": member.pk, "asset": asset.pk, "quantity": quantity, "store": store.pk},
        store=store,
        at=at,
        by=by,
        till=till,
        member=member,
        reason=note,
    )
    leg = take(
        member=member,
        asset=asset,
        amount=quantity,
        contra=Contra.REVENUE,
        list_value=list_value,
        categories=categories,
    )
    with transaction.atomic(durable=True):
        answer = post(header, [leg])
        if answer.outcome == "posted":
            visit = visit_for(
                member=member, store=store, at=at, by=by, request_id=request_id, channel=kind.value
            )
    answer.or_raise()
    return Redemption(txn_id=request_id, answer=answer, visit=visit)
