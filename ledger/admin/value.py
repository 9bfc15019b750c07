"""Wallets, lots, contracts and transactions: read-only, as the database itself demands."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from common.money import MINUS, format_minor
from common.pdf import as_pdf
from ledger.admin.columns import money_column
from ledger.admin.lists import HistoryMixin, PeriodFilter, short
from ledger.models import Contra, Contract, Lot, Movement, Txn, Wallet
from ledger.queries.receipts import contract_document
from ledger.queries.why import movements_of_wallet, tenders_of
from members.admin_permissions import READERS, OwnStoreFilter, ReadOnlyMixin

MOVEMENTS_SHOWN = 50
OUTCOME_COLOURS = {"posted": "success", "refused": "warning"}


def link_to(page: str, pk: Any, text: str) -> SafeString:
    """A link to another record's page."""
    return format_html('<a href="{}">{}</a>', reverse(f"admin:{page}_change", args=[pk]), text)


@admin.register(Txn)
class TxnAdmin(HistoryMixin, ModelAdmin):
    """Every operation on value, refused ones too; the page shows its movements."""

    change_form_template = "admin/ledger/txn/change_form.html"
    ordering = ("-business_date", "-occurred_at")
    list_display = (
        "shown_id", "occurred_at", "kind", "shown_outcome", "member", "store", "operator",
    )  # fmt: skip
    list_select_related = ("member", "store", "operator")
    list_filter = (
        PeriodFilter,
        OwnStoreFilter,
        ("kind", ChoicesDropdownFilter),
        ("outcome", ChoicesDropdownFilter),
    )
    exact_keys = ()
    uuid_keys = ("pk", "reverses")
    search_help_text = _("The whole id of the transaction")
    fields = (
        "id", "kind", "outcome", "refusal", "member", "store", "till", "operator", "reason",
        "business_date", "occurred_at", "recorded_at", "shown_original", "shown_reversals",
    )  # fmt: skip
    readonly_fields = fields

    @display(description=_("id"))
    def shown_id(self, txn: Txn) -> str:
        """Enough of the id."""
        return short(txn)

    @display(description=_("outcome"), label=OUTCOME_COLOURS)
    def shown_outcome(self, txn: Txn) -> tuple[str, str]:
        """The outcome in colour."""
        return txn.outcome, txn.get_outcome_display()

    @display(description=_("reverses"))
    def shown_original(self, txn: Txn) -> str:
        """What it undid."""
        return link_to("ledger_txn", txn.reverses_id, short(txn.reverses)) if txn.reverses else "—"

    @display(description=_("undone by"))
    def shown_reversals(self, txn: Txn) -> str:
        """What undid it."""
        found = [link_to("ledger_txn", one.pk, short(one)) for one in txn.reversals.all()]
        return SafeString(", ").join(found) if found else "—"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With the movements."""
        found = self.get_object(request, object_id)
        context = {"movements": movements_table(found) if found else None}
        page: HttpResponse = super().change_view(
            request, object_id, form_url, context | (extra_context or {})
        )
        return page


def movements_table(txn: Txn) -> dict[str, Any]:
    """The movements of a transaction as a table for a page."""
    lines = Movement.objects.filter(txn=txn).order_by("line")
    lines = lines.select_related("wallet__asset", "wallet__member", "lot")
    currency = txn.store.currency if txn.store else ""
    return {
        "headers": [
            _("line"), _("member"), _("asset"), _("lot"), _("amount"), _("contra"), _("cost share"),
            _("list value"), _("charged value"), _("balance after"),
        ],
        "rows": [_movement_row(line, currency) for line in lines],
    }  # fmt: skip


def _movement_row(line: Movement, currency: str) -> list[Any]:
    asset = line.wallet.asset
    return [
        line.line,
        link_to("members_member", line.wallet.member_id, str(line.wallet.member)),
        asset.label,
        link_to("ledger_lot", line.lot_id, str(line.lot_id)),
        asset.show(line.amount),
        Contra(line.contra).label,
        _as_money(line.cost, currency),
        _as_money(line.list_value, currency),
        _as_money(line.charged_value, currency),
        asset.show(line.balance_after),
    ]


def _as_money(value: int | None, currency: str) -> str:
    if value is None:
        return "—"
    return format_minor(value, currency) if currency else str(value)


class LotInline(ReadOnlyMixin, TabularInline):
    """The lots of a contract or wallet."""

    model = Lot
    extra = 0
    view_roles = READERS
    ordering = ("-pk",)
    fields = (
        "origin", "granted", "remaining", "cost", "priority", "available_from", "expires_at",
    )  # fmt: skip
    readonly_fields = fields
    show_change_link = True


@admin.register(Contract)
class ContractAdmin(HistoryMixin, ModelAdmin):
    """What was promised to whom for how much."""

    ordering = ("-sold_at",)
    list_display = ("shown_title", "kind", "member", "shown_paid", "store", "sold_at")
    list_select_related = ("member", "store")
    list_filter = (OwnStoreFilter, ("kind", ChoicesDropdownFilter))
    uuid_keys = ("pk", "txn_id")
    search_help_text = _("The member's number, or the whole id of the contract or transaction")
    inlines = (LotInline,)
    fields = (
        "id", "kind", "title", "offer_code", "member", "payer", "entity", "store", "shown_paid",
        "shown_list_value", "bonus", "honoured_at", "terms_version", "snapshot", "sold_at",
        "sold_by", "cooling_off_ends_at", "shown_tenders", "shown_txn",
    )  # fmt: skip
    readonly_fields = fields
    actions_detail = ("receipt",)

    @action(description=_("Receipt (PDF)"), permissions=["view"], url_path="receipt")
    def receipt(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The receipt as the store that sold it prints it."""
        contract = self.get_object(request, object_id)
        if contract is None:
            raise Http404
        store = contract.store
        with translation.override(store.language), timezone.override(store.zone):
            paper = as_pdf(contract_document(contract))
        headers = {"Content-Disposition": f'inline; filename="contract-{short(contract)}.pdf"'}
        return HttpResponse(paper, content_type="application/pdf", headers=headers)

    @display(description=_("title"))
    def shown_title(self, contract: Contract) -> str:
        """The title, or what kind it is."""
        return contract.title or contract.get_kind_display()

    shown_paid = money_column(_("paid"), "paid")
    shown_list_value = money_column(_("list value"), "list_value")

    @display(description=_("payments"))
    def shown_tenders(self, contract: Contract) -> SafeString | str:
        """How its bill was paid, each payment with its reference."""
        paid = [
            (one.tender.label, format_minor(one.amount, contract.currency), one.reference)
            for one in tenders_of(contract)
        ]
        return format_html_join("", "{} {} {}<br>", paid) or "—"

    @display(description=_("transaction"))
    def shown_txn(self, contract: Contract) -> str:
        """The sale of it."""
        return link_to("ledger_txn", contract.txn_id, str(contract.txn_id))


