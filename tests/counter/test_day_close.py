"""The end of the day at the counter: clerks count their till, managers close the store."""

import pytest
from django.urls import reverse

from ledger.models import DayClose, TillCount
from members.operations import create_till
from promotions.operations import sell
from tests.counter.conftest import Till, now
from tests.promotions.shops import goods

pytestmark = pytest.mark.slow


@pytest.fixture
def front(shop):
    return create_till(store=shop.store, code="1", name="Front")


@pytest.fixture
def manager(client, staff):
    client.force_login(staff("manager"))
    return Till(client)


def sold(shop, till, amount=1000):
    lines, paid = [goods(amount)], shop.in_cash(amount)
    return sell(**shop.asks(lines=lines, tenders=paid, till=till, at=now()))


def typed(till, counted, **more):
    return {f"counted-{till.pk}": counted, f"opening-{till.pk}": "0"} | {
        f"{name}-{till.pk}": text for name, text in more.items()
    }


def test_a_clerk_sees_the_own_till_alone(till, shop, front):
    other = create_till(store=shop.store, code="2", name="Back")
    sold(shop, front, 1234)
    sold(shop, other, 4321)
    till.client.post(reverse("counter:choose"), {"to": shop.store.code, "to_till": str(front.pk)})

    page = till.open("day").content.decode()

    assert "12.34" in page
    assert "43.21" not in page
    assert reverse("counter:close_day") not in page


@pytest.mark.parametrize(
    ("language", "heading"), [("en", "Till 2 · "), ("zh-hans", "2 号收银台 · ")]
)
def test_a_till_without_a_name_is_called_by_its_number_and_store(till, shop, language, heading):
    create_till(store=shop.store, code="2", name="")
    shop.clerk.language = language
    shop.clerk.save(update_fields=["language"])

    page = " ".join(till.open("day").content.decode().split())

    assert heading + shop.store.name in page
    assert heading + str(shop.clerk) in page


def test_a_clerks_count_is_what_the_manager_begins_with(till, shop, front, staff, client):
    sold(shop, front)
    answer = till.send("count_till", **typed(front, "9.90", note="Ten short"))
    assert answer.status_code == 302
    assert TillCount.objects.get().counted == 990

    client.force_login(staff("manager"))
    page = Till(client).open("day").content.decode()

    assert 'value="9.90"' in page
    assert "Ten short" in page
    assert "Difference as it was counted" in page
    assert "−¥0.10" in page


def test_notes_and_coins_are_added_up(till, shop, front):
    sold(shop, front, 10250)

    till.send("count_till", **{f"d-{front.pk}-10000": "1", f"d-{front.pk}-50": "5"})

    kept = TillCount.objects.get()
    assert (kept.counted, kept.denominations) == (10250, {"10000": 1, "50": 5})


def test_a_manager_closes_the_day_and_prints_it(manager, shop, front):
    sold(shop, front)

    answer = manager.send("close_day", **typed(front, "10", seen="1000"))

    close = DayClose.objects.get()
    assert answer.headers["Location"] == reverse("counter:day_closed", args=[close.pk])
    paper = manager.client.get(answer.headers["Location"]).content.decode()
    assert "Day close of" in paper
    assert "10.00" in paper
    again = manager.open("day").content.decode()
    assert "Today is closed" in again
    assert answer.headers["Location"] in again


def test_a_difference_without_a_note_is_refused_and_closes_nothing(manager, shop, front):
    sold(shop, front)

    answer = manager.send("close_day", **typed(front, "9", seen="1000"))

    assert answer.status_code == 422
    assert "difference_unexplained" in answer.content.decode()
    assert not DayClose.objects.exists()


def test_what_came_in_since_the_page_was_shown_is_seen_first(manager, shop, front):
    sold(shop, front)

    answer = manager.send("close_day", **typed(front, "10", seen="500", note="five over"))

    assert "figures_moved" in answer.content.decode()
    assert not DayClose.objects.exists()


def test_a_clerk_closes_no_store(till, shop, front):
    assert till.send("close_day", **typed(front, "0")).status_code == 403
    assert not DayClose.objects.exists()
