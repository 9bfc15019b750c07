"""A spend with ten million movements in the ledger against one with ten thousand.

History is filled in as postings would have left it, so that the audit passes, with ids spread
at random as tills make them. Each size is measured against the floor at that moment, which takes
what else the machine does out of the comparison. ``BENCH_MOVEMENTS`` sets the larger size.
"""

import os
import sys
from time import perf_counter, perf_counter_ns
from uuid import uuid4

from django.db import connection

from bench.floor import draw_on_floor, make_floor
from bench.report import tell
from bench.scratch import own_database
from ledger.models import Wallet
from ledger.operations.posting import post, take
from members.models import Member
from tests.ledger.holding import NOON, Shop, open_shop

WALLETS, FEW = 10_000, 10_000
MANY = int(os.environ.get("BENCH_MOVEMENTS", "10_000_000"))
TURNS, CALLS, LIMIT = 10, 200, 1.3
HELD, DRAWN = 10**9, 7

MEMBERS = """
INSERT INTO members_member (
    name, email, address, region, lunar_birthday, lunar_leap, gender, occupation, education,
    channel, notes, attributes, external_ids, home_store_id, joined_on, status, pinyin, initials,
    last_word, created_at)
SELECT n, '', '', '', '', false, '', '', '', '', '', '{}', '{}', %(store)s, %(at)s, 'active',
       '', '', '', %(at)s
FROM generate_series(1, %(wallets)s) AS n
"""
EMPTY_WALLETS = """
INSERT INTO ledger_wallet (member_id, asset_id) SELECT id, %(asset)s FROM members_member;
INSERT INTO ledger_lot (wallet_id, store_id, origin, granted, remaining, granted_at, available_from)
SELECT id, %(store)s, 'goodwill', %(held)s, 0, %(at)s, %(at)s FROM ledger_wallet
"""
# What the next movements of each wallet start from.
STATE = """
CREATE TEMPORARY TABLE state AS
SELECT row_number() OVER (ORDER BY w.id) - 1 AS nr, w.id AS wallet_id, l.id AS lot_id, w.member_id,
       w.balance, w.seq
FROM ledger_wallet w JOIN ledger_lot l ON l.wallet_id = w.id
"""
TXNS = """
INSERT INTO ledger_txn (id, kind, outcome, request_hash, member_id, store_id, business_date,
                        occurred_at, number)
SELECT md5(%(tag)s || n)::uuid, 'redeem', 'posted', sha256(int8send(n)), s.member_id, %(store)s,
       (%(at)s)::date, %(at)s, nextval('ledger_txn_number')
FROM generate_series(0, %(count)s - 1) AS n JOIN state s ON s.nr = n %% %(wallets)s
"""
MOVEMENTS = """
INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, charged_value, cost,
                             wallet_seq, balance_after, lot_after)
SELECT md5(%(tag)s || n)::uuid, 1, s.wallet_id, s.lot_id, %(amount)s, %(contra)s, 0, 0,
       s.seq + turn, s.balance + turn * %(amount)s, s.balance + turn * %(amount)s
FROM generate_series(0, %(count)s - 1) AS n JOIN state s ON s.nr = n %% %(wallets)s,
     LATERAL (SELECT n / %(wallets)s + 1) t (turn)
"""
BALANCES = """
UPDATE ledger_wallet SET balance = balance + %(moved)s,
                         seq = seq + %(each)s;
UPDATE ledger_lot SET remaining = remaining + %(moved)s;
DROP TABLE state
"""
# Random keys go into an index one page at a time; building it afterwards sorts them.
PUT_INDEXES_OFF = """
UPDATE pg_index SET indisready = false, indisvalid = false
WHERE indrelid IN ('ledger_txn'::regclass, 'ledger_movement'::regclass)
"""


def main() -> int:
    """Print the figure; 1 when it is over the limit."""
    with own_database("regulars_bench_growth"):
        shop = open_shop()
        _open_wallets(shop)
        make_floor(WALLETS)
        few, few_floor = _add_and_measure(shop, FEW)
        start = perf_counter()
        many, many_floor = _add_and_measure(shop, MANY - FEW)
        figure = {
            "bench": "ledger_spend_with_many_movements_to_few",
            "movements": MANY,
            "few_movements": FEW,
            "microseconds": round(many),
            "few_microseconds": round(few),
            "to_floor": round(many / many_floor, 2),
            "few_to_floor": round(few / few_floor, 2),
            "seconds_to_fill_and_measure": round(perf_counter() - start),
            "ratio": round(many / many_floor / (few / few_floor), 2),
            "limit": LIMIT,
        }
        return tell([figure])


def _open_wallets(shop: Shop) -> None:
    """Members with a wallet and one lot each, granted by a movement of its own."""
    given = {"store": shop.store.pk, "asset": shop.beer.pk, "at": NOON, "held": HELD}
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, given | {"wallets": WALLETS})
        cursor.execute(EMPTY_WALLETS, given)
    _write(shop, "grant", WALLETS, amount=HELD, contra=6)


def _write(shop: Shop, tag: str, count: int, *, amount: int, contra: int) -> None:
    """Write ``count`` movements, dealt out to all wallets, each in a transaction of its own."""
    given = {
        "tag": tag,
        "count": count,
        "each": count // WALLETS,
        "moved": amount * (count // WALLETS),
        "amount": amount,
        "contra": contra,
        "wallets": WALLETS,
        "store": shop.store.pk,
        "at": NOON,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys hold by construction
        cursor.execute(PUT_INDEXES_OFF)
        for statement in (STATE, TXNS, MOVEMENTS, BALANCES):
            cursor.execute(statement, given)
        cursor.execute("REINDEX TABLE ledger_txn")
        cursor.execute("REINDEX TABLE ledger_movement")
        cursor.execute("SET session_replication_role = origin")


def _add_and_measure(shop: Shop, count: int) -> tuple[float, float]:
    """Add ``count`` spends, then tell the microseconds of one more and of the floor."""
    _write(shop, f"spend-{uuid4()}-", count, amount=-DRAWN, contra=3)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    members = [wallet.member for wallet in Wallet.objects.select_related("member").order_by("pk")]
    turns = [_turn(shop, members, number) for number in range(TURNS)]
    spend, floor = (min(column) for column in zip(*turns, strict=True))
    return spend, floor


def _turn(shop: Shop, members: list[Member], turn: int) -> tuple[float, float]:
    """Tenth percentiles of spends and of as many calls of the floor, one after the other."""
    spends, floors = [], []
    for number in range(CALLS):
        chosen = (turn * CALLS + number) * 7919 % WALLETS
        leg = take(member=members[chosen], asset=shop.beer, amount=DRAWN)
        begin = perf_counter_ns()
        post(shop.header(), [leg])
        middle = perf_counter_ns()
        draw_on_floor(wallet=chosen, amount=DRAWN)
        spends.append(middle - begin)
        floors.append(perf_counter_ns() - middle)
    return sorted(spends)[CALLS // 10] / 1000, sorted(floors)[CALLS // 10] / 1000


if __name__ == "__main__":
    sys.exit(main())