@admin.register(Wallet)
class WalletAdmin(HistoryMixin, ModelAdmin):
    """What each member holds of each asset, expired but unswept value still in it."""

    store_path = "member__home_store"
    list_display = ("member", "asset", "shown_balance", "seq")
    list_select_related = ("member", "asset")
    list_filter = (("asset", RelatedDropdownFilter),)
    search_help_text = _("The member's number")
    inlines = (LotInline,)
    fields = ("member", "asset", "shown_balance", "seq", "shown_movements")
    readonly_fields = fields

    @display(description=_("balance"))
    def shown_balance(self, wallet: Wallet) -> str:
        """The balance in the asset's own way."""
        return wallet.asset.show(wallet.balance)

    @display(description=_("last movements"))
    def shown_movements(self, wallet: Wallet) -> SafeString:
        """The newest, each with its transaction, its contract and the balance after it."""
        page = movements_of_wallet(wallet, before=None, limit=MOVEMENTS_SHOWN)
        return format_html_join("", "{} {} → {} · {} {}<br>", map(_of_movement, page.movements))


def _of_movement(moved: Movement) -> tuple[str, str, str, SafeString, SafeString | str]:
    asset, contract = moved.lot.wallet.asset, moved.lot.contract
    return (
        date_format(timezone.localtime(moved.txn.occurred_at), "SHORT_DATETIME_FORMAT"),
        ("+" if moved.amount > 0 else MINUS) + asset.show(abs(moved.amount)),
        asset.show(moved.balance_after),
        link_to("ledger_txn", moved.txn_id, str(moved.txn.get_kind_display())),
        link_to("ledger_contract", contract.pk, str(contract)) if contract else "",
    )


@admin.register(Lot)
class LotAdmin(HistoryMixin, ModelAdmin):
    """Value granted at one moment on one set of terms."""

    store_path = "wallet__member__home_store"
    list_display = (
        "id", "shown_member", "shown_asset", "origin", "shown_remaining", "expires_at",
    )  # fmt: skip
    list_select_related = ("wallet__member", "wallet__asset")
    list_filter = (("origin", ChoicesDropdownFilter),)
    exact_keys = ("wallet__member__number",)
    uuid_keys = ("contract",)
    search_help_text = _("The member's number, or the whole id of the contract")
    fields = (
        "shown_member", "shown_asset", "contract", "origin", "granted", "remaining", "cost",
        "priority", "granted_at", "available_from", "expires_at", "shown_scope",
    )  # fmt: skip
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lot]:
        """With what the page names."""
        return super().get_queryset(request).select_related("wallet", "scope")

    @display(description=_("member"))
    def shown_member(self, lot: Lot) -> str:
        """Whose it is."""
        return str(lot.wallet.member)

    @display(description=_("asset"))
    def shown_asset(self, lot: Lot) -> str:
        """Of what."""
        return lot.wallet.asset.label

    @display(description=_("left"))
    def shown_remaining(self, lot: Lot) -> str:
        """What is left of what was granted."""
        asset = lot.wallet.asset
        return f"{asset.show(lot.remaining)} / {asset.show(lot.granted)}"

    @display(description=_("limited to"))
    def shown_scope(self, lot: Lot) -> str:
        """Stores, days and categories, by their keys."""
        scope = lot.scope
        if scope is None:
            return "—"
        parts = (scope.store_ids, scope.day_kinds, scope.category_ids)
        return "; ".join(", ".join(map(str, part)) for part in parts if part)
