"""Undo: with a reason, in the store it was booked in, and by a clerk on the same day only."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ledger.models import Sale, Txn, TxnKind, Visit
from ledger.operations.adjust import adjust
from members.models import User
from promotions.operations import draw_down, sell, sell_bundle
from tests.counter.conftest import Till, now
from tests.promotions.shops import goods, held

pytestmark = pytest.mark.slow


@pytest.fixture
def beers(shop, member):
    sell_bundle(
        **shop.asks(member, at=now() - timedelta(days=40)),
        bundle=shop.beers(),
        tenders=shop.in_cash(2018),
    )
    return shop.beer


def drawn(shop, member, *, at=None, store=None, quantity=5):
    asked = shop.asks(member, at=at or now()) | ({"store": store} if store else {})
    return draw_down(**asked, asset=shop.beer, quantity=quantity).txn_id


def test_undoes_a_draw_with_a_reason(till, shop, member, beers):
    entry = drawn(shop, member)

    answer = till.send("undo", entry, reason="Wrong number")

    assert answer.status_code == 204
    assert held(member, beers) == 101
    assert Txn.objects.get(kind=TxnKind.REVERSE).reason == "Wrong number"
    assert Visit.objects.completed().filter(request_id=entry).count() == 0


def test_a_common_reason_undoes_at_one_tap(till, shop, member, beers):
    till.send("undo", drawn(shop, member), common="Wrong member", reason="")

    assert held(member, beers) == 101


def test_a_second_enter_undoes_once(till, shop, member, beers):
    entry, undo_id = drawn(shop, member), uuid4()

    till.send("undo", entry, entry=undo_id, reason="Wrong number")
    till.send("undo", entry, entry=undo_id, reason="Wrong number")

    assert Txn.objects.filter(kind=TxnKind.REVERSE).count() == 1
    assert held(member, beers) == 101


def test_no_reason_no_undo(till, shop, member, beers):
    answer = till.send("undo", drawn(shop, member), reason="  ")

    assert answer.status_code == 422
    assert "Say why" in answer.content.decode()
    assert held(member, beers) == 96


def test_looking_at_the_panel_undoes_nothing(till, shop, member, beers):
    page = till.panel("undo", drawn(shop, member)).content.decode()

    assert "Beer" in page
    assert held(member, beers) == 96


def test_a_clerk_undoes_nothing_of_yesterday(till, shop, member, beers):
    entry = drawn(shop, member, at=now() - timedelta(days=2))

    answer = till.send("undo", entry, reason="Wrong number")

    assert answer.status_code == 422
    assert "ask a manager" in answer.content.decode()
    assert held(member, beers) == 96


@pytest.mark.parametrize("role", ["manager", "owner"])
def test_a_manager_undoes_what_is_older(till, shop, member, beers, role):
    entry = drawn(shop, member, at=now() - timedelta(days=2))
    User.objects.filter(pk=shop.clerk.pk).update(role=role)

    answer = till.send("undo", entry, reason="Wrong number")

    assert answer.status_code == 204
    assert held(member, beers) == 101


def test_what_another_store_booked_is_undone_there_only(client, shop, member, beers, staff):
    branch = shop.branch("branch")
    entry = drawn(shop, member, store=branch)
    client.force_login(staff("manager", stores=[shop.store, branch]))

    here = Till(client).send("undo", entry, store=shop.store.code, reason="Wrong number")
    there = Till(client).send("undo", entry, store="branch", reason="Wrong number")

    assert here.status_code == 422
    assert "This was booked in Branch. It can be undone there only." in here.content.decode()
    assert there.status_code == 204


def test_goodwill_is_undone_by_managers_alone(till, shop, member):
    entry = uuid4()
    adjust(
        request_id=entry,
        member=member,
        asset=shop.points,
        amount=100,
        reason="Sorry",
        store=shop.store,
        at=now(),
        by=shop.clerk,
    )

    by_a_clerk = till.send("undo", entry, reason="Wrong number")
    User.objects.filter(pk=shop.clerk.pk).update(role="manager")
    by_a_manager = till.send("undo", entry, reason="Wrong number")

    assert (by_a_clerk.status_code, by_a_manager.status_code) == (422, 204)
    assert "cannot be undone at the counter" in by_a_clerk.content.decode()
    assert held(member, shop.points) == 0


def test_undoes_a_sale_that_moved_no_value(till, shop):
    sale = sell(**shop.asks(at=now()), lines=[goods(1000)], tenders=shop.in_cash(1000))

    answer = till.send("undo", sale.pk, reason="Wrong number")
    again = till.send("undo", sale.pk, reason="Wrong number")

    assert (answer.status_code, again.status_code) == (204, 422)
    assert Sale.objects.get().void_reason == "Wrong number"


def test_undoes_a_check_in(till, shop, member):
    entry = uuid4()
    till.send("check_in", member.number, entry=entry)

    answer = till.send("undo", entry, reason="Wrong member")

    assert answer.status_code == 204
    assert Visit.objects.completed().count() == 0


def test_the_sheet_offers_the_undo_of_the_last_entry_alone(till, shop, member, beers):
    drawn(shop, member, quantity=1)
    last = drawn(shop, member, quantity=2)

    page = till.open("member", member.number).content.decode()

    assert page.count("data-undo-last") == 1
    assert f"/counter/entries/{last}/undo/" in page
