from datetime import UTC, date, datetime

import pytest

from ledger.models import Contract, Lot, Movement
from ledger.operations.refusals import AmountNotPositive, NotEnough
from ledger.operations.reversal import undo
from ledger.operations.sales import TendersDoNotAddUp, ValueBuysNoStoredValue
from promotions.models import PromotionPolicy
from promotions.operations import draw_down, sell_bundle, top_up
from promotions.operations.bundles import BundleIsEmpty, SeasonOver
from promotions.operations.checks import NotHonouredHere, OfferNotHere, OfferOver
from promotions.operations.draws import NotEnoughHereToday
from tests.promotions.shops import WORKDAY, held, lots, open_shop, written

pytestmark = pytest.mark.django_db

RESTDAY = datetime(2026, 5, 10, 4, tzinfo=UTC)  # Sunday
WORKED_SATURDAY = datetime(2026, 2, 14, 4, tzinfo=UTC)
WEEKDAY_HOLIDAY = datetime(2026, 2, 17, 4, tzinfo=UTC)  # Tuesday, Spring Festival


def holding(shop, bundle, price, at=WORKDAY):
    member = shop.member()
    sell_bundle(**shop.asks(member, at=at), bundle=bundle, tenders=shop.in_cash(price))
    return member


def test_101_beers_for_2018_are_one_lot_that_cost_2018():
    shop = open_shop()
    member = shop.member()

    sale = sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))

    contract = Contract.objects.get(txn_id=sale.pk)
    assert lots(member, shop.beer) == [("bundle", 101, 2018)]
    assert (contract.paid, contract.list_value, contract.bonus) == (2018, 80800, 0)
    assert (sale.total, sale.goods_total, sale.is_purchase) == (2018, 2018, True)
    assert contract.snapshot["components"][0]["list_price"] == 800


def test_the_last_beer_closes_the_account_to_the_cent():
    shop = open_shop()
    member = holding(shop, shop.beers(), 2018)

    for quantity in (5, 30, 65, 1):
        draw_down(**shop.asks(member), asset=shop.beer, quantity=quantity)

    draws = Movement.objects.filter(wallet__member=member, amount__lt=0).order_by("wallet_seq")
    assert [-draw.cost for draw in draws] == [99, 600, 1299, 20]
    assert sum(draw.cost for draw in draws) == -2018
    assert held(member, shop.beer) == 0


def test_a_draw_keeps_the_list_price_of_what_was_handed_out():
    shop = open_shop()
    member = holding(shop, shop.beers(), 2018)

    draw = draw_down(**shop.asks(member), asset=shop.beer, quantity=5)

    movement = Movement.objects.get(txn_id=draw.txn_id)
    assert (movement.amount, movement.list_value, movement.charged_value) == (-5, 4000, 99)
    assert draw.visit.business_date == date(2026, 5, 6)


def test_a_draw_is_undone_to_the_very_lot():
    shop = open_shop()
    member = holding(shop, shop.beers(), 2018)
    draw = draw_down(**shop.asks(member), asset=shop.beer, quantity=5)

    undo(**shop.asks(), txn_id=draw.txn_id, reason="wrong table")

    assert lots(member, shop.beer) == [("bundle", 101, 2018)]


def test_the_same_draw_asked_twice_is_one():
    shop = open_shop()
    member = holding(shop, shop.beers(), 2018)
    asked = shop.asks(member, asset=shop.beer, quantity=5)

    first = draw_down(**asked)
    again = draw_down(**asked)

    assert again.txn_id == first.txn_id
    assert held(member, shop.beer) == 96


def test_several_bundles_are_one_contract():
    shop = open_shop()
    member = shop.member()

    sale = sell_bundle(
        **shop.asks(member), bundle=shop.beers(), quantity=3, tenders=shop.in_cash(6054)
    )

    assert lots(member, shop.beer) == [("bundle", 303, 6054)]
    assert Contract.objects.get(txn_id=sale.pk).list_value == 242400


def test_components_share_the_price_by_weight_to_the_cent():
    shop = open_shop()
    member = shop.member()

    sell_bundle(**shop.asks(member), bundle=shop.ski_pass(price=50000), tenders=shop.in_cash(50000))

    assert lots(member, shop.ride) == [("bundle", 5, 33333), ("bundle", 5, 16667)]


def test_a_rest_day_takes_a_ride_for_rest_days():
    shop = open_shop()
    member = holding(shop, shop.ski_pass(), 60000)

    draw_down(**shop.asks(member, at=RESTDAY), asset=shop.ride, quantity=2)

    assert [left for _origin, left, _cost in lots(member, shop.ride)] == [3, 5]


