"""Pages on prepaid value: what they say, to whom, and of which stores."""

from datetime import date

import pytest
from django.urls import reverse

from members.models import User
from tests.ledger.holding import open_shop
from tests.members.factories import UserFactory
from tests.reports.selling import draw, sell_top_up, sell_units

PAGES = ("bundles", "stored_value", "top_ups")
DAY = date(2026, 3, 2)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def text(client, name, role=User.Role.OWNER, stores=(), **asked):
    client.force_login(UserFactory(role=role, stores=list(stores), language="en"))
    answer = client.get(reverse(f"reports:{name}"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("role", [User.Role.MANAGER, User.Role.OWNER, User.Role.AUDITOR])
def test_readers_open_every_page_of_an_empty_shop(client, shop, name, role):
    assert "empty-title" in text(client, name, role, [shop.store])


@pytest.mark.parametrize("name", PAGES)
def test_clerks_and_strangers_do_not_get_in(client, shop, name):
    address = reverse(f"reports:{name}")

    stranger = client.get(address)
    client.force_login(UserFactory(role=User.Role.CLERK, stores=[shop.store]))
    clerk = client.get(address)

    assert (stranger.status_code, clerk.status_code) == (302, 403)


def test_stored_value_shows_principal_and_bonus_apart(client, shop):
    sell_top_up(shop, shop.member(), DAY, paid=50000, bonus=100000)

    shown = text(client, "stored_value", as_of="2026-03-31")

    assert "¥500.00" in shown
    assert "¥1,000.00" in shown
    assert "¥1,500.00" not in shown


def test_the_overview_shows_them_too(client, shop):
    sell_top_up(shop, shop.member(), DAY, paid=50000, bonus=100000)

    shown = text(client, "home", as_of="2026-03-31")

    assert "¥500.00" in shown
    assert "¥1,000.00" in shown


def test_a_manager_sees_what_their_own_stores_owe(client, shop):
    other = open_shop("other")
    sell_top_up(shop, shop.member(), DAY, paid=50000, bonus=100)
    sell_top_up(other, other.member(), DAY, paid=77700, bonus=100)

    shown = text(client, "stored_value", User.Role.MANAGER, [shop.store], as_of="2026-03-31")

    assert "¥500.00" in shown
    assert "¥777.00" not in shown
    assert "¥1,277.00" not in shown


def test_bundles_show_units_and_rates(client, shop):
    member = shop.member()
    sell_units(shop, member, DAY, code="beer", count=101, price=2018, last_day=date(2026, 4, 30))
    draw(shop, member, DAY, 60)

    shown = text(client, "bundles", as_of="2026-04-30")

    assert "59.4%" in shown
    assert "40.6%" in shown
    assert "60 of 101 = 59.4%" in shown


def test_top_ups_show_what_became_of_the_members(client, shop):
    member = shop.member()
    sell_top_up(shop, member, DAY, paid=50000, bonus=100000)
    draw(shop, member, DAY, 150000, shop.money)

    shown = text(client, "top_ups", as_of="2026-12-31")

    assert "0 of 1 = 0.0%" in shown


@pytest.mark.parametrize("name", PAGES)
def test_pages_cost_the_same_however_many_members(
    client, shop, name, django_assert_max_num_queries
):
    for _number in range(5):
        member = shop.member()
        sell_top_up(shop, member, DAY)
        sell_units(shop, member, DAY, code="beer", count=101, price=2018)
    client.force_login(UserFactory(role=User.Role.OWNER))

    with django_assert_max_num_queries(20):
        answer = client.get(reverse(f"reports:{name}"), {"as_of": "2026-12-31"})

    assert answer.status_code == 200
