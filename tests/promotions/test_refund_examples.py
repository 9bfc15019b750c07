"""The worked examples to the cent, whatever is spent first, through the verbs of the shop."""

import pytest

from ledger.models import Lot, Refund, RefundCause
from ledger.queries.audit import differences
from promotions.operations import draw_down, sell_bundle, sell_coins
from promotions.operations.coins import dispense_coins
from tests.promotions.refunding import (
    contract_of,
    manager_of,
    refund,
    shop_in,
    spend,
    topped_up,
)

pytestmark = pytest.mark.django_db

ORDERS = ["principal_first", "bonus_first", "pro_rata"]
MERCHANT, MEMBER, CHANGED_MIND = (
    RefundCause.MERCHANT,
    RefundCause.MEMBER,
    RefundCause.COOLING_OFF,
)


@pytest.fixture
def shop():
    return shop_in("CN")


@pytest.fixture
def manager(shop):
    return manager_of(shop)


def check_books(kept):
    """What was closed is what was paid back and what stays; the ledger agrees."""
    assert kept.closed_cost == kept.refund + kept.settlement
    assert sum(kept.payouts.values_list("amount", flat=True)) == kept.refund + kept.interest
    assert not Lot.objects.filter(contract=kept.contract, is_open=True).exists()
    assert differences() == []


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "case",
    [
        (50000, 0, MERCHANT, 50000),
        (50000, 0, MEMBER, 50000),
        (50000, 0, CHANGED_MIND, 50000),
        (50000, 40000, MERCHANT, 30000),
        (50000, 40000, MEMBER, 10000),
        (50000, 70000, MERCHANT, 15000),
        (50000, 70000, MEMBER, 0),
        (100000, 90000, MERCHANT, 20000),
        (100000, 90000, MEMBER, 0),
    ],
)
def test_top_ups(shop, manager, order, case):
    bonus, used, cause, owed = case
    member = shop.member()
    contract = topped_up(shop, member, 50000, bonus, order)
    if used:
        spend(shop, member, used)

    kept = refund(shop, contract, cause, manager)

    assert (kept.paid, kept.refund, kept.interest) == (50000, owed, 0)
    check_books(kept)


@pytest.mark.parametrize(("cause", "owed"), [(MERCHANT, 1419), (MEMBER, 0)])
def test_101_beers_of_which_30_were_drunk(shop, manager, cause, owed):
    member = shop.member()
    sale = sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))
    draw_down(**shop.asks(member), asset=shop.beer, quantity=30)

    kept = refund(shop, contract_of(sale), cause, manager)

    assert kept.refund == owed
    check_books(kept)


def test_what_was_cheaper_than_its_list_price_counts_as_it_was_charged_or_listed(shop, manager):
    member = shop.member()
    first = topped_up(shop, member, 50000, 50000, "principal_first")
    spend(shop, member, 8000, listed=10000)

    assert refund(shop, first, MEMBER, manager).refund == 40000

    other = shop.member()
    second = topped_up(shop, other, 50000, 50000, "principal_first")
    spend(shop, other, 8000, listed=10000)

    assert refund(shop, second, MERCHANT, manager).refund == 46000


def test_a_bundle_of_two_kinds_by_its_components(shop, manager):
    member = shop.member()
    sale = sell_bundle(
        **shop.asks(member), bundle=shop.ski_pass(45000), tenders=shop.in_cash(45000)
    )
    draw_down(**shop.asks(member), asset=shop.ride, quantity=2)

    kept = refund(shop, contract_of(sale), MERCHANT, manager)

    # A workday ride costs 15000 / 5 of the pass, a holiday ride twice that.
    assert kept.refund == 45000 - 2 * 3000
    check_books(kept)


def test_coins_by_all_coins_of_the_pack(shop, manager):
    member = shop.member()
    pack = shop.coin_pack(10000, 100, 20)
    sale = sell_coins(**shop.asks(member), pack=pack, tenders=shop.in_cash(10000))
    dispense_coins(**shop.asks(member), asset=shop.coins, coins=50)

    kept = refund(shop, contract_of(sale), MERCHANT, manager)

    assert kept.refund == 10000 - 50 * 10000 // 120
    check_books(kept)


def test_without_a_law_what_is_left_of_the_principal(manager, shop):
    shop.store.jurisdiction = "none"
    shop.store.save(update_fields=["jurisdiction"])
    member = shop.member()
    contract = topped_up(shop, member, 50000, 50000, "principal_first")
    spend(shop, member, 40000)

    kept = refund(shop, contract, MEMBER, manager)

    assert (kept.refund, kept.settlement) == (10000, 0)
    check_books(kept)
    assert Refund.objects.count() == 1
