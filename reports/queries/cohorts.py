"""Cohorts: of those first seen in one period, how many came in each period after it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.queries.activity import fetch, params_of, period_of_day, periods
from reports.queries.figure import Answer, Event, Question, figure
from reports.rules.periods import Granularity, first_day, has_begun, is_over, period_of
from reports.rules.rows import Row, blank_row, mean_row, rate_row
from reports.rules.wording import day, share

MEASURES = ("members", "amount", "ever")

CELLS = """
SELECT cohort, period - cohort AS k, count(*), sum(amount)::bigint
FROM (SELECT period, amount, min(period) OVER (PARTITION BY member_id) AS cohort
      FROM ({active}) AS active) AS active
WHERE cohort BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""
# Over all stores the first day stands in the facts. Adding up by that day before turning days into
# periods leaves thousands of rows to compute on instead of millions.
CELLS_OF_ALL_STORES = """
SELECT cohort, period - cohort AS k, sum(members)::bigint, sum(amount)::bigint
FROM (SELECT {cohort} AS cohort, period, members, amount
      FROM (SELECT fact.{first_day} AS business_date, period,
                   count(*) AS members, sum(amount) AS amount
            FROM ({active}) AS active JOIN ledger_memberfacts AS fact USING (member_id)
            GROUP BY 1, 2) AS day) AS cell
WHERE cohort BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""
FIRST_RETURNS = """
SELECT cohort, coalesce(back - cohort, 0) AS k, count(*), 0
FROM (SELECT member_id, cohort, min(period) FILTER (WHERE period > cohort) AS back
      FROM (SELECT member_id, period, min(period) OVER (PARTITION BY member_id) AS cohort
            FROM ({active}) AS active) AS ranked
      GROUP BY 1, 2) AS member
WHERE cohort BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""
EARLIEST, LATEST = -100_000, 100_000


@dataclass(frozen=True)
class Matrix:
    """Sizes by cohort, and what each cohort did k periods later: members and amount."""

    sizes: dict[int, int]
    members: dict[tuple[int, int], int]
    amounts: dict[tuple[int, int], int]


@figure(
    key="cohort",
    name=gettext_lazy("Cohort retention"),
    formula=gettext_lazy("members active k periods after their first ÷ members of the cohort"),
    dimensions=("cohort", "k", "period"),
)
def cohort(question: Question) -> Answer:
    """The cohort matrix by week, month or quarter, weighted row (cohort ``all``) first.

    Measures: ``members`` active; ``amount`` spent per member of the cohort, in the smallest unit;
    ``ever``, those who came back at least once by then. A cell whose period is not over has
    no value, only the numbers so far, unless ``partial`` asks for it. Raises CurrenciesDiffer.
    """
    granularity = question.cut(Granularity.MONTH, Granularity.WEEK, Granularity.QUARTER)
    measure = question.choose("measure", MEASURES, "cohort")
    event = question.counted(Event.VISIT)
    currency = question.scope.currency if measure == "amount" else ""
    matrix = _matrix(question, granularity, measure, event)
    cells = [
        _cell(question, matrix, start, k, cut=granularity, measure=measure)
        for start in sorted(matrix.sizes)
        for k in range(period_of(question.as_of, granularity) - start + 1)
        if has_begun(start, granularity, question.as_of)
    ]
    rows = [*_weighted(cells, measure), *cells]
    return Answer(
        definition=_definition(question, granularity, measure, event, rows),
        rows=rows,
        start=question.start,
        end=question.last,
        extra={"granularity": granularity, "measure": measure, "event": event}
        | ({"currency": currency} if currency else {}),
    )


