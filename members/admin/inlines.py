"""What hangs on a member, shown on the member's page.

Cards, consent and tags only ever gain a line here; the line goes through its verb.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.decorators import display

from members.admin_permissions import EVERYBODY, MANAGERS, WORKERS, RoleAdminMixin
from members.forms import ConsentForm
from members.models import Card, Consent, Dependant, MemberTag, TierHolding


def pairs(facts: Mapping[str, Any] | None) -> str:
    """Names and values as one line of text; a dash for none.

    >>> pairs({"till": "A7"}), pairs({})
    ('till: A7', '—')
    """
    return ", ".join(f"{name}: {value}" for name, value in (facts or {}).items()) or "—"


def _window(months: str, earned: Mapping[str, int]) -> str:
    """What was earned in so many months; amounts are in the currency's smallest unit."""
    told = {"months": months, "spend": f"{Decimal(earned['spend']).scaleb(-2):,}"}
    return gettext(
        "In %(months)s months: %(spend)s spent, %(points)s points, %(visits)s visits."
    ) % (told | {"points": earned["points"], "visits": earned["visits"]})


class MemberInline(RoleAdminMixin, TabularInline):
    """Rows of one member; the member's own page has checked the store."""

    view_roles = EVERYBODY
    extra = 0
    tab = True


class CardInline(MemberInline):
    """Cards given out."""

    model = Card
    add_roles = WORKERS
    fields = ("number", "kind", "status", "issued_at")
    readonly_fields = ("status", "issued_at")


class DependantInline(MemberInline):
    """Children and pets."""

    model = Dependant
    add_roles = change_roles = WORKERS
    delete_roles = MANAGERS
    fields = ("nickname", "kind", "birthday", "due_date", "gender")


class TagInline(MemberInline):
    """Tags pinned on."""

    model = MemberTag
    add_roles = delete_roles = WORKERS
    fields = ("tag", "tagged_at", "tagged_by")
    readonly_fields = ("tagged_at", "tagged_by")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the names they show."""
        return super().get_queryset(request).select_related("tag", "tagged_by")


class ConsentInline(MemberInline):
    """What the member said, newest first."""

    model = Consent
    form = ConsentForm
    add_roles = WORKERS
    fields = ("channel", "state", "source", "at", "operator")
    readonly_fields = ("at", "operator")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the names they show."""
        return super().get_queryset(request).select_related("operator")


class TierHoldingInline(MemberInline):
    """Tiers held, newest first, each with what it rests on."""

    model = TierHolding
    fields = ("tier", "since", "until", "source", "decided_by", "rests_on")
    readonly_fields = fields

    @display(description=_("what it rests on"))
    def rests_on(self, holding: TierHolding) -> str:
        """The figures behind the decision, or a dash where a person decided."""
        windows = holding.inputs.get("windows")
        if not windows:
            return pairs(holding.inputs)
        return " ".join(_window(months, earned) for months, earned in windows.items())

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the names they show."""
        return super().get_queryset(request).select_related("tier", "decided_by")
