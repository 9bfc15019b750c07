"""Which calendar the years of two digits in a Thai column count by."""

import re
import unicodedata
from collections.abc import Iterable

from imports.rules.cells import text_of
from imports.rules.dates import (
    BUDDHIST_YEARS,
    NAMED,
    NUMERIC,
    YEAR_FIRST,
    DateStyle,
    short_year,
)
from imports.rules.day_words import plain_words
from imports.rules.sheets import Cell

# Where the years of a column lie in most lists, by what it holds.
LIKELY_YEARS = {"birthday": range(1940, 2016), "joined": range(1995, 2030)}
LIKELY_OTHERS = range(2012, 2061)


def writes_buddhist_years(cells: Iterable[Cell], style: DateStyle, field: str) -> bool:
    """Whether the short years of a Thai column are Buddhist; they are where nothing says otherwise.

    >>> writes_buddhist_years(["15/01/64", "2/3/05"], DateStyle("dmy"), "joined")
    True
    >>> writes_buddhist_years(["15/01/21", "2/3/05"], DateStyle("dmy"), "joined")
    False
    """
    likely = LIKELY_YEARS.get(field, LIKELY_OTHERS)
    votes = 0
    for cell in cells:
        folded = _folded(cell) if isinstance(cell, str) else ""
        found = NUMERIC.match(folded) or NAMED.match(folded)
        if found is None or not (digits := _year_digits(found, style)):
            continue
        if len(digits) == 4:
            votes += 1 if int(digits) >= BUDDHIST_YEARS[0] else -1
        elif len(digits) <= 2:
            year = int(digits)
            votes += short_year(year, is_buddhist=True) in likely
            votes -= short_year(year, is_buddhist=False) in likely
    return votes >= 0


def _year_digits(found: re.Match[str], style: DateStyle) -> str:
    if found.re is NAMED:
        return found["year"] or ""
    return found[1] if len(found[1]) >= 3 or style.order == YEAR_FIRST else found[3]


def _folded(cell: Cell) -> str:
    return plain_words(unicodedata.normalize("NFKC", text_of(cell)).casefold())
