"""Keep the rollups true: note whose activity changed, and rebuild what reports read of them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from ledger.models import DirtyMember, MemberDay, MemberMonth
from ledger.queries.rollups import (
    DAY_COLUMNS,
    DAYS,
    FACT_COLUMNS,
    FACTS,
    MONTH_COLUMNS,
    MONTHS,
)

# Shared by the refreshes, which share out the members among them; alone for the rebuild, whose
# view of the activity would otherwise be older than what a refresh has written meanwhile.
LOCK = 7_201_905
# Small: a till that serves a member of the batch waits until it is done.
BATCH = 200

MARK = """
INSERT INTO ledger_dirtymember (member_id, marked_at)
SELECT id, %s FROM unnest(%s::bigint[]) AS id ORDER BY id
ON CONFLICT (member_id) DO UPDATE SET marked_at = ledger_dirtymember.marked_at WHERE false
"""

TAKE = """
SELECT member_id FROM ledger_dirtymember
ORDER BY marked_at, member_id LIMIT %s FOR UPDATE SKIP LOCKED
"""

# Only rows that changed are written: a regular's history is long and a new visit touches one day.
MERGE = """
WITH fresh AS MATERIALIZED ({fresh}), gone AS (
    DELETE FROM {table} AS old
    WHERE old.member_id = ANY(%(members)s) AND NOT EXISTS (
        SELECT FROM fresh WHERE fresh.member_id = old.member_id
            AND fresh.{period} = old.{period} AND fresh.store_id IS NOT DISTINCT FROM old.store_id)
)
INSERT INTO {table} AS old ({columns}) SELECT {columns} FROM fresh
ON CONFLICT (member_id, {period}, store_id) DO UPDATE SET ({values}) = ROW ({new_values})
WHERE ({old_values}) IS DISTINCT FROM ({new_values})
"""

FILL = "INSERT INTO {table} ({columns}) SELECT {columns} FROM ({fresh}) AS fresh ORDER BY 2, 3, 1"

KEEP_FACTS = """
INSERT INTO ledger_memberfacts ({columns}, refreshed_at)
SELECT {columns}, %(at)s FROM ({fresh}) AS fresh
ON CONFLICT (member_id) DO UPDATE SET ({columns}, refreshed_at) = ROW ({new_columns}, %(at)s)
"""

OF_MEMBERS = {"of_members": "member_id = ANY(%(members)s)"}
OF_ALL = {"of_members": "true"}
ROLLUPS = (
    ("ledger_memberday", "business_date", DAY_COLUMNS, DAYS),
    ("ledger_membermonth", "month_no", MONTH_COLUMNS, MONTHS),
)


def mark_dirty(*, member_ids: Iterable[int], at: datetime) -> None:
    """Note that the members' activity changed, so that the next refresh rebuilds their rollups.

    Call it last in the transaction that writes the activity: it locks each mark until the commit.
    """
    ids = sorted({member for member in member_ids if member is not None})
    if not ids:
        return
    with connection.cursor() as cursor:
        # A mark that is there already is locked, not rewritten: otherwise a refresh could read
        # around this transaction, remove the mark, and never see what is about to be committed.
        cursor.execute(MARK, [at, ids])


@transaction.atomic
def refresh_members(*, limit: int, at: datetime) -> int:
    """Rebuild the rollups of up to ``limit`` dirty members, longest waiting first; how many it was.

    Several workers may refresh at once; each takes members that no other has.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
        cursor.execute(TAKE, [limit])
        members = [member for (member,) in cursor.fetchall()]
        if members:
            _rebuild_members(cursor, {"members": members, "at": at})
    DirtyMember.objects.filter(member__in=members).delete()
    return len(members)


def refresh_everybody(*, at: datetime) -> int:
    """Rebuild the rollups of all dirty members, batch by batch; how many they were."""
    refreshed = 0
    while found := refresh_members(limit=BATCH, at=at):
        refreshed += found
    return refreshed


@transaction.atomic
def rebuild_all(*, at: datetime) -> None:
    """Rebuild every rollup from raw activity, as after a bulk load."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute("SELECT member_id FROM ledger_dirtymember ORDER BY 1 FOR UPDATE")
        members = [member for (member,) in cursor.fetchall()]
        MemberDay.objects.all().delete()
        MemberMonth.objects.all().delete()
        for table, _period, columns, fresh in ROLLUPS:
            cursor.execute(FILL.format(table=table, columns=columns, fresh=fresh.format(**OF_ALL)))
        cursor.execute(_keep_facts(OF_ALL), {"at": at})
        # A mark set since stays: its activity may not have been in sight.
        cursor.execute("DELETE FROM ledger_dirtymember WHERE member_id = ANY(%s)", [members])


def _rebuild_members(cursor: Any, params: dict[str, Any]) -> None:
    for table, period, columns, fresh in ROLLUPS:
        values = columns.split(", ")[3:]
        merge = MERGE.format(
            table=table,
            period=period,
            columns=columns,
            fresh=fresh.format(**OF_MEMBERS),
            values=", ".join(values),
            old_values=", ".join(f"old.{name}" for name in values),
            new_values=", ".join(f"excluded.{name}" for name in values),
        )
        cursor.execute(merge, params)
    cursor.execute(_keep_facts(OF_MEMBERS), params)


def _keep_facts(whose: dict[str, str]) -> str:
    new = ", ".join(f"excluded.{name}" for name in FACT_COLUMNS.split(", "))
    return KEEP_FACTS.format(columns=FACT_COLUMNS, new_columns=new, fresh=FACTS.format(**whose))
