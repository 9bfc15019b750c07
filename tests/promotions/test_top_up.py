from datetime import UTC, date, datetime

import pytest

from ledger.models import Contract, Sale
from ledger.operations.refusals import RequestReused
from ledger.operations.reversal import undo
from ledger.operations.sales import TendersDoNotAddUp, ValueBuysNoStoredValue
from promotions.models import PromotionPolicy
from promotions.operations import sell, top_up
from promotions.operations.checks import (
    MemberMayNotTrade,
    OfferNotForMember,
    OfferNotHere,
    OfferNotInUse,
    OfferNotYet,
    OfferOver,
)
from promotions.operations.topups import AmountNotOfOffer, FreeTopUpNotAllowed, OfferTakenBefore
from tests.promotions.shops import (
    goods,
    held,
    lots,
    open_shop,
    put_into,
    tier,
    written,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("bonus", [100000, 10000, 50000])
def test_principal_and_bonus_are_two_lots_of_one_contract(bonus):
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, bonus)

    sale = top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    contract = Contract.objects.get(txn_id=sale.pk)
    assert lots(member, shop.money) == [("paid", 50000, 50000), ("bonus", bonus, 0)]
    assert (contract.paid, contract.bonus, contract.list_value) == (50000, bonus, 50000)
    assert (sale.total, sale.goods_total, sale.is_purchase) == (50000, 0, False)


def test_a_contract_keeps_the_terms_it_was_sold_on():
    shop = open_shop()
    terms = shop.terms(text_en="The bonus is spent last.", version="3")
    offer = shop.top_up_offer(50000, 100000, terms=terms)
    sale = top_up(**shop.asks(shop.member()), offer=offer, tenders=shop.in_cash(50000))

    offer.bonus = 1
    offer.save(update_fields=["bonus"])

    contract = Contract.objects.get(txn_id=sale.pk)
    assert contract.snapshot["bonus"] == 100000
    assert contract.snapshot["terms"]["texts"]["en"] == "The bonus is spent last."
    assert contract.terms_version == "3"
    # Seven days after Wednesday, 6 May: over at four in the morning of the 14th.
    assert contract.cooling_off_ends_at == datetime(2026, 5, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("order", "left"),
    [
        ("principal_first", [20000, 100000]),
        ("bonus_first", [50000, 70000]),
        ("pro_rata", [40000, 80000]),
    ],
)
def test_value_is_spent_in_the_order_of_the_offer(order, left):
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 100000, spend_order=order)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    sell(**shop.asks(member), lines=[goods(30000)], tenders=shop.in_value(30000))

    assert [remaining for _origin, remaining, _cost in lots(member, shop.money)] == left


def test_bonus_ends_at_the_day_cut_after_its_last_day():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 10000, bonus_expires_days=30)

    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    paid, bonus = member.wallets.get(asset=shop.money).lots.order_by("pk")
    assert paid.expires_at is None
    assert bonus.expires_at == datetime(2026, 6, 5, 20, tzinfo=UTC)  # 6 June, 4:00 in Shanghai


def test_the_same_request_tops_up_once():
    shop = open_shop()
    member = shop.member()
    asked = shop.asks(member, offer=shop.top_up_offer(50000, 10000))

    first = top_up(**asked, tenders=shop.in_cash(50000))
    again = top_up(**asked, tenders=shop.in_cash(50000))

    assert again == first
    assert held(member, shop.money) == 60000


def test_a_retry_after_the_offer_has_ended_gets_the_first_answer():
    shop = open_shop()
    offer = shop.top_up_offer(50000, 10000)
    asked = shop.asks(shop.member(), offer=offer)
    first = top_up(**asked, tenders=shop.in_cash(50000))
    offer.is_active = False
    offer.save(update_fields=["is_active"])

    again = top_up(**asked, tenders=shop.in_cash(50000))

    assert again == first


def test_another_request_under_the_same_id_is_refused():
    shop = open_shop()
    member = shop.member()
    asked = shop.asks(member)
    top_up(**asked, offer=shop.top_up_offer(50000, 10000), tenders=shop.in_cash(50000))

    with pytest.raises(RequestReused):
        top_up(**asked, offer=shop.top_up_offer(50000, 50000), tenders=shop.in_cash(50000))

    assert held(member, shop.money) == 60000


def test_any_amount_goes_in_without_a_bonus():
    shop = open_shop()
    member = shop.member()

    top_up(**shop.asks(member), offer=None, amount=12345, tenders=shop.in_cash(12345))

    assert lots(member, shop.money) == [("paid", 12345, 12345)]


