"""Definitions of figures, on activity small enough to count by hand."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from ledger.models import CoinPlay, Machine, Sale, Visit
from ledger.operations.rollups import rebuild_all
from reports.queries.figure import Question
from reports.queries.registry import ask
from reports.queries.scope import Scope
from tests.members.factories import MemberFactory, StoreFactory
from tests.reports.asking import counts, figure, rows, the_row

AT = datetime(2026, 12, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def noon(day):
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def come(member, *days, store=None):
    """Visit on the days, written like 03-15."""
    for text in days:
        day = date.fromisoformat(f"2026-{text}")
        Visit.objects.create(
            member=member,
            store=store or member.home_store,
            at=noon(day),
            business_date=day,
            month_no=day.year * 12 + day.month - 1,
        )


def buy(member, *days, total=1000, store=None, **given):
    """Come and buy on the days."""
    come(member, *days, store=store)
    for text in days:
        day = date.fromisoformat(f"2026-{text}")
        Sale.objects.create(
            id=uuid4(),
            member=member,
            store=store or member.home_store,
            at=noon(day),
            business_date=day,
            month_no=day.year * 12 + day.month - 1,
            currency="CNY",
            list_total=total,
            total=total,
            goods_total=total,
            is_purchase=True,
            **given,
        )


def told(key, **asked):
    """The figure's rows, once the rollups are up to date."""
    rebuild_all(at=AT)
    return rows(key, **asked)


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def member(store):
    return MemberFactory(store=store)


@pytest.fixture
def other(store):
    return MemberFactory(store=store)


# Retention ------------------------------------------------------------------


def test_the_bracket_holds_its_last_day_and_not_the_first(member, other):
    come(member, "03-01", "03-08")
    come(other, "03-01", "03-01", "03-09")

    row = the_row(told("retention", days="7", as_of="2026-03-31"), cohort="all")

    assert counts(row) == (1, 2)


def test_who_is_too_young_is_not_eligible_even_when_back_already(member, other):
    come(member, "03-01", "03-03")
    come(other, "03-25", "03-26")

    row = the_row(told("retention", days="7", as_of="2026-03-31"), cohort="all")

    assert counts(row) == (1, 1)


def test_a_member_is_eligible_on_the_day_the_window_closes(member):
    come(member, "03-24")

    assert the_row(told("retention", days="7", as_of="2026-03-31"), cohort="all")["eligible"] == 1
    assert the_row(told("retention", days="7", as_of="2026-03-30"), cohort="all")["value"] is None


def test_a_check_in_is_coming_back_but_no_purchase(member):
    buy(member, "03-01")
    come(member, "03-05")

    visits = the_row(told("retention", days="7", as_of="2026-03-31"), cohort="all")
    purchases = the_row(
        told("retention", days="7", as_of="2026-03-31", event="purchase"), cohort="all"
    )

    assert (visits["numerator"], purchases["numerator"]) == (1, 0)


def test_few_eligible_members_are_marked_small(member):
    come(member, "03-01")

    assert the_row(told("retention", days="7", as_of="2026-03-31"), cohort="all")["small"] is True


def test_nobody_yet_is_blank_and_not_zero(store):
    row = the_row(told("retention", days="7", as_of="2026-03-31"), cohort="all")

    assert (row["value"], row["low"], row["denominator"]) == (None, None, 0)


# Stores ---------------------------------------------------------------------


def test_a_store_knows_its_own_visits_only(store, member):
    elsewhere = StoreFactory()
    come(member, "03-01")
    come(member, "03-03", store=elsewhere)

    whole = the_row(told("retention", days="7", as_of="2026-03-31"), cohort="all")
    here = the_row(told("retention", days="7", as_of="2026-03-31", store=store.code), cohort="all")

    assert (whole["numerator"], here["numerator"]) == (1, 0)


def test_an_unknown_store_is_refused(store):
    with pytest.raises(CommandError, match="no store with the code nowhere"):
        call_command("figure", "retention", store="nowhere")


