"""Why something that an import brought was left when the import was undone.

Each reason has a code and says what happened since and what to do about it. Like other findings
they are kept as codes with their facts and become sentences when somebody reads them.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.errors import DomainError, Text

VALUES: dict[str, Text] = {
    "stored_value": _("stored value"),
    "points": _("points"),
    "coins": _("coins"),
}
FIELDS: dict[str, Text] = {
    "name": pgettext_lazy("person", "name"),
    "phone": _("phone"),
    "email": _("e-mail"),
    "birth_year": _("birthday"),
    "birth_month": _("birthday"),
    "birth_day": _("birthday"),
    "lunar_birthday": _("lunar birthday as said"),
    "gender": _("gender"),
    "address": _("address"),
    "region": _("region"),
    "occupation": _("occupation"),
    "education": _("education"),
    "channel": _("joined through"),
    "notes": _("notes"),
    "joined_on": _("joined on"),
    "tier": _("tier"),
    "card": _("card"),
    "consent": _("consent"),
}


class ValueUsedSince(DomainError):
    code = "value_used_since"
    message = _(
        "Some of what it opened (%(what)s) was used since, so it stays. "
        "Correct it by an adjustment."
    )

    def __init__(self, *, what: str) -> None:
        # A unit goes by its own name in every language.
        super().__init__(what=VALUES.get(what, what.partition(":")[2] or what))


class ImportedOverSince(DomainError):
    code = "imported_over_since"
    message = _("Import %(batch)s changed it since. Undo that import first, then this one again.")


class MemberCameSince(DomainError):
    code = "member_came_since"
    message = _("The member has visits, bills or other business here since, so they stay.")


class MemberHoldsValue(DomainError):
    code = "member_holds_value"
    message = _("The member holds value, so they stay.")


class MemberChangedSince(DomainError):
    code = "member_changed_since"
    message = _("What is known of the member was changed since, so they stay.")


class MemberNamedElsewhere(DomainError):
    code = "member_named_elsewhere"
    message = _("Other records name the member since, so they stay.")


class MemberClosedSince(DomainError):
    code = "member_closed_since"
    message = _("The member was merged or erased since; nothing is taken back on them.")


class FieldChangedSince(DomainError):
    code = "field_changed_since"
    message = _("Changed since, and so left as it is: %(field)s.")

    def __init__(self, *, field: str) -> None:
        # One of the shop's own attributes goes by its own name.
        super().__init__(field=FIELDS.get(field, field))


class PhoneGivenSince(DomainError):
    code = "phone_given_since"
    message = _("The phone they had before belongs to somebody else now, so the new one stays.")


class EntryUsedSince(DomainError):
    code = "entry_used_since"
    message = _("The entry was voided, paid back or built upon since, so it stays.")


class TierInUse(DomainError):
    code = "tier_in_use"
    message = _("Members or offers go by this tier since, so it stays.")


class CouldNotGoBack(DomainError):
    code = "could_not_go_back"
    message = _("It could not be taken back: %(why)s")


def reason(kind: type[DomainError], **params: Any) -> dict[str, Any]:
    """A reason ready to be stored, its facts untranslated."""
    return {"column": "", "code": kind.code, "params": params}
