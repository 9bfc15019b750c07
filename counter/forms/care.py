"""What is asked when a member's contracts, cards, PIN, deposits or record are taken care of."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from ledger.models import Asset, AssetKind, Contract, Hold, Lot, Movement, TxnKind, Visit
from members.models import Card, Member, Store
from members.queries import identities_of, search_members

LATEST = 20
SCANNED = {"data-scan-target": "stays", "autocomplete": "off"}


class OtherMemberUnclear(DomainError):
    """What was typed names nobody, or several."""

    code = "other_member_unclear"
    message = _("%(text)s names nobody or several members. Type the whole number, phone or card.")


def other_member(text: str, stores: Iterable[Store]) -> Member:
    """The one member that the text names: by number before anything else.

    Raises OtherMemberUnclear.
    """
    text = text.strip()
    hits = search_members(text, stores, limit=3) if text else []
    named = [hit for hit in hits if hit.number == text] or hits
    if len(named) != 1:
        raise OtherMemberUnclear(text=text[:40] or "–")
    return named[0]


class DayInput(forms.DateInput):
    """A day as browsers read it, whatever the language; another form would show an empty box."""

    input_type = "date"


class Day(forms.DateField):
    """A day of our time: clocks end with the year 9999, and so would the sums of days."""

    def __init__(self, **facts: Any) -> None:
        """Write days as ISO does."""
        latest = MaxValueValidator(date(2199, 12, 31))
        super().__init__(widget=DayInput(format="%Y-%m-%d"), validators=[latest], **facts)


class CareForm(forms.Form):
    """A panel's fields, narrowed to one member at one desk."""

    use_required_attribute = False

    def __init__(self, data: Any, *, member: Member, store: Store, at: datetime, **more: Any):
        """Narrow the choices to what the member has."""
        super().__init__(data, auto_id="%s", **more)
        self.member, self.store, self.at = member, store, at
        self.choices: Any = self.fields
        self.narrow()
        for field in self.fields.values():
            field.label = capfirst(field.label)
        first = next((f for f in self.fields.values() if not f.widget.is_hidden), None)
        if first:
            first.widget.attrs["autofocus"] = True

    def narrow(self) -> None:
        """Leave only choices that make sense for the member."""


class Picked(forms.ModelChoiceField):
    """One of the member's things, told as its own ``told`` function tells it."""

    def __init__(self, queryset: Any, *, told: Any, **more: Any):
        """``told`` makes the sentence of a row."""
        super().__init__(queryset, empty_label=None, **more)
        self.label_from_instance = told  # type: ignore[method-assign]  # Django's own way


def told_contract(contract: Contract) -> str:
    """The contract by name and day of sale."""
    return f"{contract.title or contract.get_kind_display()} · {lazy_day(contract.sold_at.date())}"


def told_lot(lot: Lot) -> str:
    """What had ended: asset, contract and last day."""
    ends = lazy_day(lot.expires_at.date()) if lot.expires_at else ""
    title = lot.contract.title if lot.contract else ""
    return " · ".join(part for part in (lot.wallet.asset.label, title, str(ends)) if part)


def told_hold(hold: Hold) -> str:
    """What is held and what for."""
    return f"{hold.asset.show(hold.amount)} {hold.asset.label} · {hold.purpose}"


def told_card(card: Card) -> str:
    """The card's number and how it stands."""
    return f"{card.number} · {card.get_status_display()}"


def held_contracts(member: Member) -> Any:
    """Contracts of which the member holds something, oldest first."""
    lots = Lot.objects.filter(wallet__member=member, is_open=True, contract__isnull=False)
    return Contract.objects.filter(pk__in=lots.values("contract")).order_by("sold_at", "pk")


def holdable(member: Member, store: Store) -> Any:
    """Assets of which the member holds something that can be set aside in ``store``."""
    return Asset.objects.filter(
        kind__in=[AssetKind.MONEY, AssetKind.UNIT, AssetKind.COIN],
        entity=store.entity_id,
        wallet__member=member,
        wallet__balance__gt=0,
    ).order_by("kind", "pk")


