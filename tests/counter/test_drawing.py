"""Units drawn down, points exchanged, check-ins: in one step, once, and never too much."""

from uuid import uuid4

import pytest

from ledger.models import Visit
from promotions.models import Exchange, Reward
from promotions.operations import sell, sell_bundle
from tests.counter.conftest import now
from tests.promotions.shops import goods, held, written

pytestmark = pytest.mark.slow


@pytest.fixture
def beers(shop, member):
    sell_bundle(**shop.asks(member, at=now()), bundle=shop.beers(), tenders=shop.in_cash(2018))
    return shop.beer


def test_draws_the_number_typed(till, member, beers):
    answer = till.send("draw_down", member.number, asset=beers.pk, quantity="5")

    assert answer.status_code == 204
    assert held(member, beers) == 96


def test_a_quick_button_wins_over_the_number_typed(till, member, beers):
    till.send("draw_down", member.number, asset=beers.pk, quantity="1", quick="3")

    assert held(member, beers) == 98


def test_a_second_enter_draws_nothing_twice(till, member, beers):
    entry = uuid4()

    till.send("draw_down", member.number, entry=entry, asset=beers.pk, quantity="5")
    till.send("draw_down", member.number, entry=entry, asset=beers.pk, quantity="5")

    assert held(member, beers) == 96


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        ("102", "102 asked, but only 101 can be used here today."),
        ("0", "must be greater than zero"),
        ("-3", "must be greater than zero"),
        ("1.5", "1.5 is not a whole number."),
        ("", "Write the amount."),
        ("9" * 30, "is not a whole number"),
    ],
)
def test_a_refused_draw_says_why_and_writes_nothing(till, member, beers, quantity, sentence):
    before = written()

    answer = till.send("draw_down", member.number, asset=beers.pk, quantity=quantity)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert held(member, beers) == 101
    assert written()[0] == before[0]


def test_nothing_is_drawn_of_what_was_not_chosen(till, member, beers):
    answer = till.send("draw_down", member.number, quantity="1")

    assert "Choose one of the list first." in answer.content.decode()


def test_a_replaced_id_lets_the_next_try_succeed(till, member, beers):
    entry = uuid4()
    till.send("draw_down", member.number, entry=entry, asset=beers.pk, quantity="102")

    again = till.send("draw_down", member.number, entry=entry, asset=beers.pk, quantity="102")
    fresh = till.send("draw_down", member.number, asset=beers.pk, quantity="2")

    assert (again.status_code, fresh.status_code) == (422, 204)
    assert held(member, beers) == 99


def test_checks_in_once_a_day_however_often_it_is_pressed(till, shop, member):
    first = till.send("check_in", member.number)
    second = till.client.post(f"/counter/members/{member.number}/check-in/", follow=True)
    third = till.send("check_in", member.number)

    assert (first.status_code, third.status_code) == (204, 204)
    assert "The request carries no valid id." in second.content.decode()
    assert Visit.objects.count() == 1
    page = till.open("member", member.number).content.decode()
    assert "Already here today: came at" in page


def test_exchanges_points_for_a_reward(till, shop, member):
    shop.points_rule()
    sell(**shop.asks(member, at=now()), lines=[goods(50000)], tenders=shop.in_cash(50000))
    reward = Reward.objects.create(
        code="flask",
        name="Flask",
        entity=shop.store.entity,
        currency="CNY",
        asset=shop.points,
        cost_points=200,
    )

    done = till.send("exchange", member.number, reward=reward.pk, quantity="2")
    refused = till.send("exchange", member.number, reward=reward.pk, quantity="1")

    assert (done.status_code, refused.status_code) == (204, 422)
    assert "200 asked, but only 100 can be used here today." in refused.content.decode()
    assert held(member, shop.points) == 100
    assert Exchange.objects.get().quantity == 2


def test_the_panel_says_what_can_be_used_here_today(till, shop, member, beers):
    page = " ".join(till.panel("draw_down", member.number).content.decode().split())

    assert "101 of 101 usable here today" in page
