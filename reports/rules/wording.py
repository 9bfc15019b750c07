"""Figures inside a sentence, in the reader's language."""

from datetime import date

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_percent
from django.utils.formats import date_format
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from common.money import format_units
from reports.rules.periods import Granularity

SKELETONS = {Granularity.MONTH: "yMMM", Granularity.QUARTER: "yQQQ", Granularity.YEAR: "y"}


def percent(rate: float | None, digits: int = 1) -> str:
    """A rate as a percentage; a dash for none.

    >>> percent(0.060568)
    '6.1%'
    """
    if rate is None:
        return "–"
    pattern = "#,##0." + "0" * digits + "%" if digits else "#,##0%"
    return format_percent(rate, pattern, locale=_locale())


def day(value: date) -> str:
    """A day as the active language writes it."""
    return date_format(value, "DATE_FORMAT")


def period(first: date, granularity: str = Granularity.MONTH) -> str:
    """The period that begins on ``first`` as the active language writes it; a week by its Monday.

    >>> period(date(2026, 11, 1)), period(date(2026, 10, 1), "quarter")
    ('Nov 2026', 'Q4 2026')
    """
    skeleton = SKELETONS.get(Granularity(granularity))
    return format_skeleton(skeleton, first, locale=_locale()) if skeleton else day(first)


def _locale() -> Locale:
    return Locale.parse(to_locale(get_language() or "en"))


def share(numerator: int, denominator: int) -> str:
    """Part, whole and rate.

    >>> share(439, 7248)
    '439 of 7,248 = 6.1%'
    """
    if not denominator:
        return _("nobody yet")
    return _("%(part)s of %(whole)s = %(rate)s") % {
        "part": format_units(numerator),
        "whole": format_units(denominator),
        "rate": percent(numerator / denominator),
    }
