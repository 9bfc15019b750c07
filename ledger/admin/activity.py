"""Visits, machines and their plays."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from ledger.admin.lists import HistoryMixin, PeriodFilter
from ledger.models import CoinPlay, Dispense, Machine, OverRide, TxnKind, Visit
from members.admin_permissions import MANAGERS, READERS, OwnStoreFilter, RoleAdminMixin

# Each verb that notes a visit says which it was.
OCCASIONS = dict(TxnKind.choices) | {"check_in": _("checked in"), "collect": _("garment collected")}


@admin.register(Visit)
class VisitAdmin(HistoryMixin, ModelAdmin):
    """Who was where and when."""

    list_display = ("at", "member", "store", "source", "occasion", "operator", "voided_at")
    list_select_related = ("member", "store", "operator")
    list_filter = (PeriodFilter, OwnStoreFilter, ("source", ChoicesDropdownFilter))
    uuid_keys = ("request_id",)
    search_help_text = _("The member's number")
    fields = (
        "member", "store", "at", "business_date", "source", "occasion", "operator", "note",
        "voided_at", "voided_by", "void_reason",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("occasion"))
    def occasion(self, visit: Visit) -> str:
        """What the member came for: a code of ours in words, any other channel as it was told."""
        return str(OCCASIONS.get(visit.channel, visit.channel))


@admin.register(Machine)
class MachineAdmin(RoleAdminMixin, ModelAdmin):
    """The arcade's machines."""

    view_roles = READERS
    add_roles = change_roles = MANAGERS
    store_path = "store"
    list_display = ("label", "code", "store", "mode", "coins_per_play", "is_active")
    list_select_related = ("store",)
    list_filter = (OwnStoreFilter, ("mode", ChoicesDropdownFilter), "is_active")
    search_fields = ("code", "name", "name_zh")

    def get_readonly_fields(self, request: HttpRequest, obj: Machine | None = None) -> list[str]:
        """Controllers know a machine by its store and code."""
        return ["store", "code"] if obj else []


@admin.register(CoinPlay)
class CoinPlayAdmin(HistoryMixin, ModelAdmin):
    """Coins that one machine took at one time."""

    list_display = ("at", "machine", "member", "coins", "shortfall", "store")
    list_select_related = ("machine", "member", "store")
    list_filter = (PeriodFilter, OwnStoreFilter)
    exact_keys = ("member__number", "machine__code")
    uuid_keys = ("txn_id",)
    search_help_text = _("The member's number, or the machine's code")
    fields = (
        "machine", "store", "member", "card_number", "coins", "shortfall", "settled_at", "at",
        "business_date", "source_id", "batch", "txn_id",
    )  # fmt: skip
    readonly_fields = fields


@admin.register(Dispense)
class DispenseAdmin(HistoryMixin, ModelAdmin):
    """Coins that a dispenser paid out."""

    list_display = ("at", "terminal", "member", "due", "paid_out", "status", "store")
    list_select_related = ("member", "store")
    list_filter = (PeriodFilter, OwnStoreFilter)
    uuid_keys = ("txn_id",)
    search_help_text = _("The member's number")
    fields = (
        "store", "terminal", "member", "card_number", "at", "business_date", "due", "paid_out",
        "status", "operator_name", "note", "source_key", "txn_id",
    )  # fmt: skip
    readonly_fields = fields


@admin.register(OverRide)
class OverRideAdmin(HistoryMixin, ModelAdmin):
    """Rules that were set aside: for whom, by whom and why."""

    list_display = ("at", "rule", "member", "store", "asked_by", "approved_by")
    list_select_related = ("member", "store", "asked_by", "approved_by")
    list_filter = (OwnStoreFilter,)
    uuid_keys = ("request_id",)
    search_help_text = _("The member's number")
    fields = (
        "at", "rule", "member", "store", "asked_by", "approved_by", "reason", "request_id",
    )  # fmt: skip
    readonly_fields = fields
