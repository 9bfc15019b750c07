"""Is this a working day or a day of rest? By country, with adjusted workdays and the owner's word.

China moves working days onto weekends around its holidays, and announces it late each year: a year
the library does not know yet is refused, not guessed, until the owner has entered its days.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

import chinese_calendar
import holidays
from django.utils.translation import gettext_lazy as _

from common.countries import country_name
from common.errors import DomainError

NO_OVERRIDES: Mapping[date, bool] = MappingProxyType({})
SATURDAY = 5


class DayKind(StrEnum):
    """What a day is for most people."""

    WORKDAY = "workday"
    RESTDAY = "restday"


class HolidayCalendarMissing(DomainError):
    """Nobody has said yet which days of that year are holidays."""

    code = "holiday_calendar_missing"
    message = _(
        "The holidays of %(country)s in %(year)s are not known. "
        "An owner can enter them under calendar days."
    )

    def __str__(self) -> str:
        return str(self.message % (self.params | {"country": country_name(self.params["country"])}))


def kind_of_day(day: date, country: str, overrides: Mapping[date, bool] = NO_OVERRIDES) -> DayKind:
    """Whether ``day`` is a workday or a day of rest (weekend or statutory holiday) in ``country``.

    ``overrides`` maps days to "is a day of rest" and wins. Where the built-in calendar does not
    know the year, one override in it makes the owner responsible for it: days without one go by
    the weekend. Raises HolidayCalendarMissing.

    >>> kind_of_day(date(2026, 2, 14), "CN").value  # a Saturday worked before the Spring Festival
    'workday'
    """
    return DayKind.RESTDAY if is_rest_day(day, country, overrides) else DayKind.WORKDAY


def is_rest_day(day: date, country: str, overrides: Mapping[date, bool] = NO_OVERRIDES) -> bool:
    """Whether ``day`` is a day of rest; see ``kind_of_day``. Raises HolidayCalendarMissing.

    >>> is_rest_day(date(2026, 10, 1), "CN"), is_rest_day(date(2026, 7, 3), "US")
    (True, True)
    """
    if day in overrides:
        return overrides[day]
    known = _built_in(day, country)
    if known is not None:
        return known
    if any(entered.year == day.year for entered in overrides):
        return day.weekday() >= SATURDAY
    raise HolidayCalendarMissing(country=country, year=str(day.year))


def is_statutory_holiday(
    day: date, country: str, overrides: Mapping[date, bool] = NO_OVERRIDES
) -> bool:
    """Whether the law makes ``day`` a holiday in ``country``: a weekend by itself is none.

    Days moved around a holiday count with it. A day of rest that an owner entered is a holiday.
    Raises HolidayCalendarMissing for a year that neither knows.

    >>> [is_statutory_holiday(date(2026, 10, day), "CN") for day in (1, 11)]
    [True, False]
    """
    if day in overrides:
        return overrides[day]
    known = _built_in_holiday(day, country)
    if known is not None:
        return known
    if any(entered.year == day.year for entered in overrides):
        return False
    raise HolidayCalendarMissing(country=country, year=str(day.year))


def _built_in_holiday(day: date, country: str) -> bool | None:
    if country == "CN":
        try:
            is_off, holiday = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            return None
        return is_off and holiday is not None
    calendar = _calendar(country, day.year)
    return None if calendar is None else day in calendar


def _built_in(day: date, country: str) -> bool | None:
    if country == "CN":
        try:
            return bool(chinese_calendar.is_holiday(day))
        except NotImplementedError:
            return None
    calendar = _calendar(country, day.year)
    return None if calendar is None else day in calendar or calendar.is_weekend(day)


@lru_cache(maxsize=64)
def _calendar(country: str, year: int) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None
