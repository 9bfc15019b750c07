"""Finding a member among a million against among ten thousand, for each thing a clerk may type."""

import sys
from statistics import quantiles
from time import perf_counter

from django.db import connection

from bench.report import tell
from bench.scratch import own_database
from members.models import Store
from members.queries import search_members

FEW, MANY = 10_000, 1_000_000
ROUNDS, LIMIT = 100, 2.0

SHOP = """
INSERT INTO members_issuingentity (code, name, registration_number) VALUES ('bench', 'Bench', '');
INSERT INTO members_store (code, name, entity_id, country, currency, time_zone, language, day_cut,
                           jurisdiction, address, phone, is_open, rounding_step)
SELECT 'store-' || n, 'Store ' || n, id, 'CN', 'CNY', 'Asia/Shanghai', 'en', '04:00',
       'none', '', '', true, 100
FROM members_issuingentity, generate_series(1, 4) AS n;
"""
# Names of eleven surnames and forty syllables, phones spread over the numbers there are.
MEMBERS = """
INSERT INTO members_member (
    name, phone, email, address, region, lunar_birthday, lunar_leap, gender, occupation, education,
    channel, notes, attributes, external_ids, home_store_id, joined_on, status, pinyin, initials,
    last_word, created_at)
SELECT hanzi || chr(19968 + n %% 4000) || chr(19968 + n / 7 %% 4000),
       '+8613' || lpad((n::bigint * 7919777 %% 1000000000)::text, 9, '0'),
       '', '', '', '', false, '', '', '', '', '', '{}', '{}',
       (SELECT min(id) FROM members_store) + n %% 4, DATE '2025-01-01', 'active',
       latin || syllable || n %% 97, left(latin, 1) || left(syllable, 1), '', '2025-01-01'
FROM generate_series(%(first)s, %(last)s) AS n,
     LATERAL (SELECT (ARRAY['王','李','张','刘','陈','杨','黄','赵','吴','周','徐']
                     )[1 + n %% 11]) h (hanzi),
     LATERAL (SELECT (ARRAY['wang','li','zhang','liu','chen','yang','huang','zhao','wu','zhou','xu']
                     )[1 + n %% 11]) l (latin),
     LATERAL (SELECT (ARRAY['xiaoming','na','wei','fang','jun','min','jing','lei']
                     )[1 + n %% 8]) s (syllable)
"""
ASKED = {
    "last_four_digits": ["7919", "3838", "0042", "9001"],
    "beginning_of_the_phone": ["1350", "1391", "1302"],
    "whole_phone": ["13007919777", "13015839554"],
    "surname": ["王", "李", "张"],
    "pinyin": ["wangxiaoming", "zhangwei", "liu"],
    "initials": ["wx", "zw", "lf"],
    "member_number": ["10000007", "10009000"],
}


def main() -> int:
    """Print one figure for each thing that can be typed; 1 when one is over the limit."""
    with own_database("regulars_bench_members"):
        few = _measure(1, FEW)
        many = _measure(FEW + 1, MANY)
    return tell(
        [
            {
                "bench": f"find_a_member_by_{kind}_1m_to_10k",
                "seconds": round(many[kind], 6),
                "few_seconds": round(few[kind], 6),
                "ratio": round(many[kind] / few[kind], 3),
                "limit": LIMIT,
            }
            for kind in ASKED
        ]
    )


def _measure(first: int, last: int) -> dict[str, float]:
    """Add members up to ``last`` and return the seconds of a search by kind."""
    with connection.cursor() as cursor:
        if first == 1:
            cursor.execute(SHOP)
        cursor.execute(MEMBERS, {"first": first, "last": last})
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
    stores = list(Store.objects.order_by("pk")[:1])
    return {kind: _quick_seconds(texts, stores) for kind, texts in ASKED.items()}


def _quick_seconds(texts: list[str], stores: list[Store]) -> float:
    """The tenth percentile: what a search takes when nothing else runs on the machine."""
    times: list[float] = []
    for turn in range(ROUNDS):
        start = perf_counter()
        search_members(texts[turn % len(texts)], stores)
        times.append(perf_counter() - start)
    return quantiles(times, n=10)[0]


if __name__ == "__main__":
    sys.exit(main())
