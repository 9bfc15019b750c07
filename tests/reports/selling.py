"""Sell and use what figures tell of, by posting as in the product, on days of one's choice."""

from datetime import datetime, time

from ledger.models import Contra, ContractKind, LotOrigin, TxnKind, Visit
from ledger.operations.contracts import contract_leg
from ledger.operations.posting import grant, post
from tests.ledger.holding import spend


def at(shop, day):
    """Noon of the day in the shop."""
    return datetime.combine(day, time(12), tzinfo=shop.store.zone)


def sell(shop, member, day, *, code, lots, kind=TxnKind.SELL_BUNDLE, title=""):
    """Sell an offer: ``lots`` are the legs' terms; the contract and the transaction share an id."""
    header = shop.header(kind, at=at(shop, day))
    paid = sum(lot.get("cost", 0) for lot in lots)
    terms = contract_leg(
        contract_id=header.id,
        kind=ContractKind.TOP_UP if kind == TxnKind.TOP_UP else ContractKind.BUNDLE,
        header=header,
        member=member,
        paid=paid,
        list_value=paid,
        bonus=0,
        currency="CNY",
        offer_code=code,
        title=title or code,
        snapshot={},
    )
    legs = [grant(member=member, contract=header.id, **lot) for lot in lots]
    post(header, [terms, *legs]).or_raise()
    return header.id


def sell_units(shop, member, day, *, code, count, price, asset=None, last_day=None):
    """Sell a bundle of ``count`` units, usable through ``last_day``."""
    lot = {
        "asset": asset or shop.beer,
        "amount": count,
        "cost": price,
        "origin": LotOrigin.BUNDLE,
        "contra": Contra.CASH_IN,
        "expires_at": shop.store.end_of(last_day) if last_day else None,
    }
    return sell(shop, member, day, code=code, lots=[lot])


def sell_top_up(shop, member, day, *, code="500+1000", paid=50000, bonus=100000):
    """Sell a top-up with its bonus."""
    lots = [
        {
            "asset": shop.money,
            "amount": amount,
            "cost": cost,
            "origin": origin,
            "contra": contra,
            "priority": priority,
        }
        for amount, cost, origin, contra, priority in (
            (paid, paid, LotOrigin.PAID, Contra.CASH_IN, 50),
            (bonus, 0, LotOrigin.BONUS, Contra.PROMOTION, 60),
        )
    ]
    return sell(shop, member, day, code=code, lots=lots, kind=TxnKind.TOP_UP)


def draw(shop, member, day, amount, asset=None):
    """Draw units down."""
    answer = spend(shop, member, asset or shop.beer, amount, at=at(shop, day))
    return answer.or_raise().id


def come(shop, member, day):
    """Be in the shop."""
    return Visit.objects.create(
        member=member,
        store=shop.store,
        at=at(shop, day),
        business_date=day,
        month_no=day.year * 12 + day.month - 1,
    )
