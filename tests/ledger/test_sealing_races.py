"""Sealing while tills are at work: no transaction slips past, and nobody waits for the hashing.

Each test says how the code was broken once to see it fail.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest
from django.db import connection, transaction

from ledger.models import Seal, Txn
from ledger.operations.evidence import seal_up
from ledger.queries.seals import prove_seals
from members.models import Member
from tests.ledger.holding import Shop, member_holding, open_shop, spend
from tests.ledger.test_races import somebody_waits_for_us, together

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 30  # seconds until a test gives up on another thread


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def aside[T](work: Callable[[], T]) -> Future[T]:
    """Begin ``work`` in a thread with a connection of its own."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    pool = ThreadPoolExecutor(1)
    begun = pool.submit(run)
    pool.shutdown(wait=False)
    return begun


class OpenSpend:
    """A spend whose transaction stays open until it is told to commit."""

    def __init__(self, shop: Shop, member: Member) -> None:
        self.posted, self.may_commit = Event(), Event()
        self.thread = aside(lambda: self._spend(shop, member))
        assert self.posted.wait(PATIENCE)

    def _spend(self, shop: Shop, member: Member) -> None:
        with transaction.atomic():
            spend(shop, member, shop.beer, 1).or_raise()
            self.posted.set()
            assert self.may_commit.wait(PATIENCE)

    def commit(self) -> None:
        self.may_commit.set()
        self.thread.result(PATIENCE)


def sealed_numbers() -> list[int]:
    return [number for seal in Seal.objects.order_by("number") for number in seal.numbers]


def test_a_writer_that_is_still_at_work_is_waited_for_and_not_skipped(shop: Shop):
    """Failed without the shared lock in ledger_next_number: the later spend was sealed at once,
    and the earlier one turned up in a sealed block.
    """
    slow, quick = (member_holding(shop, beer=10) for _ in range(2))
    assert seal_up() == 1
    writer = OpenSpend(shop, slow)
    spend(shop, quick, shop.beer, 1)

    while_it_writes = seal_up()
    writer.commit()
    afterwards = seal_up()

    numbers = list(Txn.objects.order_by("number").values_list("number", flat=True))
    assert (while_it_writes, afterwards) == (None, 1)
    assert sealed_numbers() == numbers
    assert len(numbers) == 4
    assert prove_seals().flaws == []


def test_a_writer_that_gives_up_leaves_nothing_to_wait_for(shop: Shop):
    """Failed with a lock of the session instead of the transaction: it was never let go."""
    member = member_holding(shop, beer=10)
    with transaction.atomic():
        spend(shop, member, shop.beer, 1)
        transaction.set_rollback(True)

    made = aside(seal_up).result(PATIENCE)

    assert (made, Seal.objects.get().txns) == (1, 1)
    assert prove_seals().flaws == []


def test_posting_goes_on_while_blocks_are_hashed_and_written(shop: Shop):
    """Failed when the sealer kept its lock until the commit: no answer within 30 seconds."""
    member = member_holding(shop, beer=10)

    with transaction.atomic():
        assert seal_up() == 1
        till = aside(lambda: spend(shop, member, shop.beer, 1))
        answer = till.result(PATIENCE)

    assert answer.outcome == "posted"
    assert seal_up() == 1
    assert prove_seals().flaws == []


def test_a_till_waits_for_a_sealer_no_longer_than_its_lock_timeout(shop: Shop):
    """Failed without lock_timeout on ledger_seal_up: the sealer, and the till, waited for 30 s."""
    slow, quick = (member_holding(shop, beer=10) for _ in range(2))
    writer = OpenSpend(shop, slow)
    sealer = aside(seal_up)
    began = monotonic()

    answer = spend(shop, quick, shop.beer, 1)
    waited = monotonic() - began
    made = sealer.result(PATIENCE)
    writer.commit()

    assert (answer.outcome, made) == ("posted", None)
    assert waited < 5  # 0.2 s and what a busy machine adds; the writer above holds on for 30


@pytest.mark.slow
def test_everything_posted_in_a_rush_is_sealed_once(shop: Shop):
    """Eight at work, two of them sealing all the time.

    Failed without the shared lock in ledger_next_number: transactions in blocks sealed before.
    """
    members = [member_holding(shop, beer=1_000) for _ in range(6)]

    def work(number: int) -> None:
        for _ in range(40):
            if number < len(members):
                spend(shop, members[number], shop.beer, 1).or_raise()
            else:
                seal_up(most=7)

    together(8, work)
    assert seal_up() is not None

    assert sealed_numbers() == list(Txn.objects.order_by("number").values_list("number", flat=True))
    assert len(sealed_numbers()) == 6 + 6 * 40
    assert prove_seals().flaws == []


def test_a_second_sealer_leaves_the_work_to_the_first(shop: Shop):
    """Failed without the sealers' own lock: it waited, and sealed the same block again."""
    member_holding(shop, beer=1)

    with transaction.atomic():
        first = seal_up()
        second = aside(seal_up).result(PATIENCE)

    assert (first, second) == (1, None)
    assert not somebody_waits_for_us(within=0.1)
    assert Seal.objects.count() == 1
