"""How members proved their debits, and the codes on their way, for managers to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from members.admin_permissions import MANAGERS, OwnStoreFilter, ReadOnlyMixin
from members.models import DebitProof, OutgoingText
from members.operations.texts import gateway


@admin.register(DebitProof)
class DebitProofAdmin(ReadOnlyMixin, ModelAdmin):
    """Debits above a store's limit: by PIN, by code, or by a manager's word."""

    store_path = "store"
    list_display = ("at", "member", "store", "value", "way", "by", "reason")
    list_select_related = ("member", "store", "by")
    list_filter = (OwnStoreFilter, "way")
    sortable_by = ()
    search_fields = ("=member__number",)
    search_help_text = _("The member's number")


@admin.register(OutgoingText)
class OutgoingTextAdmin(ReadOnlyMixin, ModelAdmin):
    """Messages to members; the words are there only while a gateway on screen shows them."""

    view_roles = MANAGERS
    store_path = "member__home_store"
    list_display = ("created_at", "member", "masked_phone", "shown_text", "sent_at", "failure")
    list_select_related = ("member",)
    fields = (
        "member", "masked_phone", "shown_text", "created_at", "expires_at", "sent_at", "failure",
    )  # fmt: skip
    sortable_by = ()
    search_fields = ("=member__number",)
    search_help_text = _("The member's number")

    @display(description=_("phone"))
    def masked_phone(self, row: OutgoingText) -> Any:
        """The phone as a screen may show it."""
        return row.member.masked_phone

    @display(description=_("text"))
    def shown_text(self, row: OutgoingText) -> str:
        """The words, where the gateway is this very screen; a real one sends them elsewhere."""
        return row.text if gateway().is_shown else ""
