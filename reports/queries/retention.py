"""Who came back within, on, or after so many days of their first day."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.queries.activity import MONTH_OF_DAY, PERIOD_OF_DAY, Params, days, fetch, params_of
from reports.queries.figure import Answer, Event, Question, figure
from reports.rules.periods import Granularity, first_day
from reports.rules.rows import Row, rate_row
from reports.rules.wording import day, share

KINDS = ("bracket", "on_day", "on_or_after")
EVER = 100_000  # days; longer than any history

BACK = """
WITH seen AS (
    SELECT span.number, day.d0, day.member_id, day.d0 + span.matures <= %(as_of)s AS eligible,
           bool_or(day.business_date - day.d0 BETWEEN span.opens AND span.closes) AS back
    FROM (SELECT member_id, business_date,
                 min(business_date) OVER (PARTITION BY member_id) AS d0
          FROM ({days}) AS activity) AS day
    CROSS JOIN unnest(%(opens)s::int[], %(closes)s::int[], %(matures)s::int[])
        WITH ORDINALITY AS span (opens, closes, matures, number)
    WHERE (%(first)s::date IS NULL OR day.d0 >= %(first)s) AND day.d0 <= %(last)s
    GROUP BY 1, 2, 3, 4
)
SELECT number, {cohort} AS cohort,
       count(*) FILTER (WHERE eligible AND back) AS back,
       count(*) FILTER (WHERE eligible) AS eligible
FROM (SELECT number, d0 AS business_date, eligible, back FROM seen) AS seen
GROUP BY GROUPING SETS ((1), (1, 2)) ORDER BY 1, 2 NULLS FIRST
"""


@figure(
    key="retention",
    name=gettext_lazy("Came back within days of the first visit"),
    formula=gettext_lazy(
        "members who came back in the window ÷ members whose whole window has been seen"
    ),
    dimensions=("cohort", "kind", "days"),
)
def retention(question: Question) -> Answer:
    """N-day retention in three kinds: ``bracket`` (days 1 to n), ``on_day``, ``on_or_after``.

    Rows: all members first seen in the asked days, then each month (or week) of first visits.
    """
    kind = question.choose("kind", KINDS, "retention")
    rows = returned(question, kind=kind, event=question.counted(Event.VISIT), default="1,7,30")
    return Answer(
        definition=_definition(question, kind, rows),
        rows=rows,
        start=question.start,
        end=question.last,
    )


@figure(
    key="new_buyer_repurchase",
    name=gettext_lazy("New buyers who bought again"),
    formula=gettext_lazy(
        "first buyers with a second purchase day within N days ÷ first buyers old enough"
    ),
    dimensions=("cohort", "kind", "days"),
)
def new_buyer_repurchase(question: Question) -> Answer:
    """First buyers with a second purchase day on days 1 to N after the first."""
    rows = returned(question, kind="bracket", event=Event.PURCHASE, default="30,60,90,180,365")
    top = rows[0]
    definition = _(
        "New buyers who bought again: members whose first purchase was %(between)s with a second"
        " purchase day on days %(days)s after it: %(share)s, counting those old enough."
    ) % {
        "between": _between(question),
        "days": top["days"],
        "share": share(top["numerator"], top["denominator"]),
    }
    return Answer(definition=definition, rows=rows, start=question.start, end=question.last)


def returned(question: Question, *, kind: str, event: Event, default: str) -> list[Row]:
    """One row per cohort and window, all cohorts together first; see ``retention``."""
    windows = question.windows(default)
    granularity = question.cut(Granularity.MONTH, Granularity.WEEK, Granularity.DAY)
    spans = [_span(kind, *window) for window in windows]
    params: Params = params_of(question) | {
        "first": question.start,
        "last": question.last,
        "opens": [span[0] for span in spans],
        "closes": [span[1] for span in spans],
        "matures": [last for _first, last in windows],
    }
    cohort = PERIOD_OF_DAY.get(granularity, MONTH_OF_DAY)
    counted = fetch(BACK.format(days=days(question, event), cohort=cohort), params)
    found = {(number, period): (back, old) for number, period, back, old in counted}
    cohorts = sorted({period for _number, period in found if period is not None})
    return [
        rate_row(
            {"cohort": _cohort(period, granularity), "kind": kind, "days": _shown(kind, *window)},
            *found.get((number, period), (0, 0)),
        )
        for period in [None, *cohorts]
        for number, window in enumerate(windows, start=1)
    ]


def _span(kind: str, first: int | None, last: int) -> tuple[int, int]:
    """First and last day after the first day on which coming back counts."""
    if kind == "on_day":
        return last, last
    if kind == "on_or_after":
        return last, EVER
    return first or 1, last


def _shown(kind: str, first: int | None, last: int) -> str:
    return f"{first or 1}-{last}" if kind == "bracket" else str(last)


def _cohort(period: int | None, granularity: Granularity) -> str:
    if period is None:
        return "all"
    return first_day(period, granularity).isoformat()


def _between(question: Question) -> str:
    if question.start is None:
        return _("up to %(end)s") % {"end": day(question.last)}
    return _("from %(start)s to %(end)s") % {
        "start": day(question.start),
        "end": day(question.last),
    }


def _definition(question: Question, kind: str, rows: list[Row]) -> str:
    top = rows[0]
    facts: dict[str, Any] = {
        "between": _between(question),
        "days": top["days"],
        "share": share(top["numerator"], top["denominator"]),
    }
    sentences = {
        "bracket": _(
            "Came back within days: members first seen %(between)s with a further visit on"
            " days %(days)s: %(share)s, counting those old enough."
        ),
        "on_day": _(
            "Came back on the day: members first seen %(between)s with a visit exactly"
            " %(days)s days later: %(share)s, counting those old enough."
        ),
        "on_or_after": _(
            "Still came on or after the day: members first seen %(between)s whose last visit is"
            " %(days)s or more days later: %(share)s, counting those old enough."
        ),
    }
    return sentences[kind] % facts
