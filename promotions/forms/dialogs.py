"""What a clerk does, as dialogs of the admin: they collect the arguments of one verb.

Each carries an id made when the dialog opens, so that sending it twice does it once. One payment is
enough here; a bill with several belongs to the counter.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, cast
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold import widgets
from unfold.forms import BaseDialogForm

from common.days import lazy_day
from common.errors import DomainError
from common.money import format_minor, parse_minor
from ledger.models import Asset, AssetKind, SaleLine, TenderType
from ledger.models.catalogue import TenderKind
from ledger.models.sales import LineKind
from ledger.operations.proving import Debits, stored_value_in, value_to_prove
from ledger.operations.sales import Tender
from members.forms import ApprovalForm
from members.models import Member, Store, User
from members.operations.approvals import approve
from members.operations.proofs import Shown, prove_debit
from members.queries import issuers_seen_by
from promotions.models import Bundle, CoinPack, Reward, ServiceProgramme, TopUpOffer
from promotions.queries import timeline
from promotions.rules.tickets import TicketState

Select = widgets.UnfoldAdminSelectWidget
Text = widgets.UnfoldAdminTextInputWidget
Whole = widgets.UnfoldAdminIntegerFieldWidget

RECENT_ENTRIES = 20
RECENT_PURCHASES = 50


class RequestIdField(forms.UUIDField):
    """The hidden id of a request: the same however often the form is sent."""

    def __init__(self, **kwargs: Any) -> None:
        """Hidden, and new with each dialog."""
        super().__init__(widget=forms.HiddenInput, initial=uuid4, **kwargs)


def chosen_from(queryset: Any, label: Any, *, required: bool = True) -> forms.ModelChoiceField:
    """A choice among records; the form narrows them to the store and the member."""
    return forms.ModelChoiceField(queryset, label=label, required=required, widget=Select)


class Dialog(BaseDialogForm):
    """A dialog whose labels begin as those of the admin's pages do."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Capitals first."""
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = field.label and capfirst(field.label)


class StepForm(Dialog):
    """Where a garment goes next, and why."""

    request_id = RequestIdField()
    to = forms.ChoiceField(
        label=_("next step"),
        choices=[choice for choice in TicketState.choices if choice[0] != TicketState.TAKEN_IN],
        widget=Select,
    )
    note = forms.CharField(
        label=_("note"),
        max_length=200,
        required=False,
        widget=Text,
        help_text=_("Needed for a loss, a complaint and a cancellation."),
    )


class InStoreForm(Dialog):
    """Something done for a member in one of the person's stores."""

    request_id = RequestIdField()
    store = chosen_from(Store.objects.none(), _("store"))

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Offer the person's stores, the member's own first."""
        super().__init__(request, *args, **kwargs)
        stores = request.user.visible_stores().open()  # type: ignore[union-attr]  # signed in
        self.fields["store"].queryset = stores.order_by("name")
        self.initial["store"] = self.member.home_store_id
        self.entities = set(stores.values_list("entity", flat=True))
        self.narrow()

    @cached_property
    def member(self) -> Member:
        """Whose page it is; the admin has checked that the person may see it."""
        return Member.objects.select_related("home_store").get(pk=self.object_id)

    def narrow(self) -> None:
        """Leave only records of the entities the person's stores belong to."""
        for name in ("offer", "bundle", "pack", "reward", "programme"):
            if name in self.fields:
                field = self.fields[name]
                field.queryset = field.queryset.filter(entity__in=self.entities).order_by("name")

    def asked(self, at: datetime) -> dict[str, Any]:
        """What every verb is told; ``at`` is now. Comes before ``prove``."""
        said, self.at = self.cleaned_data, at
        return {
            "request_id": said["request_id"],
            "store": said["store"],
            "member": self.member,
            "at": at,
            "by": self.request.user,
        }


