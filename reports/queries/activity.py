"""Where figures find activity: one row per member and day or period, for the stores in view.

Every source is a SELECT to be put into a larger one, with its parameters; none reads past
``as_of``.
"""

from typing import Any

from django.db import connection

from common.days import month_no, month_of
from reports.queries.figure import Event, Question
from reports.rules.periods import MONTHS_IN, Granularity, is_over

type Params = dict[str, Any]

STORE_ROWS = """
SELECT member_id, {period}, {sums} FROM {table} WHERE {stores} AND {seen} {event}
"""
SUMMED_ROWS = """
SELECT member_id, {period}, {totals} FROM {table} WHERE {stores} AND {seen}
GROUP BY 1, 2 {having}
"""
DAY_SUMS = ("visits", "orders", "amount", "plays", "coins")

MONTHS_FROM_DAYS = """
SELECT member_id, {month} AS month_no, sum(orders)::bigint AS orders, sum(amount)::bigint AS amount,
       count(*) AS visit_days, count(*) FILTER (WHERE orders > 0) AS purchase_days
FROM ({days}) AS day WHERE business_date >= %(unfinished)s GROUP BY 1, 2
"""
FULL_MONTHS = """
SELECT member_id, month_no, orders::bigint, amount, visit_days::bigint, purchase_days::bigint
FROM ledger_membermonth WHERE {stores} AND month_no < %(unfinished_month)s {event}
"""
MONTH_OF_DAY = (
    "(extract(year FROM business_date) * 12 + extract(month FROM business_date) - 1)::int"
)
PERIOD_OF_DAY = {
    Granularity.DAY: "(business_date - DATE '1970-01-05')",
    Granularity.WEEK: "((business_date - DATE '1970-01-05') / 7)",
}

PERIODS = """
SELECT member_id, {period} AS period, orders, amount, {active_days}::bigint AS active_days
FROM ({source}) AS source
"""
GROUPED_PERIODS = """
SELECT member_id, {period} AS period, sum(orders)::bigint AS orders, sum(amount)::bigint AS amount,
       {active_days}::bigint AS active_days
FROM ({source}) AS source GROUP BY 1, 2
"""
COVERAGE = """
SELECT count(*), count(member_id) FROM ledger_sale
WHERE voided_at IS NULL AND is_purchase AND business_date <= %(last)s
      AND (%(first)s::date IS NULL OR business_date >= %(first)s)
      AND (%(whole)s OR store_id = ANY(%(stores)s))
"""


def fetch(sql: str, params: Params) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def params_of(question: Question) -> Params:
    """The parameters that every source needs."""
    return {
        "as_of": question.as_of,
        "stores": question.scope.ids,
        "unfinished": month_of(_unfinished_month(question)),
        "unfinished_month": _unfinished_month(question),
    }


def stores_of(question: Question) -> str:
    """The condition on ``store_id`` of a rollup: the rows of all stores together, or of some."""
    return "store_id IS NULL" if question.scope.is_whole else "store_id = ANY(%(stores)s)"


def days(question: Question, event: Event = Event.VISIT) -> str:
    """One row per member and active day: visits, orders, amount, plays, coins."""
    one_row_a_day = question.scope.is_whole or len(question.scope.stores) == 1
    wanted = event == Event.PURCHASE
    return (STORE_ROWS if one_row_a_day else SUMMED_ROWS).format(
        table="ledger_memberday",
        period="business_date",
        sums=", ".join(DAY_SUMS),
        totals=", ".join(f"sum({name})::bigint AS {name}" for name in DAY_SUMS),
        stores=stores_of(question),
        seen="business_date <= %(as_of)s",
        event="AND orders > 0" if wanted else "",
        having="HAVING sum(orders) > 0" if wanted else "",
    )


def months(question: Question, event: Event = Event.VISIT) -> str:
    """One row per member and active month: orders, amount, visit_days, purchase_days.

    A month that is not over on ``as_of`` is summed from its days; several stores are summed from
    days altogether, since a day spent in two of them is one day.
    """
    from_days = MONTHS_FROM_DAYS.format(month=MONTH_OF_DAY, days=days(question, event))
    if not question.scope.is_whole and len(question.scope.stores) != 1:
        return from_days.replace("WHERE business_date >= %(unfinished)s", "")
    wanted = "AND purchase_days > 0" if event == Event.PURCHASE else ""
    full = FULL_MONTHS.format(stores=stores_of(question), event=wanted)
    return f"{full} UNION ALL {from_days}"


def periods(question: Question, granularity: Granularity, event: Event) -> str:
    """One row per member and active period: period, orders, amount, active_days."""
    active_days = "purchase_days" if event == Event.PURCHASE else "visit_days"
    if granularity == Granularity.DAY:
        source, period, active_days = days(question, event), period_of_day(granularity), "1"
    elif granularity == Granularity.WEEK:
        source, period, active_days = days(question, event), period_of_day(granularity), "count(*)"
    elif granularity == Granularity.MONTH:
        source, period = months(question, event), "month_no"
    else:
        source, period = months(question, event), f"month_no / {MONTHS_IN[granularity]}"
        active_days = f"sum({active_days})"
    # Days and months are one row a member already: grouping a million of them again takes a second.
    once = granularity in {Granularity.DAY, Granularity.MONTH}
    return (PERIODS if once else GROUPED_PERIODS).format(
        period=period, active_days=active_days, source=source
    )


def period_of_day(granularity: Granularity) -> str:
    """The expression for the period that ``business_date`` lies in."""
    if granularity in PERIOD_OF_DAY:
        return PERIOD_OF_DAY[granularity]
    return f"{MONTH_OF_DAY} / {MONTHS_IN[granularity]}"


def coverage(question: Question) -> dict[str, int | str | None]:
    """How many of the purchases in the asked days have a member; the figures know no others.

    ``from`` and ``to`` are those days, ``from`` is none where all history is asked.
    """
    params = {
        "first": question.start,
        "last": question.last,
        "whole": question.scope.is_whole,
        "stores": question.scope.ids,
    }
    sales, with_member = fetch(COVERAGE, params)[0]
    return {
        "sales": sales,
        "sales_with_member": with_member,
        "from": question.start.isoformat() if question.start else None,
        "to": question.last.isoformat(),
    }


def _unfinished_month(question: Question) -> int:
    month = month_no(question.as_of)
    return month + 1 if is_over(month, Granularity.MONTH, question.as_of) else month
