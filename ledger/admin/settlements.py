"""What happened to contracts and value set aside: refunds, events and deposits, read-only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import display

from common.money import format_minor
from ledger.admin.columns import money_column
from ledger.admin.lists import HistoryMixin, PeriodFilter, short
from ledger.admin.value import link_to
from ledger.models import ContractEvent, Hold, Refund, RefundPayout
from members.admin_permissions import OwnStoreFilter, ReadOnlyMixin


class RefundPayoutInline(ReadOnlyMixin, TabularInline):
    """How a refund was paid out."""

    model = RefundPayout
    extra = 0
    ordering = ("line",)
    fields = ("line", "tender", "shown_amount", "reference")
    readonly_fields = fields

    shown_amount = money_column(_("amount"), "amount", "refund.currency")


@admin.register(Refund)
class RefundAdmin(HistoryMixin, ModelAdmin):
    """Every contract paid back, those that were undone too."""

    ordering = ("-business_date", "-at")
    list_display = (
        "shown_id", "at", "member", "cause", "shown_total", "store", "requested_by", "shown_state",
    )  # fmt: skip
    list_select_related = ("member", "store", "requested_by")
    list_filter = (PeriodFilter, OwnStoreFilter, ("cause", ChoicesDropdownFilter))
    uuid_keys = ("pk", "contract")
    search_help_text = _("The member's number, or the whole id of the contract or transaction")
    inlines = (RefundPayoutInline,)
    fields: tuple[str, ...] = (
        "shown_contract", "member", "cause", "store", "till", "shown_paid", "shown_delivered",
        "shown_deducted", "shown_refund", "shown_interest", "shown_total", "shown_closed_cost",
        "shown_settlement", "policy", "reason", "requested_by", "approved_by", "terminated_at",
        "at", "business_date", "due_date", "shown_txn", "state",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("id"))
    def shown_id(self, refund: Refund) -> str:
        """Enough of the id."""
        return short(refund)

    @display(description=_("contract"))
    def shown_contract(self, refund: Refund) -> str:
        """The contract, which leads to its lots and papers."""
        return link_to("ledger_contract", refund.contract_id, str(refund.contract))

    @display(description=_("transaction"))
    def shown_txn(self, refund: Refund) -> str:
        """The movements of it."""
        return link_to("ledger_txn", refund.txn_id, str(refund.txn_id))

    shown_paid = money_column(_("paid for the contract"), "paid")
    shown_delivered = money_column(_("delivered, by the rule of the cause"), "delivered")
    shown_deducted = money_column(_("gifts and other deductions"), "deducted")
    shown_refund = money_column(_("refund before interest"), "refund")
    shown_interest = money_column(_("interest"), "interest")

    @display(description=_("paid back"))
    def shown_total(self, refund: Refund) -> str:
        """Refund and interest, as money."""
        return format_minor(refund.refund + refund.interest, refund.currency)

    shown_closed_cost = money_column(_("cost of the lots closed"), "closed_cost")
    # What is positive stays with the shop.
    shown_settlement = money_column(_("settlement"), "settlement")

    @display(description=_("state"), label={"standing": "success", "undone": "danger"})
    def shown_state(self, refund: Refund) -> tuple[str, str]:
        """Whether it still stands."""
        if Refund.objects.filter(pk=refund.pk).standing().exists():
            return "standing", str(_("valid"))
        return "undone", str(_("undone"))

    @display(description=_("state"))
    def state(self, refund: Refund) -> str:
        """The same without a colour, for its own page."""
        return str(self.shown_state(refund)[1])


@admin.register(ContractEvent)
class ContractEventAdmin(HistoryMixin, ModelAdmin):
    """Contracts that changed hands, were paused, resumed or re-activated."""

    store_path = "contract__store"
    ordering = ("-pk",)
    list_display = (
        "noticed_at", "kind", "contract", "from_member", "to_member", "reason", "by",
    )  # fmt: skip
    list_select_related = ("contract", "from_member", "to_member", "by")
    list_filter = (OwnStoreFilter, ("kind", ChoicesDropdownFilter))
    exact_keys = ("from_member__number", "to_member__number")
    uuid_keys = ("contract", "txn_id")
    search_help_text = _("The member's number, or the whole id of the contract or transaction")
    fields = (
        "kind", "shown_contract", "from_member", "to_member", "noticed_at", "recorded_at", "by",
        "reason", "details", "shown_txn",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("contract"))
    def shown_contract(self, event: ContractEvent) -> str:
        """The contract, which leads to its lots and papers."""
        return link_to("ledger_contract", event.contract_id, str(event.contract))

    @display(description=_("transaction"))
    def shown_txn(self, event: ContractEvent) -> str:
        """The movements of it."""
        return link_to("ledger_txn", event.txn_id, str(event.txn_id))


class HoldStateFilter(DropdownFilter):
    """Deposits that wait, and those that were taken or released."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, Any]]:
        """The two there are."""
        yield "open", _("held")
        yield "resolved", _("taken or released")

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in the chosen state; all of them without a choice."""
        if self.value() not in {"open", "resolved"}:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "open")


@admin.register(Hold)
class HoldAdmin(HistoryMixin, ModelAdmin):
    """Value that was set aside, and what became of it."""

    ordering = ("-held_at",)
    list_display = (
        "held_at", "member", "shown_amount", "purpose", "shown_state", "expires_at", "store",
    )  # fmt: skip
    list_select_related = ("member", "asset", "store")
    list_filter = (HoldStateFilter, OwnStoreFilter)
    uuid_keys = ("pk",)
    search_help_text = _("The member's number, or the whole id of the transaction")
    fields = (
        "member", "asset", "shown_amount", "shown_captured", "purpose", "store", "held_at",
        "expires_at", "resolved_at", "state", "shown_txn",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("amount"))
    def shown_amount(self, hold: Hold) -> str:
        """In the asset's own way."""
        return hold.asset.show(hold.amount)

    @display(description=_("taken"))
    def shown_captured(self, hold: Hold) -> str:
        """What was taken of it, in the asset's own way."""
        return "—" if hold.captured is None else hold.asset.show(hold.captured)

    @display(
        description=_("state"), label={"held": "info", "taken": "success", "released": "warning"}
    )
    def shown_state(self, hold: Hold) -> tuple[str, str]:
        """Whether it waits, was taken in whole or in part, or went back."""
        if hold.captured is None:
            return "held", str(_("held"))
        return ("taken", str(_("taken"))) if hold.captured else ("released", str(_("released")))

    @display(description=_("state"))
    def state(self, hold: Hold) -> str:
        """The same without a colour, for its own page."""
        return str(self.shown_state(hold)[1])

    @display(description=_("transaction"))
    def shown_txn(self, hold: Hold) -> str:
        """The movements that set it aside."""
        return link_to("ledger_txn", hold.txn_id, str(hold.txn_id))
