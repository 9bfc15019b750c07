"""Deposits: held value cannot be spent, is taken or released once, and never twice."""

from datetime import timedelta
from uuid import uuid4

import pytest

from common.errors import DomainError
from ledger.models import Contra, Hold, MemberFacts, Movement, Sale, Txn
from ledger.operations.expiry import sweep_expired
from ledger.operations.holds import (
    HoldEndsTooLate,
    HoldEndsTooSoon,
    HoldResolved,
    MoreThanHeld,
    PurposeMissing,
    capture,
    hold,
    release,
    release_due,
)
from ledger.operations.refusals import NotEnough, ReleaseTheDeposit
from ledger.operations.reversal import undo
from ledger.operations.rollups import refresh_everybody
from ledger.operations.sale_refunds import NothingToRefund, refund_sale
from ledger.queries.audit import differences
from ledger.tasks import release_deposits
from tests.ledger.holding import DAY, NOON, balance, open_shop, sell_beers, spend, top_up
from tests.ledger.test_races import together

pytestmark = pytest.mark.django_db

TILLS = 8


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def member(shop):
    member = shop.member()
    top_up(shop, member, paid=50000, bonus=10000, expires_at=NOON + 10 * DAY)
    return member


def held(shop, member, amount=30000, **more):
    standard = {
        "request_id": uuid4(),
        "store": shop.store,
        "at": NOON,
        "by": shop.clerk,
        "asset": shop.money,
        "purpose": "private room",
        "expires_at": NOON + DAY,
    }
    return hold(member=member, amount=amount, **(standard | more))


def here(shop, at=NOON):
    return {"store": shop.store, "at": at, "by": shop.clerk}


def test_what_is_held_cannot_be_spent_and_is_no_revenue(shop, member):
    held(shop, member)

    assert balance(member, shop.money) == 30000
    assert spend(shop, member, shop.money, 30001).outcome == "refused"
    assert not Movement.objects.filter(contra=Contra.REVENUE).exists()


def test_a_part_is_taken_as_revenue_and_the_rest_comes_back(shop, member):
    deposit = held(shop, member)

    answer = capture(hold=deposit, amount=20000, **here(shop))

    deposit.refresh_from_db()
    assert (deposit.captured, deposit.resolved_at) == (20000, NOON)
    assert balance(member, shop.money) == 40000
    taken = Movement.objects.filter(txn=answer.id, contra=Contra.REVENUE)
    assert [(m.amount, m.list_value, m.charged_value) for m in taken] == [(-20000, 20000, 20000)]
    assert differences() == []


def test_what_is_taken_is_one_bill_that_counts_as_a_purchase(shop, member):
    """Failed without ``write`` in ``_resolve``."""
    deposit = held(shop, member)
    capture(hold=deposit, amount=20000, **here(shop))
    answer = capture(hold=deposit, amount=20000, **here(shop))
    release(hold=held(shop, member, 500), **here(shop))

    bill = Sale.objects.get()
    line, tender = bill.lines.get(), bill.tenders.get()
    assert (bill.pk, bill.txn_id, bill.member) == (answer.id, answer.id, member)
    assert (bill.total, bill.goods_total, bill.is_purchase) == (20000, 20000, True)
    assert (line.description, line.list_value, line.charged_value) == ("private room", 20000, 20000)
    assert (tender.tender.kind, tender.amount) == ("stored_value", 20000)
    assert bill.visit.member == member
    refresh_everybody(at=NOON)
    facts = MemberFacts.objects.get(member=member)
    assert (facts.orders, facts.spend) == (1, 20000)
    assert differences() == []


def test_a_bill_of_a_deposit_is_paid_back_to_its_lots_once(shop, member):
    deposit = held(shop, member)
    answer = capture(hold=deposit, amount=20000, **here(shop))

    asked = here(shop) | {"reason": "room was cold", "sale_id": answer.id}
    refund_sale(request_id=uuid4(), **asked)

    assert balance(member, shop.money) == 60000
    with pytest.raises(NothingToRefund):
        refund_sale(request_id=uuid4(), **asked)
    assert differences() == []


