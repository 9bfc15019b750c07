"""Spends, refunds and top-ups by several tills at once, on many wallets and all on one.

Each till is a process with its own connection. The floor is the same as for a single spend: one
UPDATE and one INSERT in one round trip, sent by as many tills over the same kind of connection.
What all tills together take for a call is compared; floor and postings take turns, and of all
turns the best counts.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection, connections

from bench.floor import draw_on_floor, make_floor
from bench.report import tell
from bench.scratch import own_database
from ledger.models import Contra, LotOrigin, TxnKind
from ledger.operations.posting import Leg, give_back, grant, post, post_many, take
from members.models import Member
from tests.ledger.holding import Shop, contract_terms, give, open_shop

TILLS = (1, 4, 8)
MEMBERS, TURNS, CALLS = 400, 6, 240
# A wallet has room for 200 lots, and a top-up with a bonus opens two of them.
TOP_UPS = 96
# What each kind of posting may cost in floors. A spend is held closer by `bench.ledger`, which has
# the machine to itself; a refund finds what it gives back, and a top-up writes a contract and two
# lots. On one wallet tills wait for each other: what a posting does under the lock adds up.
LIMITS = {"spend": 6.0, "refund": 8.0, "top_up": 8.0}

type Turn = Callable[[str, Sequence[Any]], float]


@dataclass(frozen=True)
class Bench:
    """The shop and its members, who hold beer without end and buy money."""

    shop: Shop
    members: list[Member]

    def calls(self, kind: str, *, hot: bool) -> list[Any]:
        """What one turn of ``kind`` sends: numbers of members, or spends to refund."""
        size = TOP_UPS if kind == "top_up" else CALLS
        numbers = [0 if hot else number % MEMBERS for number in range(size)]
        return self._spends(numbers) if kind == "refund" else numbers

    def floor(self, number: int) -> None:
        draw_on_floor(wallet=number, amount=7)

    def spend(self, number: int) -> None:
        post(self.shop.header(), [self._seven(number)]).or_raise()

    def refund(self, spent: UUID) -> None:
        post(self.shop.header(TxnKind.REVERSE, reverses=spent), [give_back()]).or_raise()

    def top_up(self, number: int) -> None:
        """A paid lot and a bonus on one contract."""
        member, header = self.members[number], self.shop.header(TxnKind.TOP_UP)
        terms = {"member": member, "asset": self.shop.money, "contract": header.id}
        paid = {"amount": 10_000, "cost": 10_000, "origin": LotOrigin.PAID}
        bonus = {"amount": 1_000, "origin": LotOrigin.BONUS}
        legs = [
            contract_terms(self.shop, header, member, 10_000),
            grant(contra=Contra.CASH_IN, **paid, **terms),
            grant(contra=Contra.PROMOTION, **bonus, **terms),
        ]
        post(header, legs).or_raise()

    def use_up(self, numbers: Iterable[int]) -> None:
        """Draw all that top-ups brought, so that there is room for the next ones."""
        for number in set(numbers):
            everything = take(
                member=self.members[number], asset=self.shop.money, amount=10**9, up_to=True
            )
            post(self.shop.header(), [everything]).or_raise()

    def _seven(self, number: int) -> Leg:
        return take(member=self.members[number], asset=self.shop.beer, amount=7)

    def _spends(self, numbers: Iterable[int]) -> list[UUID]:
        """Spends that wait for their refund."""
        spends = [(self.shop.header(), [self._seven(number)]) for number in numbers]
        return [answer.or_raise().id for answer in post_many(spends)]


def main() -> int:
    """Print a figure for each posting, number of tills and spread; 1 when one is over its limit."""
    with own_database("regulars_bench_tills"):
        shop = open_shop()
        bench = Bench(shop, [shop.member() for _ in range(MEMBERS)])
        for member in bench.members:
            give(shop, member, shop.beer, 10**9)
        make_floor(MEMBERS)
        return max(
            tell(_figures(bench, tills, hot=hot)) for hot in (False, True) for tills in TILLS
        )


def _figures(bench: Bench, tills: int, *, hot: bool) -> Iterator[dict[str, Any]]:
    """The postings of so many tills against the floor of as many."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    with _open(bench, tills) as turn:
        turns = [_one_of_each(bench, turn, hot=hot) for _ in range(TURNS)]
    best = {kind: min(one[kind] for one in turns) for kind in turns[0]}
    for kind, limit in LIMITS.items():
        yield {
            "bench": f"ledger_{kind}_{tills}_tills_{'one_wallet' if hot else 'many_wallets'}",
            "a_second": round(1 / best[kind]),
            "floor_a_second": round(1 / best["floor"]),
            "ratio": round(best[kind] / best["floor"], 2),
            "limit": limit,
        }


def _one_of_each(bench: Bench, turn: Turn, *, hot: bool) -> dict[str, float]:
    """Seconds for a call of each kind, measured one kind after the other."""
    seconds = {}
    for kind in ("floor", *LIMITS):
        calls = bench.calls(kind, hot=hot)
        seconds[kind] = turn(kind, calls)
        if kind == "top_up":
            bench.use_up(calls)
    return seconds


@contextmanager
def _open(bench: Bench, tills: int) -> Iterator[Turn]:
    """So many processes; what is given deals calls out to them and tells the seconds of one."""
    connections.close_all()  # no two processes may share one
    context = get_context("fork")
    start = context.Barrier(tills)
    pairs = [context.Pipe() for _ in range(tills)]
    processes = [
        context.Process(target=_serve, args=(bench, theirs, start), daemon=True)
        for _, theirs in pairs
    ]
    for process in processes:
        process.start()
    ours = [pipe for pipe, _ in pairs]

    def turn(kind: str, calls: Sequence[Any]) -> float:
        for number, pipe in enumerate(ours):
            pipe.send((kind, calls[number::tills]))
        spans = [pipe.recv() for pipe in ours]
        return (max(end for _, end in spans) - min(begin for begin, _ in spans)) / len(calls)

    yield turn
    for pipe, process in zip(ours, processes, strict=True):
        pipe.send(None)
        process.join()


def _serve(bench: Bench, orders: Connection, start: Barrier) -> None:
    """A till: wait for calls, begin them when all tills are ready, say when it began and ended."""
    while order := orders.recv():
        kind, calls = order
        call: Callable[[Any], None] = getattr(bench, kind)
        connection.ensure_connection()
        start.wait(timeout=60)
        begin = perf_counter()
        for what in calls:
            call(what)
        orders.send((begin, perf_counter()))
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
