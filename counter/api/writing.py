"""The verbs a till or a machine may call: each reads codes, calls one operation, and answers."""

from typing import Any, ClassVar

from common.edges import StoreNotYours
from counter.api import answered, asked
from counter.api.base import Order, WritingView
from counter.api.described import writes
from counter.api.named import (
    line_of,
    member_of,
    named,
    need_scope,
    paid_back,
    prove,
    tenders_of,
)
from counter.queries.transactions import (
    refund_answer,
    transaction_answer,
    transaction_with,
    undo_answer,
    visit_answer,
)
from ledger.api.errors import NotForTills
from ledger.models import Asset, AssetKind, TxnKind
from ledger.models.activity import VisitSource
from ledger.models.sales import SaleSource
from ledger.operations.plays import Play, record_plays
from ledger.operations.proving import stored_value_in
from ledger.operations.sale_refunds import Back, refund_sale
from ledger.operations.visits import check_in
from members.models import TillKey
from promotions.models import Bundle, TopUpOffer
from promotions.operations import dispense_coins, draw_down, sell, sell_bundle, top_up, undo

Scope = TillKey.Scope
SELL = (Scope.SELL.value,)
DRAW = (Scope.DRAW.value,)
CHECK_IN = (Scope.CHECKIN.value,)
PLAYS = (Scope.PLAYS.value,)
# What a key may undo, it might have done.
UNDO_SCOPES = {
    TxnKind.TOP_UP: Scope.SELL,
    TxnKind.SELL_BUNDLE: Scope.SELL,
    TxnKind.SELL_COINS: Scope.SELL,
    TxnKind.SALE: Scope.SELL,
    TxnKind.REDEEM: Scope.DRAW,
    TxnKind.DISPENSE: Scope.DRAW,
}
DRAWN = (AssetKind.UNIT, AssetKind.COIN)


@writes(name="check_in", answers=answered.CheckInAnswer)
class CheckIn(WritingView):
    """Note that a member came; one visit a business day."""

    scopes: ClassVar = CHECK_IN
    verb: ClassVar = "check_in"
    asks: ClassVar = asked.CheckInAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Check in."""
        visit = check_in(
            request_id=order.id,
            member=member_of(order),
            store=order.store,
            at=order.at,
            by=None,
            source=VisitSource(order.said["source"]),
            note=order.said["note"],
        )
        return visit_answer(order.id, visit)


@writes(name="top_up", answers=answered.TransactionAnswer)
class TopUp(WritingView):
    """Take money for stored value, by an offer or of any amount."""

    scopes: ClassVar = SELL
    verb: ClassVar = "top_up"
    asks: ClassVar = asked.TopUpAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Top up."""
        code = order.said.get("offer")
        offers = TopUpOffer.objects.filter(entity=order.store.entity_id)
        top_up(
            request_id=order.id,
            member=member_of(order),
            offer=named("offer", code, offers) if code else None,
            amount=order.said.get("amount"),
            tenders=tenders_of(order),
            source=SaleSource.API,
            **order.header,
        )
        return transaction_answer(order.id)


@writes(name="sell_bundle", answers=answered.TransactionAnswer)
class SellBundle(WritingView):
    """Sell a prepaid bundle."""

    scopes: ClassVar = SELL
    verb: ClassVar = "bundle"
    asks: ClassVar = asked.BundleAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Sell the bundle."""
        bundles = Bundle.objects.filter(entity=order.store.entity_id)
        tenders = tenders_of(order)
        prove(order, stored_value_in(tenders))
        sell_bundle(
            request_id=order.id,
            member=member_of(order),
            bundle=named("bundle", order.said["bundle"], bundles),
            quantity=order.said["quantity"],
            tenders=tenders,
            source=SaleSource.API,
            **order.header,
        )
        return transaction_answer(order.id)


@writes(name="sell", answers=answered.TransactionAnswer)
class Sell(WritingView):
    """Record a bill of goods, paid by any mix of tenders, stored value among them."""

    scopes: ClassVar = SELL
    verb: ClassVar = "sale"
    asks: ClassVar = asked.SaleAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Sell."""
        said, tenders = order.said, tenders_of(order)
        if "member" in said:
            prove(order, stored_value_in(tenders))
        sell(
            request_id=order.id,
            lines=[line_of(one, order.store) for one in said["lines"]],
            tenders=tenders,
            member=member_of(order) if "member" in said else None,
            rounding=said["rounding"],
            source=SaleSource.API,
            external_ref=said["external_ref"],
            invoice_number=said["invoice_number"],
            tax_amount=said.get("tax_amount"),
            **order.header,
        )
        return transaction_answer(order.id)