def _matrix(question: Question, granularity: Granularity, measure: str, event: Event) -> Matrix:
    start = question.start
    bounds = {
        "first": period_of(start, granularity) if start else EARLIEST,
        "last": period_of(question.last, granularity),
    }
    sql = _cells(question, measure).format(
        active=periods(question, granularity, event),
        cohort=period_of_day(granularity),
        first_day="first_purchase" if event == Event.PURCHASE else "first_visit",
    )
    found = fetch(sql, params_of(question) | bounds)
    members = {(row[0], row[1]): row[2] for row in found}
    amounts = {(row[0], row[1]): row[3] for row in found}
    if measure != "ever":
        sizes = {start: count for (start, k), count in members.items() if k == 0}
        return Matrix(sizes, members, amounts)
    return Matrix(*_cumulated(members, period_of(question.as_of, granularity)), amounts)


def _cells(question: Question, measure: str) -> str:
    if measure == "ever":
        return FIRST_RETURNS
    return CELLS_OF_ALL_STORES if question.scope.is_whole else CELLS


def _cumulated(
    returns: dict[tuple[int, int], int], latest: int
) -> tuple[dict[int, int], dict[tuple[int, int], int]]:
    """Cohort sizes, and how many had come back by k, from how many first came back at k."""
    sizes: dict[int, int] = defaultdict(int)
    for (start, _k), count in returns.items():
        sizes[start] += count
    by_then = {}
    for start in sizes:
        total = 0
        for k in range(1, latest - start + 1):
            total += returns.get((start, k), 0)
            by_then[start, k] = total
    return dict(sizes), by_then


def _cell(
    question: Question, matrix: Matrix, start: int, k: int, *, cut: Granularity, measure: str
) -> Row:
    values = matrix.amounts if measure == "amount" else matrix.members
    size, value = matrix.sizes[start], values.get((start, k), 0)
    dimensions = {
        "cohort": first_day(start, cut).isoformat(),
        "k": k,
        "period": first_day(start + k, cut).isoformat(),
    }
    over = is_over(start + k, cut, question.as_of)
    if not (over or question.partial):
        return blank_row(dimensions, value, size) | {"partial": True}
    row = mean_row if measure == "amount" else rate_row
    return row(dimensions, value, size) | {"partial": not over}


def _weighted(cells: Iterable[Row], measure: str) -> list[Row]:
    """One row per k over the cohorts old enough: what they did ÷ how many they were."""
    sums: dict[int, tuple[int, int]] = {}
    for cell in cells:
        if cell["value"] is not None:
            value, size = sums.get(cell["k"], (0, 0))
            sums[cell["k"]] = (value + cell["numerator"], size + cell["denominator"])
    row = mean_row if measure == "amount" else rate_row
    return [
        row({"cohort": "all", "k": k, "period": None}, *sums[k]) | {"partial": False}
        for k in sorted(sums)
    ]


def _definition(
    question: Question, granularity: Granularity, measure: str, event: Event, rows: list[Row]
) -> str:
    words = {
        "members": _(
            "Cohorts by %(granularity)s of the first %(event)s: members with one again k periods"
            " later ÷ all members of the cohort."
        ),
        "amount": _(
            "Cohorts by %(granularity)s of the first %(event)s: amount spent k periods later ÷ all"
            " members of the cohort, in the currency's smallest unit."
        ),
        "ever": _(
            "Cohorts by %(granularity)s of the first %(event)s: members who came again at least"
            " once by k periods later ÷ all members of the cohort."
        ),
    }
    names = {
        Granularity.WEEK: _("week"),
        Granularity.MONTH: _("month"),
        Granularity.QUARTER: _("quarter"),
        Event.VISIT: _("visit"),
        Event.PURCHASE: _("purchase"),
    }
    text = words[measure] % {"granularity": names[granularity], "event": names[event]}
    next_one = next((row for row in rows if row["cohort"] == "all" and row["k"] == 1), None)
    if next_one and measure != "amount":
        text += " " + _("Over all cohorts one period later: %(share)s.") % {
            "share": share(next_one["numerator"], next_one["denominator"])
        }
    return (
        text
        + " "
        + _("A period counts once it is over on %(as_of)s; younger cells are blank.")
        % {"as_of": day(question.as_of)}
    )