def ended_lots(member: Member, at: datetime) -> Any:
    """The latest lots past their time that may still be worth something."""
    whose = identities_of(member)
    swept = Movement.objects.filter(lot=OuterRef("pk"), txn__kind=TxnKind.EXPIRE)
    back = Movement.objects.filter(lot=OuterRef("pk"), txn__reverses__kind=TxnKind.EXPIRE)
    lots = Lot.objects.filter(
        Q(is_open=True) | Q(Exists(swept), ~Exists(back)),
        wallet__member__in=whose,
        expires_at__lte=at,
    )
    ended = [lot.pk for lot in lots.order_by("-expires_at", "-pk")[:LATEST]]
    rows = Lot.objects.filter(pk__in=ended).select_related("wallet__asset", "contract")
    return rows.order_by("-expires_at", "-pk")


class TransferForm(CareForm):
    """Which contract goes to whom, and since when the shop knows."""

    contract = Picked(Contract.objects.none(), told=told_contract, label=_("contract"))
    to = forms.CharField(
        label=_("to member: number, phone or card"),
        max_length=80,
        widget=forms.TextInput(attrs=SCANNED),
    )
    noticed_on = Day(
        label=_("notice reached the shop on"),
        help_text=_("The transfer holds from the moment the shop was told."),
    )
    card = Picked(
        Card.objects.none(),
        told=told_card,
        required=False,
        label=_("card handed over with it"),
        help_text=_("It opens nothing from now on, and the giver sets a new PIN."),
    )
    reason = forms.CharField(max_length=200, label=_("reason"))

    def narrow(self) -> None:
        """The member's contracts and cards; told today unless said otherwise."""
        self.choices["contract"].queryset = held_contracts(self.member)
        self.choices["card"].queryset = live_cards(self.member)
        self.choices["card"].empty_label = "–"
        self.choices["noticed_on"].initial = self.store.business_date(self.at)


def live_cards(member: Member) -> Any:
    """Cards that were not replaced."""
    return Card.objects.filter(member=member).exclude(status=Card.Status.REPLACED).order_by("pk")


class ResumeForm(CareForm):
    """Which paused contract goes on."""

    contract = Picked(Contract.objects.none(), told=told_contract, label=_("contract"))
    reason = forms.CharField(max_length=200, label=_("reason"))

    def narrow(self) -> None:
        """What the member holds."""
        self.choices["contract"].queryset = held_contracts(self.member)


class PauseForm(ResumeForm):
    """Which contract rests, and until when."""

    field_order = ("contract", "until", "reason")
    until = Day(
        label=_("can be used again from"),
        required=False,
        help_text=_("Empty: until somebody resumes it. No day of it is lost."),
    )


class ReactivateForm(CareForm):
    """Which ended lot lives again, and until when."""

    lot = Picked(Lot.objects.none(), told=told_lot, label=_("ended"))
    last_day = Day(label=_("new last day"))
    reason = forms.CharField(max_length=200, label=_("reason"))

    def narrow(self) -> None:
        """What ended; a month from now unless said otherwise."""
        self.choices["lot"].queryset = ended_lots(self.member, self.at)
        today = self.store.business_date(self.at)
        self.choices["last_day"].initial = today + timedelta(days=30)


class HoldForm(CareForm):
    """How much is set aside, what for, until when."""

    asset = forms.ModelChoiceField(Asset.objects.none(), label=_("what"), empty_label=None)
    amount = forms.CharField(label=_("amount"), max_length=24)
    purpose = forms.CharField(label=_("what for"), max_length=200)
    until = Day(label=_("released by itself after"))

    def narrow(self) -> None:
        """Stored value and units; through tomorrow unless said otherwise."""
        self.choices["asset"].queryset = holdable(self.member, self.store)
        tomorrow = self.store.business_date(self.at) + timedelta(days=1)
        self.choices["until"].initial = tomorrow


