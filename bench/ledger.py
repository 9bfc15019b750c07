"""A spend against the least that any ledger must do, and a large batch against a small one.

The floor is one UPDATE of a balance and one INSERT of a movement in one round trip, on the same
connection and committed alike. Spend and floor take turns, so that what else the machine does hits
both; of each turn the tenth percentile counts, and of all turns the best.
"""

import sys
from collections.abc import Callable
from time import perf_counter_ns
from typing import Any

from django.db import connection

from bench.floor import draw_on_floor, make_floor
from bench.report import tell
from bench.scratch import own_database
from ledger.models import Contra, LotOrigin, TxnKind
from ledger.operations.posting import grant, post, post_many, take
from members.models import Member
from tests.ledger.holding import Shop, contract_terms, give, open_shop

MEMBERS, TURNS, CALLS = 200, 16, 150
SMALL, LARGE = 250, 2_000
SPEND_LIMIT, BATCH_LIMIT = 4.0, 1.5


def main() -> int:
    """Print both figures; 1 when one is over its limit."""
    with own_database("regulars_bench_ledger"):
        shop = open_shop()
        return tell([_spend(shop), _batch(shop)])


def _spend(shop: Shop) -> dict[str, Any]:
    """The whole call from Python, headers and JSON included, against the bare statement."""
    members = [shop.member() for _ in range(MEMBERS)]
    for member in members:
        give(shop, member, shop.money, 10**9)
    make_floor(MEMBERS)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")

    def spend(number: int) -> None:
        leg = take(member=members[number % MEMBERS], asset=shop.money, amount=7)
        post(shop.header(), [leg]).or_raise()

    def floor(number: int) -> None:
        draw_on_floor(wallet=number % MEMBERS, amount=7)

    turns = [(_tenth_percentile(floor), _tenth_percentile(spend)) for _ in range(TURNS)]
    least, best = (min(column) for column in zip(*turns, strict=True))
    return {
        "bench": "ledger_spend_to_floor",
        "microseconds": round(best),
        "floor_microseconds": round(least),
        "ratio": round(best / least, 2),
        "limit": SPEND_LIMIT,
    }


def _tenth_percentile(call: Callable[[int], None]) -> float:
    """Microseconds that the quick calls of one turn take."""
    taken = []
    for number in range(CALLS):
        start = perf_counter_ns()
        call(number)
        taken.append(perf_counter_ns() - start)
    return sorted(taken)[CALLS // 10] / 1000


def _batch(shop: Shop) -> dict[str, Any]:
    """Opening balances in one call: the cost of each must not grow with how many there are."""
    _opening(shop, SMALL)
    small = min(_opening(shop, SMALL) for _ in range(4))
    large = min(_opening(shop, LARGE) for _ in range(2))
    return {
        "bench": f"ledger_batch_of_{LARGE}_to_{SMALL}_per_posting",
        "microseconds": round(large),
        "small_microseconds": round(small),
        "ratio": round(large / small, 2),
        "limit": BATCH_LIMIT,
    }


def _opening(shop: Shop, size: int) -> float:
    """Microseconds for each of ``size`` opening balances of new members, posted together."""
    operations = []
    for member in _enrol(shop, size):
        header = shop.header(TxnKind.OPENING)
        lot = grant(
            member=member,
            asset=shop.money,
            amount=100,
            cost=100,
            origin=LotOrigin.PAID,
            contra=Contra.MIGRATION,
            contract=header.id,
        )
        operations.append((header, [contract_terms(shop, header, member, 100), lot]))
    start = perf_counter_ns()
    post_many(operations)
    return (perf_counter_ns() - start) / size / 1000


def _enrol(shop: Shop, size: int) -> list[Member]:
    one = shop.member()
    fields = {"home_store": shop.store, "joined_on": one.joined_on, "created_at": one.created_at}
    return Member.objects.bulk_create(Member(name="m", **fields) for _ in range(size))


if __name__ == "__main__":
    sys.exit(main())
