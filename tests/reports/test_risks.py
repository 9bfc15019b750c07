"""The watch over staff: each pattern is found once it is there, and not before."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from ledger.models import Contra, LotOrigin, OverRide, TxnKind
from ledger.operations.adjust import SecondPersonNeeded, adjust
from ledger.operations.posting import grant, take
from ledger.operations.reversal import undo
from members.models import User
from promotions.operations import sell, top_up
from reports.queries.risks import watched
from reports.queries.scope import whole_scope
from tests.ledger.holding import DAY, NOON, give, member_holding, open_shop, sell_beers, spend
from tests.ledger.holding import top_up as bare_top_up
from tests.members.factories import UserFactory
from tests.promotions import shops

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
TODAY = NOON.date()
NIGHT = NOON - 17 * timedelta(hours=1) + 20 * MINUTE  # 03:20 in Shanghai


@pytest.fixture
def shop():
    return open_shop()


def found(start=TODAY - 9 * DAY, end=TODAY + 9 * DAY):
    """How many incidents each watch that found any has."""
    return {
        one.watch.code: len(one.incidents)
        for one in watched(whole_scope(), start=start, end=end)
        if one.incidents
    }


def adjusted(shop, member, asset, amount, **given):
    told = {"at": NOON, "by": shop.clerk, "reason": "counted anew"} | given
    return adjust(
        request_id=uuid4(), member=member, asset=asset, amount=amount, store=shop.store, **told
    )


def test_a_quiet_day_shows_nothing(shop):
    member = member_holding(shop, money=10000, beer=9)
    spend(shop, member, shop.beer, 1)
    adjusted(shop, member, shop.money, 100)

    assert found() == {}


def test_points_spent_before_the_sale_is_taken_back(shop):
    member, sale = shop.member(), uuid4()
    earned = grant(
        member=member,
        asset=shop.points,
        amount=50,
        origin=LotOrigin.EARNED,
        contra=Contra.PROMOTION,
    )
    shop.post(earned, id=sale, kind=TxnKind.SALE, member=member).or_raise()
    spend(shop, member, shop.points, 40, at=NOON + MINUTE, kind=TxnKind.EXCHANGE)
    undo(
        request_id=uuid4(),
        txn_id=sale,
        store=shop.store,
        at=NOON + 2 * MINUTE,
        by=shop.clerk,
        reason="wrong",
    )

    (incident,) = next(
        one.incidents
        for one in watched(whole_scope(), start=NOON.date(), end=NOON.date())
        if one.watch.code == "points_then_refund"
    )

    assert (incident.amount, incident.txn_id, incident.member) == (40, sale, member)


def test_a_top_up_that_no_payment_matches(shop):
    bare_top_up(shop, shop.member(), paid=10000, bonus=0)

    assert found() == {"top_up_without_money": 1}


def test_one_payment_reference_on_two_bills():
    shop = shops.open_shop()
    shop.cash.needs_reference = True
    for _ in range(2):
        asked = shop.asks(shop.member(), at=NOON)
        paid = [shops.Tender(tender=shop.cash, amount=100, reference="W-1")]
        sell(**asked, lines=[shops.goods(100)], tenders=paid)

    assert found() == {"reference_used_twice": 2}


def test_a_paid_top_up_is_no_incident():
    shop = shops.open_shop()
    top_up(**shop.asks(shop.member(), at=NOON), offer=None, amount=500, tenders=shop.in_cash(500))

    assert found() == {}


def test_staff_who_serve_themselves(shop):
    member = member_holding(shop, beer=9)
    User.objects.filter(pk=shop.clerk.pk).update(member=member)

    shop.post(take(member=member, asset=shop.beer, amount=1), member=member).or_raise()

    assert found() == {"own_card": 1}


def test_an_adjustment_at_night(shop):
    adjusted(shop, shop.member(), shop.money, 100, at=NIGHT)

    assert found() == {"at_night": 1}


@pytest.mark.parametrize(("debits", "incidents"), [(4, {}), (5, {"many_small_debits": 1})])
def test_many_debits_within_an_hour(shop, debits, incidents):
    member = shop.member()
    sell_beers(shop, member, 90, 2018)
    for number in range(debits):
        spend(shop, member, shop.beer, 1, at=NOON + number * 12 * MINUTE)

    assert found() == incidents


def test_debits_over_a_day_are_no_pattern(shop):
    member = shop.member()
    sell_beers(shop, member, 90, 2018)
    for number in range(5):
        spend(shop, member, shop.beer, 1, at=NOON + number * 90 * MINUTE)

    assert found() == {}


@pytest.mark.parametrize(
    ("asset", "amount"), [("money", 10001), ("money", -10001), ("points", 501), ("beer", 13)]
)
def test_a_large_adjustment_takes_two_and_is_listed(shop, asset, amount):
    member = shop.member()
    asset = getattr(shop, asset)
    give(shop, member, asset, abs(amount), at=NOON - 30 * DAY)

    with pytest.raises(SecondPersonNeeded):
        adjusted(shop, member, asset, amount)
    with pytest.raises(SecondPersonNeeded):
        adjusted(shop, member, asset, amount, approved_by=shop.clerk)
    assert (found(), OverRide.objects.count()) == ({}, 0)
    boss = UserFactory(role=User.Role.MANAGER, stores=[shop.store])
    adjusted(shop, member, asset, amount, approved_by=boss)

    assert found() == {"large_adjustment": 1}
    assert OverRide.objects.get().approved_by == boss


@pytest.mark.parametrize(("asset", "amount"), [("money", 10000), ("points", 500), ("beer", 12)])
def test_up_to_the_limit_one_person_is_enough(shop, asset, amount):
    adjusted(shop, shop.member(), getattr(shop, asset), amount)

    assert OverRide.objects.count() == 0


@pytest.mark.parametrize("role", [User.Role.OWNER, User.Role.AUDITOR])
def test_owners_and_auditors_read_the_page(client, shop, role):
    adjusted(shop, shop.member(), shop.money, 100, at=NIGHT)
    client.force_login(UserFactory(role=role, stores=[shop.store], language="en"))

    page = client.get(reverse("reports:risks"), {"from": "2026-05-01", "to": "2026-05-31"})

    assert "Corrections at night" in page.content.decode()
    assert "Staff serving themselves" not in page.content.decode()


def test_an_empty_period_says_so(client, shop):
    client.force_login(UserFactory(role=User.Role.OWNER, language="en"))

    page = client.get(reverse("reports:risks")).content.decode()

    assert "Nothing stands out" in page


def test_managers_do_not_get_in(client, shop):
    client.force_login(UserFactory(role=User.Role.MANAGER, stores=[shop.store]))

    assert client.get(reverse("reports:risks")).status_code == 403


def test_the_period_bounds_what_is_found(shop):
    adjusted(shop, shop.member(), shop.money, 100, at=NIGHT)

    assert found(date(2026, 1, 1), date(2026, 1, 31)) == {}
