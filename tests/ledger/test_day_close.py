"""A day is closed once, with every row of money in one close and every difference explained."""

from datetime import timedelta
from threading import Event, Thread
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from common.errors import DomainError
from ledger.models import (
    DayClose,
    DayCloseEntry,
    DayCloseFigure,
    Lot,
    Sale,
    TenderType,
    TillCount,
    Txn,
)
from ledger.operations import sales
from ledger.operations.day_close import (
    Counted,
    CountMissing,
    CountNegative,
    DayClosedAlready,
    DayNotBegun,
    DifferenceUnexplained,
    EarlierDayOpen,
    FiguresMoved,
    close_day,
    count_till,
)
from ledger.operations.refusals import RequestReused
from ledger.operations.reversal import undo
from ledger.operations.sale_refunds import Back, refund_sale
from ledger.operations.sales import Tender
from ledger.queries.day_close import drawers, open_rows
from members.models import Store
from members.operations import create_till
from promotions.operations import draw_down, sell, sell_bundle, top_up
from tests.promotions.shops import DAY, WORKDAY, goods, open_shop
from tests.promotions.test_two_tills import at_once

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

TODAY = WORKDAY.date()


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def till(shop):
    return create_till(store=shop.store, code="1", name="Front")


def sold(shop, amount=1000, **more):
    return sell(**shop.asks(lines=[goods(amount)], tenders=shop.in_cash(amount), **more))


def counted(amount, till=None, **more):
    return Counted(till=till, counted=amount, **({"opening_float": 0} | more))


def closed(shop, *counts, at=WORKDAY, **more):
    shop.store.refresh_from_db()
    standard = {"request_id": uuid4(), "day": at.date(), "at": at, "by": shop.clerk}
    close = close_day(store=shop.store, counts=counts, **(standard | more))
    shop.store.refresh_from_db()
    return close


def refused(error, shop, *counts, **more) -> DomainError:
    before = DayClose.objects.count(), Store.objects.get(pk=shop.store.pk).closed_through

    with pytest.raises(error) as refusal:
        closed(shop, *counts, **more)

    assert before == (DayClose.objects.count(), Store.objects.get(pk=shop.store.pk).closed_through)
    return refusal.value


def told(close):
    """The figures of a close: what, tender, count and amount."""
    rows = close.figures.order_by("what", "tender__code")
    return list(rows.values_list("what", "tender__code", "count", "amount"))


def test_a_close_keeps_what_was_taken_paid_back_and_counted(shop, till):
    member = shop.member()
    top_up(
        **shop.asks(
            member, offer=shop.top_up_offer(50_000, 0), tenders=shop.in_cash(50_000), till=till
        )
    )
    sale = sold(shop, 3_000, till=till)
    refund_sale(
        request_id=uuid4(),
        sale_id=sale.pk,
        store=shop.store,
        at=WORKDAY,
        by=shop.clerk,
        reason="Cold",
        lines=[Back(line=1, amount=500)],
        till=till,
    )

    close = closed(shop, counted(62_490, till, opening_float=10_000, note="Ten short"))

    drawer = close.tills.get()
    assert (drawer.cash_in, drawer.cash_out, drawer.expected) == (53_000, 500, 62_500)
    assert (close.expected, close.counted, close.difference) == (62_500, 62_490, -10)
    assert told(close) == [
        ("product", None, 2, 2_500),
        ("sale_refund", "cash", 1, -500),
        ("taken", "cash", 2, 53_000),
        ("top_up", None, 1, 50_000),
    ]
    assert shop.store.closed_through == TODAY


def test_figures_are_kept_apart_by_till_and_person(shop, till):
    """Failed with the person left out of the sums."""
    other = create_till(store=shop.store, code="2", name="Back")
    sold(shop, 100, till=till)
    sold(shop, 200, till=other)
    sold(shop, 400, till=other, by=None)

    close = closed(shop, counted(100, till), counted(600, other))

    taken = close.figures.filter(what="taken").order_by("amount")
    assert list(taken.values_list("till__code", "operator__username", "amount")) == [
        ("1", "clerk-bbq", 100),
        ("2", "clerk-bbq", 200),
        ("2", None, 400),
    ]


def test_after_the_close_everything_is_booked_on_the_next_day(shop):
    member = shop.member()
    closed(shop)

    sale = sold(shop, member=member)

    assert sale.business_date == TODAY + timedelta(days=1)
    assert sale.visit.business_date == TODAY + timedelta(days=1)
    refund = refund_sale(
        request_id=uuid4(),
        sale_id=sale.pk,
        store=shop.store,
        at=WORKDAY,
        by=shop.clerk,
        reason="Cold",
    )
    assert refund.business_date == TODAY + timedelta(days=1)


def test_value_is_booked_on_the_open_day_but_used_by_todays_rules(shop):
    """The ride for workdays is good on the Friday that is closed, though booked on Saturday.

    Failed with the kind of the day asked for the day it is booked on.
    """
    member = shop.member()
    friday = WORKDAY + 9 * DAY  # the Saturday after the eighth is worked
    sell_bundle(**shop.asks(member, bundle=shop.ski_pass(), tenders=shop.in_cash(60_000)))
    closed(shop, counted(60_000))
    closed(shop, at=friday)

    draw = shop.asks(member, asset=shop.ride, quantity=5, at=friday)
    txn = draw_down(**draw).txn_id

    assert Txn.objects.get(pk=txn).business_date == friday.date() + timedelta(days=1)
    left = Lot.objects.filter(wallet__member=member, is_open=True)
    assert [lot.scope.day_kinds for lot in left] == [["restday"]]