def test_units_that_are_taken_make_no_bill(shop, member):
    sell_beers(shop, member, 10, 1000)
    deposit = held(shop, member, 5, asset=shop.beer)

    capture(hold=deposit, amount=5, **here(shop))

    assert not Sale.objects.exists()


def test_a_release_gives_all_of_it_back_and_a_second_one_gets_the_first_answer(shop, member):
    deposit = held(shop, member)
    first = release(hold=deposit, **here(shop))

    again = release(hold=deposit, **here(shop, NOON + DAY))

    assert again.movements == first.movements
    assert balance(member, shop.money) == 60000
    assert differences() == []


def test_taking_after_a_release_or_another_amount_is_refused(shop, member):
    released, taken = held(shop, member, 1000), held(shop, member, 1000)
    release(hold=released, **here(shop))
    capture(hold=taken, amount=400, **here(shop))
    before = Txn.objects.count(), Movement.objects.count()

    for refused in (
        lambda: capture(hold=released, amount=1000, **here(shop)),
        lambda: capture(hold=taken, amount=500, **here(shop)),
        lambda: release(hold=taken, **here(shop)),
    ):
        with pytest.raises(HoldResolved):
            refused()

    assert (Txn.objects.count(), Movement.objects.count()) == before


def test_refusals_write_nothing(shop, member):
    deposit = held(shop, member, 1000)
    before = Movement.objects.count(), Hold.objects.count()

    for refusal, asked in (
        (MoreThanHeld, lambda: capture(hold=deposit, amount=1001, **here(shop))),
        (PurposeMissing, lambda: held(shop, member, purpose=" ")),
        (HoldEndsTooSoon, lambda: held(shop, member, expires_at=NOON)),
        (HoldEndsTooLate, lambda: held(shop, member, expires_at=NOON + 367 * DAY)),
        (NotEnough, lambda: held(shop, member, 10**6)),
    ):
        with pytest.raises(refusal):
            asked()

    assert (Movement.objects.count(), Hold.objects.count()) == before


def test_what_ended_while_it_was_held_can_still_be_taken(shop, member):
    """Broken once by leaving `held` out of the leg: refused, and the deposit stuck for good."""
    deposit = held(shop, member, expires_at=NOON + 30 * DAY)
    late = NOON + 20 * DAY
    sweep_expired(at=late)
    assert balance(member, shop.money) == 0

    capture(hold=deposit, amount=10000, **here(shop, late))

    assert balance(member, shop.money) == 20000
    sweep_expired(at=late + timedelta(hours=1))
    assert balance(member, shop.money) == 0
    assert differences() == []


def test_a_deposit_past_its_time_is_released_by_the_worker_once(shop, member):
    held(shop, member)

    assert release_due(at=NOON + DAY - timedelta(seconds=1)) == 0
    assert release_due(at=NOON + DAY) == 1

    assert balance(member, shop.money) == 60000
    assert release_deposits() == 0


def test_a_deposit_is_not_undone_but_released(shop, member):
    deposit = held(shop, member)

    with pytest.raises(ReleaseTheDeposit):
        undo(request_id=uuid4(), txn_id=deposit.pk, reason="slip", **here(shop))

    assert balance(member, shop.money) == 30000


@pytest.mark.django_db(transaction=True)
def test_eight_tills_resolve_one_deposit_once(shop, member):
    """Broken once with a fresh id for each resolution: the deposit came back several times."""
    deposit = held(shop, member)

    def at_till(till):
        try:
            if till % 2:
                return release(hold=deposit, **here(shop))
            return capture(hold=deposit, amount=1000 * (till + 1), **here(shop))
        except DomainError as refusal:
            return refusal

    told = together(TILLS, at_till)

    answers = [one for one in told if not isinstance(one, DomainError)]
    assert sum(one.is_fresh for one in answers) == 1
    assert len({str(one.movements) for one in answers}) == 1
    assert {one.code for one in told if isinstance(one, DomainError)} <= {"hold_resolved"}
    taken = Hold.objects.get().captured
    assert balance(member, shop.money) == 60000 - taken
    assert differences() == []
