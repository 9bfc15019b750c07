"""Refund contracts of the shop in ``shops.py`` as its manager does."""

from typing import Any
from uuid import uuid4

from ledger.models import Contract, Refund, RefundCause, Sale
from ledger.operations.sales import Tender, record_sale
from ledger.queries.refunds import RefundSheet, refund_sheet
from members.models import Member, User
from members.operations import create_staff
from promotions.operations import refund_contract, top_up
from tests.promotions.shops import WORKDAY, Shop, goods, open_shop

PASSWORD = "korrekt-horse-9"


def shop_in(jurisdiction: str = "CN") -> Shop:
    """The shop under the law of a place."""
    shop = open_shop()
    shop.store.jurisdiction = jurisdiction
    shop.store.save(update_fields=["jurisdiction"])
    return shop


def manager_of(shop: Shop, name: str = "ben", role: str = "manager") -> User:
    """Somebody who may pay back in the shop."""
    return create_staff(username=name, password=PASSWORD, role=role, stores=[shop.store])


def contract_of(sale: Sale) -> Contract:
    """What the bill sold."""
    return Contract.objects.select_related("entity", "store").get(txn_id=sale.pk)


def topped_up(
    shop: Shop, member: Member, pays: int, bonus: int, order: str, **given: Any
) -> Contract:
    """Top up by an offer that is spent in ``order``."""
    terms = {"code": f"{order}-{uuid4().hex[:8]}", "spend_order": order}
    offer = shop.top_up_offer(pays, bonus, **terms)
    asked = shop.asks(member, **given)
    return contract_of(top_up(**asked, offer=offer, tenders=shop.in_cash(pays)))


def spend(
    shop: Shop, member: Member, charged: int, listed: int | None = None, **given: Any
) -> Sale:
    """Pay a bill of ``charged`` with stored value; its goods cost ``listed`` without reductions."""
    line = goods(charged, list_value=charged if listed is None else listed)
    asked = shop.asks(member, **given)
    return record_sale(**asked, lines=[line], tenders=shop.in_value(charged), request={"n": 1})


def sheet_of(shop: Shop, contract: Contract, cause: RefundCause, **given: Any) -> RefundSheet:
    """What would be paid back."""
    standard = {"store": shop.store, "at": WORKDAY}
    return refund_sheet(contract=contract, cause=cause, **(standard | given))


def refund(shop: Shop, contract: Contract, cause: RefundCause, by: User, **given: Any) -> Refund:
    """Pay back in cash whatever is owed; ``given`` overrides what is told."""
    told = {"store": shop.store, "at": WORKDAY, "decisions": None, "terminated_on": None} | given
    if "payouts" not in told:
        asked = ("store", "at", "decisions", "terminated_on")
        total = refund_sheet(
            contract=contract, cause=cause, **{name: told[name] for name in asked}
        ).total
        told["payouts"] = [Tender(tender=shop.cash, amount=total)] if total else []
    standard = {"request_id": uuid4(), "reason": "asked for", "by": by}
    return refund_contract(contract=contract, cause=cause, **(standard | told))
