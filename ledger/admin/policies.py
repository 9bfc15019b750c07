"""Policies, interest rates and limits: the owner adds a row with a day, and what was used stays."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from common.money import format_plain, format_units
from ledger.admin.columns import money_column
from ledger.models import InterestRate, Policy, ReceiptItem, Refund, Reserve, StoreLimits
from members.admin_permissions import OWNERS, READERS, OwnStoreFilter, RoleAdminMixin
from members.forms import AmountsForm
from members.models import Store


class DatedAdmin(RoleAdminMixin, ModelAdmin):
    """Rows that explain decisions: added by the owner, changed only while nothing rests on them."""

    view_roles = READERS
    add_roles = change_roles = delete_roles = OWNERS
    ordering = ("-in_force_from",)

    def is_in_use(self, row: Any) -> bool:
        """Whether something was decided by the row already."""
        raise NotImplementedError

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The owner, until the row is in use."""
        free = obj is None or not self.is_in_use(obj)
        return free and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As with changes, and one row at a time: the list does not know which are in use."""
        free = obj is not None and not self.is_in_use(obj)
        return free and super().has_delete_permission(request, obj)


class PolicyForm(AmountsForm):
    """Limits as people write money; what a receipt shows as a list to tick."""

    amounts = ("card_limit_registered", "card_limit_anonymous")
    receipt_items = forms.MultipleChoiceField(
        label=_("a receipt shows"),
        choices=ReceiptItem.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


@admin.register(Policy)
class PolicyAdmin(DatedAdmin):
    """What each jurisdiction asks, from which day on."""

    form = PolicyForm
    list_display = (
        "jurisdiction", "in_force_from", "refund_rule", "cooling_off_days", "payout_days",
        "pays_interest",
    )  # fmt: skip
    list_filter = ("jurisdiction",)
    search_fields = ("jurisdiction", "source")
    fields = (
        ("jurisdiction", "in_force_from"), "refund_rule",
        ("cooling_off_days", "cooling_off_payout_days", "payout_days"), "pays_interest",
        ("minor_void_below", "minor_below"), "receipt_items",
        ("currency", "card_limit_registered", "card_limit_anonymous"), "reserve_permille",
        ("registered_never_expires", "anonymous_keeps_months"), "source",
    )  # fmt: skip

    def is_in_use(self, row: Policy) -> bool:
        """From its day on contracts are sold and refunds decided by it."""
        return row.in_force_from <= timezone.localdate()


@admin.register(InterestRate)
class InterestRateAdmin(DatedAdmin):
    """The published rates that interest on a refund is worked out by."""

    list_display = ("kind", "in_force_from", "percent", "source")
    list_filter = ("kind",)
    search_fields = ("source",)

    @display(description=_("percent a year"))
    def percent(self, row: InterestRate) -> str:
        """3.00 for 300."""
        return format_units(row.rate, 2)

    def is_in_use(self, row: InterestRate) -> bool:
        """Once a refund bore interest by it, the row explains that refund."""
        used = {"kind": row.kind, "in_force_from": row.in_force_from.isoformat()}
        return Refund.objects.filter(arithmetic__interest__contains=used).exists()


class StoreLimitsForm(AmountsForm):
    """Amounts in the currency of the store."""

    amounts = ("refund_approval_above", "adjustment_approval_above")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show what holds without a row, unless an amount would need a currency to be read in."""
        super().__init__(*args, **kwargs)
        only = Store.objects.order_by("currency").values_list("currency", flat=True).distinct()[:2]
        if self.instance.pk is None and len(only) == 1:
            for name in self.amounts:
                self.initial[name] = format_plain(getattr(self.instance, name), only[0])

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the currency of the store that is being chosen."""
        store = self.cleaned_data.get("store")
        self.currency = store.currency if store else self.currency
        return super().clean()


@admin.register(StoreLimits)
class StoreLimitsAdmin(RoleAdminMixin, ModelAdmin):
    """What one person may do alone in a store."""

    view_roles = READERS
    add_roles = change_roles = OWNERS
    store_path = "store"
    form = StoreLimitsForm
    list_display = ("store", "shown_refund", "shown_adjustment")
    list_select_related = ("store",)
    list_filter = (OwnStoreFilter,)
    search_fields = ("store__name", "store__code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Limits stay with their store."""
        return ("store",) if obj else ()

    shown_refund = money_column(
        _("refunds above this need a second person"), "refund_approval_above"
    )
    shown_adjustment = money_column(
        _("adjustments worth more than this need a second person"), "adjustment_approval_above"
    )


class ReserveForm(AmountsForm):
    """The amount in the currency beside it."""

    amounts = ("amount",)


@admin.register(Reserve)
class ReserveAdmin(RoleAdminMixin, ModelAdmin):
    """What is set aside for prepaid value; the liability board holds it against what is needed."""

    view_roles = READERS
    add_roles = change_roles = OWNERS
    ordering = ("-in_force_from",)
    form = ReserveForm
    list_display = ("entity", "in_force_from", "shown_amount", "note")
    list_select_related = ("entity",)
    fields = ("entity", ("currency", "amount"), "in_force_from", "note")
    search_fields = ("entity__name", "note")

    shown_amount = money_column(_("set aside"), "amount")
