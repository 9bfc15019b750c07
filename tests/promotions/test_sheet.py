from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from ledger.models import MemberFacts
from ledger.operations.reversal import undo
from ledger.operations.visits import check_in
from members.models import Dependant, Member
from promotions.operations import (
    advance_ticket,
    draw_down,
    exchange,
    sell,
    sell_bundle,
    sell_coins,
    top_up,
)
from promotions.queries import Obstacle, sheet
from promotions.queries.alerts import AlertCode
from promotions.queries.sheet import Ending
from promotions.rules.tickets import TicketState
from tests.promotions.shops import WORKDAY, goods, open_shop
from tests.promotions.test_rewards import bib, member_with_points
from tests.promotions.test_services import Menswear

pytestmark = pytest.mark.django_db

SUNDAY = datetime(2026, 5, 10, 4, tzinfo=UTC)


def seen(shop, member, at=WORKDAY, store=None):
    return sheet(member=member, store=store or shop.store, at=at)


def codes(found):
    return [alert.code for alert in found.alerts]


def test_a_new_member_has_an_empty_sheet():
    shop = open_shop()

    found = seen(shop, shop.member())

    assert (found.money, found.points, found.coins) == (None, None, None)
    assert (found.units, found.services, found.tickets, found.alerts) == ([], [], [], [])


def test_principal_and_bonus_stand_apart():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 100000, bonus_expires_days=90)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
    sell(**shop.asks(member), lines=[goods(20000)], tenders=shop.in_value(20000))

    money = seen(shop, member).money

    assert (money.principal, money.bonus, money.total) == (30000, 100000, 130000)
    assert (money.spendable, money.pending) == (130000, 0)
    assert money.ends_next == Ending(100000, date(2026, 8, 4))


def test_value_past_its_time_is_not_shown_before_it_is_swept():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 100000, bonus_expires_days=1)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    money = seen(shop, member, at=WORKDAY + timedelta(days=2)).money

    assert (money.principal, money.bonus, money.spendable) == (50000, 0, 50000)


def test_points_in_their_return_window_are_pending():
    shop = open_shop()
    shop.points_rule(return_window_days=7)
    member = shop.member()
    sell(**shop.asks(member), lines=[goods(10000)], tenders=shop.in_cash(10000))

    points = seen(shop, member).points

    assert (points.total, points.spendable, points.pending) == (100, 0, 100)


def test_each_component_says_whether_it_can_be_used_here_today():
    shop = open_shop()
    member = shop.member()
    ski = shop.ski_pass(season_until=date(2026, 12, 31), season_from=date(2026, 1, 1))
    ski.stores.add(shop.store)
    sell_bundle(**shop.asks(member), bundle=ski, tenders=shop.in_cash(60000))

    today = seen(shop, member)
    sunday = seen(shop, member, at=SUNDAY)

    assert [(one.left, one.obstacle) for one in today.units] == [
        (5, Obstacle.OTHER_DAY),
        (5, None),
    ]
    assert [one.obstacle for one in sunday.units] == [None, Obstacle.OTHER_DAY]
    assert today.units[0].store_names == ["Bbq"]
    assert today.units[0].last_day == date(2026, 12, 31)
    assert today.units[0].title == "Ten rides"


def test_units_of_another_store_are_shown_with_the_obstacle():
    shop = open_shop()
    member = shop.member()
    beers = shop.beers()
    beers.stores.add(shop.store)
    sell_bundle(**shop.asks(member), bundle=beers, tenders=shop.in_cash(2018))

    found = seen(shop, member, store=shop.branch("north"))

    assert [one.obstacle for one in found.units] == [Obstacle.OTHER_STORE]


def test_what_another_entity_owes_is_among_the_others():
    shop = open_shop()
    member = shop.member()
    top_up(**shop.asks(member), offer=None, amount=500, tenders=shop.in_cash(500))

    found = seen(shop, member, store=open_shop("ski").store)

    assert found.money is None
    assert [(one.total, one.spendable) for one in found.others] == [(500, 0)]


def test_services_count_what_the_job_will_still_grant():
    menswear = Menswear()
    member = menswear.member("gold")

    before = seen(menswear.shop, member).services
    menswear.take_in(member)
    after = seen(menswear.shop, member).services

    assert [(one.left, one.per_month) for one in before] == [(3, 3)]
    assert [(one.left, one.per_month) for one in after] == [(2, 3)]


