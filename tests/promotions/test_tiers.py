from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from ledger.operations.rollups import refresh_members
from members.models import Member, TierHolding
from members.operations import set_tier
from promotions.operations import review_tiers, sell, undo
from promotions.rules.tiers import Verdict
from tests.promotions.shops import NOON, WORKDAY, goods, open_shop, put_into, tier

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    shop = open_shop()
    shop.regular = tier("regular", 1)
    shop.silver = tier("silver", 2, min_spend=100000, min_visits=10)
    shop.gold = tier("gold", 3, min_spend=500000, min_points=4000)
    return shop


def buys(shop, member, amount, at=WORKDAY):
    sale = sell(**shop.asks(member, at=at), lines=[goods(amount)], tenders=shop.in_cash(amount))
    refresh_members(at=at, limit=10)
    return sale


def tier_of(member):
    found = Member.objects.select_related("tier").get(pk=member.pk)
    return found.tier.code if found.tier else None


def test_everybody_has_the_lowest_tier_that_asks_for_nothing(shop):
    member = shop.member()

    verdicts = review_tiers(at=WORKDAY)

    assert (tier_of(member), verdicts) == ("regular", Counter({Verdict.RAISE: 1}))


def test_spend_lifts_a_member_at_once_and_says_why(shop):
    member = shop.member()
    buys(shop, member, 100000)

    review_tiers(at=WORKDAY + HOUR)

    holding = TierHolding.objects.get(member=member)
    assert (holding.tier, holding.source, holding.since) == (
        shop.silver,
        "earned",
        WORKDAY + HOUR,
    )
    assert holding.inputs["windows"] == {"12": {"spend": 100000, "visits": 1, "points": 0}}
    assert holding.inputs["reached"]["min_spend"] == 100000


def test_visits_lift_a_member(shop):
    member = shop.member()
    for day in range(10):
        buys(shop, member, 100, at=WORKDAY + day * DAY)

    review_tiers(at=WORKDAY + 10 * DAY)

    assert tier_of(member) == "silver"


def test_points_lift_a_member_and_points_taken_back_do_not(shop):
    shop.points_rule(points=10)
    member, other = shop.member(), shop.member()
    buys(shop, member, 40000)
    sale = buys(shop, other, 40000)
    undo(**shop.asks(at=WORKDAY + HOUR), txn_id=sale.pk, reason="brought back")

    review_tiers(at=WORKDAY + 2 * HOUR)

    assert (tier_of(member), tier_of(other)) == ("gold", "regular")


def test_reviewing_again_changes_nothing(shop):
    member = shop.member()
    buys(shop, member, 100000)
    review_tiers(at=WORKDAY + HOUR)

    verdicts = review_tiers(at=WORKDAY + 2 * HOUR)

    assert verdicts == Counter({Verdict.KEEP: 1})
    assert TierHolding.objects.filter(member=member).count() == 1


def test_spend_outside_the_window_does_not_count(shop):
    member = shop.member()
    buys(shop, member, 100000)

    review_tiers(at=datetime(2027, 5, 6, 4, tzinfo=UTC))

    assert tier_of(member) == "regular"


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2027, 5, 5, 4, tzinfo=UTC), "silver"),  # before the review
        (datetime(2027, 6, 4, 4, tzinfo=UTC), "silver"),  # in grace
        (datetime(2027, 6, 5, 4, tzinfo=UTC), "regular"),  # grace is over
    ],
)
def test_a_tier_not_reached_any_more_goes_after_review_and_grace(shop, at, expected):
    member = shop.member()
    buys(shop, member, 100000)
    review_tiers(at=WORKDAY)

    review_tiers(at=at)

    assert tier_of(member) == expected


def test_a_tier_still_reached_begins_anew(shop):
    member = shop.member()
    buys(shop, member, 100000)
    review_tiers(at=WORKDAY)
    buys(shop, member, 100000, at=WORKDAY + 300 * DAY)
    review_day = datetime(2027, 5, 6, 4, tzinfo=UTC)

    verdicts = review_tiers(at=review_day)

    assert verdicts == Counter({Verdict.RENEW: 1})
    held = TierHolding.objects.filter(member=member).order_by("since")
    assert [(one.tier.code, one.until) for one in held] == [
        ("silver", review_day),
        ("silver", None),
    ]


def test_a_tier_that_was_given_stays_unless_a_better_one_is_earned(shop):
    given, better = put_into(shop.member(), shop.silver), put_into(shop.member(), shop.silver)
    buys(shop, better, 500000)

    review_tiers(at=WORKDAY + 800 * DAY)
    assert (tier_of(given), tier_of(better)) == ("silver", "silver")
    buys(shop, better, 500000, at=WORKDAY + 801 * DAY)
    review_tiers(at=WORKDAY + 802 * DAY)

    assert (tier_of(given), tier_of(better)) == ("silver", "gold")


def test_a_tier_that_ran_out_gives_way_to_what_is_earned(shop):
    member = shop.member()
    set_tier(
        member=member, tier=shop.gold, source="bought", at=NOON, by=None, until=NOON + 30 * DAY
    )

    review_tiers(at=NOON + 29 * DAY)
    assert tier_of(member) == "gold"
    review_tiers(at=NOON + 30 * DAY)

    assert tier_of(member) == "regular"


def test_only_the_members_asked_for_are_reviewed(shop):
    asked, other = shop.member(), shop.member()

    review_tiers(at=WORKDAY, member_ids=[asked.pk])

    assert (tier_of(asked), tier_of(other)) == ("regular", None)


def test_without_tiers_nothing_happens():
    shop = open_shop()
    shop.member()

    assert review_tiers(at=WORKDAY) == Counter()
