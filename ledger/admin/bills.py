"""Bills: read-only, with their lines and payments."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from ledger.admin.columns import money_column
from ledger.admin.lists import HistoryMixin, PeriodFilter, short
from ledger.models import Sale, SaleLine, SaleRefund, SaleTender
from members.admin_permissions import OwnStoreFilter, ReadOnlyMixin


class SaleLineInline(ReadOnlyMixin, TabularInline):
    """What was sold."""

    model = SaleLine
    extra = 0
    ordering = ("line",)
    fields = ("line", "kind", "description", "quantity", "shown_list_value", "shown_charged")
    readonly_fields = fields

    shown_list_value = money_column(_("list value"), "list_value", "sale.currency")
    shown_charged = money_column(_("charged"), "charged_value", "sale.currency")


class SaleTenderInline(ReadOnlyMixin, TabularInline):
    """How it was paid."""

    model = SaleTender
    extra = 0
    ordering = ("line",)
    fields = ("line", "tender", "shown_amount", "reference")
    readonly_fields = fields

    shown_amount = money_column(_("amount"), "amount", "sale.currency")


class SaleRefundInline(ReadOnlyMixin, TabularInline):
    """What was paid back of it."""

    model = SaleRefund
    extra = 0
    ordering = ("at",)
    fields = ("at", "shown_total", "reason", "operator")
    readonly_fields = fields

    shown_total = money_column(_("total"), "total", "sale.currency")


@admin.register(Sale)
class SaleAdmin(HistoryMixin, ModelAdmin):
    """Every bill, the voided ones too."""

    ordering = ("-business_date", "-at")
    list_display = (
        "shown_id", "at", "member", "shown_total", "store", "operator", "source", "shown_state",
    )  # fmt: skip
    list_select_related = ("member", "store", "operator")
    list_filter = (PeriodFilter, OwnStoreFilter, ("source", ChoicesDropdownFilter))
    exact_keys = ("member__number", "external_ref")
    uuid_keys = ("pk",)
    search_help_text = _("The member's number, the bill's number outside, or its whole id")
    inlines = (SaleLineInline, SaleTenderInline, SaleRefundInline)
    fields = (
        "id", "member", "store", "till", "operator", "source", "external_ref", "at",
        "business_date", "shown_list_total", "shown_total", "shown_goods_total", "rounding",
        "tax_amount", "invoice_number", "invoiced_at", "invoiced_by",
        "voided_at", "voided_by", "void_reason",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("id"))
    def shown_id(self, sale: Sale) -> str:
        """Enough of the id."""
        return short(sale)

    shown_list_total = money_column(_("list total"), "list_total")
    shown_total = money_column(_("total"), "total")
    shown_goods_total = money_column(_("purchases in it"), "goods_total")

    @display(description=_("state"), label={"valid": "success", "voided": "danger"})
    def shown_state(self, sale: Sale) -> tuple[str, str]:
        """Whether it still stands."""
        return ("voided", str(_("voided"))) if sale.voided_at else ("valid", str(_("valid")))