def test_a_shop_may_top_up_by_offers_alone():
    shop = open_shop()
    PromotionPolicy.objects.create(entity=shop.store.entity, allows_free_top_up=False)
    before = written()

    with pytest.raises(FreeTopUpNotAllowed):
        top_up(**shop.asks(shop.member()), offer=None, amount=500, tenders=shop.in_cash(500))

    assert written() == before


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"is_active": False}, OfferNotInUse),
        ({"valid_from": date(2026, 5, 7)}, OfferNotYet),
        ({"valid_until": date(2026, 5, 5)}, OfferOver),
        ({"currency": "USD"}, OfferNotHere),
    ],
)
def test_refuses_an_offer_that_is_not_on_sale_and_writes_nothing(terms, refusal):
    shop = open_shop()
    offer = shop.top_up_offer(50000, 10000)
    for name, value in terms.items():
        setattr(offer, name, value)
    offer.save()
    before = written()

    with pytest.raises(refusal):
        top_up(**shop.asks(shop.member()), offer=offer, tenders=shop.in_cash(50000))

    assert written() == before


def test_the_last_day_on_sale_ends_at_the_day_cut():
    shop = open_shop()
    offer = shop.top_up_offer(50000, 10000, valid_until=date(2026, 5, 6))
    last = datetime(2026, 5, 6, 19, 59, tzinfo=UTC)  # 3:59 on the 7th
    member = shop.member()

    top_up(**shop.asks(member, at=last), offer=offer, tenders=shop.in_cash(50000))
    with pytest.raises(OfferOver):
        top_up(
            **shop.asks(member, at=last.replace(hour=20, minute=0)),
            offer=offer,
            tenders=shop.in_cash(50000),
        )

    assert held(member, shop.money) == 60000


def test_refuses_an_offer_of_another_store():
    shop = open_shop()
    offer = shop.top_up_offer(50000, 10000)
    offer.stores.add(shop.branch("north"))

    with pytest.raises(OfferNotHere):
        top_up(**shop.asks(shop.member()), offer=offer, tenders=shop.in_cash(50000))


def test_an_offer_may_be_for_some_tiers():
    shop = open_shop()
    gold = tier("gold", 3)
    offer = shop.top_up_offer(50000, 10000)
    offer.tiers.add(gold)
    member = shop.member()

    with pytest.raises(OfferNotForMember):
        top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    top_up(**shop.asks(put_into(member, gold)), offer=offer, tenders=shop.in_cash(50000))

    assert held(member, shop.money) == 60000


def test_refuses_an_amount_that_is_not_the_offers():
    shop = open_shop()
    before = written()

    with pytest.raises(AmountNotOfOffer) as refused:
        top_up(
            **shop.asks(shop.member()),
            offer=shop.top_up_offer(50000, 10000),
            amount=40000,
            tenders=shop.in_cash(40000),
        )

    assert str(refused.value) == (
        "50000 + 10000 takes CN¥500.00, not CN¥400.00. Take that, or choose another offer."
    )
    assert written() == before


def test_refuses_payments_that_do_not_add_up():
    shop = open_shop()
    member = shop.member()
    before = written()

    with pytest.raises(TendersDoNotAddUp):
        top_up(
            **shop.asks(member),
            offer=shop.top_up_offer(50000, 10000),
            tenders=shop.in_cash(40000),
        )

    assert written() == before


def test_value_never_buys_value():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 100000)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    with pytest.raises(ValueBuysNoStoredValue):
        top_up(**shop.asks(member), offer=offer, tenders=shop.in_value(50000))

    assert held(member, shop.money) == 150000


def test_an_offer_for_once_is_taken_once():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 10000, is_once_per_member=True)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    with pytest.raises(OfferTakenBefore):
        top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    assert held(member, shop.money) == 60000


def test_an_offer_for_once_that_was_undone_may_be_taken_again():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 10000, is_once_per_member=True)
    sale = top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    undo(**shop.asks(), txn_id=sale.pk, reason="wrong member")

    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    assert held(member, shop.money) == 60000
    assert Sale.objects.completed().count() == 1


def test_a_blocked_member_may_not_trade():
    shop = open_shop()
    member = shop.member()
    member.status = "blocked"

    with pytest.raises(MemberMayNotTrade):
        top_up(
            **shop.asks(member),
            offer=None,
            amount=100,
            tenders=shop.in_cash(100),
        )
