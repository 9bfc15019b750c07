"""Figures inside a sentence, in the reader's language."""

from datetime import date

from babel import Locale
from babel.numbers import format_percent
from django.utils.formats import date_format
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from common.money import format_units


def percent(rate: float | None, digits: int = 1) -> str:
    """A rate as a percentage; a dash for none.

    >>> percent(0.060568)
    '6.1%'
    """
    if rate is None:
        return "–"
    locale = Locale.parse(to_locale(get_language() or "en"))
    pattern = "#,##0." + "0" * digits + "%" if digits else "#,##0%"
    return format_percent(rate, pattern, locale=locale)


def day(value: date) -> str:
    """A day as the active language writes it."""
    return date_format(value, "DATE_FORMAT")


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
