"""Every debit stores list value and charged value and names the contract it drew on."""

import pytest

from ledger.models import Contra, Machine, Movement, ProductCategory
from ledger.models.activity import MachineMode
from ledger.operations.adjust import adjust
from ledger.operations.holds import capture, hold
from ledger.operations.plays import Play, record_plays
from members.operations import add_card
from promotions.models import Reward
from promotions.operations import (
    dispense_coins,
    draw_down,
    exchange,
    sell,
    sell_bundle,
    sell_coins,
    top_up,
)
from tests.promotions.shops import DAY, NOON, WORKDAY, goods
from tests.promotions.test_services import Menswear

pytestmark = pytest.mark.django_db


def debits(**which):
    """Kind, list value, charged value and whether a contract is named, of each revenue."""
    found = Movement.objects.filter(amount__lt=0, contra=Contra.REVENUE, **which)
    return [
        (moved.txn.kind, moved.list_value, moved.charged_value, moved.lot.contract_id is not None)
        for moved in found.select_related("txn", "lot").order_by("txn__number", "line")
    ]


@pytest.fixture
def menswear():
    return Menswear()


@pytest.fixture
def shop(menswear):
    return menswear.shop


@pytest.fixture
def member(menswear):
    return menswear.member()


def test_a_draw_down_knows_the_price_of_the_bundle(shop, member):
    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))

    draw_down(**shop.asks(member), asset=shop.beer, quantity=30)

    assert debits() == [("redeem", 24000, 599, True)]


def test_a_sale_from_value_shares_its_list_value(shop, member):
    offer = shop.top_up_offer(50000, 100000)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    sell(**shop.asks(member), lines=[goods(60000)], tenders=shop.in_value(60000))

    assert debits() == [("sale", 50000, 50000, True), ("sale", 10000, 10000, True)]


def test_coins_handed_out_cost_what_the_pack_says(shop, member):
    sell_coins(**shop.asks(member), pack=shop.coin_pack(1000, 10, 2), tenders=shop.in_cash(1000))

    dispense_coins(**shop.asks(member), asset=shop.coins, coins=3)

    assert debits() == [("dispense", 300, 300, True)]


def test_a_play_costs_what_the_pack_says(shop, member):
    sell_coins(**shop.asks(member), pack=shop.coin_pack(1000, 10, 0), tenders=shop.in_cash(1000))
    Machine.objects.create(store=shop.store, code="M1", name="Racer", mode=MachineMode.CARD)
    add_card(member=member, number="C-1", at=NOON)
    play = Play(machine="M1", source_id="1", coins=4, at=WORKDAY, card="C-1")

    record_plays(store=shop.store, batch="b", plays=[play], at=WORKDAY, by=None)

    assert debits() == [("play", 400, 400, True)]


def test_a_free_service_is_worth_its_price(menswear, shop, member):
    menswear.take_in(member)

    assert debits() == [("service", 4500, 0, False)]


def test_a_service_without_a_list_price_is_worth_what_it_is_charged_at(menswear, shop, member):
    menswear.cleaning.list_price = None
    menswear.cleaning.save(update_fields=["list_price"])

    menswear.take_in(member)

    assert debits() == [("service", 4500, 0, False)]


def test_an_exchange_is_worth_its_product(shop, member):
    adjust(**shop.asks(member), asset=shop.points, amount=500, reason="welcome")
    cups = ProductCategory.objects.create(code="cups", name="Cups")
    reward = Reward.objects.create(
        code="cup",
        name="Cup",
        entity=shop.store.entity,
        currency="CNY",
        asset=shop.points,
        cost_points=200,
        product=goods(3000, category=cups).product,
    )

    exchange(**shop.asks(member), reward=reward, quantity=2)

    assert debits() == [("exchange", 6000, 0, False)]


def test_a_deposit_taken_names_the_contract(shop, member):
    top_up(**shop.asks(member), offer=None, amount=50000, tenders=shop.in_cash(50000))
    asked = shop.asks(member)
    deposit = {"asset": shop.money, "amount": 20000, "purpose": "suit"}
    held = hold(**asked, **deposit, expires_at=WORKDAY + DAY)

    capture(**{key: asked[key] for key in ("store", "at", "by")}, hold=held, amount=15000)

    assert debits() == [("capture", 15000, 15000, True)]


def test_only_what_was_never_sold_has_no_price(shop, member):
    adjust(**shop.asks(member), asset=shop.coins, amount=5, reason="welcome")

    dispense_coins(**shop.asks(member), asset=shop.coins, coins=5)

    assert debits() == [("dispense", None, 0, False)]
