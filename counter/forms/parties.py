"""The other people of a prepaid sale as typed: payer, presenter, guardian."""

from collections.abc import Sequence

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from counter.forms.reading import text_of
from ledger.operations.overrides import Permission
from members.models import Member, Store
from members.queries.search import search_members
from promotions.operations import Parties


class PayerNotFound(DomainError):
    """Nobody, or more than one."""

    code = "payer_not_found"
    message = _(
        "%(text)s does not name one member. Type more of the payer's name or phone, and tick them."
    )


def read_parties(
    typed: QueryDict, stores: Sequence[Store], permission: Permission | None
) -> Parties:
    """Who pays, who presented the card and which guardian agreed. Raises PayerNotFound."""
    text = text_of(typed, "payer")
    return Parties(
        payer=_only_member(text, stores) if text else None,
        presented_by=text_of(typed, "presented_by", 120),
        guardian=text_of(typed, "guardian", 120),
        permission=permission,
    )


def _only_member(text: str, stores: Sequence[Store]) -> Member:
    found = search_members(text, stores, limit=2)
    if len(found) != 1:
        raise PayerNotFound(text=text)
    return found[0]
