"""How many members were active: by the day, over trailing weeks and months, by calendar month."""

from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.queries.activity import MONTH_OF_DAY, days, fetch, months, params_of
from reports.queries.figure import Answer, Event, Question, figure
from reports.rules.periods import Granularity, first_day, is_over, period_of
from reports.rules.rows import Row, blank_row, mean_row, ratio
from reports.rules.wording import day

TRAILING = {"dau": 1, "wau": 7, "mau28": 28, "mau30": 30}
CALENDAR = ("mau", "stickiness")
SHOWN_DAYS = 30

# A day's visit makes the member active until the window has passed or the next visit takes over,
# so that nobody is counted twice: +1 on the first day, -1 after the last.
TRAILING_ACTIVE = """
WITH visit AS (
    SELECT business_date,
           lead(business_date) OVER (PARTITION BY member_id ORDER BY business_date) AS next
    FROM ({days}) AS day
    WHERE business_date > %(first)s::date - %(widest)s AND business_date <= %(last)s
), change AS (
    SELECT size, business_date AS date, 1 AS change FROM visit, unnest(%(sizes)s::int[]) AS size
    UNION ALL
    SELECT size, least(business_date + size, next), -1
    FROM visit, unnest(%(sizes)s::int[]) AS size
), total AS (
    SELECT size, date, sum(sum(change)) OVER (PARTITION BY size ORDER BY date) AS active
    FROM change GROUP BY size, date
)
SELECT size, shown::date, coalesce((
    SELECT active FROM total WHERE total.size = wanted.size AND total.date <= shown
    ORDER BY total.date DESC LIMIT 1), 0)::bigint
FROM unnest(%(sizes)s::int[]) AS wanted (size),
     generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS shown
ORDER BY 2, 1
"""
CALENDAR_ACTIVE = """
SELECT month_no, count(*) FROM ({months}) AS month
WHERE month_no BETWEEN %(first)s AND %(last)s GROUP BY month_no
"""
DAILY_ACTIVE = """
SELECT {month}, count(*), sum(active)::bigint
FROM (SELECT business_date, count(*) AS active FROM ({days}) AS day GROUP BY business_date) AS day
GROUP BY 1
"""


@figure(
    key="active",
    name=gettext_lazy("Active members"),
    formula=gettext_lazy(
        "distinct members with a visit on the day, in the trailing days, or in the calendar month"
    ),
    dimensions=("measure", "date"),
)
def active(question: Question) -> Answer:
    """Active members by day (dau, wau, mau28, mau30) and by calendar month (mau, stickiness).

    The trailing windows are shown for each asked day, the last 30 unless told. Stickiness is the
    mean of the month's daily actives, over days with any visit, ÷ its calendar actives.
    Granularity ``day`` or ``month`` and ``measure`` narrow the answer.
    """
    event = question.counted(Event.VISIT)
    wanted = question.choose("granularity", ("", "day", "month"), "active")
    measure = question.choose("measure", ("", *TRAILING, *CALENDAR), "active")
    rows: list[Row] = []
    if wanted != "month":
        rows += _trailing(question, event)
    if wanted != "day":
        rows += _calendar(question, event)
    rows = [row for row in rows if measure in {"", row["measure"]}]
    return Answer(
        definition=_(
            "Active members: distinct members with a visit on the day (DAU), in the 7, 28 or 30"
            " days that end with it (WAU, MAU), or in the calendar month. Stickiness: mean DAU of"
            " the month's days with a visit ÷ its calendar MAU. As of %(as_of)s."
        )
        % {"as_of": day(question.as_of)},
        rows=rows,
        start=question.start,
        end=question.last,
        extra={"event": event},
    )


def _trailing(question: Question, event: Event) -> list[Row]:
    last = question.last
    bounds = {
        "first": question.start or last - timedelta(days=SHOWN_DAYS - 1),
        "last": last,
        "sizes": list(TRAILING.values()),
        "widest": max(TRAILING.values()),
    }
    names = {size: name for name, size in TRAILING.items()}
    counted = fetch(
        TRAILING_ACTIVE.format(days=days(question, event)), params_of(question) | bounds
    )
    return [_active(names[size], shown.isoformat(), count) for size, shown, count in counted]


def _calendar(question: Question, event: Event) -> list[Row]:
    bounds = {
        "first": period_of(question.start, Granularity.MONTH) if question.start else 0,
        "last": period_of(question.last, Granularity.MONTH),
    }
    params = params_of(question) | bounds
    members = dict(fetch(CALENDAR_ACTIVE.format(months=months(question, event)), params))
    daily = fetch(DAILY_ACTIVE.format(month=MONTH_OF_DAY, days=days(question, event)), params)
    days_and_sums = {month: (count, active) for month, count, active in daily}
    rows = []
    for month in range(min(members), bounds["last"] + 1) if members else ():
        sums = days_and_sums.get(month, (0, 0))
        rows += _month(month, members.get(month, 0), *sums, as_of=question.as_of)
    return rows


def _month(month: int, members: int, open_days: int, member_days: int, *, as_of: date) -> list[Row]:
    start = first_day(month, Granularity.MONTH).isoformat()
    partial = {"partial": not is_over(month, Granularity.MONTH, as_of)}
    stickiness = mean_row(
        {"measure": "stickiness", "date": start},
        member_days,
        members * open_days,
        eligible=members,
    )
    return [
        _active("mau", start, members) | partial,
        stickiness | {"mean_dau": ratio(member_days, open_days)} | partial,
    ]


def _active(measure: str, shown: str, count: int) -> Row:
    dimensions = {"measure": measure, "date": shown}
    return blank_row(dimensions, count, None) | {"value": count, "eligible": None, "small": False}
