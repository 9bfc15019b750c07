"""Who makes up a month's active members, who fell away, and how long others have kept coming."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.queries.activity import fetch, months, params_of
from reports.queries.figure import Answer, Event, Question, figure
from reports.rules.periods import Granularity, first_day, is_over, period_of
from reports.rules.rows import Row, blank_row, count_row, rate_row
from reports.rules.wording import day, period, share

PARTS = ("active", "new", "continuing", "resurrected", "dormant")
LOYAL_MONTHS, LOYAL_WINDOW = 10, 12

COMPOSED = """
WITH active AS (
    SELECT member_id, month_no,
           lag(month_no) OVER (PARTITION BY member_id ORDER BY month_no) AS before,
           lead(month_no) OVER (PARTITION BY member_id ORDER BY month_no) AS after
    FROM ({months}) AS month WHERE month_no <= %(last)s
)
SELECT month_no, count(*),
       count(*) FILTER (WHERE before IS NULL),
       count(*) FILTER (WHERE before = month_no - 1),
       count(*) FILTER (WHERE before < month_no - 1),
       count(*) FILTER (WHERE after IS DISTINCT FROM month_no + 1)
FROM active GROUP BY month_no ORDER BY month_no
"""
RUNS = """
WITH active AS (
    SELECT member_id, month_no,
           month_no - row_number() OVER (PARTITION BY member_id ORDER BY month_no) AS run
    FROM ({months}) AS month WHERE month_no <= %(last)s
), member AS (
    SELECT member_id, max(month_no) AS latest, count(*) AS length
    FROM active GROUP BY member_id, run
)
SELECT length, count(*) FROM member WHERE latest = %(last)s GROUP BY length ORDER BY length
"""
LOYAL = """
SELECT count(*) FILTER (WHERE active >= %(loyal)s), count(*)
FROM (SELECT member_id, count(*) AS active FROM ({months}) AS month
      WHERE month_no > %(last)s - %(window)s AND month_no <= %(last)s GROUP BY member_id) AS member
"""


@dataclass(frozen=True)
class Month:
    """One month's actives. ``left_after`` are those who do not come in the month after it."""

    active: int = 0
    new: int = 0
    continuing: int = 0
    resurrected: int = 0
    left_after: int = 0


@figure(
    key="composition",
    name=gettext_lazy("Composition of active members"),
    formula=gettext_lazy(
        "new + continuing + resurrected = active;"
        " active = active of the month before − dormant + new + resurrected"
    ),
    dimensions=("month", "part"),
)
def composition(question: Question) -> Answer:
    """Each month's active members in parts, and those of the month before who stayed away.

    ``share`` is the part of the month's active; for ``dormant``, of the active of the month
    before, and blank until the month is over.
    """
    found = composed(question)
    rows = _parts(question, found)
    last = max(found, default=None)
    shown = found[last] if last is not None else Month()
    return Answer(
        definition=_(
            "Active in the month = new (first visit in it) + continuing (also active the month"
            " before) + resurrected (active earlier, but not the month before); dormant: active the"
            " month before and not in it. New in the last month: %(share)s. As of %(as_of)s."
        )
        % {"share": share(shown.new, shown.active), "as_of": day(question.as_of)},
        rows=rows,
        start=question.start,
        end=question.last,
    )


@figure(
    key="churn",
    name=gettext_lazy("Churn rate"),
    formula=gettext_lazy("active the month before and not in the month ÷ active the month before"),
    dimensions=("month",),
)
def churn(question: Question) -> Answer:
    """Members of the month before who stayed away ÷ all members of the month before.

    A month that is not over has no row: nobody has stayed away from it yet.
    """
    found = composed(question)
    rows = [
        rate_row({"month": _month(month)}, found[month - 1].left_after, found[month - 1].active)
        for month in sorted(found)
        if month - 1 in found
        and _wanted(question, month)
        and is_over(month, Granularity.MONTH, question.as_of)
    ]
    last = rows[-1] if rows else {"numerator": 0, "denominator": 0}
    return Answer(
        definition=_(
            "Churn rate of a month: members active the month before and not in it ÷ members active"
            " the month before. The last whole month: %(share)s. As of %(as_of)s."
        )
        % {
            "share": share(last["numerator"], last["denominator"]),
            "as_of": day(question.as_of),
        },
        rows=rows,
        start=question.start,
        end=question.last,
    )


