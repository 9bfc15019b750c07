"""The ways in which a column's days may be read, each with what one of its cells would be then."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from imports.rules.choices import CALENDARS, ORDERS
from imports.rules.dates import (
    ROC,
    WITHOUT_YEAR,
    YEAR_FIRST,
    BadDate,
    Birthday,
    DateStyle,
    birthday_of,
    day_of,
    is_doubtful,
)
from imports.rules.short_years import year_in

# How a birthday may count beside the calendars of years.
LUNAR = "lunar"
LUNAR_COUNTRIES = frozenset({"CN", "TW", "HK", "MO", "SG", "MY", "VN", "KR"})


class Day(NamedTuple):
    """A day as read; a year of 0 is not told."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Way[Read]:
    """One way to read a column, and what ``text``, a cell of it, would be; None: not to be read."""

    said: str
    text: str = ""
    read: Read | None = None


def ways_of_order(
    texts: Sequence[str], field: str, style: DateStyle, latest: date
) -> list[Way[Day]]:
    """The orders of day and month that the column allows; none where its days leave no choice.

    ``latest`` is the last day of birth.

    >>> days = ["25/12/2023", "03/04/2024"]
    >>> ways = ways_of_order(days, "at", DateStyle(), date(2026, 1, 1))
    >>> [(one.said, one.read.day) for one in ways]
    [('dmy', 3), ('mdy', 4)]
    """
    text = next((one for one in texts if is_doubtful(one) or _is_short(one, field)), None)
    if text is None:
        return []
    styles = {order: replace(style, order=order) for order in ORDERS}
    return _apart(_way(order, text, field, one, latest) for order, one in styles.items())


def ways_of_year(
    texts: Sequence[str], field: str, style: DateStyle, latest: date
) -> list[Way[Day]]:
    """The calendars by which the column's short years may count; none where it has none.

    >>> ways = ways_of_year(["75/03/15"], "birthday", DateStyle(), date(2026, 1, 1))
    >>> [(one.said, one.read.year) for one in ways]
    [('buddhist', 1932), ('western', 1975), ('roc', 1986)]
    """
    text = next((one for one in texts if 0 < len(year_in(one, style)) <= 3), None)
    if text is None:
        return []
    styles = {said: replace(style, calendar=said) for said in CALENDARS}
    if style.order != YEAR_FIRST:
        del styles[ROC]
    return _apart(_way(said, text, field, one, latest) for said, one in styles.items())


def _is_short(text: str, field: str) -> bool:
    """Whether it is a birthday without its year that may be read both ways."""
    found = WITHOUT_YEAR.fullmatch(text)
    if found is None or field != "birthday":
        return False
    return found[1] != found[2] and max(int(found[1]), int(found[2])) <= 12


def _apart(ways: Iterable[Way[Day] | None]) -> list[Way[Day]]:
    """The ways there are, where they differ."""
    found = {way.read: way for way in ways if way}
    return list(found.values()) if len(found) > 1 else []


def _way(said: str, text: str, field: str, style: DateStyle, latest: date) -> Way[Day] | None:
    try:
        read: Birthday | date | None
        read = birthday_of(text, style, latest) if field == "birthday" else day_of(text, style)
    except BadDate:
        return None
    if not read or not read.month or not read.day:
        return None
    return Way(said, text, Day(read.year or 0, read.month, read.day))
