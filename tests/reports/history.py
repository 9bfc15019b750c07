"""Public purchase histories, loaded as a shop's own: one visit and one sale per line."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from ledger.operations.rollups import rebuild_all
from members.models import Member, Store
from members.operations import create_store

DATA = Path(__file__).parent.parent / "data"
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)

STAGE = """
CREATE TEMPORARY TABLE history (
    line int GENERATED ALWAYS AS IDENTITY, member int, business_date date, cents bigint
) ON COMMIT DROP
"""
VISITS = """
INSERT INTO ledger_visit (member_id, store_id, at, business_date, month_no, source, channel,
                          source_key, note, void_reason)
SELECT member.id, %(store)s, business_date + time '12:00', business_date,
       extract(year FROM business_date) * 12 + extract(month FROM business_date) - 1,
       'imported', '', 'line-' || line, '', ''
FROM history JOIN members_member AS member ON member.name = history.member::text
WHERE member.home_store_id = %(store)s
"""
SALES = """
INSERT INTO ledger_sale (id, member_id, store_id, source, external_ref, at, business_date, month_no,
                         currency, list_total, total, goods_total, rounding, refunded_total,
                         is_purchase, request_hash, invoice_number, void_reason)
SELECT gen_random_uuid(), member.id, %(store)s, 'imported', 'line-' || line,
       business_date + time '12:00', business_date,
       extract(year FROM business_date) * 12 + extract(month FROM business_date) - 1,
       'USD', cents, cents, cents, 0, 0, true, '', '', ''
FROM history JOIN members_member AS member ON member.name = history.member::text
WHERE member.home_store_id = %(store)s
"""


def load_history(file: str, *, code: str) -> Store:
    """Open a store, and fill it with the history in ``tests/data``."""
    store = create_store(
        code=code,
        name=code,
        country="US",
        currency="USD",
        time_zone="America/New_York",
        language="en",
    )
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        copy = "COPY history (member, business_date, cents) FROM STDIN (FORMAT csv, HEADER)"
        with cursor.copy(copy) as lines:
            lines.write(gzip.decompress((DATA / file).read_bytes()))
        cursor.execute("SELECT member, min(business_date) FROM history GROUP BY 1")
        Member.objects.bulk_create(
            Member(name=str(number), home_store=store, joined_on=first, created_at=AT)
            for number, first in cursor.fetchall()
        )
        cursor.execute(VISITS, {"store": store.pk})
        cursor.execute(SALES, {"store": store.pk})
    rebuild_all(at=AT)
    return store
