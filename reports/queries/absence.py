"""Who has stayed away: for so many days, for longer than their own rhythm, and who came back."""

from dataclasses import replace
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.queries.activity import Params, days, fetch, params_of
from reports.queries.figure import Answer, Question, figure
from reports.queries.scope import Scope
from reports.queries.seen import SEEN, ours, seen_params
from reports.rules.periods import Granularity, first_day, is_over, last_day, period_of
from reports.rules.rows import Row, rate_row
from reports.rules.wording import day, share

LAPSED_DAYS = (30, 60, 90)
OVERDUE_TIMES, OVERDUE_DAYS, OVERDUE_VISIT_DAYS = 3, 14, 4
SHOWN_PERIODS = 12

IS_LAPSED = "last_visit < %(as_of)s::date - {idle}"
IS_OVERDUE = """
visit_days >= %(visit_days)s
AND last_visit < %(as_of)s::date - greatest(%(floor)s, %(times)s * median_gap_days)::int
"""
RHYTHM: Params = {
    "visit_days": OVERDUE_VISIT_DAYS,
    "floor": OVERDUE_DAYS,
    "times": OVERDUE_TIMES,
}

LAPSED = """
SELECT idle, count(*) FILTER (WHERE {is_lapsed}), count(*)
FROM ({seen}) AS seen CROSS JOIN unnest(%(idle)s::int[]) AS idle
WHERE {ours} GROUP BY idle
"""
OVERDUE = """
SELECT count(*) FILTER (WHERE {is_overdue}), count(*)
FROM ({seen}) AS seen WHERE visit_days >= %(visit_days)s AND {ours}
"""
RETURNED = """
WITH stay AS (
    SELECT member_id, business_date AS left_on,
           lead(business_date) OVER (PARTITION BY member_id ORDER BY business_date) AS back_on
    FROM ({days}) AS day WHERE business_date <= %(last)s
)
SELECT starts, count(*) FILTER (WHERE back_on <= ends), count(*)
FROM unnest(%(starts)s::date[], %(ends)s::date[]) AS period (starts, ends)
JOIN stay ON starts - 1 - left_on > %(idle)s AND (back_on IS NULL OR back_on >= starts)
WHERE {at_home} GROUP BY starts
"""
AT_HOME = """
member_id IN (SELECT id FROM members_member WHERE home_store_id = ANY(%(stores)s))
"""


@figure(
    key="lapsed",
    name=gettext_lazy("Lapsed members"),
    formula=gettext_lazy("members not seen for more than X days ÷ members ever seen"),
    dimensions=("days",),
)
def lapsed(question: Question) -> Answer:
    """Members whose last visit, in any store, is more than 30, 60 or 90 days before ``as_of``.

    A store's members are those at home in it; blocked, merged and erased ones are left out.
    """
    wanted = _idle(question, LAPSED_DAYS)
    found = {
        idle: counts
        for idle, *counts in fetch(
            LAPSED.format(
                seen=SEEN, ours=ours(question.scope), is_lapsed=IS_LAPSED.format(idle="idle")
            ),
            seen_params(question.scope, question.as_of) | {"idle": wanted},
        )
    }
    rows = [rate_row({"days": idle}, *found.get(idle, (0, 0))) for idle in wanted]
    first = rows[0]
    return Answer(
        definition=_(
            "Lapsed: members whose last visit is more than %(days)s days before %(as_of)s, among"
            " all members ever seen: %(share)s."
        )
        % {
            "days": first["days"],
            "as_of": day(question.as_of),
            "share": share(first["numerator"], first["denominator"]),
        },
        rows=rows,
        start=None,
        end=question.as_of,
    )