def test_amounts_of_two_currencies_are_not_added_up(store):
    StoreFactory(currency="USD", country="US", time_zone="America/New_York")

    with pytest.raises(CommandError, match="CNY, USD"):
        call_command("figure", "cohort", measure="amount")


# Cohorts --------------------------------------------------------------------


def test_cells_count_members_once_a_month_and_only_whole_months(member, other):
    come(member, "01-05", "02-01", "02-09")
    come(other, "01-31", "03-02")

    found = told("cohort", as_of="2026-03-15")

    cells = {row["k"]: row for row in found if row["cohort"] == "2026-01-01"}
    assert [counts(cells[k]) for k in (0, 1)] == [(2, 2), (1, 2)]
    assert (cells[2]["value"], cells[2]["partial"]) == (None, True)
    assert 3 not in cells


def test_the_weighted_row_adds_up_cohorts_old_enough(store):
    early, also_early, late = (MemberFactory(store=store) for _ in range(3))
    come(early, "01-05", "02-01", "03-01")
    come(also_early, "01-06")
    come(late, "02-02", "03-05")

    found = told("cohort", as_of="2026-03-31")

    assert counts(the_row(found, cohort="all", k=1)) == (2, 3)
    assert counts(the_row(found, cohort="all", k=2)) == (1, 2)


def test_a_month_nobody_came_is_zero_once_it_is_over(member):
    come(member, "01-05")

    row = the_row(told("cohort", as_of="2026-02-28"), cohort="2026-01-01", k=1)

    assert (row["value"], counts(row)) == (0.0, (0, 1))


def test_a_matrix_of_the_past_does_not_know_what_came_later_in_the_month(member, other):
    come(member, "01-05", "02-10")
    come(other, "01-06", "02-20")

    found = told("cohort", as_of="2026-02-15", partial=True)

    assert counts(the_row(found, cohort="2026-01-01", k=1)) == (1, 2)


def test_ever_adds_up_first_returns(store):
    first, second, third = (MemberFactory(store=store) for _ in range(3))
    come(first, "01-05", "02-01", "03-01")
    come(second, "01-05", "03-01")
    come(third, "01-05")

    found = told("cohort", measure="ever", as_of="2026-03-31")

    assert [counts(row) for row in found if row["cohort"] == "2026-01-01"] == [
        (0, 3),
        (1, 3),
        (2, 3),
    ]


def test_amounts_are_per_member_of_the_cohort(member, other):
    buy(member, "01-05", "02-01", total=900)
    buy(other, "01-05", total=100)

    found = told("cohort", measure="amount", as_of="2026-02-28")

    later = the_row(found, cohort="2026-01-01", k=1)
    assert (counts(later), later["value"], later["low"]) == ((900, 2), 450.0, None)


def test_several_stores_of_a_manager_count_a_member_once(member):
    second = StoreFactory()
    StoreFactory()
    come(member, "01-05", "02-01")
    come(member, "01-05", "02-20", store=second)
    rebuild_all(at=AT)
    scope = Scope(stores=(member.home_store, second), is_whole=False)

    found = ask("cohort", Question(as_of=date(2026, 2, 28), scope=scope))["rows"]
    bought = ask("active", Question(as_of=date(2026, 2, 28), scope=scope, measure="mau"))["rows"]

    assert counts(the_row(found, cohort="2026-01-01", k=1)) == (1, 1)
    assert [row["value"] for row in bought] == [1, 1]


# Purchases ------------------------------------------------------------------


def test_two_orders_on_one_day_are_one_purchase_day(member):
    buy(member, "03-01", "03-01")

    (by_days,) = told("repurchase", as_of="2026-03-31")
    (by_orders,) = told("repurchase", kind="orders", as_of="2026-03-31")

    assert (by_days["numerator"], by_orders["numerator"]) == (0, 1)