def test_a_saturday_people_work_takes_a_ride_for_workdays():
    shop = open_shop()
    member = holding(shop, shop.ski_pass(), 60000, at=WORKED_SATURDAY)

    draw_down(**shop.asks(member, at=WORKED_SATURDAY), asset=shop.ride, quantity=2)

    assert [left for _origin, left, _cost in lots(member, shop.ride)] == [5, 3]


def test_a_holiday_in_the_week_takes_a_ride_for_rest_days():
    shop = open_shop()
    member = holding(shop, shop.ski_pass(), 60000, at=WORKED_SATURDAY)

    draw_down(**shop.asks(member, at=WEEKDAY_HOLIDAY), asset=shop.ride, quantity=1)

    assert [left for _origin, left, _cost in lots(member, shop.ride)] == [4, 5]


def test_before_the_day_cut_it_is_still_the_day_before():
    shop = open_shop()
    member = holding(shop, shop.ski_pass(), 60000)
    monday_at_three = datetime(2026, 5, 10, 19, tzinfo=UTC)

    draw = draw_down(**shop.asks(member, at=monday_at_three), asset=shop.ride, quantity=1)

    assert draw.visit.business_date == date(2026, 5, 10)  # Sunday
    assert [left for _origin, left, _cost in lots(member, shop.ride)] == [4, 5]


def test_a_refusal_says_what_is_left_for_other_days():
    shop = open_shop()
    member = holding(shop, shop.ski_pass(), 60000)
    draw_down(**shop.asks(member, at=RESTDAY), asset=shop.ride, quantity=5)
    draw_down(**shop.asks(member), asset=shop.ride, quantity=3)

    with pytest.raises(NotEnoughHereToday) as refused:
        draw_down(**shop.asks(member, at=RESTDAY), asset=shop.ride, quantity=1)

    assert str(refused.value) == (
        "1 Ride asked, but only 0 can be used here today. 2 are left for workdays."
    )
    assert held(member, shop.ride) == 2


def test_a_refusal_says_what_is_left_in_other_stores():
    shop = open_shop()
    north = shop.branch("north")
    bundle = shop.beers()
    bundle.stores.add(shop.store)
    member = holding(shop, bundle, 2018)

    with pytest.raises(NotEnoughHereToday) as refused:
        draw_down(**shop.asks(member, store=north), asset=shop.beer, quantity=5)

    assert "101 are left for other stores." in str(refused.value)
    assert held(member, shop.beer) == 101


def test_refuses_more_than_is_left_and_moves_nothing():
    shop = open_shop()
    member = holding(shop, shop.beers(), 2018)

    with pytest.raises(NotEnough):
        draw_down(**shop.asks(member), asset=shop.beer, quantity=102)

    assert held(member, shop.beer) == 101


@pytest.mark.parametrize("quantity", [0, -5])
def test_refuses_a_quantity_that_is_not_positive(quantity):
    shop = open_shop()
    member = holding(shop, shop.beers(), 2018)
    before = written()

    with pytest.raises(AmountNotPositive):
        draw_down(**shop.asks(member), asset=shop.beer, quantity=quantity)

    assert written() == before


def test_refuses_units_that_another_entity_owes():
    shop = open_shop()
    member = holding(shop, shop.beers(), 2018)
    other = open_shop("ski")

    with pytest.raises(NotHonouredHere):
        draw_down(**shop.asks(member, store=other.store), asset=shop.beer, quantity=1)

    assert held(member, shop.beer) == 101


def test_the_early_bird_price_ends_at_the_day_cut():
    shop = open_shop()
    ski = shop.ski_pass(early_bird_price=36000, early_bird_until=date(2026, 10, 14))
    last_minute = datetime(2026, 10, 14, 19, 59, 59, tzinfo=UTC)  # 3:59:59 on the 15th
    first_minute = datetime(2026, 10, 14, 20, tzinfo=UTC)

    early = sell_bundle(
        **shop.asks(shop.member(), at=last_minute), bundle=ski, tenders=shop.in_cash(36000)
    )
    late = sell_bundle(
        **shop.asks(shop.member(), at=first_minute), bundle=ski, tenders=shop.in_cash(60000)
    )

    assert (early.total, late.total) == (36000, 60000)


def test_the_early_bird_price_is_refused_a_second_late():
    shop = open_shop()
    ski = shop.ski_pass(early_bird_price=36000, early_bird_until=date(2026, 10, 14))
    member = shop.member()
    before = written()

    with pytest.raises(TendersDoNotAddUp):
        sell_bundle(
            **shop.asks(member, at=datetime(2026, 10, 14, 20, tzinfo=UTC)),
            bundle=ski,
            tenders=shop.in_cash(36000),
        )

    assert written() == before


