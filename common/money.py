"""Amounts between people and the ledger: whole numbers of the smallest unit inside, text outside.

Decimal appears only while a text is read or written; nothing is ever rounded.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal

from babel import Locale
from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
)
from django.utils.functional import lazy
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

LARGEST_AMOUNT = 10**12
# A sign is understood in whichever language it was copied from.
LOCALES = ("en", "zh-hans")
# Two currencies share a sign: that of the reader's own shop keeps it, the other is told apart.
TOLD_APART = {"CNY": "CN¥", "JPY": "JP¥"}
MINUS = "−"
_home: ContextVar[str] = ContextVar("home_currency", default="")
NUMBER = re.compile(r"([+-]?)((?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+)", re.ASCII)


class BadAmount(DomainError):
    """The text is no amount."""

    code = "bad_amount"
    message = _("%(text)s is not an amount. Write it in digits, for example 12.50.")


class TooManyDecimals(DomainError):
    """The text is finer than the currency."""

    code = "too_many_decimals"
    message = _("%(text)s has more decimals than %(currency)s has: at most %(decimals)s.")


class NegativeAmount(DomainError):
    """The text is below zero where that makes no sense."""

    code = "negative_amount"
    message = _("%(text)s is negative. Write an amount of zero or more.")


class AmountTooLarge(DomainError):
    """The text is beyond anything a shop takes."""

    code = "amount_too_large"
    message = _("%(text)s is too large. Check the digits.")


def parse_minor(text: str, currency: str, *, allow_negative: bool = False) -> int:
    """The amount a person typed, in the smallest unit of ``currency``, exactly.

    Takes thousands separators, full-width digits and the currency's own sign or code; zeros beyond
    the currency's decimals are no loss. Raises BadAmount, TooManyDecimals, NegativeAmount,
    AmountTooLarge.

    >>> parse_minor("¥１,234.5", "CNY"), parse_minor("1500", "JPY")
    (123450, 1500)
    """
    shown = text.strip()
    found = NUMBER.fullmatch(_bare(text, currency))
    if found is None:
        raise BadAmount(text=shown)
    decimals = get_currency_precision(currency)
    scaled = Decimal(found[2].replace(",", "")).scaleb(decimals)
    if scaled > LARGEST_AMOUNT:
        raise AmountTooLarge(text=shown)
    if scaled != int(scaled):
        raise TooManyDecimals(text=shown, currency=currency, decimals=decimals)
    if found[1] == "-" and scaled and not allow_negative:
        raise NegativeAmount(text=shown)
    return -int(scaled) if found[1] == "-" else int(scaled)


def _bare(text: str, currency: str) -> str:
    bare = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).replace("\u2212", "-")
    signs = {currency, *(currency_sign(currency, locale) for locale in LOCALES)}
    if currency in TOLD_APART:
        signs |= {"¥", TOLD_APART[currency]}
    if currency == "CNY":
        signs |= {"元", "RMB"}
    for sign in sorted(signs, key=len, reverse=True):
        bare = bare.removesuffix(sign)
        if bare.lstrip("+-").startswith(sign):
            return bare.replace(sign, "", 1)
    return bare


def format_minor(amount: int, currency: str, locale: str | None = None) -> str:
    """The amount as people of ``locale`` write it; the active language when left out.

    >>> format_minor(123450, "CNY", "zh-hans"), format_minor(-5, "USD", "en")
    ('¥1,234.50', '−$0.05')
    """
    value = Decimal(amount).scaleb(-get_currency_precision(currency))
    written = _babel_locale(locale)
    text = format_currency(value, currency, locale=written).replace("-", MINUS)
    usual = get_currency_symbol(currency, locale=written)
    return text.replace(usual, currency_sign(currency, locale), 1)


# For the facts of a refusal: written out in the language of whoever reads it.
lazy_minor = lazy(format_minor, str)


def format_plain(amount: int, currency: str) -> str:
    """The bare number with the currency's decimals, for input fields and files.

    >>> format_plain(123450, "CNY"), format_plain(1500, "JPY")
    ('1234.50', '1500')
    """
    return f"{Decimal(amount).scaleb(-get_currency_precision(currency)):f}"


def format_units(count: int, scale: int = 0, locale: str | None = None) -> str:
    """A count of points, coins or bottles, grouped; ``scale`` is its number of decimals.

    >>> format_units(12345), format_units(12345, 2, "en")
    ('12,345', '123.45')
    """
    pattern = "#,##0" + ("." + "0" * scale if scale else "")
    text = format_decimal(Decimal(count).scaleb(-scale), pattern, locale=_babel_locale(locale))
    return text.replace("-", MINUS)


def currency_sign(currency: str, locale: str | None = None) -> str:
    """The sign people of ``locale`` put before an amount; plain in a shop of that currency.

    >>> currency_sign("CNY", "en"), currency_sign("CNY", "zh-hans")
    ('CN¥', '¥')
    >>> with in_shop_of("CNY"):
    ...     currency_sign("CNY", "en"), currency_sign("JPY", "en")
    ('¥', 'JP¥')
    """
    home = _home.get()
    if home and currency in TOLD_APART:
        return "¥" if currency == home else TOLD_APART[currency]
    return get_currency_symbol(currency, locale=_babel_locale(locale))


@contextmanager
def in_shop_of(currency: str) -> Iterator[None]:
    """Write amounts as the people of a shop of that currency do, for as long as it lasts."""
    before = _home.set(currency)
    try:
        yield
    finally:
        _home.reset(before)


def _babel_locale(language: str | None) -> Locale:
    return Locale.parse(to_locale(language or get_language() or "en"))
