import pytest

from ledger.operations.adjust import adjust
from ledger.operations.refusals import NotEnough, RequestReused
from promotions.models import Exchange, Reward
from promotions.operations import exchange, undo
from promotions.operations.checks import OfferNotInUse
from tests.promotions.shops import held, open_shop, written

pytestmark = pytest.mark.django_db


def member_with_points(shop, points):
    member = shop.member()
    adjust(**shop.asks(member), asset=shop.points, amount=points, reason="start")
    return member


def bib(shop, **terms):
    return Reward.objects.create(
        code="bib",
        name="Bib",
        entity=shop.store.entity,
        currency="CNY",
        asset=shop.points,
        cost_points=200,
        list_value=1990,
        **terms,
    )


def test_points_buy_a_reward():
    shop = open_shop()
    member = member_with_points(shop, 500)

    done = exchange(**shop.asks(member), reward=bib(shop), quantity=2)

    assert held(member, shop.points) == 100
    assert (done.points, done.quantity, done.visit.member) == (400, 2, member)


def test_the_same_exchange_asked_twice_is_one():
    shop = open_shop()
    member = member_with_points(shop, 500)
    asked = shop.asks(member, reward=bib(shop))

    assert exchange(**asked) == exchange(**asked)

    assert held(member, shop.points) == 300
    with pytest.raises(RequestReused):
        exchange(**asked, quantity=2)


def test_refuses_more_points_than_there_are():
    shop = open_shop()
    member = member_with_points(shop, 199)

    with pytest.raises(NotEnough):
        exchange(**shop.asks(member), reward=bib(shop))

    assert (held(member, shop.points), Exchange.objects.count()) == (199, 0)


def test_refuses_a_reward_that_is_off_the_list():
    shop = open_shop()
    member = member_with_points(shop, 500)
    before = written()

    with pytest.raises(OfferNotInUse):
        exchange(**shop.asks(member), reward=bib(shop, is_active=False))

    assert written() == before


def test_an_exchange_is_undone():
    shop = open_shop()
    member = member_with_points(shop, 500)
    done = exchange(**shop.asks(member), reward=bib(shop))

    undo(**shop.asks(), txn_id=done.pk, reason="out of stock")

    assert held(member, shop.points) == 500
