"""Closed days: read-only, with their drawers and figures."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from common.money import format_minor
from ledger.admin.lists import HistoryMixin, PeriodFilter
from ledger.models import DayClose, DayCloseFigure, DayCloseTill
from members.admin_permissions import OwnStoreFilter, ReadOnlyMixin


class DayCloseTillInline(ReadOnlyMixin, TabularInline):
    """What was counted in each drawer."""

    model = DayCloseTill
    extra = 0
    fields = ("till", "shown_expected", "shown_counted", "shown_difference", "note")
    readonly_fields = fields

    @display(description=_("cash expected"))
    def shown_expected(self, row: DayCloseTill) -> str:
        """As money."""
        return format_minor(row.expected, row.close.currency)

    @display(description=_("cash counted"))
    def shown_counted(self, row: DayCloseTill) -> str:
        """As money."""
        return format_minor(row.counted, row.close.currency)

    @display(description=_("difference"))
    def shown_difference(self, row: DayCloseTill) -> str:
        """As money."""
        return format_minor(row.difference, row.close.currency)


class DayCloseFigureInline(ReadOnlyMixin, TabularInline):
    """What was taken, paid back and sold."""

    model = DayCloseFigure
    extra = 0
    fields = ("till", "operator", "what", "tender", "count", "shown_amount")
    readonly_fields = fields

    @display(description=_("amount"))
    def shown_amount(self, row: DayCloseFigure) -> str:
        """As money."""
        return format_minor(row.amount, row.close.currency)


@admin.register(DayClose)
class DayCloseAdmin(HistoryMixin, ModelAdmin):
    """Every closed day."""

    ordering = ("-business_date",)
    list_display = ("business_date", "store", "shown_expected", "shown_counted", "by", "at")
    list_select_related = ("store", "by")
    list_filter = (PeriodFilter, OwnStoreFilter)
    exact_keys = ()
    uuid_keys = ("pk",)
    search_help_text = _("The whole id")
    inlines = (DayCloseTillInline, DayCloseFigureInline)
    fields = (
        "id", "store", "business_date", "shown_expected", "shown_counted", "late_rows", "by", "at",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("cash expected"))
    def shown_expected(self, close: DayClose) -> str:
        """As money."""
        return format_minor(close.expected, close.currency)

    @display(description=_("cash counted"))
    def shown_counted(self, close: DayClose) -> str:
        """As money."""
        return format_minor(close.counted, close.currency)