@figure(
    key="runs",
    name=gettext_lazy("Months running, and loyal members"),
    formula=gettext_lazy(
        "members by the length of the unbroken run of active months that ends in the month;"
        " loyal: active in 10 or more of the last 12 months"
    ),
    dimensions=("measure", "months"),
)
def runs(question: Question) -> Answer:
    """How many months running the members active in the last whole month have been coming."""
    month = _last_whole_month(question)
    source = months(question, question.counted(Event.VISIT))
    params = params_of(question) | {
        "last": month,
        "loyal": LOYAL_MONTHS,
        "window": LOYAL_WINDOW,
    }
    lengths = fetch(RUNS.format(months=source), params)
    loyal, seen = fetch(LOYAL.format(months=source), params)[0]
    active = sum(count for _length, count in lengths)
    rows = [
        *(
            count_row({"measure": "run", "months": length}, count, active)
            for length, count in lengths
        ),
        count_row({"measure": "loyal", "months": LOYAL_MONTHS}, loyal, seen),
    ]
    return Answer(
        definition=_(
            "Months running: members active in the month of %(month)s by the length of their"
            " unbroken run of active months. Loyal: active in %(loyal)s or more of the %(window)s"
            " months up to it, among those active at least once in them: %(share)s."
            " As of %(as_of)s."
        )
        % {
            "month": period(first_day(month, Granularity.MONTH)),
            "loyal": LOYAL_MONTHS,
            "window": LOYAL_WINDOW,
            "share": share(loyal, seen),
            "as_of": day(question.as_of),
        },
        rows=rows,
        start=None,
        end=question.last,
        extra={"month": _month(month)},
    )


def composed(question: Question) -> dict[int, Month]:
    """Every month's composition, from the first active month to the last asked one."""
    source = months(question, question.counted(Event.VISIT))
    last = period_of(question.last, Granularity.MONTH)
    found = fetch(COMPOSED.format(months=source), params_of(question) | {"last": last})
    by_month = {month: Month(*counts) for month, *counts in found}
    return (
        {month: by_month.get(month, Month()) for month in range(min(by_month), last + 1)}
        if by_month
        else {}
    )


def _parts(question: Question, found: dict[int, Month]) -> list[Row]:
    rows = []
    for month, now in found.items():
        before = found.get(month - 1, Month())
        counts = (now.active, now.new, now.continuing, now.resurrected, before.left_after)
        over = is_over(month, Granularity.MONTH, question.as_of)
        if _wanted(question, month):
            rows += [
                _part(_month(month), part, count, now=now, before=before, over=over)
                for part, count in zip(PARTS, counts, strict=True)
            ]
    return rows


def _part(month: str, part: str, count: int, *, now: Month, before: Month, over: bool) -> Row:
    dimensions = {"month": month, "part": part}
    if part != "dormant":
        row = count_row(dimensions, count, now.active)
    elif over:
        row = count_row(dimensions, count, before.active)
    else:  # nobody has stayed away from a month that goes on
        row = blank_row(dimensions, None, before.active) | {"share": None}
    return row | {"partial": not over}


def _wanted(question: Question, month: int) -> bool:
    start = question.start
    return start is None or month >= period_of(start, Granularity.MONTH)


def _last_whole_month(question: Question) -> int:
    month = period_of(question.last, Granularity.MONTH)
    return month if is_over(month, Granularity.MONTH, question.as_of) else month - 1


def _month(month: int) -> str:
    return first_day(month, Granularity.MONTH).isoformat()
