from datetime import UTC, datetime

import pytest

from ledger.models import AssetKind, Lot, ProductCategory
from ledger.models.sales import LineKind
from ledger.operations.reversal import undo
from ledger.operations.sales import Line, TendersDoNotAddUp
from promotions.operations import sell, top_up
from promotions.operations.sales import NotGoods
from promotions.rules.points import Charged, Earning, points_for_sale
from tests.promotions.shops import goods, held, lots, open_shop, put_into, tier, written

pytestmark = pytest.mark.django_db

A_YUAN_A_POINT = Earning(points=1, per_amount=100)


def shop_with_points(**terms):
    shop = open_shop()
    shop.points_rule(**terms)
    return shop


def test_a_yuan_is_a_point_and_odd_cents_are_none():
    shop = shop_with_points()
    member = shop.member()

    sell(**shop.asks(member), lines=[goods(19999)], tenders=shop.in_cash(19999))

    assert lots(member, shop.points) == [("earned", 199, 0)]


def test_points_of_one_month_grow_one_lot_that_ends_with_a_month():
    shop = shop_with_points(expiry_months=12)
    member = shop.member()

    for charged in (10000, 20000):
        sell(**shop.asks(member), lines=[goods(charged)], tenders=shop.in_cash(charged))

    lot = Lot.objects.of(member).get()
    assert (lot.granted, lot.remaining) == (300, 300)
    assert lot.expires_at == datetime(2027, 5, 31, 20, tzinfo=UTC)  # 1 June, 4:00


def test_points_can_be_used_after_the_return_window():
    shop = shop_with_points(return_window_days=7)
    member = shop.member()

    sell(**shop.asks(member), lines=[goods(10000)], tenders=shop.in_cash(10000))

    lot = Lot.objects.of(member).get()
    assert lot.available_from == datetime(2026, 5, 12, 20, tzinfo=UTC)  # 13 May, 4:00


def test_a_tier_earns_more():
    shop = shop_with_points()
    gold = tier("gold", 3)
    shop.points_rule(position=1).tier_rates.create(tier=gold, percent=150)
    member = put_into(shop.member(), gold)

    sell(**shop.asks(member), lines=[goods(19900)], tenders=shop.in_cash(19900))

    assert held(member, shop.points) == 298


def test_some_categories_earn_nothing():
    shop = shop_with_points()
    tobacco = ProductCategory.objects.create(code="tobacco", name="Tobacco")
    shop.points_rule(position=1).excluded_categories.add(tobacco)
    member = shop.member()
    lines = [goods(10000), goods(5000, category=tobacco)]

    sell(**shop.asks(member), lines=lines, tenders=shop.in_cash(15000))

    assert held(member, shop.points) == 100


def test_what_bonus_pays_for_earns_nothing():
    shop = shop_with_points()
    member = shop.member()
    offer = shop.top_up_offer(50000, 100000, spend_order="pro_rata")
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    sell(
        **shop.asks(member),
        lines=[goods(40000)],
        tenders=[*shop.in_cash(10000), *shop.in_value(30000)],
    )

    # 100.00 in cash and a third of 300.00, which was principal.
    assert held(member, shop.points) == 200


def test_a_bill_paid_by_bonus_alone_earns_nothing():
    shop = shop_with_points()
    member = shop.member()
    offer = shop.top_up_offer(50000, 100000, spend_order="bonus_first")
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    sale = sell(**shop.asks(member), lines=[goods(40000)], tenders=shop.in_value(40000))

    assert held(member, shop.points) == 0
    assert sale.is_purchase


def test_a_top_up_earns_nothing_itself():
    shop = shop_with_points()
    member = shop.member()

    top_up(**shop.asks(member), offer=None, amount=50000, tenders=shop.in_cash(50000))

    assert held(member, shop.points) == 0


def test_an_anonymous_bill_earns_nothing():
    shop = shop_with_points()

    sale = sell(**shop.asks(), lines=[goods(40000)], tenders=shop.in_cash(40000))

    assert (sale.member, sale.visit, sale.txn_id) == (None, None, None)


def test_the_same_bill_asked_twice_earns_once():
    shop = shop_with_points()
    member = shop.member()
    asked = shop.asks(member, lines=[goods(10000)], tenders=shop.in_cash(10000))

    first = sell(**asked)
    again = sell(**asked)

    assert again == first
    assert held(member, shop.points) == 100


def test_undoing_the_bill_takes_the_points_back():
    shop = shop_with_points()
    member = shop.member()
    sale = sell(**shop.asks(member), lines=[goods(10000)], tenders=shop.in_cash(10000))

    undo(**shop.asks(), txn_id=sale.pk, reason="brought back")

    assert held(member, shop.points) == 0


def test_points_owed_are_settled_by_the_next_bill():
    shop = shop_with_points()
    member = shop.member()
    sale = sell(**shop.asks(member), lines=[goods(10000)], tenders=shop.in_cash(10000))
    spend_points(shop, member, 80)
    undo(**shop.asks(), txn_id=sale.pk, reason="brought back")
    owed = shop.points.debt_asset
    assert (owed.kind, held(member, owed)) == (AssetKind.DEBT, 80)

    sell(**shop.asks(member), lines=[goods(10000)], tenders=shop.in_cash(10000))

    assert (held(member, shop.points), held(member, owed)) == (20, 0)


def spend_points(shop, member, points):
    from ledger.operations.redeem import redeem  # noqa: PLC0415

    redeem(**shop.asks(member), asset=shop.points, quantity=points)


@pytest.mark.parametrize("kind", [LineKind.TOP_UP, LineKind.BUNDLE, LineKind.COIN_PACK])
def test_what_grants_value_is_no_line_among_goods(kind):
    shop = shop_with_points()
    line = Line(kind=kind, description="x", list_value=100, charged_value=100)
    before = written()

    with pytest.raises(NotGoods):
        sell(**shop.asks(shop.member()), lines=[line], tenders=shop.in_cash(100))

    assert written() == before


def test_a_bill_that_does_not_add_up_earns_nothing():
    shop = shop_with_points()
    member = shop.member()
    before = written()

    with pytest.raises(TendersDoNotAddUp):
        sell(**shop.asks(member), lines=[goods(10000)], tenders=shop.in_cash(9900))

    assert written() == before


def test_rounding_the_bill_down_earns_on_what_was_paid():
    shop = shop_with_points()
    member = shop.member()

    sell(**shop.asks(member), lines=[goods(10050)], rounding=-51, tenders=shop.in_cash(9999))

    assert held(member, shop.points) == 99


def test_points_are_rounded_down_once_for_the_whole_bill():
    lines = [Charged(value=150), Charged(value=150)]

    assert points_for_sale(A_YUAN_A_POINT, lines, total=300, money=300) == 3


def test_a_free_bill_earns_nothing():
    assert points_for_sale(A_YUAN_A_POINT, [Charged(value=0)], total=0, money=0) == 0