def test_a_bill_undone_after_its_day_was_closed_counts_on_the_next(shop):
    sale = sold(shop)
    closed(shop, counted(1_000))
    undo(
        request_id=uuid4(),
        txn_id=sale.pk,
        store=shop.store,
        at=WORKDAY,
        by=shop.clerk,
        reason="Mistyped",
    )

    close = closed(shop, counted(0, opening_float=1_000), at=WORKDAY + DAY)

    assert close.tills.get().cash_out == 1_000
    assert told(close) == [("product", None, 1, -1_000), ("undone", "cash", 1, -1_000)]
    assert closed(shop, at=WORKDAY + 2 * DAY).entries.count() == 0


def test_a_bill_undone_before_the_close_never_was(shop):
    sale = sold(shop)
    undo(
        request_id=uuid4(),
        txn_id=sale.pk,
        store=shop.store,
        at=WORKDAY,
        by=shop.clerk,
        reason="Mistyped",
    )

    assert closed(shop).entries.count() == 0
    assert closed(shop, at=WORKDAY + DAY).entries.count() == 0


def test_what_is_not_in_order_is_refused(shop, till):
    sold(shop, 1_000, till=till)

    refused(CountMissing, shop)
    refused(CountMissing, shop, counted(1_000))
    refused(CountNegative, shop, counted(-1, till))
    error = refused(DifferenceUnexplained, shop, counted(999, till))
    refused(FiguresMoved, shop, counted(1_000, till, expected=900))
    refused(DayNotBegun, shop, counted(1_000, till), day=TODAY + timedelta(days=1))
    assert "9.99" in str(error)
    assert "10.00" in str(error)


def test_days_are_closed_in_their_order_and_once(shop):
    closed(shop)
    sold(shop, at=WORKDAY + DAY)

    refused(DayClosedAlready, shop)
    refused(EarlierDayOpen, shop, at=WORKDAY + 2 * DAY)
    closed(shop, counted(1_000), at=WORKDAY + DAY)
    closed(shop, at=WORKDAY + 3 * DAY)


def test_the_same_request_again_gets_the_first_close(shop):
    request = uuid4()
    first = closed(shop, request_id=request)

    assert closed(shop, request_id=request) == first
    refused(RequestReused, shop, request_id=request, day=TODAY + timedelta(days=1))


def test_what_came_before_the_first_close_is_history(shop):
    sold(shop, at=WORKDAY - DAY)
    sold(shop, 300)

    close = closed(shop, counted(300))

    assert close.entries.count() == 1


def test_a_clerk_counts_the_own_till(shop, till):
    sold(shop, 1_000, till=till)
    asked = {"store": shop.store, "at": WORKDAY, "by": shop.clerk}

    with pytest.raises(DifferenceUnexplained):
        count_till(request_id=uuid4(), counted=counted(1, till), **asked)
    request = uuid4()
    made = count_till(request_id=request, counted=counted(1_000, till), **asked)

    assert count_till(request_id=request, counted=counted(1_000, till), **asked) == made
    assert TillCount.objects.get().business_date == TODAY


def test_a_close_is_never_changed(shop):
    sold(shop)
    close = closed(shop, counted(1_000))

    for rows in (DayClose.objects, close.tills, close.figures, close.entries):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all().update(id=rows.first().pk)
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.all().delete()


@pytest.mark.django_db(transaction=True)
def test_a_bill_in_flight_while_its_day_is_closed_is_in_the_next_close(monkeypatch):
    """Failed with the rows of a close chosen by their day alone: the bill was in none."""
    shop = open_shop()
    sold(shop, 100)
    written, may_commit = Event(), Event()
    write = sales.write

    def slowly(bill):
        sale = write(bill)
        written.set()
        assert may_commit.wait(30)
        return sale

    def late() -> None:
        sold(shop, 700)
        connection.close()

    monkeypatch.setattr(sales, "write", slowly)
    till = Thread(target=late)
    till.start()
    assert written.wait(30)
    first = closed(shop, counted(100))
    may_commit.set()
    till.join()

    second = closed(shop, counted(800, opening_float=100), at=WORKDAY + DAY)

    assert Sale.objects.get(total=700).business_date == TODAY
    assert (first.entries.count(), first.late_rows) == (1, 0)
    assert (second.entries.count(), second.late_rows) == (1, 1)
    assert second.tills.get().cash_in == 700
    assert DayCloseEntry.objects.count() == Sale.objects.count()
    assert open_rows(shop.store, TODAY + timedelta(days=1)) == []


@pytest.mark.django_db(transaction=True)
def test_two_closes_at_once_close_once():
    """Failed without the lock on the store: the second broke the rule that a day is closed once."""
    shop = open_shop()
    sold(shop)

    answers = at_once(lambda: closed(shop, counted(1_000)))

    assert sorted(type(one).__name__ for one in answers) == ["DayClose"] + ["DayClosedAlready"] * (
        len(answers) - 1
    )
    assert DayCloseFigure.objects.filter(what="taken").count() == 1


def test_drawers_know_no_other_tender_than_cash(shop):
    card = shop.asks(lines=[goods(500)])
    sell(**card, tenders=[Tender(tender=TenderType.objects.get(code="bank-card"), amount=500)])

    (drawer,) = drawers(open_rows(shop.store, TODAY))
    assert (drawer.cash_in, drawer.cash_out) == (0, 0)
