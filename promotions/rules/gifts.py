"""Gifts in kind that come with a prepaid sale, written one a line."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

KEYS = {"name", "name_zh", "quantity", "list_value"}
MOST = 10**12


def validate_gifts(gifts: Any) -> None:
    """Raise ValidationError unless ``gifts`` is a list of gifts.

    A gift has ``name`` and ``name_zh``, a ``quantity`` from 1 on, and ``list_value``, what all of
    them cost in the shop, in the currency's smallest unit.
    """
    if not isinstance(gifts, list) or not all(_is_gift(gift) for gift in gifts):
        message = _("Write one gift a line: name | Chinese name | quantity | list value.")
        raise ValidationError(message, code="not_gifts")


def _is_gift(gift: Any) -> bool:
    if not isinstance(gift, dict) or set(gift) != KEYS:
        return False
    named = (
        isinstance(gift["name"], str) and gift["name"].strip() and isinstance(gift["name_zh"], str)
    )
    return bool(named) and _is_count(gift["quantity"], 1) and _is_count(gift["list_value"], 0)


def _is_count(number: Any, least: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and least <= number <= MOST
