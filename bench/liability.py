"""The liability board at a million wallets, against a plain GROUP BY over the open lots.

Both answers are compared before they are timed. The movement of a month, which reads sums by day,
is held against the same sums made of the movements themselves. Runs on a database of its own;
`python -m bench.liability` prints one line of JSON per figure.
"""

import logging
import sys
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db import connection
from django.test import Client

from bench.report import tell
from bench.reports import seconds
from bench.scratch import own_database
from ledger.models import Asset, Seal
from ledger.operations.value_days import sum_value_anew
from members.models import IssuingEntity, User
from members.operations import create_store
from reports.queries.figure import Question
from reports.queries.liability import held
from reports.queries.movement import Period, movement
from reports.queries.scope import whole_scope
from reports.rules.value_lines import Sum, total

WALLETS = 1_000_000
AS_OF = date(2026, 8, 31)
AUGUST = Period(date(2026, 8, 1), date(2026, 9, 1))
BOARD_LIMIT, PAGE_LIMIT, MOVEMENT_LIMIT = 1.5, 2.0, 0.2

# A top-up a member with a bonus for every third, on a day of the last three years; 97 % of it is
# still there, and every second member has drawn once.
FILL = """
CREATE TABLE bench_sale AS
SELECT n, n AS member_id, 1 + n %% 4 AS nth, DATE '2023-09-01' + (random() * 1090)::int AS day,
       (10000 + random() * 90000)::bigint AS paid, n %% 3 = 0 AS has_bonus, n %% 2 = 0 AS draws,
       md5('sale' || n)::uuid AS sale, md5('draw' || n)::uuid AS draw
FROM generate_series(1, %(wallets)s) AS n;
ALTER TABLE bench_sale ADD store_id bigint, ADD asset_id bigint;
UPDATE bench_sale SET store_id = store.id, asset_id = asset.id
FROM (SELECT id, entity_id, row_number() OVER (ORDER BY code) AS nth FROM members_store) AS store
JOIN ledger_asset AS asset ON asset.entity_id = store.entity_id
WHERE store.nth = bench_sale.nth;
INSERT INTO ledger_wallet (id, member_id, asset_id, balance, seq)
SELECT n, member_id, asset_id, 0, 0 FROM bench_sale;
INSERT INTO ledger_lot (id, wallet_id, store_id, origin, granted, remaining, cost, priority,
                        granted_at, available_from, expires_at)
SELECT n, n, store_id, 'paid', paid, CASE WHEN draws THEN paid - paid / 3 ELSE paid END, paid, 50,
       day + time '12:00', day + time '12:00', NULL FROM bench_sale
UNION ALL
SELECT %(wallets)s + n, n, store_id, 'bonus', 5000, 5000, 0, 60, day + time '12:00',
       day + time '12:00', CASE WHEN n %% 6 = 0 THEN TIMESTAMPTZ '2027-01-01' END
FROM bench_sale WHERE has_bonus;
INSERT INTO ledger_txn (id, kind, outcome, request_hash, store_id, business_date, occurred_at)
SELECT sale, 'top_up', 'posted', '', store_id, day, day + time '12:00' FROM bench_sale;
INSERT INTO ledger_txn (id, kind, outcome, request_hash, store_id, business_date, occurred_at)
SELECT draw, 'sale', 'posted', '', store_id, least(day + 20, DATE '2026-09-01'),
       day + 20 + time '12:00' FROM bench_sale WHERE draws;
INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, list_value,
                             charged_value, cost, wallet_seq, balance_after, lot_after)
SELECT sale, 1, n, n, paid, 1, NULL::bigint, 0, paid, 1, 0, 0 FROM bench_sale
UNION ALL
SELECT sale, 2, n, %(wallets)s + n, 5000, 2, NULL, 0, 0, 2, 0, 0 FROM bench_sale WHERE has_bonus
UNION ALL
SELECT draw, 1, n, n, -(paid / 3), 3, paid / 3, paid / 3,
       ledger_cost_left(paid, paid, paid - paid / 3) - paid, 3, 0, 0 FROM bench_sale WHERE draws;
"""
PLAIN = """
SELECT lot.origin, sum(lot.remaining)::bigint,
       sum(ledger_cost_left(lot.granted, lot.cost, lot.remaining))::bigint
FROM ledger_lot AS lot JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
WHERE lot.is_open GROUP BY lot.origin, wallet.asset_id
"""
PLAIN_MOVEMENT = """
SELECT wallet.asset_id, lot.origin, line.contra, txn.business_date < %(start)s,
       sum(line.amount)::bigint, sum(line.cost)::bigint
FROM ledger_txn AS txn JOIN ledger_movement AS line ON line.txn_id = txn.id
JOIN ledger_lot AS lot ON lot.id = line.lot_id
JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
WHERE txn.business_date < %(end)s GROUP BY 1, 2, 3, 4
"""


