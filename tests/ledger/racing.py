"""Several tills at once, each a thread with its own connection; all start at one barrier."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic, sleep

from django.db import connection

from ledger.models import Contra, LotOrigin, TxnKind
from ledger.operations import posting
from ledger.operations.posting import grant, move, take
from members.models import Member
from tests.ledger.holding import Shop

TILLS = 8
post = posting.post.__wrapped__  # a deadlock fails the test instead of being tried again


def together[T](tills: int, work: Callable[[int], T]) -> list[T]:
    """Run ``work`` with the numbers of all tills at the same moment; results in their order."""
    barrier = Barrier(tills)

    def at_till(number: int) -> T:
        try:
            with connection.cursor() as cursor:  # connected before the start
                cursor.execute("SELECT 1")
            barrier.wait(timeout=30)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(tills) as pool:
        return list(pool.map(at_till, range(tills)))


def dealt[T](calls: Sequence[T], tills: int) -> list[Sequence[T]]:
    """The calls dealt out to the tills like cards."""
    return [calls[number::tills] for number in range(tills)]


def somebody_waits_for_us(within: float = 10) -> bool:
    """Whether another connection comes to wait for a lock that this one holds."""
    end = monotonic() + within
    with connection.cursor() as cursor:
        while monotonic() < end:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted"
                " AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"
            )
            if cursor.fetchone()[0]:
                return True
            sleep(0.02)
    return False


def hand_to_and_fro(shop: Shop, one: Member, other: Member, seconds: float) -> list[list[str]]:
    """Hand beers over in both directions at all tills for some time; the outcomes.

    Half of the tills hand over all lots there are, half take three beers and give them. Every
    handing over leaves a lot more to hand over the next time, so the members hold few beers.
    """
    end = monotonic() + seconds

    def at_till(till: int) -> list[str]:
        giver, taker = (one, other) if till % 2 else (other, one)
        three = [
            take(member=giver, asset=shop.beer, amount=3, contra=Contra.TRANSFER),
            grant(
                member=taker,
                asset=shop.beer,
                amount=3,
                origin=LotOrigin.GOODWILL,
                contra=Contra.TRANSFER,
                merge=True,
            ),
        ]
        all_lots = [move(member=giver, to_member=taker, asset=shop.beer)]
        legs = three if till < TILLS // 2 else all_lots
        outcomes = []
        while monotonic() < end:
            outcomes.append(post(shop.header(TxnKind.TRANSFER), legs).outcome)
        return outcomes

    return together(TILLS, at_till)
