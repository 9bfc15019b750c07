"""A minor at the counter: the refusal offers a manager's over-ride, and nothing less passes."""

import pytest

from ledger.models import AgeRule, OverRide
from members.models import User
from members.rules.birthdays import Birthday
from promotions.operations import sell_bundle
from tests.counter.conftest import PASSWORD, Till, now
from tests.promotions.shops import held


@pytest.fixture
def child(shop):
    shop.beer.age_rule = AgeRule.ADULTS
    shop.beer.save(update_fields=["age_rule"])
    child = shop.member(birthday=Birthday(year=now().year - 10, month=1, day=1))
    sell_bundle(**shop.asks(child, at=now()), bundle=shop.beers(), tenders=shop.in_cash(2018))
    return child


def draw(till, child, asset, **typed):
    return till.send("draw_down", child.number, asset=asset.pk, quantity="2", **typed)


def test_the_refusal_offers_the_over_ride(till, shop, child):
    answer = draw(till, child, shop.beer)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'data-code="not_for_minors"' in page
    assert 'name="over_ride_reason"' in page
    assert 'name="approver_password"' in page
    assert held(child, shop.beer) == 101


def test_no_other_refusal_offers_it(till, shop, member):
    answer = draw(till, member, shop.beer)

    assert 'name="over_ride_reason"' not in answer.content.decode()


def test_a_manager_signs_at_the_clerks_desk(till, shop, child, staff):
    boss = staff(User.Role.MANAGER)

    answer = draw(
        till,
        child,
        shop.beer,
        over_ride_reason="birthday is wrong, saw the id card",
        approver=boss.username,
        approver_password=PASSWORD,
    )

    kept = OverRide.objects.get()
    assert answer.status_code == 204
    assert (kept.asked_by, kept.approved_by) == (shop.clerk, boss)
    assert held(child, shop.beer) == 99


def test_a_manager_at_the_desk_gives_a_reason_only(client, shop, child, staff):
    boss = staff(User.Role.MANAGER)
    client.force_login(boss)

    answer = draw(Till(client), child, shop.beer, over_ride_reason="saw the id card")

    assert answer.status_code == 204
    assert OverRide.objects.get().approved_by == boss


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_draws_nothing_and_asks_again(till, shop, child, staff, password):
    boss = staff(User.Role.MANAGER)

    answer = draw(
        till,
        child,
        shop.beer,
        over_ride_reason="please",
        approver=boss.username,
        approver_password=password,
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'data-code="approval_refused"' in page
    assert 'name="approver_password"' in page
    assert (held(child, shop.beer), OverRide.objects.count()) == (101, 0)


def test_a_clerk_does_not_let_a_clerk(till, shop, child, staff):
    other = staff(User.Role.CLERK)

    answer = draw(
        till,
        child,
        shop.beer,
        over_ride_reason="please",
        approver=other.username,
        approver_password=PASSWORD,
    )

    assert 'data-code="approver_may_not"' in answer.content.decode()
    assert (held(child, shop.beer), OverRide.objects.count()) == (101, 0)
