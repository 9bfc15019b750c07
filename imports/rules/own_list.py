"""The list of members that this product exports: told by its columns, and read to the letter.

Any other list may have a column of tags or of states; what those mean is for the owner to say.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from common.errors import Text
from imports.rules.aliases import recognise
from imports.rules.fields import Column

# The code of a member who is blocked, as the list has it.
BLOCKED = "blocked"
LONGEST_TAG = 120
TAGS, STANDING = _("Tags"), _("Standing")
TELLING: tuple[Text, ...] = (
    *(_("Member ID"), _("Other cards"), STANDING, TAGS, _("SMS consent"), _("Email consent")),
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
        fields = {str(TAGS): "tags", str(STANDING): "standing"}
    return [_own(column, fields, entity) for column in columns]


def _language_of(headers: set[str]) -> str:
    for code, _name in settings.LANGUAGES:
        with override(code):
            if {str(name) for name in TELLING} <= headers:
                return code
    return ""


def _own(column: Column, fields: dict[str, str], entity: str) -> Column:
    if field := fields.get(column.header):
        return replace(column, field=field, how="name", score=100, guess="")
    found = OF_ENTITY.fullmatch(column.header)
    match = recognise(found["name"], "members") if found else None
    if found is None or match is None or not match.field:
        return column
    if found["entity"] != entity:
        return replace(column, field="", how="unmapped", unit="", guess="")
    return replace(column, field=match.field, how="name", score=100, unit=match.unit, guess="")


def tags_in(text: str) -> list[str]:
    """The tags in a cell, as the list joins them.

    >>> tags_in('VIP; "a; b"'), tags_in("VIP")
    (['VIP', 'a; b'], ['VIP'])
    """
    names = next(csv.reader([" ".join(text.split())], delimiter=";", skipinitialspace=True), [])
    return list(dict.fromkeys(name.strip() for name in names if name.strip()))