def test_a_retry_after_the_early_bird_gets_the_first_answer():
    shop = open_shop()
    ski = shop.ski_pass(early_bird_price=36000, early_bird_until=date(2026, 10, 14))
    asked = shop.asks(shop.member(), bundle=ski, tenders=shop.in_cash(36000))
    early = sell_bundle(**asked | {"at": datetime(2026, 10, 14, 19, 59, tzinfo=UTC)})

    again = sell_bundle(**asked | {"at": datetime(2026, 10, 14, 20, 1, tzinfo=UTC)})

    assert again == early


def test_a_season_opens_and_ends_by_the_stores_days():
    shop = open_shop()
    ski = shop.ski_pass(season_from=date(2026, 11, 15), season_until=date(2027, 3, 31))

    member = holding(shop, ski, 60000)

    lot = Lot.objects.of(member).first()
    assert lot.available_from == datetime(2026, 11, 14, 20, tzinfo=UTC)
    assert lot.expires_at == datetime(2027, 3, 31, 20, tzinfo=UTC)


def test_before_the_season_a_refusal_says_when_it_opens():
    shop = open_shop()
    ski = shop.ski_pass(season_from=date(2026, 11, 15), season_until=date(2027, 3, 31))
    member = holding(shop, ski, 60000)

    with pytest.raises(NotEnoughHereToday) as refused:
        draw_down(**shop.asks(member), asset=shop.ride, quantity=1)

    assert "10 can be used from Nov 15, 2026 on." in str(refused.value)


def test_refuses_to_sell_a_season_that_is_over():
    shop = open_shop()
    ski = shop.ski_pass(season_from=date(2025, 11, 15), season_until=date(2026, 3, 31))
    before = written()

    with pytest.raises(SeasonOver):
        sell_bundle(**shop.asks(shop.member()), bundle=ski, tenders=shop.in_cash(60000))

    assert written() == before


def test_valid_for_days_counts_from_the_day_of_sale():
    shop = open_shop()
    member = holding(shop, shop.beers(valid_days=30), 2018)

    lot = Lot.objects.of(member).get()

    assert lot.expires_at == datetime(2026, 6, 5, 20, tzinfo=UTC)
    with pytest.raises(NotEnough):
        draw_down(**shop.asks(member, at=lot.expires_at), asset=shop.beer, quantity=1)


def test_refuses_a_bundle_with_nothing_in_it():
    shop = open_shop()
    before = written()

    with pytest.raises(BundleIsEmpty):
        sell_bundle(
            **shop.asks(shop.member()), bundle=shop.bundle(2018), tenders=shop.in_cash(2018)
        )

    assert written() == before


def test_refuses_a_bundle_of_another_store_or_past_its_days():
    shop = open_shop()
    elsewhere = shop.beers(code="north-only")
    elsewhere.stores.add(shop.branch("north"))
    over = shop.beers(code="over", valid_until=date(2026, 5, 5))
    before = written()

    with pytest.raises(OfferNotHere):
        sell_bundle(**shop.asks(shop.member()), bundle=elsewhere, tenders=shop.in_cash(2018))
    with pytest.raises(OfferOver):
        sell_bundle(**shop.asks(shop.member()), bundle=over, tenders=shop.in_cash(2018))

    assert written() == before


def with_value(shop, order="pro_rata"):
    """A member with 10.00 of principal and 20.00 of bonus."""
    member = shop.member()
    offer = shop.top_up_offer(1000, 2000, spend_order=order)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(1000))
    return member


def test_stored_value_buys_no_bundle_unless_the_shop_says_so():
    shop = open_shop()
    member = with_value(shop)

    with pytest.raises(ValueBuysNoStoredValue):
        sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_value(2018))

    assert (held(member, shop.money), held(member, shop.beer)) == (3000, 0)


def test_what_bonus_pays_for_costs_nothing():
    shop = open_shop()
    PromotionPolicy.objects.create(entity=shop.store.entity, stored_value_buys_bundles=True)
    member = with_value(shop, "principal_first")

    sell_bundle(
        **shop.asks(member),
        bundle=shop.beers(),
        tenders=[*shop.in_cash(500), *shop.in_value(1518)],
    )

    # 5.00 in cash and 10.00 of principal; the other 5.18 were bonus.
    assert lots(member, shop.beer) == [("bundle", 101, 1500)]
    assert lots(member, shop.money) == [("paid", 0, 1000), ("bonus", 1482, 0)]


def test_in_proportion_a_third_of_the_value_is_money():
    shop = open_shop()
    PromotionPolicy.objects.create(entity=shop.store.entity, stored_value_buys_bundles=True)
    member = with_value(shop, "pro_rata")

    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_value(2018))

    assert lots(member, shop.beer) == [("bundle", 101, 672)]
