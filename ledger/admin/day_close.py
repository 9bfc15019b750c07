"""Closed days: read-only, with their drawers and figures."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline

from ledger.admin.columns import money_column
from ledger.admin.lists import HistoryMixin, PeriodFilter
from ledger.models import DayClose, DayCloseFigure, DayCloseTill
from members.admin_permissions import OwnStoreFilter, ReadOnlyMixin


class DayCloseTillInline(ReadOnlyMixin, TabularInline):
    """What was counted in each drawer."""

    model = DayCloseTill
    extra = 0
    fields = ("till", "shown_expected", "shown_counted", "shown_difference", "note")
    readonly_fields = fields

    shown_expected = money_column(_("cash expected"), "expected", "close.currency")
    shown_counted = money_column(_("cash counted"), "counted", "close.currency")
    shown_difference = money_column(_("difference"), "difference", "close.currency")


class DayCloseFigureInline(ReadOnlyMixin, TabularInline):
    """What was taken, paid back and sold."""

    model = DayCloseFigure
    extra = 0
    fields = ("till", "operator", "what", "tender", "count", "shown_amount")
    readonly_fields = fields

    shown_amount = money_column(_("amount"), "amount", "close.currency")


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

    shown_expected = money_column(_("cash expected"), "expected")
    shown_counted = money_column(_("cash counted"), "counted")
