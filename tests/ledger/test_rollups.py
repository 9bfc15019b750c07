"""Rollups say what raw activity says, follow those who changed, and lose nothing to a race."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Event, Thread
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from ledger.models import (
    CoinPlay,
    DirtyMember,
    Machine,
    MemberDay,
    MemberFacts,
    MemberMonth,
    Sale,
    Visit,
)
from ledger.operations.rollups import mark_dirty, rebuild_all, refresh_members
from ledger.queries.rollups import freshness, rollups_equal_raw
from ledger.tasks import refresh_rollups
from tests.members.factories import MemberFactory, StoreFactory

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def visit(member, day, store=None, **given):
    return Visit.objects.create(
        member=member,
        store=store or member.home_store,
        at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        business_date=day,
        month_no=day.year * 12 + day.month - 1,
        **given,
    )


def sale(member, day, store=None, *, total=1000, goods=None, **given):
    store = store or member.home_store
    return Sale.objects.create(
        id=uuid4(),
        member=member,
        store=store,
        at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        business_date=day,
        month_no=day.year * 12 + day.month - 1,
        currency="CNY",
        list_total=total,
        total=total,
        goods_total=total if goods is None else goods,
        **({"is_purchase": True} | given),
    )


def day_of(member, day, store=None):
    return (
        MemberDay.objects.filter(member=member, business_date=day, store=store)
        .values_list("visits", "orders", "amount", "plays", "coins")
        .first()
    )


@pytest.fixture
def member():
    return MemberFactory()


def test_sums_one_day_per_store_and_over_all_stores(member):
    other = StoreFactory()
    day = date(2026, 4, 3)
    visit(member, day)
    visit(member, day, other)
    sale(member, day, total=1000)
    sale(member, day, other, total=250)

    rebuild_all(at=AT)

    assert day_of(member, day, member.home_store) == (1, 1, 1000, 0, 0)
    assert day_of(member, day, other) == (1, 1, 250, 0, 0)
    assert day_of(member, day) == (2, 2, 1250, 0, 0)
    assert rollups_equal_raw() == []


def test_counts_plays_and_coins(member):
    day = date(2026, 4, 3)
    machine = Machine.objects.create(store=member.home_store, code="M1", name="Claw")
    for number, coins in enumerate((2, 3)):
        CoinPlay.objects.create(
            machine=machine,
            store=member.home_store,
            member=member,
            coins=coins,
            at=AT,
            business_date=day,
            month_no=2026 * 12 + 3,
            source_id=str(number),
        )

    rebuild_all(at=AT)

    assert day_of(member, day) == (0, 0, 0, 2, 5)


def test_leaves_out_what_was_voided_and_what_is_no_purchase(member):
    day = date(2026, 4, 3)
    visit(member, day, voided_at=AT, void_reason="wrong member")
    sale(member, day, voided_at=AT, void_reason="wrong member")
    sale(member, day, goods=0, is_purchase=False)

    rebuild_all(at=AT)

    assert not MemberDay.objects.exists()
    assert not MemberMonth.objects.exists()


def test_a_fully_refunded_order_is_no_purchase_but_the_visit_stays(member):
    day = date(2026, 4, 3)
    visit(member, day)
    sale(member, day, total=1000, refunded_total=1000)

    rebuild_all(at=AT)

    assert day_of(member, day) == (1, 0, 0, 0, 0)


def test_an_order_of_nothing_is_a_purchase(member):
    day = date(2026, 4, 3)
    sale(member, day, total=0)

    rebuild_all(at=AT)

    assert day_of(member, day) == (0, 1, 0, 0, 0)


def test_a_refund_is_shared_between_goods_and_top_up_on_one_bill(member):
    day = date(2026, 4, 3)
    sale(member, day, total=1000, goods=300, refunded_total=101)

    rebuild_all(at=AT)

    assert day_of(member, day) == (0, 1, 300 - 30, 0, 0)


def test_months_count_the_days_with_a_visit_and_with_a_purchase(member):
    for day in (1, 1, 2, 9):
        visit(member, date(2026, 4, day))
    sale(member, date(2026, 4, 9), total=700)

    rebuild_all(at=AT)

    month = MemberMonth.objects.get(member=member, store=None)
    assert (month.month_no, month.visits, month.visit_days) == (2026 * 12 + 3, 4, 3)
    assert (month.orders, month.purchase_days, month.amount) == (1, 1, 700)


def test_facts_know_the_first_and_last_day_and_the_usual_gap(member):
    for day in (1, 5, 6, 16):
        visit(member, date(2026, 4, day))
    sale(member, date(2026, 4, 5), total=700)
    sale(member, date(2026, 4, 6), total=0)

    rebuild_all(at=AT)

    facts = MemberFacts.objects.get(member=member)
    assert (facts.first_visit, facts.last_visit) == (date(2026, 4, 1), date(2026, 4, 16))
    assert (facts.visit_days, facts.purchase_days, facts.orders) == (4, 2, 2)
    assert (facts.first_purchase, facts.last_purchase) == (date(2026, 4, 5), date(2026, 4, 6))
    assert (facts.spend, facts.median_gap_days) == (700, Decimal("4.0"))


def test_a_refresh_rebuilds_dirty_members_alone(member):
    other = MemberFactory()
    for who in (member, other):
        visit(who, date(2026, 4, 3))
    mark_dirty(member_ids=[member.pk], at=AT)

    refreshed = refresh_members(limit=10, at=AT)

    assert refreshed == 1
    assert day_of(member, date(2026, 4, 3)) == (1, 0, 0, 0, 0)
    assert day_of(other, date(2026, 4, 3)) is None
    assert not DirtyMember.objects.exists()


def test_a_refresh_takes_no_more_than_asked_and_the_longest_waiting_first(member):
    late, early = MemberFactory(), MemberFactory()
    mark_dirty(member_ids=[late.pk], at=AT)
    mark_dirty(member_ids=[early.pk], at=AT - timedelta(hours=1))

    refresh_members(limit=1, at=AT)

    assert list(DirtyMember.objects.values_list("member", flat=True)) == [late.pk]


def test_a_refresh_takes_back_a_day_and_a_month_that_are_no_more(member):
    gone = visit(member, date(2026, 3, 3))
    visit(member, date(2026, 4, 3))
    rebuild_all(at=AT)
    Visit.objects.filter(pk=gone.pk).update(voided_at=AT, void_reason="never here")
    mark_dirty(member_ids=[member.pk], at=AT)

    refresh_members(limit=10, at=AT)

    assert day_of(member, date(2026, 3, 3)) is None
    assert MemberMonth.objects.filter(member=member, store=None).count() == 1
    assert MemberFacts.objects.get(member=member).first_visit == date(2026, 4, 3)
    assert rollups_equal_raw() == []


def test_a_refresh_empties_the_facts_of_a_member_with_nothing_left(member):
    only = visit(member, date(2026, 4, 3))
    rebuild_all(at=AT)
    Visit.objects.filter(pk=only.pk).update(voided_at=AT, void_reason="never here")
    mark_dirty(member_ids=[member.pk], at=AT)

    refresh_members(limit=10, at=AT)

    facts = MemberFacts.objects.get(member=member)
    assert (facts.first_visit, facts.visit_days, facts.spend) == (None, 0, 0)


def test_a_second_refresh_finds_nothing_to_do(member):
    visit(member, date(2026, 4, 3))
    mark_dirty(member_ids=[member.pk, member.pk], at=AT)
    refresh_members(limit=10, at=AT)

    assert refresh_members(limit=10, at=AT) == 0


def test_a_refresh_keeps_the_scores_that_others_wrote(member):
    visit(member, date(2026, 4, 3))
    rebuild_all(at=AT)
    MemberFacts.objects.filter(member=member).update(r_score=4, p_alive=Decimal("0.5"))
    mark_dirty(member_ids=[member.pk], at=AT)

    refresh_members(limit=10, at=AT)

    facts = MemberFacts.objects.get(member=member)
    assert (facts.r_score, facts.p_alive) == (4, Decimal("0.500000"))


@pytest.mark.parametrize("rollup", [MemberDay, MemberMonth, MemberFacts])
def test_the_check_finds_a_false_sum(member, rollup):
    sale(member, date(2026, 4, 3), total=700)
    rebuild_all(at=AT)
    rollup.objects.filter(member=member).update(orders=9)

    found = rollups_equal_raw()

    assert {difference.rollup for difference in found} >= {rollup._meta.model_name}
    assert {difference.verdict for difference in found} == {"missing", "false"}


def test_the_check_finds_a_lost_row(member):
    visit(member, date(2026, 4, 3))
    rebuild_all(at=AT)
    MemberMonth.objects.filter(store=None).delete()

    (difference,) = rollups_equal_raw()

    assert (difference.rollup, difference.verdict) == ("membermonth", "missing")
    assert difference.row["month_no"] == 2026 * 12 + 3


def test_the_check_leaves_out_members_who_wait_for_a_refresh(member):
    visit(member, date(2026, 4, 3))
    mark_dirty(member_ids=[member.pk], at=AT)

    assert rollups_equal_raw() == []


def test_freshness_counts_who_waits_and_since_when(member):
    mark_dirty(member_ids=[member.pk], at=AT)
    mark_dirty(member_ids=[member.pk], at=AT + timedelta(hours=1))

    assert (freshness().waiting, freshness().waiting_since) == (1, AT)


def test_the_command_rebuilds_and_proves(member, capsys):
    visit(member, date(2026, 4, 3))

    call_command("refresh_rollups", "--all", "--check")

    assert "The rollups equal raw activity." in capsys.readouterr().out


def test_the_command_fails_on_a_difference(member):
    visit(member, date(2026, 4, 3))

    with pytest.raises(CommandError, match="differ from raw activity"):
        call_command("refresh_rollups", "--check")


@pytest.mark.django_db(transaction=True)
def test_a_refresh_between_the_mark_and_the_commit_loses_nothing():
    """With DO NOTHING in the mark, the refresh removes it and the visit never reaches a rollup."""
    member = MemberFactory()
    mark_dirty(member_ids=[member.pk], at=AT)
    marked, refreshed = Event(), Event()

    def come_in():
        with transaction.atomic():
            visit(member, date(2026, 4, 3))
            mark_dirty(member_ids=[member.pk], at=AT)
            marked.set()
            refreshed.wait(10)
        connection.close()

    counter = Thread(target=come_in)
    counter.start()
    assert marked.wait(10)
    during = refresh_members(limit=10, at=AT)
    refreshed.set()
    counter.join()
    after = refresh_members(limit=10, at=AT)

    assert (during, after) == (0, 1)
    assert rollups_equal_raw() == []


def test_the_task_refreshes_everybody_who_waits(member):
    visit(member, date(2026, 4, 3))
    mark_dirty(member_ids=[member.pk, MemberFactory().pk], at=AT)

    refreshed = refresh_rollups()

    assert refreshed == 2
    assert refresh_rollups() == 0
    assert rollups_equal_raw() == []
