"""Which columns go together when two records of one person are laid over each other."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# What a manager may choose, and the columns that follow the choice; the first one is shown.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "pinyin", "initials", "last_word"),
    "phone": ("phone",),
    "email": ("email",),
    "birthday": ("birth_year", "birth_month", "birth_day"),
    "lunar_birthday": ("lunar_birthday", "lunar_month", "lunar_day", "lunar_leap"),
    "gender": ("gender",),
    "address": ("address",),
    "region": ("region",),
    "occupation": ("occupation",),
    "education": ("education",),
    "channel": ("channel",),
}
LABELS: Mapping[str, Promise] = {
    "name": pgettext_lazy("person", "name"),
    "phone": _("phone"),
    "email": _("e-mail"),
    "birthday": _("birthday"),
    "lunar_birthday": _("lunar birthday as said"),
    "gender": _("gender"),
    "address": _("address"),
    "region": _("region"),
    "occupation": _("occupation"),
    "education": _("education"),
    "channel": _("joined through"),
    "tier": _("tier"),
}


def shown_value(values: Mapping[str, Any], field: str) -> str:
    """What a person reads of one field; empty where nothing is known.

    >>> shown_value({"birth_year": None, "birth_month": 5, "birth_day": 4}, "birthday")
    '05-04'
    >>> shown_value({"birth_year": 1992, "birth_month": 1, "birth_day": None}, "birthday")
    '1992-01'
    """
    if field == "birthday":
        year, month, day = (values[name] for name in FIELDS[field])
        parts = [str(year)] if year else []
        return "-".join([*parts, *(f"{part:02}" for part in (month, day) if part)])
    return str(values[FIELDS[field][0]] or "")


def differing(stays: Mapping[str, Any], goes: Mapping[str, Any]) -> list[str]:
    """Fields that both have and that differ: somebody has to choose."""
    return [
        field
        for field in FIELDS
        if shown_value(stays, field)
        and shown_value(goes, field)
        and shown_value(stays, field) != shown_value(goes, field)
    ]


def filled(stays: Mapping[str, Any], goes: Mapping[str, Any]) -> list[str]:
    """Fields that only the one who goes has: they are kept without asking."""
    return [field for field in FIELDS if shown_value(goes, field) and not shown_value(stays, field)]


def joined_notes(stays: str, goes: str, number: str) -> str:
    r"""Both notes, the second one under the number it came from.

    >>> joined_notes("likes beer", "", "7")
    'likes beer'
    >>> joined_notes("likes beer", "no peanuts", "7")
    'likes beer\n7: no peanuts'
    """
    if not goes.strip() or goes.strip() in stays:
        return stays
    return f"{stays}\n{number}: {goes}".strip()
