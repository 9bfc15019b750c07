"""The demo tells what a shop does beside selling; a seed repeats each story."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import transaction

from ledger.models import (
    ContractEvent,
    DayClose,
    Hold,
    Merge,
    OverRide,
    Refund,
    Sale,
    Txn,
)
from ledger.queries.audit import differences
from promotions.demo.loading import load
from promotions.demo.shops import open_shops
from promotions.demo.stories import tell
from reports.queries.risks import watched
from reports.queries.scope import whole_scope

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

NOW = datetime(2026, 6, 17, 4, tzinfo=UTC)
LAST = NOW.date() - timedelta(days=1)


def told(seed=7):
    """The stories in shops that have no other members."""
    world = open_shops(LAST - timedelta(days=60), LAST)
    tell(world, Random(seed), at=NOW)
    rows = Txn.objects.order_by("number").values_list("pk", "kind", "occurred_at")
    return list(rows)


def test_each_story_is_on_record_and_the_books_agree():
    told()

    refund, close = Refund.objects.get(), DayClose.objects.get()
    assert (refund.cause, refund.refund + refund.interest) == (
        "member",
        refund.payouts.get().amount,
    )
    assert refund.refund == 50000 - 22400
    assert (OverRide.objects.get().rule, ContractEvent.objects.get(kind="paused").reason[:4]) == (
        "not_for_minors_today",
        "出国三周",
    )
    assert (close.business_date, close.difference) == (LAST, -1000)
    assert sorted(Hold.objects.values_list("captured", flat=True), key=str) == [26800, None]
    assert Sale.objects.filter(total=26800, is_purchase=True).count() == 1
    assert Merge.objects.get().has_txn
    found = watched(whole_scope(), start=LAST - timedelta(days=14), end=LAST)
    assert [one.watch.code for one in found if one.incidents] == ["at_night"]
    assert differences() == []


def test_a_seed_repeats_the_very_stories():
    before = transaction.savepoint()
    first = told()
    transaction.savepoint_rollback(before)

    assert told() == first
    assert len(first) > 10


def test_a_year_nobody_has_announced_yet_makes_a_demo_as_well():
    """China announces its holidays late: the demo's owner has entered what is known."""
    at = datetime(2057, 2, 20, 4, tzinfo=UTC)

    load(members=60, months=3, seed=5, at=at, progress=lambda *_: None)

    assert Txn.objects.filter(
        kind="redeem", occurred_at__year=2057, movements__wallet__asset__code="ride"
    ).exists()
    assert differences() == []
