"""Answers to the shop's own questions, checked by the kind of the question."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

LONGEST_ANSWER = 500


class BadAttributeValue(DomainError):
    """The answer does not fit the question."""

    code = "bad_attribute_value"
    message = _("%(value)s does not fit %(attribute)s, which takes %(expected)s.")


EXPECTED = {
    "text": _("a text of at most 500 characters"),
    "number": _("a whole number"),
    "date": _("a date such as 2026-05-01"),
    "choice": _("one of its choices"),
}


def attribute_value(
    value: object, *, attribute: str, kind: str, choices: Sequence[str] = ()
) -> str | int:
    """The answer as it is stored: a number as int, everything else as text, a date as ISO text.

    ``attribute`` names the question in the refusal. Raises BadAttributeValue.

    >>> attribute_value(" 42 ", attribute="Shoe size", kind="number")
    42
    """
    text = str(value).strip()
    try:
        return _read(text, kind, choices)
    except ValueError:
        expected = EXPECTED[kind]
        raise BadAttributeValue(value=text[:60], attribute=attribute, expected=expected) from None


def _read(text: str, kind: str, choices: Sequence[str]) -> str | int:
    if kind == "number":
        return int(text)
    if kind == "date":
        return date.fromisoformat(text).isoformat()
    if kind == "choice" and text not in choices:
        raise ValueError(text)
    if not 0 < len(text) <= LONGEST_ANSWER:
        raise ValueError(text)
    return text
