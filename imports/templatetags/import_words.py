"""Filters that put what an import found into words."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.errors import Text
from common.money import format_minor, format_units
from imports.models import ImportRow
from imports.rules.mapping import MONEY_FIELDS

register = template.Library()

STATUS_KINDS = {
    "checked": "info",
    "queued": "warn",
    "running": "warn",
    "done": "ok",
    "failed": "bad",
}
FIELDS = {
    "": _("kept as it stands"),
    "ignore": _("left out"),
    "history": _("history: kept, and no balance"),
    "secret": _("a secret: not kept"),
    "sequence": _("a running number: not kept"),
    "name": pgettext_lazy("person", "name"),
    "first_name": _("first name"),
    "last_name": _("last name"),
    "phone": _("phone"),
    "card": _("card number"),
    "external_id": _("number in the other system"),
    "email": _("e-mail"),
    "gender": _("gender"),
    "birthday": _("birthday"),
    "lunar_birthday": _("lunar birthday"),
    "tier": _("tier"),
    "joined": _("joined on"),
    "store": _("store"),
    "stored_value": _("balance"),
    "stored_value_principal": _("balance paid in"),
    "stored_value_bonus": _("balance given as bonus"),
    "stored_value_total": _("total balance"),
    "points": _("points"),
    "coins": _("coins"),
    "units": _("units left"),
    "unit_name": _("name of the unit"),
    "unit_expires": _("last day of the units"),
    "notes": _("notes"),
    "address": _("address"),
    "address_2": _("address"),
    "district": _("district"),
    "city": _("city"),
    "state": _("province"),
    "postcode": _("postcode"),
    "country": _("country"),
    "channel": _("joined through"),
    "occupation": _("occupation"),
    "education": _("education"),
    "consent_email": _("consent to e-mail"),
    "consent_sms": _("consent to text messages"),
    "member": _("member"),
    "at": _("moment"),
    "time": _("time of day"),
    "status": _("state"),
    "type": _("type"),
    "note": _("note"),
    "operator": _("operator"),
    "source_id": _("number of the entry"),
    "amount": _("amount"),
    "list_amount": _("list price"),
    "discount": _("discount"),
    "tax": _("tax"),
    "tender": _("way to pay"),
    "product": _("product"),
    "sku": _("product code"),
    "quantity": _("quantity"),
    "machine": _("machine"),
    "terminal": _("terminal"),
    "due": _("coins due"),
    "paid_out": _("coins paid out"),
    "difference": _("difference"),
}


@register.filter
def status_kind(status: str) -> str:
    """The colour of a batch's state."""
    return STATUS_KINDS.get(status, "")


@register.simple_tag
def total(line: dict[str, Any], key: str, currency: str) -> str:
    """One figure of a control total: money in the store's currency, or a count; — for none."""
    amount = line[key]
    if amount is None:
        return "—"
    if line["field"] in MONEY_FIELDS:
        return format_minor(amount, currency)
    return format_units(amount)


@register.filter
def outcome_word(outcome: str) -> str:
    """What became of a row, in the reader's language."""
    return str(ImportRow.Outcome(outcome).label)


@register.filter
def understood_as(column: dict[str, Any]) -> Text:
    """What a column was taken for."""
    name: str = column["field"]
    return FIELDS.get(name, name)
