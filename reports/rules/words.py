"""The dimensions of figures and their values in words; codes of the shop's own stay as they are."""

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

DIMENSIONS: dict[str, Promise] = {
    "age": _("age in days"),
    "asset": _("asset"),
    "cohort": _("first seen"),
    "date": _("date"),
    "days": _("days"),
    "k": _("periods later"),
    "kind": _("counted by"),
    "machine": _("machine"),
    "measure": _("measure"),
    "month": _("month"),
    "months": _("months"),
    "offer": _("offer"),
    "part": _("part"),
    "period": _("period"),
    "state": _("state"),
    "store": _("store"),
    "within": _("periods later, at most"),
}
VALUES: dict[str, dict[str, Promise]] = {
    "kind": {
        "bracket": _("within the days"),
        "on_day": _("on the very day"),
        "on_or_after": _("on the day or later"),
        "days": _("purchase days"),
        "orders": _("orders"),
    },
    "measure": {
        "dau": _("active on the day"),
        "wau": _("active in 7 days"),
        "mau28": _("active in 28 days"),
        "mau30": _("active in 30 days"),
        "mau": _("active in the calendar month"),
        "stickiness": _("stickiness"),
        "run": _("months running"),
        "loyal": _("loyal"),
        "units": _("units"),
        "money": _("money"),
        "plays": _("plays"),
        "coins": _("coins"),
    },
    "part": {
        "active": pgettext_lazy("members", "active"),
        "new": _("new"),
        "continuing": _("continuing"),
        "resurrected": _("resurrected"),
        "dormant": _("dormant"),
        "principal": _("principal"),
        "bonus": _("bonus"),
        "paid": _("paid"),
        "earned": _("earned"),
        "bundle": _("bundle"),
        "entitlement": _("entitlement"),
        "goodwill": _("goodwill"),
        "opening": _("opening balance"),
        "effective": _("stayed, or not yet done"),
        "topped_up_again": _("topped up again"),
        "comes": _("has credit and comes"),
        "silent": _("has credit, stays away"),
        "gone": _("spent it and left"),
        "pending": _("too early to tell"),
    },
    "line": {
        "sold": _("sold"),
        "given": pgettext_lazy("value", "given"),
        "migrated": _("brought over"),
        "delivered": _("delivered"),
        "refunded": _("refunded"),
        "settlement": _("settlement"),
        "expired": _("expired"),
        "transferred": _("transferred"),
        "adjusted": _("adjusted"),
        "held": _("held"),
        "debts": _("debts paid"),
    },
    "state": {"open": _("still open"), "closed": _("used up or expired")},
}


def dimension_word(dimension: str) -> str:
    """What a dimension is called.

    >>> dimension_word("store")
    'store'
    """
    return str(DIMENSIONS.get(dimension, dimension))


def value_word(dimension: str, value: object) -> str:
    """A value of a dimension in words; a code of the shop's own as it stands, nothing for none.

    >>> value_word("part", "new"), value_word("store", "bbq"), value_word("period", None)
    ('new', 'bbq', '')
    """
    if value == "all":
        return gettext("all")
    text = "" if value is None else str(value)
    return str(VALUES.get(dimension, {}).get(text, text))
