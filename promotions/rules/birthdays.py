"""When a birthday comes next."""

from calendar import monthrange
from datetime import date


def next_birthday(today: date, *, month: int, day: int) -> date:
    """The next birthday from ``today`` on (itself included); 29 February is kept on the 28th.

    >>> next_birthday(date(2026, 2, 1), month=2, day=29)
    datetime.date(2026, 2, 28)
    >>> next_birthday(date(2026, 5, 2), month=5, day=1)
    datetime.date(2027, 5, 1)
    """
    this_year = _kept_in(today.year, month, day)
    return this_year if this_year >= today else _kept_in(today.year + 1, month, day)


def _kept_in(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
