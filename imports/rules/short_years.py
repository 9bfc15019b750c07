"""Which calendar the short years of a column count by, where a country has one of its own."""

import re
from collections.abc import Sequence

from imports.rules.cells import text_of
from imports.rules.dates import (
    BUDDHIST,
    BUDDHIST_LEAD,
    BUDDHIST_YEARS,
    CHINESE,
    COMPACT_ROC,
    NAMED,
    NUMERIC,
    ROC,
    ROC_BEFORE,
    WESTERN,
    YEAR_FIRST,
    DateStyle,
    day_text,
)
from imports.rules.day_words import says_republic
from imports.rules.sheets import Cell

# Where the years of a column lie in most lists, by what it holds.
LIKELY_YEARS = {"birthday": range(1940, 2016), "joined": range(1995, 2030)}
LIKELY_OTHERS = range(2010, 2050)


def calendar_of(
    cells: Sequence[Cell], style: DateStyle, field: str, own: str = BUDDHIST
) -> tuple[str, bool]:
    """The calendar of a column's short years, and whether its cells leave no doubt about it.

    ``own`` is the one of the country. A year speaks for a calendar that makes it likely where the
    other does not; where none speaks they are taken for the country's own.

    >>> calendar_of(["15/01/64", "2/3/65"], DateStyle("dmy"), "joined")
    ('buddhist', True)
    >>> calendar_of(["15/01/21", "2/3/05"], DateStyle("dmy"), "joined")
    ('western', True)
    >>> calendar_of(["15/01/45", "2/3/50"], DateStyle("dmy"), "birthday")
    ('buddhist', False)
    >>> [calendar_of([day], DateStyle(), "joined", ROC)[0] for day in ("1100305", "24/3/5")]
    ['roc', 'western']
    >>> calendar_of(["73/5/6", "101/1/2"], DateStyle(), "birthday", ROC)
    ('roc', True)
    """
    likely = LIKELY_YEARS.get(field, LIKELY_OTHERS)
    years = [digits for cell in cells if (digits := year_in(cell, style))]
    is_said = any(says_republic(text_of(cell)) for cell in cells)
    if own == ROC and (is_said or any(len(digits) == 3 for digits in years)):
        return ROC, True
    short = [digits for digits in years if len(digits) <= 2]
    votes = sum(_may_be(_in_own(int(digits), own), likely, own) for digits in short)
    votes -= sum(_may_be(1900 + int(digits), likely) for digits in short)
    votes += sum(_speaks(int(digits), own) for digits in years if len(digits) == 4)
    return own if votes >= 0 else WESTERN, bool(votes) or not short


def _in_own(year: int, own: str) -> int:
    return year + (ROC_BEFORE if own == ROC else 2400 - BUDDHIST_LEAD)


def _speaks(year: int, own: str) -> int:
    """What a whole year says: one of our own calendar, or a Western one."""
    return 1 if own == BUDDHIST and year >= BUDDHIST_YEARS[0] else -1


def _may_be(year: int, likely: range, own: str = WESTERN) -> bool:
    """Whether a year of one century or of the next lies where most do."""
    return year in likely or (own != ROC and year + 100 in likely)


def has_short_year(cell: Cell, style: DateStyle) -> bool:
    """Whether a day leaves out the century of its year.

    >>> [has_short_year(text, DateStyle("dmy")) for text in ("5/3/45", "5/3/2545", "5/3")]
    [True, False, False]
    """
    return 0 < len(year_in(cell, style)) <= 2


def year_in(cell: Cell, style: DateStyle) -> str:
    """The digits of the year as they are written, empty where there is none.

    >>> [year_in(text, DateStyle("dmy")) for text in ("5/3/45", "75年3月5日", "2024-05-31", "5/3")]
    ['45', '75', '2024', '']
    """
    if not isinstance(cell, str | int):
        return ""
    folded = day_text(cell)
    if found := COMPACT_ROC.fullmatch(folded):
        return found[1]
    found = NUMERIC.match(folded) or NAMED.match(folded) or CHINESE.match(folded)
    return _year_digits(found, style) if found else ""


def _year_digits(found: re.Match[str], style: DateStyle) -> str:
    if found.re is NAMED:
        return found["year"] or ""
    if found.re is CHINESE:
        return found[1] or ""
    return found[1] if len(found[1]) >= 3 or style.order == YEAR_FIRST else found[3]
