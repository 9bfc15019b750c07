"""What the accepted rows of a batch hold, kind by kind of value."""

from typing import Any

from django.db import connection

from imports.models import ImportBatch, ImportRow

PARTS = ("stored_value_principal", "stored_value_bonus", "points", "coins")

BALANCES = """
SELECT coalesce(sum((values->'balances'->>'stored_value_principal')::numeric), 0)::bigint,
       coalesce(sum((values->'balances'->>'stored_value_bonus')::numeric), 0)::bigint,
       coalesce(sum((values->'balances'->>'points')::numeric), 0)::bigint,
       coalesce(sum((values->'balances'->>'coins')::numeric), 0)::bigint
FROM imports_importrow WHERE batch_id = %s AND NOT is_repeated AND outcome = ANY(%s)
"""
UNITS = """
SELECT unit.key, sum((unit.value->>'count')::numeric)::bigint
FROM imports_importrow, jsonb_each(values->'balances'->'units') AS unit
WHERE batch_id = %s AND NOT is_repeated AND outcome = ANY(%s) GROUP BY unit.key
HAVING sum((unit.value->>'count')::numeric) <> 0 ORDER BY unit.key
"""


def totals_of(batch: ImportBatch) -> dict[str, Any]:
    """Balances of the accepted rows: money in minor units, units by name. Logs hold none."""
    accepted: list[Any] = [batch.pk, list(ImportRow.ACCEPTED)]
    with connection.cursor() as cursor:
        cursor.execute(BALANCES, accepted)
        sums = dict(zip(PARTS, cursor.fetchone(), strict=True))
        cursor.execute(UNITS, accepted)
        return sums | {"units": dict(cursor.fetchall())}
