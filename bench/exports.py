"""Everything of fifty thousand members out and in again, against a bare COPY of the same rows."""

import resource
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg import sql

from bench.members import MEMBERS, SHOP
from bench.report import tell
from bench.scratch import own_database
from exports.operations.everything import export_everything
from exports.operations.restore import restore_everything
from exports.queries.tables import all_tables

PEOPLE, VISITS = 50_000, 4
# Most of the way out is the workbooks, cell by cell.
EXPORT_LIMIT, RESTORE_LIMIT, MORE_MB = 80.0, 60.0, 50

ASSET = """
INSERT INTO ledger_asset (entity_id, code, name, name_zh, kind, currency, scale, age_rule)
SELECT id, 'stored-value-cny', 'Stored value', '储值', 'money', 'CNY', 2, ''
FROM members_issuingentity
"""
# One opening balance each, as ledger_post would have written it.
VALUE = """
INSERT INTO ledger_wallet (member_id, asset_id, balance, seq)
SELECT m.id, a.id, 10000, 1 FROM members_member m, ledger_asset a;
INSERT INTO ledger_lot (wallet_id, store_id, origin, granted, remaining, cost, granted_at,
                        available_from)
SELECT w.id, m.home_store_id, 'paid', 10000, 10000, 10000, '2025-02-01', '2025-02-01'
FROM ledger_wallet w JOIN members_member m ON m.id = w.member_id;
INSERT INTO ledger_txn (id, kind, outcome, request_hash, member_id, store_id, business_date,
                        occurred_at)
SELECT md5(w.id::text)::uuid, 'opening', 'posted', '', w.member_id, m.home_store_id, '2025-02-01',
       '2025-02-01' FROM ledger_wallet w JOIN members_member m ON m.id = w.member_id ORDER BY w.id;
INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, cost, wallet_seq,
                             balance_after, lot_after)
SELECT md5(l.wallet_id::text)::uuid, 1, l.wallet_id, l.id, 10000, 9, 10000, 1, 10000, 10000
FROM ledger_lot l
"""
CAME = """
INSERT INTO ledger_visit (member_id, store_id, at, business_date, month_no, source, channel,
                          source_key, note, void_reason)
SELECT m.id, m.home_store_id, '2025-03-01'::timestamptz + n * interval '1 day',
       '2025-03-01'::date + n, 24302, 'walked_in', '', '', '', ''
FROM members_member m, generate_series(1, %s) n
"""


def main() -> int:
    """Print a figure for the way out and one for the way in; 1 when one is over its limit."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "all.zip"
        with own_database("regulars_bench_exports"):
            _fill()
            bare = _seconds(_bare_copy)
            before = _peak_mb()
            out = _seconds(lambda: export_everything(path=path, at=timezone.now(), by=None))
        with own_database("regulars_bench_exports"):
            rows = 0

            def restore() -> None:
                nonlocal rows
                rows = restore_everything(path=path, at=timezone.now(), by="bench").rows

            back = _seconds(restore)
    more = _peak_mb() - before
    about = {"rows": rows, "peak_mb": before + more, "more_mb_than_before": more}
    code = tell(
        [
            _figure("export_everything_to_bare_copy", out, bare, rows, EXPORT_LIMIT) | about,
            _figure("restore_everything_to_bare_copy", back, bare, rows, RESTORE_LIMIT) | about,
        ]
    )
    return code or int(more > MORE_MB)


def _fill() -> None:
    with connection.cursor() as cursor:
        cursor.execute(SHOP)
        cursor.execute(MEMBERS, {"first": 1, "last": PEOPLE})
        cursor.execute(ASSET)
        cursor.execute(VALUE)
        cursor.execute(CAME, [VISITS])
        cursor.execute("VACUUM ANALYZE")


def _bare_copy() -> None:
    """The rows of all tables to nowhere, as the server gives them."""
    for table in all_tables():
        statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table.name))
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for _piece in copy:
                pass


def _seconds(work: Any) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _figure(name: str, seconds: float, bare: float, rows: int, limit: float) -> dict[str, Any]:
    return {
        "bench": name,
        "seconds": round(seconds, 2),
        "bare_copy_seconds": round(bare, 2),
        "rows_per_second": round(rows / seconds),
        "ratio": round(seconds / bare, 2),
        "limit": limit,
    }


if __name__ == "__main__":
    sys.exit(main())
