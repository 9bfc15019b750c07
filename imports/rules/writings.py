"""How the cells of a sheet's columns are written: orders of days, calendars, decimal marks."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from imports.rules.amounts import guess_decimal_mark
from imports.rules.choices import Choices
from imports.rules.contents import cells_of
from imports.rules.dates import BUDDHIST, ROC, DateStyle, guess_order, order_of
from imports.rules.fields import COUNT_FIELDS, DATE_FIELDS, MONEY_FIELDS, Column
from imports.rules.sheets import Row
from imports.rules.short_years import calendar_of

# Where a comma parts off the decimals and a point the thousands.
DECIMAL_COMMA_COUNTRIES = frozenset(
    [
        *("DE", "AT", "FR", "ES", "IT", "PT", "NL", "BE", "LU", "FI", "SE", "NO", "DK", "PL", "CZ"),
        *("SK", "HU", "RO", "BG", "GR", "HR", "SI", "EE", "LV", "LT", "IS", "TR", "RU", "UA", "BY"),
        *("BR", "AR", "CL", "CO", "UY", "PY", "EC", "VE", "BO", "ID", "VN", "CR", "CM", "SN", "CI"),
    ]
)

# What short years may be counted by there, beside the Western calendar.
OWN_CALENDARS = {"TH": BUDDHIST, "LA": BUDDHIST, "TW": ROC}


def days_written(
    columns: Sequence[Column], sample: Sequence[Row], choices: Choices, country: str
) -> dict[str, Any]:
    """Fields of the plan: how days are written, and which of them leave that open."""
    orders = _orders(columns, sample, choices, country)
    calendars = _calendars(columns, sample, orders, choices, country)
    return {
        "orders": orders,
        "calendars": {name: said for name, (said, _sure) in calendars.items()},
        "doubtful_years": [name for name, (_said, sure) in calendars.items() if not sure],
        "doubtful_dates": _doubtful_dates(columns, sample, choices, country),
    }


def marks_written(
    columns: Sequence[Column], sample: Sequence[Row], choices: Choices, country: str
) -> dict[int, str]:
    """Column of amounts or counts (from 0) → the mark that parts off its decimals."""
    usual = "," if country in DECIMAL_COMMA_COUNTRIES else "."
    guessed = {
        column.index: guess_decimal_mark(cells_of(column.index, sample), usual)
        for column in columns
        if column.field in MONEY_FIELDS | COUNT_FIELDS
    }
    return guessed | {
        c.index: choices.marks[c.header] for c in columns if c.header in choices.marks
    }


def _orders(
    columns: Sequence[Column], sample: Sequence[Row], choices: Choices, country: str
) -> dict[str, str]:
    """Field of days → which of their numbers is the day, the month and the year."""
    guessed = {
        column.field: guess_order(cells_of(column.index, sample), country)
        for column in columns
        if column.field in DATE_FIELDS
    }
    return guessed | {
        c.field: choices.dates[c.header] for c in columns if c.header in choices.dates
    }


def _calendars(
    columns: Iterable[Column],
    sample: Sequence[Row],
    orders: Mapping[str, str],
    choices: Choices,
    country: str,
) -> dict[str, tuple[str, bool]]:
    """Field of days → the calendar of its short years, and whether that is beyond doubt."""
    days = [column for column in columns if column.field in DATE_FIELDS]
    found = {c.field: (choices.years[c.header], True) for c in days if c.header in choices.years}
    own = OWN_CALENDARS.get(country)
    if own is None:
        return found
    return {
        c.field: calendar_of(cells_of(c.index, sample), DateStyle(orders[c.field]), c.field, own)
        for c in days
    } | found


def _doubtful_dates(
    columns: Iterable[Column], sample: Sequence[Row], choices: Choices, country: str
) -> list[str]:
    """Fields of days whose order neither their cells nor the owner tell."""
    return [
        column.field
        for column in columns
        if column.field in DATE_FIELDS and column.header not in choices.dates
        if not order_of(cells_of(column.index, sample), country)[1]
    ]
