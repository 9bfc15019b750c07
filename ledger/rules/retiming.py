"""How ends move: by whole business days, so that a change of clocks costs nobody an hour."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.days import business_date, business_day_start

# How far into the future a manager may set the end of what has ended; owners may go further.
MANAGER_DAYS = 366
OWNER_DAYS = 3660


def shifted_end(ends: datetime, days: int, zone: ZoneInfo, day_cut: time) -> datetime:
    """The end ``days`` business days later, at the same distance from the beginning of its day.

    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> ends = business_day_start(date(2026, 3, 28), berlin, time(4))
    >>> shifted_end(ends, 2, berlin, time(4)) == business_day_start(
    ...     date(2026, 3, 30), berlin, time(4)
    ... )
    True
    """
    day = business_date(ends, zone, day_cut)
    into_the_day = ends - business_day_start(day, zone, day_cut)
    return business_day_start(day + timedelta(days=days), zone, day_cut) + into_the_day


def days_between(start: datetime, end: datetime, zone: ZoneInfo, day_cut: time) -> int:
    """Business days from one moment to a later one; zero within one day.

    >>> shanghai = ZoneInfo("Asia/Shanghai")
    >>> days_between(
    ...     datetime(2026, 5, 1, 12, tzinfo=shanghai),
    ...     datetime(2026, 5, 3, 3, tzinfo=shanghai),
    ...     shanghai,
    ...     time(4),
    ... )
    1
    """
    return (business_date(end, zone, day_cut) - business_date(start, zone, day_cut)).days


def furthest_end(today: date, *, is_owner: bool) -> date:
    """The last day somebody may set as the end of what had ended.

    >>> furthest_end(date(2026, 1, 1), is_owner=False)
    datetime.date(2027, 1, 2)
    """
    return today + timedelta(days=OWNER_DAYS if is_owner else MANAGER_DAYS)
