"""Set value aside at a till, take it or give it back; send the code that a large debit needs."""

from typing import Any, ClassVar

from common.edges import StoreNotYours
from counter.api import answered, asked
from counter.api.base import Order, WritingView
from counter.api.described import writes
from counter.api.named import member_of, named, need_scope, prove
from counter.queries.transactions import code_answer, transaction_answer
from ledger.models import Asset, AssetKind, Hold
from ledger.operations.refusals import UnknownTxn
from members.models import TillKey
from members.operations.proofs import send_code
from promotions.operations.deposits import capture_deposit, hold_deposit, release_deposit

Scope = TillKey.Scope
# Money needs the scope that selling needs, units and coins that of drawing.
EITHER = (Scope.SELL.value, Scope.DRAW.value)
HELD = (AssetKind.MONEY, AssetKind.UNIT, AssetKind.COIN)


@writes(name="hold_deposit", answers=answered.TransactionAnswer)
class HoldDeposit(WritingView):
    """Set value aside, so that nobody spends it until it is taken, released or over."""

    scopes: ClassVar = EITHER
    verb: ClassVar = "deposit"
    asks: ClassVar = asked.DepositAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Hold it."""
        said = order.said
        held = Asset.objects.filter(entity=order.store.entity_id, kind__in=HELD)
        asset = named("asset", said["asset"], held)
        _need_scope_for(order, asset)
        prove(order, {asset: said["amount"]})
        hold_deposit(
            request_id=order.id,
            member=member_of(order),
            asset=asset,
            amount=said["amount"],
            purpose=said["purpose"],
            expires_at=said["until"],
            **order.header,
        )
        return transaction_answer(order.id)


@writes(name="capture_deposit", answers=answered.TransactionAnswer)
class CaptureDeposit(WritingView):
    """Take a deposit of this store, once; the answer has the id of what settled it."""

    scopes: ClassVar = EITHER
    verb: ClassVar = "deposit_capture"
    asks: ClassVar = asked.DepositCaptureAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Take it."""
        answer = capture_deposit(
            deposit=_deposit(order),
            amount=order.said["amount"],
            reason=order.said["reason"],
            **order.header,
        )
        return transaction_answer(answer.id)


@writes(name="release_deposit", answers=answered.TransactionAnswer)
class ReleaseDeposit(WritingView):
    """Give a deposit of this store back, once; the answer has the id of what settled it."""

    scopes: ClassVar = EITHER
    verb: ClassVar = "deposit_release"
    asks: ClassVar = asked.DepositReleaseAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Give it back."""
        answer = release_deposit(
            deposit=_deposit(order), reason=order.said["reason"], **order.header
        )
        return transaction_answer(answer.id)


@writes(name="send_code", answers=answered.CodeAnswer)
class SendCode(WritingView):
    """Send a one-time code to the member's phone, for a debit above the store's limit."""

    scopes: ClassVar = EITHER
    verb: ClassVar = "code"
    asks: ClassVar = asked.CodeAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Send it."""
        member = member_of(order)
        sent = send_code(member=member, store=order.store, at=order.at, by=None)
        return code_answer(order.id, sent)


def _deposit(order: Order) -> Hold:
    """The deposit the order names. Raises UnknownTxn, StoreNotYours, ScopeMissing."""
    found = Hold.objects.select_related("asset__entity", "member", "store")
    deposit = found.filter(pk=order.said["deposit"]).first()
    if deposit is None:
        raise UnknownTxn
    if deposit.store_id != order.store.pk:
        raise StoreNotYours(store=deposit.store.name)
    _need_scope_for(order, deposit.asset)
    return deposit


def _need_scope_for(order: Order, asset: Asset) -> None:
    need_scope(order, Scope.SELL if asset.currency else Scope.DRAW)
