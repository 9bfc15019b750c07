"""Which calendar the years of two digits in a Thai column count by."""

import re
import unicodedata
from collections.abc import Iterable

from imports.rules.cells import text_of
from imports.rules.choices import CALENDARS
from imports.rules.dates import (
    BUDDHIST_LEAD,
    BUDDHIST_YEARS,
    NAMED,
    NUMERIC,
    YEAR_FIRST,
    DateStyle,
)
from imports.rules.day_words import plain_words
from imports.rules.sheets import Cell

BUDDHIST, WESTERN = CALENDARS
# Where the years of a column lie in most lists, by what it holds.
LIKELY_YEARS = {"birthday": range(1940, 2016), "joined": range(1995, 2030)}
LIKELY_OTHERS = range(2010, 2050)


def calendar_of(cells: Iterable[Cell], style: DateStyle, field: str) -> tuple[str, bool]:
    """The calendar of a Thai column's short years, and whether its cells leave no doubt about it.

    A year speaks for a calendar that makes it likely where the other does not; where none speaks
    they are taken as Buddhist.

    >>> calendar_of(["15/01/64", "2/3/65"], DateStyle("dmy"), "joined")
    ('buddhist', True)
    >>> calendar_of(["15/01/21", "2/3/05"], DateStyle("dmy"), "joined")
    ('western', True)
    >>> calendar_of(["15/01/45", "2/3/50"], DateStyle("dmy"), "birthday")
    ('buddhist', False)
    """
    likely = LIKELY_YEARS.get(field, LIKELY_OTHERS)
    votes = short = 0
    for cell in cells:
        digits = _year_in(cell, style)
        if len(digits) == 4:
            votes += 1 if int(digits) >= BUDDHIST_YEARS[0] else -1
        elif digits and len(digits) <= 2:
            short += 1
            votes += _may_be(2400 - BUDDHIST_LEAD + int(digits), likely)
            votes -= _may_be(1900 + int(digits), likely)
    return BUDDHIST if votes >= 0 else WESTERN, bool(votes) or not short


def _may_be(year: int, likely: range) -> bool:
    """Whether a year of one century or of the next lies where most do."""
    return year in likely or year + 100 in likely


def has_short_year(cell: Cell, style: DateStyle) -> bool:
    """Whether a day leaves out the century of its year.

    >>> [has_short_year(text, DateStyle("dmy")) for text in ("5/3/45", "5/3/2545", "5/3")]
    [True, False, False]
    """
    return 0 < len(_year_in(cell, style)) <= 2


def _year_in(cell: Cell, style: DateStyle) -> str:
    """The digits of the year as they are written, empty where there is none."""
    folded = _folded(cell) if isinstance(cell, str) else ""
    found = NUMERIC.match(folded) or NAMED.match(folded)
    return _year_digits(found, style) if found else ""


def _year_digits(found: re.Match[str], style: DateStyle) -> str:
    if found.re is NAMED:
        return found["year"] or ""
    return found[1] if len(found[1]) >= 3 or style.order == YEAR_FIRST else found[3]


def _folded(cell: Cell) -> str:
    return plain_words(unicodedata.normalize("NFKC", text_of(cell)).casefold())