def test_a_refunded_order_is_no_purchase(member, other):
    buy(member, "03-01", "03-05")
    buy(other, "03-01")
    buy(other, "03-05", refunded_total=1000)

    (row,) = told("repurchase", as_of="2026-03-31")

    assert counts(row) == (1, 2)


def test_buying_back_within_one_two_and_three_months(member, other):
    buy(member, "01-05", "02-01")
    buy(other, "01-05", "03-01")

    found = told("buyback", as_of="2026-03-31")

    assert [
        (row["within"], row["numerator"], row["value"])
        for row in found
        if row["period"] == "2026-01-01"
    ] == [(1, 1, 0.5), (2, 2, 1.0), (3, 2, None)]


def test_coverage_says_how_many_sales_have_a_member(member):
    buy(member, "03-01")
    Sale.objects.create(
        id=uuid4(),
        store=member.home_store,
        at=noon(date(2026, 3, 2)),
        business_date=date(2026, 3, 2),
        month_no=2026 * 12 + 2,
        currency="CNY",
        list_total=5,
        total=5,
        goods_total=5,
        is_purchase=True,
    )
    rebuild_all(at=AT)

    assert figure("repurchase", as_of="2026-03-31")["coverage"] == {
        "sales": 2,
        "sales_with_member": 1,
        "from": None,
        "to": "2026-03-31",
    }


# Activity -------------------------------------------------------------------


def test_composition_adds_up(store):
    faithful, wavering, late = (MemberFactory(store=store) for _ in range(3))
    come(faithful, "01-05", "02-05", "03-05")
    come(wavering, "01-05", "03-05")
    come(late, "02-05")

    found = told("composition", as_of="2026-03-31")

    march = {row["part"]: row["value"] for row in found if row["month"] == "2026-03-01"}
    assert march == {"active": 2, "new": 0, "continuing": 1, "resurrected": 1, "dormant": 1}


@pytest.mark.parametrize("months", range(1, 7))
def test_active_is_the_month_before_less_dormant_plus_new_and_resurrected(store, months):
    for number in range(12):
        member = MemberFactory(store=store)
        come(member, *(f"{month:02}-10" for month in range(1, 8) if (number * month) % 5 < 3))

    found = told("composition", as_of="2026-07-31")

    now, before = (
        {row["part"]: row["value"] for row in found if row["month"] == f"2026-{month:02}-01"}
        for month in (months + 1, months)
    )
    assert now["active"] == now["new"] + now["continuing"] + now["resurrected"]
    assert now["active"] == before["active"] - now["dormant"] + now["new"] + now["resurrected"]


def test_nobody_is_dormant_in_a_month_that_goes_on(member):
    come(member, "02-05")

    row = the_row(told("composition", as_of="2026-03-15"), month="2026-03-01", part="dormant")

    assert (row["value"], row["partial"]) == (None, True)


def test_churn_has_no_row_for_a_month_that_is_not_over(member):
    come(member, "01-05", "02-05")

    assert told("churn", as_of="2026-03-15")[-1]["month"] == "2026-02-01"


def test_trailing_actives_hold_seven_days(member):
    come(member, "03-01", "03-04")

    found = told("active", measure="wau", start="2026-03-01", end="2026-03-12", as_of="2026-03-31")

    assert [row["value"] for row in found] == [1] * 10 + [0] * 2


def test_stickiness_is_mean_daily_over_calendar_actives(member, other):
    come(member, "03-01", "03-02")
    come(other, "03-01")

    row = the_row(told("active", as_of="2026-03-31"), measure="stickiness")

    assert (counts(row), row["mean_dau"], row["value"]) == ((3, 4), 1.5, 0.75)


def test_runs_end_in_the_last_whole_month(member, other):
    come(member, "01-05", "03-05", "04-05", "05-02")
    come(other, "04-05")

    found = told("runs", as_of="2026-05-15")

    assert {row["months"]: row["value"] for row in found if row["measure"] == "run"} == {1: 1, 2: 1}