class SettleForm(CareForm):
    """Which deposit is taken, and how much of it."""

    hold = Picked(Hold.objects.none(), told=told_hold, label=_("deposit"))
    amount = forms.CharField(
        label=_("amount to take"),
        max_length=24,
        required=False,
        help_text=_("The rest goes back. Empty or 0: all of it goes back."),
    )

    def narrow(self) -> None:
        """Open deposits of the member."""
        rows = Hold.objects.open().filter(member=self.member).select_related("asset")
        self.choices["hold"].queryset = rows.order_by("held_at", "pk")


class CardForm(CareForm):
    """What became of which card."""

    card = Picked(Card.objects.none(), told=told_card, label=_("card"))
    what = forms.ChoiceField(
        label=_("what happened"),
        choices=[
            ("lost", _("lost: block it at once")),
            ("replace", _("give a new card in its place")),
            ("found", _("found again")),
            ("give", _("give a card")),
        ],
    )
    number = forms.CharField(
        label=_("number of the new card"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs=SCANNED),
        help_text=_("A card that is replaced opens nothing any more, and its PIN is forgotten."),
    )

    def narrow(self) -> None:
        """Cards that were not replaced; who has none can only be given one."""
        cards = self.choices["card"].queryset = live_cards(self.member)
        if not cards:
            del self.fields["card"]
            self.choices["what"].choices = [("give", _("give a card"))]

    def clean(self) -> None:
        """No card is given without a number, and no number is typed in vain."""
        what, number = self.cleaned_data.get("what"), self.cleaned_data.get("number")
        if what in {"replace", "give"} and not number:
            self.add_error("number", _("Scan or type the number of the new card."))
        if what in {"lost", "found"} and number:
            again = _("No new card is given here. Choose what happened again, or empty this.")
            self.add_error("number", again)


class PinForm(CareForm):
    """The PIN, typed twice by the member."""

    pin = forms.CharField(
        label=_("PIN, typed by the member"),
        max_length=6,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    again = forms.CharField(
        label=_("once more"),
        max_length=6,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class MergeForm(CareForm):
    """Who goes into this member."""

    other = forms.CharField(
        label=_("the other record: number, phone or card"),
        max_length=80,
        widget=forms.TextInput(attrs=SCANNED),
        help_text=_("It goes; this member stays. Everything it has comes here."),
    )
    reason = forms.CharField(max_length=200, label=_("reason"))


class UnmergeForm(CareForm):
    """Which merge is taken back."""

    merge = Picked(None, told=lambda merge: f"{merge.merged} · {merge.merged.number}")
    reason = forms.CharField(max_length=200, label=_("reason"))

    def __init__(self, *args: Any, merges: Any, **more: Any):
        """``merges``: those that still stand."""
        self.merges = merges
        super().__init__(*args, **more)

    def narrow(self) -> None:
        """Merges into this member."""
        self.choices["merge"].queryset = self.merges
        self.choices["merge"].label = _("merge")


class MoveVisitForm(CareForm):
    """Which visit was somebody else's."""

    visit = Picked(Visit.objects.none(), told=str, label=_("visit"))
    to = forms.CharField(
        label=_("to member: number, phone or card"),
        max_length=80,
        widget=forms.TextInput(attrs=SCANNED),
    )
    reason = forms.CharField(max_length=200, label=_("reason"))

    def narrow(self) -> None:
        """The latest visits of the member here."""
        visits = Visit.objects.completed().filter(member=self.member, store=self.store)
        latest = list(visits.order_by("-at").values_list("pk", flat=True)[:LATEST])
        self.choices["visit"].queryset = Visit.objects.filter(pk__in=latest).order_by("-at")
        self.choices["visit"].label_from_instance = told_visit


def told_visit(visit: Visit) -> str:
    """The day of the visit."""
    return str(lazy_day(visit.business_date))