class ProvenForm(InStoreForm):
    """Something that may debit more than a store lets anybody debit without the member's proof."""

    pin = forms.CharField(
        label=_("PIN, typed by the member"),
        max_length=6,
        required=False,
        widget=widgets.UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=_("Only above the store's limit."),
    )
    answer_reason = forms.CharField(
        label=_("or why a manager answers for the member"),
        max_length=200,
        required=False,
        widget=Text,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask only where a store of the person does."""
        super().__init__(*args, **kwargs)
        stores = self.request.user.visible_stores().open()
        if not stores.filter(pin_above__isnull=False).exists():
            del self.fields["pin"], self.fields["answer_reason"]

    def prove(self, debits: Debits) -> None:
        """Let the member show that debits are theirs, after ``asked``.

        Raises what ``prove_debit`` raises.
        """
        said = self.cleaned_data
        header = {
            "request_id": said["request_id"],
            "member": self.member,
            "store": said["store"],
            "at": self.at,
        }
        prove_debit(
            **header,
            value=value_to_prove(**header, debits=debits),
            shown=Shown(
                pin=said.get("pin", ""),
                reason=said.get("answer_reason", ""),
                approved_by=self.request.user,
            ),
            by=self.request.user,
        )


class PaidForm(ProvenForm):
    """Something paid by one tender."""

    tender = chosen_from(
        TenderType.objects.filter(is_active=True).order_by("position", "pk"), _("paid by")
    )
    reference = forms.CharField(label=_("reference"), max_length=120, required=False, widget=Text)

    def pays(self, amount: int) -> list[Tender]:
        """The one payment, of the whole amount; none where nothing is to pay."""
        tender = self.cleaned_data.get("tender")
        if tender is None or amount <= 0:
            return []
        tenders = [Tender(tender=tender, amount=amount, reference=self.cleaned_data["reference"])]
        self.prove(stored_value_in(tenders))
        return tenders


class TopUpForm(PaidForm):
    """By an offer, or by any amount."""

    offer = chosen_from(TopUpOffer.objects.filter(is_active=True), _("offer"), required=False)
    amount = forms.CharField(
        label=_("amount"),
        max_length=24,
        required=False,
        widget=Text,
        help_text=_("Only without an offer."),
    )
    field_order = ("offer", "amount", "tender", "reference", "store", "request_id")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Value does not buy value."""
        super().__init__(*args, **kwargs)
        tenders = self.fields["tender"].queryset
        self.fields["tender"].queryset = tenders.exclude(kind=TenderKind.STORED_VALUE)

    def clean(self) -> dict[str, Any]:
        """Read the amount in the store's currency; one of the two is needed."""
        cleaned: dict[str, Any] = super().clean() or {}
        offer, store, text = cleaned.get("offer"), cleaned.get("store"), cleaned.get("amount")
        if offer:
            cleaned["amount"] = offer.pays
        elif not text:
            self.add_error("amount", _("Choose an offer or enter an amount."))
        elif store:
            try:
                cleaned["amount"] = parse_minor(text, store.currency)
            except DomainError as error:
                self.add_error("amount", forms.ValidationError(str(error), code=error.code))
        return cleaned


class BundleForm(PaidForm):
    """Which bundle, how many."""

    bundle = chosen_from(Bundle.objects.filter(is_active=True), _("bundle"))
    quantity = forms.IntegerField(label=_("quantity"), min_value=1, initial=1, widget=Whole)
    field_order = ("bundle", "quantity", "tender", "reference", "store", "request_id")


class CoinsForm(PaidForm):
    """Which pack."""

    pack = chosen_from(CoinPack.objects.filter(is_active=True), _("coin pack"))
    field_order = ("pack", "tender", "reference", "store", "request_id")


class DrawForm(ProvenForm):
    """Which unit, how many."""

    asset = chosen_from(Asset.objects.none(), _("unit"))
    quantity = forms.IntegerField(label=_("quantity"), min_value=1, initial=1, widget=Whole)
    field_order = ("asset", "quantity", "store", "request_id")

    def narrow(self) -> None:
        """Only what the member holds."""
        self.fields["asset"].queryset = Asset.objects.filter(
            kind__in=[AssetKind.UNIT, AssetKind.COIN],
            wallet__member=self.member,
            wallet__balance__gt=0,
            entity__in=self.entities,
        )


class RewardForm(InStoreForm):
    """Which reward, how many."""

    reward = chosen_from(Reward.objects.filter(is_active=True), _("reward"))
    quantity = forms.IntegerField(label=_("quantity"), min_value=1, initial=1, widget=Whole)
    field_order = ("reward", "quantity", "store", "request_id")


class PurchaseField(forms.ModelChoiceField):
    """Goods the member bought, by day and name."""

    def label_from_instance(self, obj: SaleLine) -> str:
        """The day, the goods and what was charged."""
        charged = format_minor(obj.charged_value, obj.sale.currency)
        return f"{lazy_day(obj.sale.business_date)} · {obj.description} · {charged}"


class TakeInForm(PaidForm):
    """Which garment for which service; free for a purchase, or charged."""

    programme = chosen_from(ServiceProgramme.objects.filter(is_active=True), _("service"))
    garment = forms.CharField(label=_("garment"), max_length=200, widget=Text)
    sale_line = PurchaseField(
        SaleLine.objects.none(), label=_("bought here on"), required=False, widget=Select
    )
    field_order = (
        "programme", "garment", "sale_line", "tender", "reference", "store", "request_id",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A payment only where it is charged."""
        super().__init__(*args, **kwargs)
        self.fields["tender"].required = False
        self.fields["tender"].help_text = _("Only when it is charged: leave empty for a free use.")
        lines = SaleLine.objects.filter(
            sale__member=self.member, sale__voided_at__isnull=True, kind=LineKind.PRODUCT
        )
        recent = list(lines.order_by("-pk").values_list("pk", flat=True)[:RECENT_PURCHASES])
        self.fields["sale_line"].queryset = (
            SaleLine.objects.filter(pk__in=recent).select_related("sale").order_by("-pk")
        )


class AdjustForm(ApprovalForm, InStoreForm):
    """Which balance, by how much, and why; a second person where it is much."""

    asset = chosen_from(Asset.objects.none(), _("balance"))
    amount = forms.CharField(
        label=_("amount"),
        max_length=24,
        widget=Text,
        help_text=_("More to give, with a minus to take: 20, or -3.50."),
    )
    reason = forms.CharField(label=_("reason"), max_length=200, widget=Text)
    field_order = (
        "asset", "amount", "reason", "store", "approver", "approver_password", "request_id",
    )  # fmt: skip

    def narrow(self) -> None:
        """What the house deals in, debts aside."""
        mine = Asset.objects.filter(entity__in=self.entities).exclude(kind=AssetKind.DEBT)
        field = cast("forms.ModelChoiceField[Asset]", self.fields["asset"])
        field.queryset = mine.order_by("name")

    def clean(self) -> dict[str, Any]:
        """Read the amount in the asset's own digits, and have the second person checked."""
        cleaned: dict[str, Any] = super().clean() or {}
        asset, store, text = cleaned.get("asset"), cleaned.get("store"), cleaned.get("amount")
        if asset and store and text:
            try:
                cleaned["amount"] = self._read(text, asset)
                cleaned["approved_by"] = self._second(cleaned["store"])
            except forms.ValidationError as error:
                self.add_error("amount", error)
            except DomainError as error:
                self.add_error(None, forms.ValidationError(str(error), code=error.code))
        return cleaned

    def _read(self, text: str, asset: Asset) -> int:
        if asset.currency:
            return parse_minor(text, asset.currency, allow_negative=True)
        number: Decimal = forms.DecimalField(max_digits=13, decimal_places=asset.scale).clean(text)
        return int(number.scaleb(asset.scale))

    def _second(self, store: Store) -> User | None:
        if not self.cleaned_data.get("approver"):
            return None
        return approve(
            username=self.cleaned_data["approver"],
            password=self.cleaned_data["approver_password"],
            request=self.request,
            roles={User.Role.MANAGER, User.Role.OWNER},
            store=store,
            requested_by=self.request.user,
        )


class UndoForm(InStoreForm):
    """Which of the latest operations, and why."""

    operation = forms.ChoiceField(label=_("operation"), widget=Select)
    reason = forms.CharField(label=_("reason"), max_length=200, widget=Text)
    field_order = ("operation", "reason", "store", "request_id")

    def narrow(self) -> None:
        """What can still be undone, the latest first."""
        entries = timeline(
            member=self.member, issuers=issuers_seen_by(self.request.user), limit=RECENT_ENTRIES
        ).entries
        self.fields["operation"].choices = [
            (str(entry.id), self._told(entry)) for entry in entries if entry.can_be_undone
        ]

    def _told(self, entry: Any) -> str:
        moved = [f"{change.asset.show(change.amount)} {change.asset}" for change in entry.changes]
        zone = self.member.home_store.zone
        when = date_format(entry.at.astimezone(zone), "DATETIME_FORMAT")
        return " · ".join([when, str(entry.label), *entry.texts, *moved])

    @property
    def txn_id(self) -> UUID:
        """The id of the chosen operation."""
        return UUID(self.cleaned_data["operation"])
