"""What a country is called in the reader's language."""

from babel import Locale
from django.utils.translation import get_language, to_locale


def country_name(code: str) -> str:
    """The name of the country of two capitals, in the active language; an unknown code as it is.

    >>> country_name("CN"), country_name("??")
    ('China', '??')
    """
    locale = Locale.parse(to_locale(get_language() or "en"))
    return str(locale.territories.get(code, code))
