from datetime import UTC, datetime

import pytest

from ledger.models import Contract, Movement
from ledger.operations.refusals import NotEnough
from ledger.operations.sales import ValueBuysNoStoredValue
from promotions.models import PromotionPolicy
from promotions.operations import dispense_coins, sell_coins, top_up
from promotions.operations.checks import OfferNotInUse
from tests.promotions.shops import held, lots, open_shop, written

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_a_pack_is_a_lot_of_coins_and_a_lot_of_bonus():
    shop = open_shop()
    member = shop.member()
    pack = shop.coin_pack(10000, 100, 30, bonus_expires_days=90)

    sale = sell_coins(**shop.asks(member), pack=pack, tenders=shop.in_cash(10000))

    paid, bonus = member.wallets.get(asset=shop.coins).lots.order_by("pk")
    assert lots(member, shop.coins) == [("paid", 100, 10000), ("bonus", 30, 0)]
    assert (paid.expires_at, bonus.expires_at) == (None, datetime(2026, 8, 4, 20, tzinfo=UTC))
    assert (sale.goods_total, Contract.objects.get(txn_id=sale.pk).bonus) == (10000, 30)


def test_tokens_come_out_of_the_coins():
    shop = open_shop()
    member = shop.member()
    pack = shop.coin_pack(10000, 100, 30)
    sell_coins(**shop.asks(member), pack=pack, tenders=shop.in_cash(10000))

    done = dispense_coins(**shop.asks(member), asset=shop.coins, coins=110)

    assert [left for _origin, left, _cost in lots(member, shop.coins)] == [0, 20]
    assert sum(m.cost for m in Movement.objects.filter(txn_id=done.txn_id)) == -10000


def test_refuses_more_tokens_than_there_are_coins():
    shop = open_shop()
    member = shop.member()
    pack = shop.coin_pack(10000, 100, 0)
    sell_coins(**shop.asks(member), pack=pack, tenders=shop.in_cash(10000))

    with pytest.raises(NotEnough):
        dispense_coins(**shop.asks(member), asset=shop.coins, coins=101)

    assert held(member, shop.coins) == 100


def test_the_same_pack_asked_twice_is_sold_once():
    shop = open_shop()
    member = shop.member()
    asked = shop.asks(member, pack=shop.coin_pack(10000, 100, 30), tenders=shop.in_cash(10000))

    assert sell_coins(**asked) == sell_coins(**asked)

    assert held(member, shop.coins) == 130


def test_stored_value_buys_coins_where_the_shop_says_so():
    shop = open_shop()
    member = shop.member()
    pack = shop.coin_pack(10000, 100, 0)
    offer = shop.top_up_offer(10000, 10000, spend_order="pro_rata")
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(10000))

    with pytest.raises(ValueBuysNoStoredValue):
        sell_coins(**shop.asks(member), pack=pack, tenders=shop.in_value(10000))
    PromotionPolicy.objects.create(entity=shop.store.entity, stored_value_buys_coins=True)
    sell_coins(**shop.asks(member), pack=pack, tenders=shop.in_value(10000))

    assert lots(member, shop.coins) == [("paid", 100, 5000)]


def test_refuses_a_pack_that_is_off_sale():
    shop = open_shop()
    pack = shop.coin_pack(10000, 100, 30, is_active=False)
    before = written()

    with pytest.raises(OfferNotInUse):
        sell_coins(**shop.asks(shop.member()), pack=pack, tenders=shop.in_cash(10000))

    assert written() == before
