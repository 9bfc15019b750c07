"""Bills: read-only, with their lines and payments."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from common.money import format_minor
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

    @display(description=_("list value"))
    def shown_list_value(self, line: SaleLine) -> str:
        """As money."""
        return format_minor(line.list_value, line.sale.currency)

    @display(description=_("charged"))
    def shown_charged(self, line: SaleLine) -> str:
        """As money."""
        return format_minor(line.charged_value, line.sale.currency)


class SaleTenderInline(ReadOnlyMixin, TabularInline):
    """How it was paid."""

    model = SaleTender
    extra = 0
    ordering = ("line",)
    fields = ("line", "tender", "shown_amount", "reference")
    readonly_fields = fields

    @display(description=_("amount"))
    def shown_amount(self, payment: SaleTender) -> str:
        """As money."""
        return format_minor(payment.amount, payment.sale.currency)


class SaleRefundInline(ReadOnlyMixin, TabularInline):
    """What was paid back of it."""

    model = SaleRefund
    extra = 0
    ordering = ("at",)
    fields = ("at", "shown_total", "reason", "operator")
    readonly_fields = fields

    @display(description=_("total"))
    def shown_total(self, refund: SaleRefund) -> str:
        """As money."""
        return format_minor(refund.total, refund.sale.currency)


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

    @display(description=_("list total"))
    def shown_list_total(self, sale: Sale) -> str:
        """As money."""
        return format_minor(sale.list_total, sale.currency)

    @display(description=_("total"))
    def shown_total(self, sale: Sale) -> str:
        """As money."""
        return format_minor(sale.total, sale.currency)

    @display(description=_("purchases in it"))
    def shown_goods_total(self, sale: Sale) -> str:
        """As money."""
        return format_minor(sale.goods_total, sale.currency)

    @display(description=_("state"), label={"valid": "success", "voided": "danger"})
    def shown_state(self, sale: Sale) -> tuple[str, str]:
        """Whether it still stands."""
        return ("voided", str(_("voided"))) if sale.voided_at else ("valid", str(_("valid")))
