"""The use-up forecast: months seen, what is left today, and where both lead."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from common.days import month_no
from ledger.models import Asset, AssetKind, Contra
from reports.queries.activity import fetch
from reports.queries.figure import Question
from reports.rules.periods import Granularity, is_over
from reports.rules.use_up import Month, Outlook, Rates, Rest, outlook, rates_of
from reports.rules.value_lines import part_of

WINDOWS = {"180": 6, "90": 3}  # days asked for, as whole months

# Of each month of grant: what there was when the months looked at began, then each month's change.
SEEN = """
SELECT asset_id, origin, is_paid, granted_month, greatest(month_no, %(first)s - 1) AS month,
       sum(amount)::bigint, -coalesce(sum(amount) FILTER (WHERE contra = %(used)s), 0)::bigint
FROM ledger_value_by_month
WHERE month_no <= %(last)s AND (%(whole)s OR issued_id = ANY(%(stores)s))
GROUP BY 1, 2, 3, 4, 5
"""
REST = """
SELECT wallet.asset_id, lot.origin, lot.cost > 0,
       (extract(year FROM granted.on_day) * 12 + extract(month FROM granted.on_day) - 1)::int,
       (extract(year FROM last.on_day) * 12 + extract(month FROM last.on_day) - 1)::int,
       sum(lot.remaining)::bigint
FROM ledger_lot AS lot
JOIN members_store AS store ON store.id = lot.store_id
JOIN ledger_wallet AS wallet ON wallet.id = lot.wallet_id
CROSS JOIN LATERAL (SELECT lot.granted_at AT TIME ZONE store.time_zone) AS granted (on_day)
CROSS JOIN LATERAL (SELECT lot.expires_at AT TIME ZONE store.time_zone - interval '1 day')
    AS last (on_day)
WHERE lot.is_open AND (%(whole)s OR lot.store_id = ANY(%(stores)s))
      AND (lot.expires_at IS NULL OR lot.expires_at >
           ((%(as_of)s::date + 1) + store.day_cut) AT TIME ZONE store.time_zone)
GROUP BY 1, 2, 3, 4, 5
"""

type Key = tuple[int, str]


@dataclass(frozen=True)
class Forecast:
    """One part of one asset: what is left, and three ways it may go; none without enough months."""

    asset: Asset
    part: str
    amount: int
    expected: Outlook | None
    slow: Outlook | None
    fast: Outlook | None


def use_up(question: Question) -> list[Forecast]:
    """The forecast of every part of every asset of which something is left.

    ``question.days`` is 180 (six whole months before ``as_of``) or 90 (three).
    Raises OptionNotOffered.
    """
    window = WINDOWS[question.choose("days", list(WINDOWS))]
    last = month_no(question.as_of)
    if not is_over(last, Granularity.MONTH, question.as_of):
        last -= 1
    assets = Asset.objects.exclude(kind=AssetKind.DEBT).in_bulk()
    params = {
        "used": Contra.REVENUE.value,
        "first": last - window + 1,
        "last": last,
        "as_of": question.as_of,
        "whole": question.scope.is_whole,
        "stores": question.scope.ids,
    }
    months = _months(fetch(SEEN, params), assets, first=last - window + 1, last=last)
    rests = _rests(fetch(REST, params), assets)
    now = month_no(question.as_of)
    return [
        _forecast(assets[asset], part, found, rates_of(months.get((asset, part), ())), now=now)
        for (asset, part), found in sorted(rests.items())
    ]


def _forecast(
    asset: Asset, part: str, rests: list[Rest], rates: Rates | None, *, now: int
) -> Forecast:
    amount = sum(rest.amount for rest in rests)
    if rates is None:
        return Forecast(asset, part, amount, None, None, None)
    expected, slow, fast = (
        outlook(rests, rates, now=now, pace=pace) for pace in ((1, 1), rates.slowest, rates.fastest)
    )
    return Forecast(asset, part, amount, expected, slow, fast)


def _months(
    rows: Iterable[tuple[Any, ...]], assets: dict[int, Asset], *, first: int, last: int
) -> dict[Key, list[Month]]:
    """What was there and what was used, by month and age of the lots."""
    moved: dict[Key, dict[int, dict[int, tuple[int, int]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(lambda: (0, 0)))
    )
    for asset, origin, is_paid, granted, month, amount, used in rows:
        part = part_of(assets[asset].kind, origin, is_paid=is_paid)
        before = moved[asset, part][granted][month]
        moved[asset, part][granted][month] = before[0] + amount, before[1] + used
    return {
        key: [
            one
            for granted, by_month in grants.items()
            for one in _of(granted, by_month, first, last)
        ]
        for key, grants in moved.items()
    }


def _of(
    granted: int, by_month: dict[int, tuple[int, int]], first: int, last: int
) -> Iterable[Month]:
    """The months looked at of the lots granted in one month."""
    left = by_month.get(first - 1, (0, 0))[0]
    for month in range(first, last + 1):
        changed, used = by_month.get(month, (0, 0))
        # What came in during the month was there to be used as well.
        there = left + max(changed + used, 0)
        if there > 0 and month >= granted:
            yield Month(month, month - granted, there, used)
        left += changed


def _rests(rows: Iterable[tuple[Any, ...]], assets: dict[int, Asset]) -> dict[Key, list[Rest]]:
    rests: dict[Key, list[Rest]] = defaultdict(list)
    for asset, origin, is_paid, granted, last, amount in rows:
        if asset in assets:
            part = part_of(assets[asset].kind, origin, is_paid=is_paid)
            rests[asset, part].append(Rest(granted, last, amount))
    return rests
