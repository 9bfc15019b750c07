"""Small readings of what was typed: whole numbers, amounts, and which of the things on offer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _

from common.direction import unturned
from common.errors import DomainError
from common.money import parse_minor


class NotAWholeNumber(DomainError):
    """The text is no count."""

    code = "not_a_whole_number"
    message = _("%(text)s is not a whole number. Write it in digits, for example 5.")


class NothingChosen(DomainError):
    """Nothing on the list was picked."""

    code = "nothing_chosen"
    message = _("Choose one of the list first.")


class AmountMissing(DomainError):
    """An amount was left empty where one is needed."""

    code = "amount_missing"
    message = _("Write the amount.")


def read_count(text: str) -> int:
    """The count a person typed; full-width digits are fine.

    Raises AmountMissing, NotAWholeNumber.

    >>> read_count(" １０１ ")
    101
    """
    text = text.strip()
    if not text:
        raise AmountMissing
    digits = text.lstrip("+-")
    if not digits.isdecimal() or len(digits) > 12:
        raise NotAWholeNumber(text=text[:20])
    return int(text)


def read_amount(text: str, currency: str) -> int:
    """The amount a person typed, in the smallest unit. Raises AmountMissing, ``parse_minor``'s."""
    if not text.strip():
        raise AmountMissing
    return parse_minor(text, currency)


def pick[T](choices: Sequence[T], value: str, *, by: str = "pk") -> T:
    """The one of ``choices`` whose attribute reads as ``value``. Raises NothingChosen."""
    for choice in choices:
        if str(getattr(choice, by)) == value:
            return choice
    raise NothingChosen


def pick_row[M: Model](rows: QuerySet[M], value: str) -> M:
    """The row with this id. Raises NothingChosen."""
    found = rows.filter(pk=value).first() if value.isdecimal() and len(value) < 19 else None
    if found is None:
        raise NothingChosen
    return found


def text_of(data: Mapping[str, Any], name: str, longest: int = 200) -> str:
    """A field as one line of text without blanks around it."""
    return " ".join(unturned(str(data.get(name) or "").replace("\x00", "")).split())[:longest]
