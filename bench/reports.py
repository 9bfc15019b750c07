"""The cohort page at a million visits: from rollups, against plain SQL on the visits.

Both answers are compared before they are timed. Runs on a database of its own, made and dropped
here; `python -m bench.reports` prints one line of JSON per figure.
"""

import logging
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection
from django.test import Client

from bench.report import tell
from bench.scratch import own_database
from ledger.operations.rollups import rebuild_all
from members.models import User
from reports.queries.figure import Question
from reports.queries.registry import ask
from reports.queries.scope import whole_scope

MEMBERS, VISITS = 100_000, 1_000_000
AS_OF = date(2026, 8, 31)
AT = datetime(2026, 9, 1, 12, tzinfo=UTC)
ROUNDS = 5
LIMIT = 0.2

SHOP = """
INSERT INTO members_issuingentity (code, name, registration_number) VALUES ('bench', 'Bench', '');
INSERT INTO members_store (code, name, entity_id, country, currency, time_zone, language, day_cut,
                           jurisdiction, address, phone, is_open, rounding_step)
SELECT 'store-' || n, 'Store ' || n, id, 'CN', 'CNY', 'Asia/Shanghai', 'en', '04:00',
       'none', '', '', true, 100
FROM members_issuingentity, generate_series(1, 2) AS n;
SELECT setseed(0.2026);
"""
# Rates are heavy-tailed and members drop out, so that cohorts look like those of a shop.
RHYTHMS = """
CREATE TABLE bench_member AS
SELECT n, DATE '2024-09-01' + (random() * 700)::int AS first, 3 / (random() + 0.02) AS gap,
       power(random(), 2) * 900 AS life
FROM generate_series(1, %(members)s) AS n;
INSERT INTO members_member (
    name, email, address, region, lunar_birthday, lunar_leap, gender, occupation, education,
    channel, notes, attributes, external_ids, home_store_id, joined_on, status, pinyin, initials,
    last_word, created_at)
SELECT n, '', '', '', '', false, '', '', '', '', '', '{}', '{}',
       (SELECT min(id) FROM members_store) + n %% 2, first, 'active', '', '', '', first
FROM bench_member ORDER BY n;
"""
HISTORY = """
INSERT INTO ledger_visit (member_id, store_id, at, business_date, month_no, source, channel,
                          source_key, note, void_reason)
SELECT member_id, store_id, day + time '12:00', day,
       extract(year FROM day) * 12 + extract(month FROM day) - 1, 'imported', '', '', '', ''
FROM (
    SELECT member.id AS member_id, home_store_id AS store_id,
           (first + (step * gap * (0.5 + random()))::int)::date AS day, step
    FROM bench_member JOIN members_member AS member ON member.name = n::text,
         generate_series(0, 60) AS step
    WHERE step * gap < life
) AS visit
WHERE day <= %(as_of)s ORDER BY step, random() LIMIT %(visits)s;
"""
PLAIN = """
SELECT first.cohort,
       (extract(year FROM visit.business_date) * 12 + extract(month FROM visit.business_date)
        - extract(year FROM first.cohort) * 12 - extract(month FROM first.cohort))::int AS k,
       count(DISTINCT visit.member_id)
FROM ledger_visit AS visit
JOIN (SELECT member_id, date_trunc('month', min(business_date))::date AS cohort
      FROM ledger_visit WHERE voided_at IS NULL GROUP BY member_id) AS first USING (member_id)
WHERE visit.voided_at IS NULL AND visit.business_date <= %(as_of)s
GROUP BY 1, 2
"""


def measure() -> list[dict[str, Any]]:
    """Figures of this bench; raises when the two answers differ."""
    with own_database("regulars_bench_reports"):
        fill()
        assert plain_matrix() == rolled_matrix()
        works = plain_matrix, rolled_matrix, cohort_page()
        plain, rolled, shown = (seconds(work) for work in works)
    return [
        figure("cohort_matrix_from_rollups_to_plain_sql", rolled, plain),
        figure("cohort_page_to_plain_sql", shown, plain),
    ]


def figure(name: str, measured: float, floor: float) -> dict[str, Any]:
    return {
        "bench": name,
        "visits": VISITS,
        "seconds": round(measured, 4),
        "plain_seconds": round(floor, 4),
        "ratio": round(measured / floor, 4),
        "limit": LIMIT,
    }


def fill() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # keys hold by construction
        cursor.execute(SHOP)
        cursor.execute(RHYTHMS, {"members": MEMBERS})
        cursor.execute(HISTORY, {"as_of": AS_OF, "visits": VISITS})
        assert cursor.rowcount == VISITS, cursor.rowcount
        rebuild_all(at=AT)
        cursor.execute("VACUUM ANALYZE")


def plain_matrix() -> dict[tuple[str, int], int]:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {"as_of": AS_OF})
        return {(cohort.isoformat(), k): count for cohort, k, count in cursor.fetchall()}


def rolled_matrix() -> dict[tuple[str, int], int]:
    told = ask("cohort", Question(as_of=AS_OF, scope=whole_scope()))
    return {
        (row["cohort"], row["k"]): row["numerator"]
        for row in told["rows"]
        if row["cohort"] != "all" and row["numerator"]
    }


def cohort_page() -> Callable[[], None]:
    """Open the cohort page as an owner does."""
    logging.disable()
    client = Client()
    client.force_login(User.objects.create(username="bench", role=User.Role.OWNER))

    def opened() -> None:
        answer = client.get("/reports/cohorts/", {"as_of": AS_OF.isoformat()}, follow=True)
        assert answer.status_code == 200, answer.status_code

    return opened


def seconds(work: Callable[[], Any]) -> float:
    """Median of some rounds after one that warms up."""
    work()
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work()
        times.append(perf_counter() - start)
    return median(times)


def main() -> int:
    """Print the figures; 1 when one is over the limit."""
    return tell(measure())


if __name__ == "__main__":
    sys.exit(main())
