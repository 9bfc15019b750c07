"""What the rollups ought to say: activity summed from visits, sales and coin plays.

The refresh writes these sums down and the check compares them, so both read the same sentences.

A day belongs to a member's history when it has a visit, a purchase or a coin play. A purchase is a
sale that counts as one, not voided and not fully refunded; its amount is what its goods cost after
refunds. On a bill that also topped up, a partial refund is shared between goods and top-up in
proportion. A row without a store speaks of all stores.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from ledger.models import DirtyMember

ACTIVITY = """
SELECT member_id, store_id, business_date, month_no,
       1 AS visits, 0 AS orders, 0::bigint AS amount, 0 AS plays, 0::bigint AS coins
FROM ledger_visit WHERE voided_at IS NULL AND {of_members}
UNION ALL
SELECT member_id, store_id, business_date, month_no, 0, 1,
       goods_total - CASE WHEN total = 0 THEN 0
                          ELSE div(refunded_total::numeric * goods_total, total)::bigint END, 0, 0
FROM ledger_sale
WHERE voided_at IS NULL AND is_purchase AND (refunded_total < total OR total = 0)
      AND member_id IS NOT NULL AND {of_members}
UNION ALL
SELECT member_id, store_id, business_date, month_no, 0, 0, 0, 1, coins
FROM ledger_coinplay WHERE member_id IS NOT NULL AND {of_members}
"""

DAYS = """
SELECT member_id, store_id, business_date,
       sum(visits)::int AS visits, sum(orders)::int AS orders, sum(amount)::bigint AS amount,
       sum(plays)::int AS plays, sum(coins)::bigint AS coins
FROM ({activity}) AS activity
GROUP BY GROUPING SETS ((member_id, business_date, store_id), (member_id, business_date))
""".replace("{activity}", ACTIVITY)

MONTHS = """
SELECT member_id, store_id,
       (extract(year FROM business_date) * 12 + extract(month FROM business_date) - 1)::int
           AS month_no,
       sum(visits)::int AS visits, sum(orders)::int AS orders, sum(amount)::bigint AS amount,
       sum(plays)::int AS plays, sum(coins)::bigint AS coins,
       count(*)::int AS visit_days, count(*) FILTER (WHERE orders > 0)::int AS purchase_days
FROM ledger_memberday WHERE {of_members}
GROUP BY 1, 2, 3
"""

FACTS = """
WITH day AS (
    SELECT member_id, business_date, orders, amount,
           business_date - lag(business_date)
               OVER (PARTITION BY member_id ORDER BY business_date) AS gap
    FROM ledger_memberday WHERE store_id IS NULL AND {of_members}
), fact AS (
    SELECT member_id,
           min(business_date) AS first_visit, max(business_date) AS last_visit,
           count(*)::int AS visit_days,
           min(business_date) FILTER (WHERE orders > 0) AS first_purchase,
           max(business_date) FILTER (WHERE orders > 0) AS last_purchase,
           count(*) FILTER (WHERE orders > 0)::int AS purchase_days,
           sum(orders)::int AS orders, sum(amount)::bigint AS spend,
           (percentile_disc(0.5) WITHIN GROUP (ORDER BY gap))::numeric(7, 1) AS median_gap_days
    FROM day GROUP BY member_id
)
SELECT id AS member_id, first_visit, last_visit, coalesce(visit_days, 0) AS visit_days,
       first_purchase, last_purchase, coalesce(purchase_days, 0) AS purchase_days,
       coalesce(orders, 0) AS orders, coalesce(spend, 0) AS spend, median_gap_days
FROM (SELECT id AS member_id, id FROM members_member) AS member
LEFT JOIN fact USING (member_id)
WHERE {of_members}
"""

DAY_COLUMNS = "member_id, store_id, business_date, visits, orders, amount, plays, coins"
MONTH_COLUMNS = (
    "member_id, store_id, month_no, visits, orders, amount, plays, coins, visit_days, purchase_days"
)
FACT_COLUMNS = (
    "member_id, first_visit, last_visit, visit_days, first_purchase, last_purchase, purchase_days,"
    " orders, spend, median_gap_days"
)

STORED = "SELECT {columns} FROM ledger_{rollup} WHERE {only}"
OUGHT = "SELECT {columns} FROM ({raw}) AS raw WHERE {only}"
COMPARED = (
    ("memberday", DAY_COLUMNS, DAYS, "true"),
    ("membermonth", MONTH_COLUMNS, MONTHS, "true"),
    # A member nobody has seen yet may have no facts at all.
    ("memberfacts", FACT_COLUMNS, FACTS, "first_visit IS NOT NULL"),
)

UNLIKE = """
SELECT '{rollup}', '{verdict}', to_jsonb(odd)
FROM (({these}) EXCEPT ({those})) AS odd
WHERE NOT EXISTS (SELECT FROM ledger_dirtymember AS dirty WHERE dirty.member_id = odd.member_id)
"""


@dataclass(frozen=True)
class Difference:
    """A row that only one side has: ``missing`` from the rollup, or ``false`` in it."""

    rollup: str
    verdict: str
    row: dict[str, Any]


@dataclass(frozen=True)
class Freshness:
    """How far the rollups are behind: members waiting, and since when the first of them waits."""

    waiting: int
    waiting_since: datetime | None


def rollups_equal_raw(*, limit: int = 100) -> list[Difference]:
    """Differences between the rollups and raw activity; an empty list proves them.

    At most ``limit`` of them. Members marked dirty are left out: theirs are known to be stale.
    """
    with connection.cursor() as cursor:
        cursor.execute(_comparison() + " LIMIT %s", [limit])
        return [
            Difference(rollup, verdict, json.loads(row))
            for rollup, verdict, row in cursor.fetchall()
        ]


def freshness() -> Freshness:
    """How many members wait for a refresh, and since when."""
    first = DirtyMember.objects.order_by("marked_at").values_list("marked_at", flat=True).first()
    return Freshness(waiting=DirtyMember.objects.count() if first else 0, waiting_since=first)


def _comparison() -> str:
    parts = []
    for rollup, columns, raw, only in COMPARED:
        stored = STORED.format(columns=columns, rollup=rollup, only=only)
        ought = OUGHT.format(columns=columns, raw=raw.format(of_members="true"), only=only)
        for verdict, these, those in (("missing", ought, stored), ("false", stored, ought)):
            parts.append(UNLIKE.format(rollup=rollup, verdict=verdict, these=these, those=those))
    return " UNION ALL ".join(parts)