def main() -> int:
    """Print the figures; 1 when one is over its limit."""
    with own_database("regulars_bench_liability"):
        fill()
        return tell(measure())


def measure() -> Iterator[dict[str, Any]]:
    """The figures, as they come; raises where two ways to the same sum differ."""
    later = Question(as_of=date(2026, 9, 2), scope=whole_scope())
    assert board(later) == plain()
    assert month() == plain_month()
    measured, floor = seconds(lambda: board(later)), seconds(plain)
    yield figure("liability_board_to_plain_group_by", measured, floor, BOARD_LIMIT)
    measured, floor = seconds(month), seconds(plain_month)
    yield figure("movement_of_a_month_to_raw", measured, floor, MOVEMENT_LIMIT)
    yield figure("liability_page_to_one_second", seconds(page()), 1.0, PAGE_LIMIT)


def figure(name: str, measured: float, floor: float, limit: float) -> dict[str, Any]:
    return {
        "bench": name,
        "wallets": WALLETS,
        "seconds": round(measured, 4),
        "plain_seconds": round(floor, 4),
        "ratio": round(measured / floor, 4),
        "limit": limit,
    }


def fill() -> None:
    open_stores()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys hold by construction
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, {"wallets": WALLETS})
        cursor.execute("SELECT max(number) FROM ledger_txn")
        (last,) = cursor.fetchone()
        # One seal over everything, unhashed: the sums only ask how far it reaches.
        Seal.objects.create(
            number=1,
            form=1,
            sealed_at="2026-09-01T12:00Z",
            first_number=1,
            last_number=last,
            txns=1,
            numbers=[],
            marks=b"",
            rows_hash=b"",
            previous_hash=b"",
            hash=b"",
        )
        cursor.execute("VACUUM ANALYZE")
    sum_value_anew()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE ledger_valueday")


def open_stores() -> None:
    """Four stores of two entities, each with its stored value."""
    for number in range(4):
        entity, _made = IssuingEntity.objects.get_or_create(
            code=f"e{number // 2}", defaults={"name": f"Entity {number // 2}"}
        )
        create_store(
            code=f"store-{number}",
            name=f"Store {number}",
            entity=entity,
            country="CN",
            currency="CNY",
            time_zone="Asia/Shanghai",
            language="en",
            jurisdiction="CN",
        )
    for entity in IssuingEntity.objects.all():
        money = {"kind": "money", "currency": "CNY", "scale": 2}
        if not Asset.objects.filter(entity=entity, kind="money").exists():
            Asset.objects.create(entity=entity, code="money", name="Stored value", **money)


def board(question: Question) -> dict[str, Sum]:
    """What is owed by part, from the board's own rows."""
    rows = held(question)
    return {
        part: total(Sum(row.amount, row.cost) for row in rows if row.part == part)
        for part in ("principal", "bonus")
    }


def plain() -> dict[str, Sum]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
        rows = cursor.fetchall()
    return {
        part: total(Sum(amount, cost) for origin, amount, cost in rows if origin == name)
        for part, name in (("principal", "paid"), ("bonus", "bonus"))
    }


def month() -> Sum:
    return total(one.closing for one in movement(AUGUST, whole_scope()).values())


def plain_month() -> Sum:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN_MOVEMENT, {"start": AUGUST.start, "end": AUGUST.end})
        return total(Sum(amount, cost) for *_keys, amount, cost in cursor.fetchall())


def page() -> Callable[[], None]:
    """Open the board as an owner does."""
    logging.disable()
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.create(username="bench", role=User.Role.OWNER))

    def opened() -> None:
        answer = client.get("/reports/stored-value/", {"as_of": AS_OF.isoformat()}, follow=True)
        assert answer.status_code == 200, answer.status_code

    return opened


if __name__ == "__main__":
    sys.exit(main())
