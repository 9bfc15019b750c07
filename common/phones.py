"""Phone numbers as spreadsheets and people write them, turned into E.164 or refused.

Spreadsheets do three kinds of harm. Harmless: spaces, a leading apostrophe or TAB, full-width
digits, a trailing ``.0``. Deadly: ``1.38E+10``, where the last digits are gone for good. The first
are repaired, the second is refused by a name of its own, and nothing is ever guessed.
"""

import re
import unicodedata

import phonenumbers
from django.utils.translation import gettext_lazy as _

from common.countries import country_name
from common.errors import DomainError

CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d*)?[eE]\+?\d+")
FLOAT_TAIL = re.compile(r"\.0+\Z")
# Invisible, or put there by a spreadsheet to keep a number a text.
NOISE = re.compile(r"[\s'’`\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")
SEPARATORS = re.compile(r"[-\u2010-\u2015()./]+")
MAX_LENGTH = 64


class BadPhone(DomainError):
    """The text is no phone number of that country."""

    code = "bad_phone"
    message = _(
        "%(text)s is not a phone number in %(country)s. "
        "Check the digits; a number from abroad begins with + and its country code."
    )

    def __str__(self) -> str:
        return str(self.message % (self.params | {"country": country_name(self.params["country"])}))


class PhoneLostDigits(DomainError):
    """A spreadsheet rounded the number."""

    code = "phone_lost_digits"
    message = _(
        "%(text)s is a phone number a spreadsheet has rounded: its last digits are lost. "
        "Look them up in the source and store the column as text."
    )


def to_e164(text: str, country: str) -> str:
    r"""The number in E.164, read as one of ``country`` (two capitals) unless it says otherwise.

    Raises BadPhone, PhoneLostDigits.

    >>> to_e164("\t'１３８ 0013-8000.0", "CN")
    '+8613800138000'
    """
    cleaned = _cleaned(text)
    if SCIENTIFIC.fullmatch(cleaned):
        raise PhoneLostDigits(text=text.strip())
    cleaned = FLOAT_TAIL.sub("", cleaned)
    if country == "CN" and (mobile := CHINESE_MOBILE.fullmatch(SEPARATORS.sub("", cleaned))):
        return f"+86{mobile[1]}"
    return _parsed(cleaned, text, country)


def _cleaned(text: str) -> str:
    return NOISE.sub("", unicodedata.normalize("NFKC", text[:MAX_LENGTH]))


def _parsed(cleaned: str, text: str, country: str) -> str:
    refusal = BadPhone(text=text.strip()[:MAX_LENGTH], country=country)
    # Letters would be read as keys of a telephone ("1-800-FLOWERS"); nobody's own phone is that.
    if not re.fullmatch(r"\+?[\d().\-\u2010-\u2015/]+", cleaned):
        raise refusal
    try:
        number = phonenumbers.parse(cleaned, country)
    except phonenumbers.NumberParseException:
        raise refusal from None
    if not phonenumbers.is_valid_number(number):
        raise refusal
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def dialling_code(country: str) -> str:
    """The international code of a country, as digits; empty for a country without one.

    >>> dialling_code("CN"), dialling_code("US")
    ('86', '1')
    """
    return str(phonenumbers.country_code_for_region(country) or "")


def national_digits(e164: str) -> str:
    """The digits after the country code.

    >>> national_digits("+8613800138000")
    '13800138000'
    """
    return phonenumbers.national_significant_number(phonenumbers.parse(e164))


def mask_phone(e164: str) -> str:
    """The number as a screen shows it: enough to recognise, too little to call.

    At most three leading and four trailing digits stay, and never more than half of them.

    >>> mask_phone("+8613800138000"), mask_phone("+85221234567")
    ('138****8000', '21****67')
    """
    digits = national_digits(e164)
    if len(digits) >= 10:
        return f"{digits[:3]}****{digits[-4:]}"
    kept = len(digits) // 4
    return f"{digits[:kept]}****{digits[len(digits) - kept :]}"
