"""A birthday told in columns of its own for year, month and day."""

import re
from datetime import date
from typing import Any

from imports.rules.cells import value_of
from imports.rules.dates import EARLIEST_YEAR, MONTHS, BadDate, day_in_year, day_text, short_year
from imports.rules.sheets import Cell

NUMBER = re.compile(r"(\d{1,4})(?:\.0+)?\s*[年月日号號]?")
MOST = {"month": 12, "day": 31}
# The 29th of February is somebody's birthday.
LEAP_YEAR = 2000


def part_of_birthday(cell: Cell, part: str, latest: date) -> int | None:
    """The year, month or day (``part``) a cell says; 0 for none, ``None`` for a whole birthday.

    ``latest`` is the last day of birth. Raises BadDate.

    >>> today = date(2026, 1, 1)
    >>> [part_of_birthday(c, "month", today) for c in ("8月", "August", 8.0, "0", "2000-08-15")]
    [8, 8, 8, 0, None]
    >>> part_of_birthday("88", "year", today), part_of_birthday("1988年", "year", today)
    (1988, 1988)
    """
    text = day_text(value_of(cell))
    if part == "month" and (month := MONTHS.get(text.rstrip("."))):
        return month
    if not (found := NUMBER.fullmatch(text)):
        return None if text else 0
    number = int(found[1])
    if part == "year":
        return _year(number, len(found[1]), latest, text)
    if number > MOST[part]:
        raise BadDate(text=text)
    return number


def _year(number: int, digits: int, latest: date, text: str) -> int:
    if number in {0, 1900}:
        # What other systems write for no year.
        return 0
    year = short_year(number, is_buddhist=False) if digits <= 2 else number
    year -= 100 if digits <= 2 and year > latest.year else 0
    if not EARLIEST_YEAR <= year <= latest.year:
        raise BadDate(text=text)
    return year


def whole_birthday(said: dict[str, Any], parts: dict[str, int]) -> dict[str, Any]:
    """The birthday of a column that says all or most of it, with the parts it leaves out.

    A day without its month is none. Raises BadDate for one that its month does not have.

    >>> whole_birthday({}, {"month": 8, "day": 15})
    {'year': None, 'month': 8, 'day': 15}
    """
    whole = {name: said.get(name) or parts.get(name) for name in ("year", "month", "day")}
    if whole["month"] is None:
        whole["day"] = None
    elif whole["day"] is not None:
        day_in_year(whole["year"] or LEAP_YEAR, whole["month"], whole["day"])
    return whole
