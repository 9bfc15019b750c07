"""Exchange points for a reward."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from ledger.models import TxnKind
from ledger.operations.posting import Header, post, retried, take
from ledger.operations.refusals import positive
from ledger.operations.visits import visit_for
from members.models import Member, Store, Till, User
from promotions.models import Exchange, Reward
from promotions.operations.checks import check_on_sale


@retried
def exchange(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    reward: Reward,
    at: datetime,
    by: User | None,
    quantity: int = 1,
    till: Till | None = None,
) -> Exchange:
    """Take the points of ``quantity`` rewards, soonest to expire first, and note the visit.

    A repeated ``request_id`` returns the first exchange.

    Raises AmountNotPositive, what ``check_on_sale`` raises, NotEnough and RequestReused.
    """
    points = reward.cost_points * positive(quantity)
    if not Exchange.objects.filter(pk=request_id).exists():
        check_on_sale(reward, store=store, member=member, at=at)
    header = Header(
        id=request_id,
        kind=TxnKind.EXCHANGE,
        request={"reward": reward.code, "quantity": quantity, "member": member.pk},
        store=store,
        at=at,
        by=by,
        till=till,
        member=member,
        reason=reward.name,
    )
    leg = take(
        member=member,
        asset=reward.asset,
        amount=points,
        list_value=worth_of(reward) * quantity,
        charged_value=0,
    )
    made = None
    with transaction.atomic(durable=True):
        answer = post(header, [leg])
        if answer.outcome == "posted":
            made = _note(header, reward, quantity=quantity, points=points)
    answer.or_raise()
    return made or Exchange.objects.get(pk=request_id)


def worth_of(reward: Reward) -> int:
    """What one costs in the shop: as the reward says, else the list price of its product."""
    return reward.list_value or (reward.product.list_price if reward.product else 0)


def _note(header: Header, reward: Reward, *, quantity: int, points: int) -> Exchange:
    """Write the exchange with the visit it happened on."""
    if header.member is None:
        raise ValueError("nobody exchanges")
    visit = visit_for(
        member=header.member,
        store=header.store,
        at=header.at,
        by=header.by,
        request_id=header.id,
        channel=header.kind.value,
    )
    made, _new = Exchange.objects.get_or_create(
        pk=header.id,
        defaults={
            "reward": reward,
            "member": header.member,
            "store": header.store,
            "visit": visit,
            "quantity": quantity,
            "points": points,
            "at": header.at,
            "operator": header.by,
        },
    )
    return made
