"""Services, what tiers have free of them, and the tickets of garments."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from common.edges import has_role
from ledger.admin.lists import HistoryMixin
from ledger.models import AssetKind
from members.admin_permissions import (
    EVERYBODY,
    MANAGERS,
    READERS,
    WORKERS,
    OwnStoreFilter,
    ReadOnlyMixin,
    RoleAdminMixin,
    dialog_action,
    operator_of,
)
from promotions.admin.offers import ForStoresMixin
from promotions.forms.dialogs import StepForm
from promotions.models import (
    ServiceProgramme,
    ServiceTicket,
    ServiceTicketEvent,
    TierEntitlement,
)
from promotions.operations import advance_ticket
from promotions.rules.tickets import TicketState

STATE_COLOURS = {
    "taken_in": "info",
    "at_cleaners": "info",
    "ready": "success",
    "collected": "",
    "lost": "danger",
    "complaint": "danger",
    "cancelled": "warning",
}


class EntitlementInline(RoleAdminMixin, TabularInline):
    """Free uses of each tier."""

    model = TierEntitlement
    view_roles = READERS
    add_roles = change_roles = delete_roles = MANAGERS
    extra = 0
    fields = ("tier", "per_month")


@admin.register(ServiceProgramme)
class ServiceProgrammeAdmin(ForStoresMixin, ModelAdmin):
    """What the shop does for goods it sold."""

    asset_kind = AssetKind.ENTITLEMENT
    inlines = (EntitlementInline,)
    autocomplete_fields = ("stores", "categories")
    list_display = ("label", "code", "asset", "is_for_own_goods", "is_active")
    list_select_related = ("asset",)
    search_fields = ("code", "name", "name_zh")
    fields = (
        ("name", "name_zh"), ("code", "entity", "currency"), "asset", "categories",
        ("is_for_own_goods", "charge_price"), "stores", "is_active",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What was granted under it stays under it."""
        return ("code", "entity", "currency", "asset") if obj else ()


class EventInline(ReadOnlyMixin, TabularInline):
    """What happened to the garment."""

    model = ServiceTicketEvent
    view_roles = EVERYBODY
    extra = 0
    ordering = ("pk",)
    fields = ("at", "status", "by", "note")
    readonly_fields = fields


@admin.register(ServiceTicket)
class ServiceTicketAdmin(HistoryMixin, ModelAdmin):
    """Garments the shop looks after: clerks see and advance those of their stores."""

    view_roles = EVERYBODY
    inlines = (EventInline,)
    actions_detail = ("advance",)
    list_display = ("garment", "member", "programme", "shown_status", "store", "taken_in_at")
    list_select_related = ("member", "programme", "store")
    list_filter = (
        OwnStoreFilter,
        ("status", ChoicesDropdownFilter),
        ("programme", RelatedDropdownFilter),
    )
    uuid_keys = ("request_id",)
    search_help_text = _("The member's number")
    fields = (
        "programme", "member", "store", "garment", "status", "sale_line", "taken_in_at",
        "changed_at", "ready_notified_at", "fee", "fee_sale", "visit", "collected_visit",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("status"), label=STATE_COLOURS)
    def shown_status(self, ticket: ServiceTicket) -> tuple[str, str]:
        """The status in colour."""
        return ticket.status, ticket.get_status_display()

    def has_advance_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever works in the store."""
        return has_role(request.user, WORKERS) and self.reaches(request, obj)

    @dialog_action(
        _("Next step"),
        may="advance",
        title=_("Where does the garment go?"),
        form=StepForm,
        button=_("Save"),
        done=_("The step was noted."),
    )
    def advance(self, request: HttpRequest, form: StepForm, ticket: ServiceTicket) -> None:
        """Take the garment one step further."""
        said = form.cleaned_data
        advance_ticket(
            request_id=said["request_id"],
            ticket=ticket,
            to=TicketState(said["to"]),
            at=timezone.now(),
            by=operator_of(request),
            note=said["note"],
        )
