"""What a debit is worth, for the limit above which the member has to show that it is theirs.

Many small debits of one wallet count together: a card is not emptied just below the limit.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum

from ledger.models import Asset, Contra, Movement, Outcome
from ledger.models.catalogue import TenderKind
from ledger.operations.sales import Tender
from ledger.queries.posted import was_posted
from members.models import DebitProof, Member, Store

COUNT_TOGETHER = timedelta(minutes=30)

type Debits = Mapping[Asset, int]


def units_worth(asset: Asset, quantity: int) -> int:
    """What so many units cost without a bundle; stored value is worth itself.

    Nothing where no list price is known.
    """
    price = 1 if asset.currency else asset.list_price or 0
    return price * max(0, quantity)


def stored_value_in(tenders: Iterable[Tender]) -> dict[Asset, int]:
    """The part of a payment that stored value makes, by the money it is taken from."""
    paid: dict[Asset, int] = {}
    for one in tenders:
        asset = one.tender.asset
        if one.tender.kind == TenderKind.STORED_VALUE and asset and one.amount > 0:
            paid[asset] = paid.get(asset, 0) + one.amount
    return paid


def value_to_prove(
    *, request_id: UUID, member: Member, store: Store, debits: Debits, at: datetime
) -> int:
    """What the debits are worth, with what was drawn from the same wallets just before.

    In the smallest unit of the currency. Counted is the last half hour, since the member last
    showed that they were there. Nothing where the store sets no limit, and for a retry of what was
    posted.
    """
    worth = sum(units_worth(asset, amount) for asset, amount in debits.items())
    if store.pin_above is None or not worth or was_posted(request_id):
        return 0
    return worth + sum(_drawn_lately(member, asset, request_id, at) for asset in debits)


def _drawn_lately(member: Member, asset: Asset, request_id: UUID, at: datetime) -> int:
    shown = DebitProof.objects.filter(member=member).exclude(request_id=request_id)
    last = shown.order_by("-at").values_list("at", flat=True).first()
    since = max(at - COUNT_TOGETHER, last) if last else at - COUNT_TOGETHER
    drawn = Movement.objects.filter(
        wallet__member=member,
        wallet__asset=asset,
        amount__lt=0,
        contra__in=(Contra.REVENUE, Contra.HOLD),
        txn__occurred_at__gt=since,
        txn__occurred_at__lte=at,
    ).exclude(txn__reversals__outcome=Outcome.POSTED)
    return units_worth(asset, -int(drawn.aggregate(sum=Sum("amount"))["sum"] or 0))
