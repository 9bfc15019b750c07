"""Days, ISO weeks, calendar months, quarters and years as running numbers, neighbours one apart."""

from datetime import date, timedelta
from enum import StrEnum

from common.days import month_no, month_of

FIRST_MONDAY = date(1970, 1, 5)


class Granularity(StrEnum):
    """How time is cut."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


MONTHS_IN = {Granularity.MONTH: 1, Granularity.QUARTER: 3, Granularity.YEAR: 12}
DAYS_IN = {Granularity.DAY: 1, Granularity.WEEK: 7}


def period_of(day: date, granularity: Granularity) -> int:
    """Number of the period the day lies in.

    >>> monday = date(2026, 5, 4)
    >>> period_of(monday, Granularity.WEEK) - period_of(date(2026, 5, 3), Granularity.WEEK)
    1
    """
    if granularity in DAYS_IN:
        return (day - FIRST_MONDAY).days // DAYS_IN[granularity]
    return month_no(day) // MONTHS_IN[granularity]


def first_day(period: int, granularity: Granularity) -> date:
    """First day of the period with this number.

    >>> first_day(period_of(date(2026, 5, 6), Granularity.QUARTER), Granularity.QUARTER)
    datetime.date(2026, 4, 1)
    """
    if granularity in DAYS_IN:
        return FIRST_MONDAY + timedelta(days=period * DAYS_IN[granularity])
    return month_of(period * MONTHS_IN[granularity])


def last_day(period: int, granularity: Granularity) -> date:
    """Last day of the period with this number.

    >>> last_day(period_of(date(2024, 2, 1), Granularity.MONTH), Granularity.MONTH)
    datetime.date(2024, 2, 29)
    """
    return first_day(period + 1, granularity) - timedelta(days=1)


def is_over(period: int, granularity: Granularity, as_of: date) -> bool:
    """Whether the whole period has been seen on ``as_of``."""
    return last_day(period, granularity) <= as_of


def has_begun(period: int, granularity: Granularity, as_of: date) -> bool:
    """Whether any day of the period has been seen on ``as_of``."""
    return first_day(period, granularity) <= as_of
