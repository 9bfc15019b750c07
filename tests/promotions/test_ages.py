"""Minors: no beer, and coins on statutory holidays only, unless a manager answers for it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from common.calendars import HolidayCalendarMissing
from ledger.models import AgeRule, Movement, OverRide, Sale
from ledger.operations.overrides import OverRideNotAllowed, Permission
from ledger.operations.refusals import NotEnough, ReasonMissing
from members.models import CalendarDay, User
from members.rules.birthdays import Birthday
from promotions.operations import dispense_coins, draw_down, sell_coins
from promotions.operations.ages import NotForMinors, NotForMinorsToday
from tests.promotions.shops import open_shop

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SUNDAY = datetime(2026, 5, 10, 4, tzinfo=UTC)  # noon in Shanghai; a weekend, no holiday
LABOUR_DAY = datetime(2026, 5, 1, 4, tzinfo=UTC)
UNKNOWN_YEAR = datetime(2031, 5, 1, 4, tzinfo=UTC)


@pytest.fixture
def shop():
    shop = open_shop()
    shop.beer.age_rule, shop.coins.age_rule = AgeRule.ADULTS, AgeRule.HOLIDAYS
    shop.beer.save(update_fields=["age_rule"])
    shop.coins.save(update_fields=["age_rule"])
    return shop


def born(shop, year, month=5, day=11):
    return shop.member(birthday=Birthday(year=year, month=month, day=day))


def manager_of(shop, role=User.Role.MANAGER):
    manager = User.objects.create(username="boss", role=role)
    manager.stores.add(shop.store)
    return manager


def buy_coins(shop, member, at, **given):
    asked = shop.asks(member) | {"at": at} | given
    return sell_coins(**asked, pack=shop.coin_pack(10000, 100, 0), tenders=shop.in_cash(10000))


def test_no_beer_the_day_before_the_eighteenth_birthday(shop):
    member = born(shop, 2008)

    with pytest.raises(NotForMinors, match="by the birthday on file this member is 17"):
        draw_down(**shop.asks(member) | {"at": SUNDAY}, asset=shop.beer, quantity=1)

    assert not Movement.objects.exists()


def test_an_adult_by_a_day_meets_no_guard_but_the_balance(shop):
    member = born(shop, 2008, day=10)

    with pytest.raises(NotEnough):
        draw_down(**shop.asks(member) | {"at": SUNDAY}, asset=shop.beer, quantity=1)


def test_a_weekend_is_no_statutory_holiday(shop):
    with pytest.raises(NotForMinorsToday):
        buy_coins(shop, born(shop, 2012), SUNDAY)

    assert not Sale.objects.exists()


def test_minors_may_play_on_a_statutory_holiday(shop):
    member = born(shop, 2012)
    buy_coins(shop, member, LABOUR_DAY)

    dispense_coins(**shop.asks(member) | {"at": LABOUR_DAY}, asset=shop.coins, coins=20)

    assert Movement.objects.filter(amount=-20).count() == 1


def test_a_year_nobody_knows_refuses_and_says_so(shop):
    with pytest.raises(HolidayCalendarMissing, match="The holidays of China in 2031"):
        buy_coins(shop, born(shop, 2018), UNKNOWN_YEAR)

    assert not Sale.objects.exists()


def test_the_owner_adds_a_year(shop):
    CalendarDay.objects.create(country="CN", day=UNKNOWN_YEAR.date(), is_rest_day=True)

    buy_coins(shop, born(shop, 2018), UNKNOWN_YEAR)

    assert Sale.objects.count() == 1


def test_a_member_of_unknown_age_passes(shop):
    buy_coins(shop, shop.member(), SUNDAY)

    assert Sale.objects.count() == 1


def test_a_manager_over_rides_on_the_record(shop):
    member, boss = born(shop, 2012), manager_of(shop)
    allowed = Permission(approved_by=boss, reason="with both parents")

    sale = buy_coins(shop, member, SUNDAY, permission=allowed)

    kept = OverRide.objects.get()
    assert (kept.request_id, kept.rule, kept.approved_by) == (
        sale.pk,
        "not_for_minors_today",
        boss,
    )
    assert (kept.member, kept.reason) == (member, "with both parents")


def test_a_retry_finds_the_first_answer_and_keeps_one_over_ride(shop):
    member, request_id = born(shop, 2012), uuid4()
    allowed = Permission(approved_by=manager_of(shop), reason="with both parents")
    pack = shop.coin_pack(10000, 100, 0)
    asked = shop.asks(member, request_id=request_id) | {"at": SUNDAY, "pack": pack}
    first = sell_coins(**asked, tenders=shop.in_cash(10000), permission=allowed)

    again = sell_coins(**asked, tenders=shop.in_cash(10000))

    assert (again, OverRide.objects.count()) == (first, 1)


def test_a_retry_of_coins_handed_out_needs_no_second_over_ride(shop):
    """Failed without ``was_posted`` in ``check_age``."""
    member = born(shop, 2012)
    buy_coins(shop, member, LABOUR_DAY)
    allowed = Permission(approved_by=manager_of(shop), reason="with both parents")
    asked = shop.asks(member) | {"at": SUNDAY, "asset": shop.coins, "coins": 20}
    first = dispense_coins(**asked, permission=allowed)

    again = dispense_coins(**asked)

    assert (again.txn_id, OverRide.objects.count()) == (first.txn_id, 1)
    assert Movement.objects.filter(amount=-20).count() == 1


@pytest.mark.parametrize(
    ("role", "reason", "refusal"),
    [
        (User.Role.CLERK, "parents", OverRideNotAllowed),
        (User.Role.AUDITOR, "parents", OverRideNotAllowed),
        (User.Role.MANAGER, " ", ReasonMissing),
    ],
)
def test_an_over_ride_takes_a_manager_and_a_reason(shop, role, reason, refusal):
    allowed = Permission(approved_by=manager_of(shop, role), reason=reason)

    with pytest.raises(refusal):
        buy_coins(shop, born(shop, 2012), SUNDAY, permission=allowed)

    assert not OverRide.objects.exists()
    assert not Sale.objects.exists()


def test_a_manager_of_another_store_may_not_over_ride(shop):
    boss = User.objects.create(username="elsewhere", role=User.Role.MANAGER)
    boss.stores.add(shop.branch("far"))

    with pytest.raises(OverRideNotAllowed):
        buy_coins(
            shop, born(shop, 2012), SUNDAY, permission=Permission(approved_by=boss, reason="ok")
        )

    assert not OverRide.objects.exists()