def test_loyal_means_ten_of_twelve_months(member, other):
    come(member, *(f"{month:02}-05" for month in range(1, 11)))
    come(other, *(f"{month:02}-05" for month in range(2, 11)))

    row = the_row(told("runs", as_of="2026-10-31"), measure="loyal")

    assert counts(row) == (1, 2)


# Absence --------------------------------------------------------------------


def test_lapsed_is_more_than_so_many_days(member, other):
    come(member, "03-01")
    come(other, "03-02")

    (row,) = told("lapsed", days="30", as_of="2026-04-01")

    assert counts(row) == (1, 2)
    assert told("lapsed", days="31", as_of="2026-04-01")[0]["numerator"] == 0


def test_who_goes_to_another_store_of_the_chain_has_not_lapsed(store, member):
    come(member, "01-01")
    come(member, "03-01", store=StoreFactory())

    (row,) = told("lapsed", days="30", store=store.code, as_of="2026-03-15")

    assert counts(row) == (0, 1)


def test_overdue_goes_by_the_own_rhythm(member, other):
    come(member, "03-01", "03-03", "03-05", "03-07")
    come(other, "01-01", "01-21", "02-10", "03-07")

    (early,) = told("overdue", as_of="2026-03-21")
    (late,) = told("overdue", as_of="2026-03-22")

    assert (counts(early), counts(late)) == ((0, 2), (1, 2))


def test_who_came_after_the_day_was_away_on_it(member, other):
    come(member, "03-01", "03-03", "03-05", "03-07", "06-01", "06-02")
    come(other, "06-01")

    (lapsed,) = told("lapsed", days="30", as_of="2026-05-31")
    (overdue,) = told("overdue", as_of="2026-05-31")

    assert (counts(lapsed), counts(overdue)) == ((1, 1), (1, 1))


def test_blocked_and_erased_members_are_not_away(member, other):
    come(member, "03-01")
    come(other, "03-01")
    type(other).objects.filter(pk=other.pk).update(status="blocked")

    (row,) = told("lapsed", days="30", as_of="2026-05-31")

    assert counts(row) == (1, 1)


def test_return_rate_counts_the_lapsed_who_came_back(store):
    back, away, regular = (MemberFactory(store=store) for _ in range(3))
    come(back, "01-10", "03-20")
    come(away, "01-10")
    come(regular, "02-20", "03-10")

    found = told("return_rate", days="30", start="2026-03-01", as_of="2026-03-31")

    assert [counts(row) for row in found] == [(1, 2)]


# Arcade ---------------------------------------------------------------------


def play(machine, number, coins, member=None, day=date(2026, 3, 2)):
    CoinPlay.objects.create(
        machine=machine,
        store=machine.store,
        member=member,
        coins=coins,
        at=noon(day) + timedelta(minutes=number * number),
        business_date=day,
        month_no=day.year * 12 + day.month - 1,
        source_id=str(number),
    )


def test_machines_are_ranked_by_coins(store, member):
    claw, racer = (
        Machine.objects.create(store=store, code=code, name=code) for code in ("claw", "racer")
    )
    for number, coins in enumerate((1, 1, 2)):
        play(claw, number, coins, member)
    play(racer, 9, 6)

    found = told("machines", as_of="2026-03-31")

    assert [(row["machine"], row["value"], row["coins"], row["members"]) for row in found] == [
        ("racer", 1, 6, 0),
        ("claw", 3, 4, 1),
    ]
    assert (found[1]["median_gap_seconds"], found[1]["share"]) == (60, 0.75)


def test_per_head_leaves_anonymous_plays_out(store, member, other):
    machine = Machine.objects.create(store=store, code="claw", name="claw")
    for number, (coins, who) in enumerate(((2, member), (3, member), (1, other), (9, None))):
        play(machine, number, coins, who)

    found = told("per_head", as_of="2026-03-31")

    assert counts(the_row(found, measure="plays")) == (3, 2)
    assert counts(the_row(found, measure="coins")) == (6, 2)