def test_a_ready_garment_is_an_alert():
    menswear = Menswear()
    member = menswear.member("gold")
    ticket = menswear.take_in(member)
    advance_ticket(**menswear.shop.asks(ticket=ticket, to=TicketState.READY))

    found = seen(menswear.shop, member)

    assert [one.garment for one in found.tickets] == ["blue suit"]
    assert str(found.alerts[0].message) == "Ready to be collected: blue suit."


def test_what_ends_within_30_days_is_an_alert():
    shop = open_shop()
    member = shop.member()
    offer = shop.top_up_offer(50000, 10000, bonus_expires_days=30)
    top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))

    alert = seen(shop, member, at=WORKDAY + timedelta(days=1)).alerts[0]

    assert str(alert.message) == "CN¥100.00 of Stored value can be used until Jun 5, 2026 only."
    assert codes(seen(shop, member, at=WORKDAY)) == []


def test_points_owed_are_a_warning():
    shop = open_shop()
    shop.points_rule()
    member = shop.member()
    sale = sell(**shop.asks(member), lines=[goods(20000)], tenders=shop.in_cash(20000))
    exchange(**shop.asks(member), reward=bib(shop))
    undo(**shop.asks(), txn_id=sale.pk, reason="brought back")

    found = seen(shop, member)

    assert found.debts == [(shop.points.debt_asset, 200)]
    assert (found.alerts[0].code, found.alerts[0].is_warning) == (AlertCode.DEBT, True)


@pytest.mark.parametrize(("day", "near"), [(6, True), (13, True), (14, False)])
def test_a_birthday_within_a_week_is_an_alert(day, near):
    shop = open_shop()
    member = shop.member()
    member.birth_month, member.birth_day = 5, day

    assert (AlertCode.BIRTHDAY in codes(seen(shop, member))) is near


def test_a_childs_birthday_is_an_alert():
    shop = open_shop()
    member = shop.member()
    Dependant.objects.create(member=member, nickname="Doudou", birthday=date(2024, 5, 10))

    found = seen(shop, member)

    assert str(found.alerts[0].message) == "Birthday of Doudou on May 10, 2026."


@pytest.mark.parametrize(
    ("last_visit", "expected"),
    [
        (date(2026, 4, 8), []),
        (date(2026, 4, 5), ["overdue"]),
        (date(2026, 2, 4), ["lapsed"]),
    ],
)
def test_staying_away_longer_than_usual_is_an_alert(last_visit, expected):
    shop = open_shop()
    member = shop.member()
    MemberFacts.objects.create(
        member=member,
        last_visit=last_visit,
        visit_days=8,
        median_gap_days=Decimal("10.0"),
        refreshed_at=WORKDAY,
    )

    assert codes(seen(shop, member)) == expected


def test_whoever_is_here_now_is_not_called_away():
    shop = open_shop()
    member = shop.member()
    MemberFacts.objects.create(
        member=member, last_visit=date(2026, 1, 4), visit_days=1, refreshed_at=WORKDAY
    )
    assert codes(seen(shop, member)) == [AlertCode.LAPSED]

    check_in(**shop.asks(member, at=WORKDAY))

    assert codes(seen(shop, member)) == []


def test_a_full_sheet_takes_at_most_twelve_queries(django_assert_max_num_queries):
    menswear = Menswear()
    shop = menswear.shop
    shop.points_rule()
    member = menswear.member("gold")
    menswear.take_in(member)
    offer = shop.top_up_offer(50000, 100000)
    ski = shop.ski_pass()
    ski.stores.add(shop.store)
    for _time in range(3):
        top_up(**shop.asks(member), offer=offer, tenders=shop.in_cash(50000))
        sell_bundle(**shop.asks(member), bundle=ski, tenders=shop.in_cash(60000))
    sell_coins(**shop.asks(member), pack=shop.coin_pack(100, 10, 1), tenders=shop.in_cash(100))
    Dependant.objects.create(member=member, nickname="Doudou", birthday=date(2024, 5, 10))
    member = Member.objects.get(pk=member.pk)

    with django_assert_max_num_queries(12), translation.override("zh-hans"):
        found = seen(shop, member)
        assert [str(alert.message) for alert in found.alerts]

    assert (len(found.units), found.coins.total, found.money.bonus) == (6, 11, 300000)


def test_drawing_shows_on_the_sheet():
    shop = open_shop()
    member = member_with_points(shop, 1)
    sell_bundle(**shop.asks(member), bundle=shop.beers(), tenders=shop.in_cash(2018))
    draw_down(**shop.asks(member), asset=shop.beer, quantity=5)

    units = seen(shop, member).units

    assert [(one.left, one.granted) for one in units] == [(96, 101)]