@figure(
    key="overdue",
    name=gettext_lazy("Overdue members"),
    formula=gettext_lazy(
        "members idle for more than 3 × their own usual gap, and 14 days at least"
        " ÷ members with 4 or more visit days"
    ),
    dimensions=(),
)
def overdue(question: Question) -> Answer:
    """Members away for longer than their own rhythm predicts.

    The rhythm is the median gap between visit days; of an even number of gaps, the lower middle.
    Blocked, merged and erased members are left out.
    """
    sql = OVERDUE.format(seen=SEEN, ours=ours(question.scope), is_overdue=IS_OVERDUE)
    away, known = fetch(sql, seen_params(question.scope, question.as_of) | RHYTHM)[0]
    return Answer(
        definition=_(
            "Overdue on %(as_of)s: members idle for more than %(times)s times their own median gap"
            " between visit days, and more than %(floor)s days, among those with %(visit_days)s or"
            " more visit days: %(share)s."
        )
        % {
            "as_of": day(question.as_of),
            "times": OVERDUE_TIMES,
            "floor": OVERDUE_DAYS,
            "visit_days": OVERDUE_VISIT_DAYS,
            "share": share(away, known),
        },
        rows=[rate_row({}, away, known)],
        start=None,
        end=question.as_of,
    )


@figure(
    key="return_rate",
    name=gettext_lazy("Return rate of lapsed members"),
    formula=gettext_lazy(
        "members lapsed at the start of the period who came back in it"
        " ÷ members lapsed at its start"
    ),
    dimensions=("period", "days"),
)
def return_rate(question: Question) -> Answer:
    """Of the members lapsed when a month (week, quarter) began, those who came back in it.

    The last twelve whole periods unless told; lapsed means more than ``days`` days, 30 unless told.
    """
    granularity = question.cut(Granularity.MONTH, Granularity.WEEK, Granularity.QUARTER)
    idle = _idle(question, (LAPSED_DAYS[0],))[0]
    bounds = _whole_periods(question, granularity)
    params: Params = {
        "idle": idle,
        "last": question.last,
        "starts": [starts for starts, _ends in bounds],
        "ends": [ends for _starts, ends in bounds],
    }
    found = {
        starts: counts
        for starts, *counts in fetch(
            RETURNED.format(days=_everywhere(question), at_home=_at_home(question)),
            params_of(question) | params,
        )
    }
    rows = [
        rate_row({"period": starts.isoformat(), "days": idle}, *found.get(starts, (0, 0)))
        for starts, _ends in bounds
    ]
    return Answer(
        definition=_return_definition(question, idle, rows),
        rows=rows,
        start=question.start,
        end=question.last,
        extra={"granularity": granularity},
    )


def _return_definition(question: Question, idle: int, rows: list[Row]) -> str:
    last = rows[-1] if rows else {"numerator": 0, "denominator": 0}
    return _(
        "Return rate: members not seen for more than %(days)s days when the period began who came"
        " back in it ÷ all members so lapsed at its start. The last whole period: %(share)s."
        " As of %(as_of)s."
    ) % {
        "days": idle,
        "share": share(last["numerator"], last["denominator"]),
        "as_of": day(question.as_of),
    }


def _whole_periods(question: Question, granularity: Granularity) -> list[tuple[date, date]]:
    """First and last days of the asked periods that are over."""
    latest = period_of(question.last, granularity)
    if not is_over(latest, granularity, question.as_of):
        latest -= 1
    start = question.start
    first = period_of(start, granularity) if start else latest - SHOWN_PERIODS + 1
    return [
        (first_day(period, granularity), last_day(period, granularity))
        for period in range(first, latest + 1)
    ]


def _idle(question: Question, default: tuple[int, ...]) -> list[int]:
    """The numbers of days asked for. Raises BadWindow."""
    return [last for _first, last in question.windows(",".join(map(str, default)))]


def _everywhere(question: Question) -> str:
    """Days in all stores: who goes to another store of the chain has not stayed away."""
    whole = Scope(stores=question.scope.stores, is_whole=True)
    return days(replace(question, scope=whole))


def _at_home(question: Question) -> str:
    return "true" if question.scope.is_whole else AT_HOME