@writes(name="draw_down", answers=answered.TransactionAnswer)
class DrawDown(WritingView):
    """Draw units or coins from what a member paid for in advance; a machine may ask first."""

    scopes: ClassVar = DRAW
    verb: ClassVar = "draw_down"
    asks: ClassVar = asked.DrawDownAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Draw down."""
        units = Asset.objects.filter(entity=order.store.entity_id, kind__in=DRAWN)
        asset = named("unit", order.said["unit"], units)
        prove(order, {asset: order.said["quantity"]})
        said: dict[str, Any] = order.header | {
            "request_id": order.id,
            "member": member_of(order),
            "asset": asset,
        }
        if asset.kind == AssetKind.COIN:
            dispense_coins(coins=order.said["quantity"], **said)
        else:
            draw_down(quantity=order.said["quantity"], note=order.said["note"], **said)
        return transaction_answer(order.id)


@writes(name="coin_plays", answers=answered.PlaysAnswer)
class CoinPlays(WritingView):
    """Log what machines took, in batches that may come late and twice."""

    scopes: ClassVar = PLAYS
    verb: ClassVar = "coin_plays"
    asks: ClassVar = asked.PlaysAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Log the batch."""
        plays = [Play(**one) for one in order.said["plays"]]
        report = record_plays(
            store=order.store, batch=str(order.id), plays=plays, at=order.at, by=None
        )
        return {
            "id": str(order.id),
            "kind": self.verb,
            "accepted": report.accepted,
            "repeated": report.repeated,
            "rejected": len(report.rejected),
            "plays": [
                {
                    "machine": play.machine,
                    "source_id": play.source_id,
                    "outcome": _outcome(is_accepted=outcome.is_accepted, fault=outcome.fault),
                    "fault": outcome.fault,
                    "shortfall": outcome.shortfall,
                    "has_member": outcome.has_member,
                }
                for play, outcome in zip(plays, report.outcomes, strict=True)
            ],
        }


@writes(name="refund_sale", answers=answered.SaleRefundAnswer)
class RefundSale(WritingView):
    """Pay a bill back, in whole or in part; a till without a person keeps to the cash limit."""

    scopes: ClassVar = SELL
    verb: ClassVar = "sale_refund"
    asks: ClassVar = asked.SaleRefundAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Pay back."""
        said = order.said
        lines, payments = said.get("lines"), said.get("payments")
        refund = refund_sale(
            request_id=order.id,
            sale_id=said["sale"],
            reason=said["reason"],
            lines=None if lines is None else [Back(**one) for one in lines],
            payments=None if payments is None else [paid_back(one) for one in payments],
            **order.header,
        )
        return refund_answer(refund)


@writes(name="undo", answers=answered.TransactionAnswer)
class Undo(WritingView):
    """Undo an operation of this store; the key needs the scope that the operation needed."""

    scopes: ClassVar = SELL + DRAW
    verb: ClassVar = "undo"
    asks: ClassVar = asked.UndoAsked

    def act(self, order: Order) -> dict[str, Any]:
        """Undo."""
        record = transaction_with(order.said["transaction"])
        if record.store.pk != order.store.pk:
            raise StoreNotYours(store=record.store.name)
        scope = UNDO_SCOPES.get(TxnKind(record.kind)) if record.kind in TxnKind.values else None
        if scope is None:
            raise NotForTills
        need_scope(order, scope)
        undo(
            request_id=order.id,
            txn_id=record.id,
            reason=order.said["reason"],
            **order.header,
        )
        return undo_answer(order.id, record, till=order.till, at=order.at)


def _outcome(*, is_accepted: bool, fault: str) -> str:
    if fault:
        return "rejected"
    return "accepted" if is_accepted else "repeated"
