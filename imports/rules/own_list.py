"""The list of members that this product exports: told by its columns, and read to the letter.

Any other list may have a column of tags or of states; what those mean is for the owner to say.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from common.errors import DomainError, Text
from imports.rules.aliases import recognise
from imports.rules.fields import Column

# The code of a member who is blocked, as the list has it.
BLOCKED = "blocked"
LONGEST_TAG = 120
TAGS, STANDING, NUMBER = _("Tags"), _("Standing"), _("Member ID")
TELLING: tuple[Text, ...] = (
    *(NUMBER, _("Card state"), STANDING, TAGS, _("SMS consent"), _("Email consent")),
)
ENDS = _("Ends: %(what)s")
# What is granted anew every month or owed: told by the list, and nothing to bring along.
ONLY_TOLD: tuple[Text, ...] = (_("Services: %(name)s"), _("Owes: %(name)s"))
# What the number of a member in our own list is called, in every language.
OWN_NUMBER = "Member ID"
# The list of ledger entries, which says what happened and brings nothing back.
OF_LEDGER: tuple[Text, ...] = (
    *(_("Balance after"), _("Against"), _("Origin"), _("Charged value"), _("Cost share")),
    _("Undoes"),
)
# Behind a name that several issuing entities have: whose it is, and the code of the asset.
OF_ENTITY = re.compile(r"(?P<name>.+) \((?P<entity>[^\s()]+) [^\s()]+\)")


def as_own_list(columns: Sequence[Column], entity: str) -> list[Column]:
    """The columns, where they are those of our own list: its tags, blocks and balances are known.

    ``entity`` is the code of the issuing entity of the store; what another one owes is only kept.
    """
    language = _language_of({column.header for column in columns})
    if not language:
        return list(columns)
    with override(language):
        fields = {str(TAGS): "tags", str(STANDING): "standing", str(NUMBER): "external_id"}
        ends = str(ENDS).partition("%")[0]
        only_told = tuple(str(told).partition("%")[0] for told in ONLY_TOLD)
    return [
        replace(column, field="ignore", how="name", score=100, unit="", guess="")
        if column.header.removeprefix(ends).startswith(only_told)
        else _own(column, fields, ends, entity)
        for column in columns
    ]


class OwnLedger(DomainError):
    code = "own_ledger"
    message = _(
        "This is the list of ledger entries that was exported here, and no import brings it back. "
        "Import the list of members for their balances; manage.py import_export restores an export "
        "of everything, entries included."
    )


def refuse_own_ledger(headers: Sequence[str]) -> None:
    """Refuse our own list of ledger entries: as bills they would count twice. Raises OwnLedger."""
    if _language_of(set(headers), OF_LEDGER):
        raise OwnLedger


def _language_of(headers: set[str], telling: Sequence[Text] = TELLING) -> str:
    for code, _name in settings.LANGUAGES:
        with override(code):
            if {str(name) for name in telling} <= headers:
                return code
    return ""


def _own(column: Column, fields: dict[str, str], ends: str, entity: str) -> Column:
    if field := fields.get(column.header):
        unit = OWN_NUMBER if field == "external_id" else ""
        return replace(column, field=field, how="name", score=100, unit=unit, guess="")
    header = column.header.removeprefix(ends)
    found = OF_ENTITY.fullmatch(header)
    match = recognise(found["name"] if found else header, "members")
    is_of_ends = header != column.header
    if match is None or not match.field or not (found or is_of_ends):
        return column
    if found and found["entity"] != entity:
        return replace(column, field="", how="unmapped", unit="", guess="")
    what = f"unit:{match.unit}" if match.field == "units" else match.field
    field, unit = ("ends", what) if is_of_ends else (match.field, match.unit)
    return replace(column, field=field, how="name", score=100, unit=unit, guess="")


def ends_in(text: str) -> list[tuple[str, str]]:
    """How much (as it stands) ends on which day, as the list has it.

    >>> ends_in("2027-01-01: 5; 2027-06-01: 2.50")
    [('5', '2027-01-01'), ('2.50', '2027-06-01')]
    """
    parts = (part.partition(": ") for part in text.split("; "))
    return [(amount, date.fromisoformat(day).isoformat()) for day, _colon, amount in parts]


def tags_in(text: str) -> list[str]:
    """The tags in a cell, as the list joins them.

    >>> tags_in('VIP; "a; b"'), tags_in("VIP")
    (['VIP', 'a; b'], ['VIP'])
    """
    names = next(csv.reader([" ".join(text.split())], delimiter=";", skipinitialspace=True), [])
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))
