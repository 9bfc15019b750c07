"""Birthdays as people tell them: with or without the year, now and then only the month."""

from calendar import isleap, monthrange
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

EARLIEST_YEAR = 1880
LEAP_YEAR = 2000


class BadBirthday(DomainError):
    """The day does not exist, or it is not over yet."""

    code = "bad_birthday"
    message = _(
        "%(birthday)s is not a birthday. Give a day of the calendar that is not in the future; "
        "the year may be left out."
    )


class Birthday(NamedTuple):
    """What is known of a day of birth. A day without a month is never stored."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        year = "----" if self.year is None else f"{self.year:04}"
        parts = ("--" if part is None else f"{part:02}" for part in (self.month, self.day))
        return "-".join([year, *parts])


def check_birthday(birthday: Birthday, *, today: date) -> Birthday:
    """Return the birthday unchanged when it may be one on ``today``.

    29 February is fine without a year. Raises BadBirthday.

    >>> check_birthday(Birthday(None, 2, 29), today=date(2026, 1, 1))
    Birthday(year=None, month=2, day=29)
    """
    if not (_exists(birthday) and _is_past(birthday, today)):
        raise BadBirthday(birthday=str(birthday))
    return birthday


def _exists(birthday: Birthday) -> bool:
    year, month, day = birthday
    if year is not None and year < EARLIEST_YEAR:
        return False
    if month is None:
        return day is None
    if not 1 <= month <= 12:
        return False
    longest = monthrange(LEAP_YEAR if year is None else year, month)[1]
    return day is None or 1 <= day <= longest


def _is_past(birthday: Birthday, today: date) -> bool:
    year, month, day = birthday
    return year is None or date(year, month or 1, day or 1) <= today


def age_on(day: date, year: int | None, month: int | None, day_of_month: int | None) -> int | None:
    """Completed years on ``day``; ``None`` without a year of birth.

    What is missing counts as the latest it can be, so nobody is taken for older than they may be.

    >>> age_on(date(2026, 3, 1), 2008, 2, 29), age_on(date(2026, 3, 1), 2008, None, None)
    (18, 17)
    """
    if year is None:
        return None
    anniversary = (month or 12, day_of_month or 31)
    return day.year - year - ((day.month, day.day) < anniversary)


def next_birthday(day: date, month: int, day_of_month: int) -> date:
    """The first day from ``day`` on (itself included) that is the birthday.

    29 February is kept on 28 February in ordinary years.

    >>> next_birthday(date(2026, 1, 1), 2, 29)
    datetime.date(2026, 2, 28)
    """
    this_year = _birthday_in(day.year, month, day_of_month)
    return this_year if this_year >= day else _birthday_in(day.year + 1, month, day_of_month)


def _birthday_in(year: int, month: int, day_of_month: int) -> date:
    if (month, day_of_month) == (2, 29) and not isleap(year):
        return date(year, 2, 28)
    return date(year, month, day_of_month)
