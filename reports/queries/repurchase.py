"""Who bought more than once in a period, and who bought again in the next ones."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.queries.activity import fetch, params_of, periods
from reports.queries.figure import Answer, Event, Question, figure
from reports.rules.periods import Granularity, first_day, is_over, period_of
from reports.rules.rows import Row, blank_row, rate_row, ratio
from reports.rules.wording import day, share

DAYS, ORDERS = "days", "orders"
ALONE = "window"
FOLLOWING = {Granularity.MONTH: (1, 2, 3), Granularity.QUARTER: (1,), Granularity.WEEK: (1, 2, 3)}
EARLIEST = -100_000

REPEATED = """
SELECT period, count(*), count(*) FILTER (WHERE active_days > 1),
       count(*) FILTER (WHERE orders > 1), sum(orders)::bigint
FROM ({buyers}) AS buyer WHERE period BETWEEN %(first)s AND %(last)s
GROUP BY period ORDER BY period
"""
REPEATED_IN_WINDOW = """
SELECT NULL, count(*), count(*) FILTER (WHERE active_days > 1),
       count(*) FILTER (WHERE orders > 1), coalesce(sum(orders), 0)::bigint
FROM (SELECT member_id, sum(active_days) AS active_days, sum(orders) AS orders
      FROM ({buyers}) AS day WHERE period BETWEEN %(first)s AND %(last)s
      GROUP BY member_id) AS buyer
"""
WAITED = """
SELECT period, coalesce(least(wait, 9), 9), count(*) FROM (
    SELECT period, lead(period) OVER (PARTITION BY member_id ORDER BY period) - period AS wait
    FROM ({active}) AS active) AS active
WHERE period BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
"""


@figure(
    key="repurchase",
    name=gettext_lazy("Repurchase rate"),
    formula=gettext_lazy("buyers with two or more purchase days in the period ÷ buyers in it"),
    dimensions=("period", "kind"),
)
def repurchase(question: Question) -> Answer:
    """Repurchase rate by month, quarter, year or week, or ``window``: all asked days as one.

    Kind ``days`` collapses a day's purchases into one; ``orders`` counts each. Rows also carry
    ``orders`` and ``order_share``, the share of orders that were not a buyer's first in the period.
    """
    kind = question.choose("kind", (DAYS, ORDERS), "repurchase")
    cut = question.choose("granularity", ("month", "quarter", "year", "week", ALONE), "repurchase")
    granularity = Granularity.DAY if cut == ALONE else Granularity(cut)
    start = question.start
    bounds = {
        "first": period_of(start, granularity) if start else EARLIEST,
        "last": period_of(question.last, granularity),
    }
    sql = REPEATED_IN_WINDOW if cut == ALONE else REPEATED
    buyers = periods(question, granularity, Event.PURCHASE)
    found = fetch(sql.format(buyers=buyers), params_of(question) | bounds)
    rows = [_repeated(question, granularity, kind, period, *counts) for period, *counts in found]
    return Answer(
        definition=_repurchase_definition(question, kind, cut, rows),
        rows=rows,
        start=start,
        end=question.last,
        extra={"granularity": cut, "kind": kind},
    )


def _repeated(
    question: Question, granularity: Granularity, kind: str, period: int | None, *counts: int
) -> Row:
    buyers, by_days, by_orders, orders = counts
    dimensions = {
        "period": "all" if period is None else first_day(period, granularity).isoformat(),
        "kind": kind,
    }
    partial = period is not None and not is_over(period, granularity, question.as_of)
    return rate_row(dimensions, by_days if kind == DAYS else by_orders, buyers) | {
        "orders": orders,
        "order_share": ratio(orders - buyers, orders),
        "partial": partial,
    }


def _repurchase_definition(question: Question, kind: str, cut: str, rows: list[Row]) -> str:
    sentences = {
        DAYS: _(
            "Repurchase rate: buyers with two or more purchase days in the period ÷ buyers in"
            " the period. The last one: %(share)s, as of %(as_of)s."
        ),
        ORDERS: _(
            "Repurchase rate by orders: buyers with two or more orders in the period, on one day or"
            " on several ÷ buyers in the period. The last one: %(share)s, as of %(as_of)s."
        ),
    }
    last = rows[-1] if rows else {"numerator": 0, "denominator": 0}
    return sentences[kind] % {
        "share": share(last["numerator"], last["denominator"]),
        "as_of": day(question.as_of),
    }


@figure(
    key="buyback",
    name=gettext_lazy("Buy-back rate"),
    formula=gettext_lazy("buyers of a period who buy again in the next ones ÷ buyers of it"),
    dimensions=("period", "within"),
)
def buyback(question: Question) -> Answer:
    """Buyers of a month (quarter, week) who buy again within the next one, two or three.

    A row whose following periods are not all over has no value.
    """
    granularity = question.cut(Granularity.MONTH, Granularity.QUARTER, Granularity.WEEK)
    start = question.start
    bounds = {
        "first": period_of(start, granularity) if start else EARLIEST,
        "last": period_of(question.last, granularity),
    }
    active = periods(question, granularity, question.counted(Event.PURCHASE))
    waits: dict[int, dict[int, int]] = {}
    for period, wait, count in fetch(WAITED.format(active=active), params_of(question) | bounds):
        waits.setdefault(period, {})[wait] = count
    rows = [
        _bought_back(question, granularity, period, waits[period], within)
        for period in sorted(waits)
        for within in FOLLOWING[granularity]
    ]
    return Answer(
        definition=_buyback_definition(question, granularity, rows),
        rows=rows,
        start=start,
        end=question.last,
        extra={"granularity": granularity},
    )


def _bought_back(
    question: Question, granularity: Granularity, period: int, waits: dict[int, int], within: int
) -> Row:
    dimensions = {"period": first_day(period, granularity).isoformat(), "within": within}
    buyers = sum(waits.values())
    back = sum(count for wait, count in waits.items() if wait <= within)
    if is_over(period + within, granularity, question.as_of):
        return rate_row(dimensions, back, buyers)
    return blank_row(dimensions, back, buyers)


def _buyback_definition(question: Question, granularity: Granularity, rows: list[Row]) -> str:
    seen = [row for row in rows if row["within"] == 1 and row["value"] is not None]
    last = seen[-1] if seen else {"numerator": 0, "denominator": 0}
    sentences = {
        Granularity.WEEK: _(
            "Buy-back rate: buyers of a week who buy again in the next week (or the next two or"
            " three) ÷ buyers of the week. The last one seen whole: %(share)s, as of %(as_of)s."
        ),
        Granularity.MONTH: _(
            "Buy-back rate: buyers of a month who buy again in the next month (or the next two or"
            " three) ÷ buyers of the month. The last one seen whole: %(share)s, as of %(as_of)s."
        ),
        Granularity.QUARTER: _(
            "Buy-back rate: buyers of a quarter who buy again in the next quarter ÷ buyers of the"
            " quarter. The last one seen whole: %(share)s, as of %(as_of)s."
        ),
    }
    return sentences[granularity] % {
        "share": share(last["numerator"], last["denominator"]),
        "as_of": day(question.as_of),
    }
