"""Nobody types their way through the list of members."""

import logging
from datetime import timedelta

import pytest
from django.urls import reverse

from common.rates import RateThrottle


@pytest.fixture
def clock(monkeypatch, settings):
    """Seconds that the test lets go by; three searches a minute and five an hour are allowed."""
    settings.SEARCH_RATES = ["3/min", "5/hour"]
    now = [1_000_000.0]
    monkeypatch.setattr(RateThrottle, "timer", lambda _self: now[0])

    def wait(span: timedelta) -> None:
        now[0] += span.total_seconds()

    return wait


def found(till, name="find", *args, box="q"):
    return "王小明" in till.panel(name, *args, **{box: "8000"}).text


def test_more_searches_than_serving_takes_are_refused(till, member, clock, caplog):
    assert [found(till) for _ in range(3)] == [True] * 3
    clock(timedelta(seconds=20))

    with caplog.at_level(logging.WARNING, "common.rates"):
        refused = till.panel("find", q="8000")

    assert refused.status_code == 422
    assert "Wait 40 s" in refused.text
    assert "王小明" not in refused.text
    assert "more often than 3/min" in caplog.text


def test_every_box_counts(till, shop, member, clock):
    buyer = shop.member(name="买家")
    assert found(till)
    assert found(till, "home")
    assert found(till, "find_payer", buyer.number, box="payer")

    assert not found(till)
    assert not found(till, "home")
    assert not found(till, "find_payer", buyer.number, box="payer")


def test_the_hour_is_counted_too(till, member, clock):
    for _ in range(5):
        assert found(till)
        clock(timedelta(minutes=2))

    assert not found(till)

    clock(timedelta(hours=1))
    assert found(till)


def test_one_person_does_not_stop_another(till, member, staff, clock):
    for _ in range(4):
        found(till)
    till.client.force_login(staff("clerk"))

    assert found(till)


def test_an_empty_box_is_no_search(till, member, clock):
    for _ in range(5):
        till.panel("find", q=" ")

    assert found(till)


def test_the_search_of_the_admin_counts_with_them(till, member, staff, clock):
    client = till.client
    client.force_login(staff("manager"))
    url = reverse("admin:members_member_changelist")
    for _ in range(3):
        assert "王小明" in client.get(url, {"q": "8000"}).text

    page = client.get(url, {"q": "8000"}, headers={"accept-language": "en"})

    assert "王小明" not in page.text
    assert "searched more often" in page.text
    assert not found(till)
