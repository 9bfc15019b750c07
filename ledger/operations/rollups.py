"""Keep the rollups true: note whose activity changed, and rebuild what reports read of them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

MARK = """
INSERT INTO ledger_dirtymember (member_id, marked_at)
SELECT id, %s FROM unnest(%s::bigint[]) AS id ORDER BY id
ON CONFLICT (member_id) DO UPDATE SET marked_at = ledger_dirtymember.marked_at WHERE false
"""


def mark_dirty(*, member_ids: Iterable[int], at: datetime) -> None:
    """Note that the members' activity changed, so that the next refresh rebuilds their rollups.

    Call it last in the transaction that writes the activity: it holds a lock per member until the
    commit.
    """
    ids = sorted({member for member in member_ids if member is not None})
    if not ids:
        return
    with connection.cursor() as cursor:
        # A row that is there already is locked, not rewritten: otherwise a refresh
        # could read around this
        # transaction, remove the mark, and leave what is about to be committed out of
        # the rollups.
        cursor.execute(MARK, [at, ids])
