"""What the clock starts exists, runs twice without harm, and reaches a worker without a broker."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from celery.schedules import crontab, schedule

from config.celery import app
from config.schedule import beat_schedule
from ledger.models import DirtyMember, Lot, MemberFacts, Txn
from ledger.operations.visits import check_in
from ledger.tasks import refresh_rollups, sweep_expired_lots
from promotions.tasks import grant_entitlements, review_tiers
from tests.ledger.holding import give, member_holding, open_shop
from tests.promotions.test_services import Menswear

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)


def test_every_task_of_the_clock_exists():
    app.loader.import_default_modules()

    named = {entry["task"] for entry in beat_schedule.values()}

    assert named <= set(app.tasks)
    assert named >= {
        "config.heartbeat.beat",
        "ledger.tasks.sweep_expired_lots",
        "ledger.tasks.refresh_rollups",
        "promotions.tasks.grant_entitlements",
        "promotions.tasks.review_tiers",
    }


def test_what_was_missed_is_made_up_for_within_the_hour_or_the_day():
    for name, entry in beat_schedule.items():
        every = entry["schedule"]
        assert isinstance(every, float | schedule | crontab), name
        if isinstance(every, float):
            assert every <= 3600, name


def test_expired_lots_are_booked_once():
    shop = open_shop()
    member = member_holding(shop, beer=3)
    give(shop, member, shop.beer, 5, at=LONG_AGO, expires_at=LONG_AGO + timedelta(days=30))

    first = sweep_expired_lots()
    written = Txn.objects.count()
    second = sweep_expired_lots()

    assert (first, second) == (1, 0)
    assert Txn.objects.count() == written
    assert list(Lot.objects.order_by("pk").values_list("remaining", flat=True)) == [3, 0]


def test_rollups_are_refreshed_once():
    shop = open_shop()
    member = shop.member()
    check_in(request_id=uuid4(), member=member, store=shop.store, at=LONG_AGO, by=None)

    first = refresh_rollups()
    facts = MemberFacts.objects.get(member=member)
    second = refresh_rollups()

    assert (first, second) == (1, 0)
    assert MemberFacts.objects.get(member=member).refreshed_at == facts.refreshed_at
    assert not DirtyMember.objects.exists()


def test_the_months_grant_and_the_review_change_nothing_the_second_time():
    Menswear().member("gold")
    grant_entitlements()
    review_tiers()
    written = Txn.objects.count(), Lot.objects.count()

    assert grant_entitlements() == 0
    review_tiers()

    assert (Txn.objects.count(), Lot.objects.count()) == written
