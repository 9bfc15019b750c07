"""Which minors played at machines on days on which the rules keep coins from them.

A machine that takes coins from a card asks nobody first: the play is logged, and told afterwards.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from common.calendars import HolidayCalendarMissing, is_statutory_holiday
from ledger.models import AgeRule, Asset
from ledger.operations.assets import COINS
from members.models import Member, Store
from members.queries.scope import rest_day_overrides
from promotions.operations.ages import NotForMinorsToday
from promotions.queries.ages import majority_in
from reports.queries.activity import fetch

OLDEST = 21  # years: nowhere is majority later

# A manager's over-ride for the member on that day in that store covers the plays too.
PLAYED = """
SELECT play.store_id, play.business_date, play.member_id, max(play.at), sum(play.coins)::bigint,
       count(*), (array_agg(play.txn_id ORDER BY play.at DESC)
                  FILTER (WHERE play.txn_id IS NOT NULL))[1]
FROM ledger_coinplay AS play
JOIN ledger_machine AS machine ON machine.id = play.machine_id AND machine.mode = 'card'
JOIN members_member AS member ON member.id = play.member_id
JOIN members_store AS store ON store.id = play.store_id
WHERE play.business_date BETWEEN %(start)s AND %(end)s AND play.store_id = ANY(%(stores)s)
      AND member.birth_year >= extract(year FROM play.business_date) - %(oldest)s
      AND NOT EXISTS (
          SELECT FROM ledger_override AS allowed
          WHERE allowed.member_id = play.member_id AND allowed.store_id = play.store_id
                AND allowed.rule = %(rule)s
                AND (allowed.at AT TIME ZONE store.time_zone - store.day_cut)::date
                    = play.business_date)
GROUP BY 1, 2, 3
ORDER BY 4 DESC
"""

type Found = tuple[Any, ...]


def minors_at_machines(asked: Mapping[str, Any]) -> Iterator[Found]:
    """Plays of a minor on one day in one store that no over-ride covers, newest first.

    Coins of electronic games are for minors on statutory holidays only; a day of a year that no
    calendar knows counts as none. Rows are those of a watch: when, store, nobody, member, coins,
    how many (negative), plays, transaction.
    """
    params = dict(asked) | {"oldest": OLDEST, "rule": NotForMinorsToday.code}
    rows = fetch(PLAYED, params)
    stores = Store.objects.select_related("entity").in_bulk({row[0] for row in rows})
    members = Member.objects.in_bulk({row[2] for row in rows})
    assets = {
        asset.entity_id: asset
        for asset in Asset.objects.filter(code=COINS).exclude(age_rule=AgeRule.ANYBODY)
    }
    forbidden = cache(_is_forbidden)
    majority = cache(majority_in)
    for store_id, day, member_id, at, coins, plays, txn in rows:
        store, age = stores[store_id], members[member_id].age_on(day)
        asset = assets.get(store.entity_id)
        if asset is None or age is None or not forbidden(asset.age_rule, store.country, day):
            continue
        if age < majority(store, day):
            yield at, store_id, None, member_id, asset.pk, -coins, plays, txn


def _is_forbidden(age_rule: str, country: str, day: date) -> bool:
    """Whether the rule keeps minors from it on that day."""
    if age_rule == AgeRule.ADULTS:
        return True
    try:
        return not is_statutory_holiday(day, country, rest_day_overrides(country))
    except HolidayCalendarMissing:
        return True
