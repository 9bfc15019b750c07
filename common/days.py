"""The shop's own clock: business days that begin at the store's day cut, and months as numbers.

A business day is the half-open stretch of instants from the day cut on its date to the day cut on
the next one, in the store's zone. A bill paid at 01:30 belongs to the evening before.
"""

from calendar import monthrange
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.functional import lazy

ONE_DAY = timedelta(days=1)
MIDNIGHT = time(0)
# For the facts of a sentence: written out in the language of whoever reads it.
lazy_day: Callable[[date], Any] = lazy(lambda day: date_format(day, "DATE_FORMAT"), str)


def business_day_start(day: date, zone: ZoneInfo, day_cut: time = MIDNIGHT) -> datetime:
    """First instant (UTC) of the business day ``day``.

    A day cut the clock skips in spring is moved on by the length of the jump; one it shows twice in
    autumn counts the first time. Both keep the days gapless.

    >>> business_day_start(date(2026, 5, 1), ZoneInfo("Asia/Shanghai"), time(4)).isoformat()
    '2026-04-30T20:00:00+00:00'
    """
    return datetime.combine(day, day_cut, tzinfo=zone).astimezone(UTC)


def business_day_bounds(
    day: date, zone: ZoneInfo, day_cut: time = MIDNIGHT
) -> tuple[datetime, datetime]:
    """Instants ``[start, end)`` of the business day ``day``, in UTC.

    >>> start, end = business_day_bounds(date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
    >>> (end - start).total_seconds() / 3600
    23.0
    """
    return business_day_start(day, zone, day_cut), business_day_start(day + ONE_DAY, zone, day_cut)


def business_date(at: datetime, zone: ZoneInfo, day_cut: time = MIDNIGHT) -> date:
    """The business day the aware moment ``at`` belongs to.

    >>> night = datetime(2026, 5, 1, 17, 30, tzinfo=UTC)  # 01:30 on 2 May in Shanghai
    >>> business_date(night, ZoneInfo("Asia/Shanghai"), time(4))
    datetime.date(2026, 5, 1)
    """
    if at.tzinfo is None:
        raise ValueError("business_date needs an aware moment")
    day = at.astimezone(zone).date()
    # The wall clock guesses the day; the bounds decide, since the clock may jump across the cut.
    while at < business_day_start(day, zone, day_cut):
        day -= ONE_DAY
    while at >= business_day_start(day + ONE_DAY, zone, day_cut):
        day += ONE_DAY
    return day


def end_of_day_instant(last_valid_day: date, zone: ZoneInfo, day_cut: time = MIDNIGHT) -> datetime:
    """The exclusive end of something valid through ``last_valid_day``.

    It is the start of the next business day: at this instant it is already over.

    >>> end_of_day_instant(date(2024, 2, 29), ZoneInfo("Asia/Shanghai"), time(4)).isoformat()
    '2024-02-29T20:00:00+00:00'
    """
    return business_day_start(last_valid_day + ONE_DAY, zone, day_cut)


def month_no(day: date) -> int:
    """Number of the calendar month, so that neighbours differ by one.

    >>> month_no(date(2026, 1, 31)) - month_no(date(2025, 12, 1))
    1
    """
    return day.year * 12 + day.month - 1


def month_of(number: int) -> date:
    """First day of the month with this number; undoes ``month_no``.

    >>> month_of(month_no(date(2026, 12, 24)))
    datetime.date(2026, 12, 1)
    """
    return date(number // 12, number % 12 + 1, 1)


def add_months(day: date, months: int) -> date:
    """Same day ``months`` later (negative: earlier), or the last day of a month too short for it.

    >>> add_months(date(2024, 1, 31), 1), add_months(date(2024, 2, 29), -12)
    (datetime.date(2024, 2, 29), datetime.date(2023, 2, 28))
    """
    first = month_of(month_no(day) + months)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))
