"""Whether the sums of value say what the movements say."""

from dataclasses import dataclass

from django.db import connection

DAY_COLUMNS = "business_date, issued_id, asset_id, origin, is_paid, contra, kind, store_id"
MONTH_COLUMNS = "month_no, granted_month, issued_id, asset_id, origin, is_paid, contra"
MOVED = "ledger_value_moved({after}, {upto})"
# Sums of nothing but zeros are rows like any other: what was moved and moved back is on record.
DAYS = """
SELECT {columns}, sum(amount)::bigint AS amount, sum(cost)::bigint AS cost,
       sum(list_value)::bigint AS list_value
FROM {moved} AS moved GROUP BY {columns}
"""
MONTHS = """
SELECT {columns}, sum(amount)::bigint AS amount, sum(cost)::bigint AS cost
FROM (SELECT (extract(year FROM business_date) * 12 + extract(month FROM business_date) - 1)::int
             AS month_no, *
      FROM {moved} AS moved) AS moved
GROUP BY {columns}
"""
COMPARED = (
    ("valueday", DAY_COLUMNS, ", amount, cost, list_value", DAYS),
    ("valuemonth", MONTH_COLUMNS, ", amount, cost", MONTHS),
)
STORED = "SELECT {columns} FROM ledger_{table}"
UNLIKE = """
SELECT '{table}', '{verdict}', to_jsonb(odd)::text FROM (({these}) EXCEPT ({those})) AS odd
"""


@dataclass(frozen=True)
class ValueDifference:
    """A row that only one side has: ``missing`` from the sums, or ``false`` in them."""

    table: str
    verdict: str
    row: str


def value_days_equal_raw(*, limit: int = 100) -> list[ValueDifference]:
    """Differences between the sums and the movements they sum; an empty list proves them."""
    moved = MOVED.format(after=0, upto="coalesce((SELECT number FROM ledger_valuehorizon), 0)")
    parts = []
    for table, columns, sums, raw in COMPARED:
        stored = STORED.format(columns=columns + sums, table=table)
        ought = raw.format(columns=columns, moved=moved)
        for verdict, these, those in (("missing", ought, stored), ("false", stored, ought)):
            parts.append(UNLIKE.format(table=table, verdict=verdict, these=these, those=those))
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts) + " LIMIT %s", [limit])
        return [ValueDifference(*row) for row in cursor.fetchall()]
