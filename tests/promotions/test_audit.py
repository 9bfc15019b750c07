"""After a busy week of promotions the ledger still proves itself."""

import pytest

from ledger.queries.audit import differences
from promotions.models import PromotionPolicy
from promotions.operations import (
    dispense_coins,
    draw_down,
    exchange,
    sell,
    sell_bundle,
    sell_coins,
    top_up,
    undo,
)
from tests.promotions.shops import goods
from tests.promotions.test_rewards import bib
from tests.promotions.test_services import Menswear

pytestmark = pytest.mark.django_db


def test_every_proof_holds_after_selling_drawing_and_undoing():
    menswear = Menswear()
    shop, member = menswear.shop, menswear.member("gold")
    shop.points_rule(expiry_months=12)
    PromotionPolicy.objects.create(
        entity=shop.store.entity, stored_value_buys_bundles=True, stored_value_buys_coins=True
    )
    offer = shop.top_up_offer(50000, 100000, spend_order="pro_rata", bonus_expires_days=90)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_value(2018))
    sell_coins(**shop.asks(member), pack=shop.coin_pack(997, 10, 3), tenders=shop.in_value(997))
    draw = draw_down(**shop.asks(member), asset=shop.beer, quantity=7)
    dispense_coins(**shop.asks(member), asset=shop.coins, coins=11)
    mixed = [*shop.in_cash(20001), *shop.in_value(39998)]
    sale = sell(**shop.asks(member), lines=[goods(59999)], tenders=mixed)
    exchange(**shop.asks(member), reward=bib(shop))
    ticket = menswear.take_in(member)
    for txn in (draw.txn_id, sale.pk, ticket.txn_id):
        undo(**shop.asks(), txn_id=txn, reason="mistake")

    assert differences() == []
