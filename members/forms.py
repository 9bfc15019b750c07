"""Forms of the admin: they translate what is typed and leave the deciding to the verbs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold import widgets
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from common.errors import DomainError
from common.money import format_plain, parse_minor
from members.models import AttributeDefinition, Consent, Member, Store, Tier, TillKey, User
from members.operations import check_assignment, check_phone_free, unlock_staff
from members.queries import house_currency
from members.rules.birthdays import Birthday
from members.rules.channels import channel_choices
from members.rules.fields import normalise_member_fields

BIRTHDAY = ("birth_year", "birth_month", "birth_day")
PLAIN = (
    "name", "phone", "email", "address", "region", "gender", "lunar_birthday", "occupation",
    "education", "channel", "notes",
)  # fmt: skip
ATTRIBUTE = "attribute_"


class AmountsForm(forms.ModelForm):
    """A form whose fields named in ``amounts`` read 12.50 where the row keeps 1250.

    The currency is the form's own field of that name, else the record's, else ``currency``.
    ``spoken`` are the words beside amounts of which the model says how the row keeps them.
    """

    amounts: tuple[str, ...] = ()
    currency: str = ""
    spoken: ClassVar[dict[str, Any]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Put a text where the model has a whole number."""
        self.currency = kwargs.pop("currency", self.currency)
        super().__init__(*args, **kwargs)
        for name in self.amounts:
            if name in self.fields:
                self._make_text(name)

    def _make_text(self, name: str) -> None:
        number = self.fields[name]
        self.fields[name] = forms.CharField(
            label=number.label,
            required=number.required,
            help_text=self.spoken.get(name, number.help_text),
            max_length=24,
            widget=widgets.UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        )
        value = self.initial.get(name, number.initial)
        currency = self._currency_of_record()
        if isinstance(value, int) and currency:
            self.initial[name] = format_plain(value, currency)

    def _currency_of_record(self) -> str:
        return getattr(self.instance, "currency", "") or self.currency

    def clean(self) -> dict[str, Any]:
        """Read each amount in the currency of the form, and name the field that is refused."""
        cleaned: dict[str, Any] = super().clean() or {}
        currency = cleaned.get("currency") or self._currency_of_record()
        for name in self.amounts:
            text = cleaned.get(name)
            if text is None or name not in self.fields:
                continue
            try:
                cleaned[name] = parse_minor(text, currency) if text.strip() else None
            except DomainError as error:
                self.add_error(name, forms.ValidationError(str(error), code=error.code))
        return cleaned


class HouseAmountsForm(AmountsForm):
    """Amounts of records without a currency: in that of all stores, where they share one.

    Where they do not, the fields stay whole numbers, as the model's own words say.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask the stores for their currency."""
        self.currency = house_currency()
        self.amounts = self.amounts if self.currency else ()
        super().__init__(*args, **kwargs)


class TierForm(HouseAmountsForm):
    """A tier; what one has to spend for it as people write money."""

    amounts = ("min_spend",)
    spoken: ClassVar = {"min_spend": _("Such as 1000.00. Empty: spending is not asked for.")}


class StoreForm(AmountsForm):
    """Limits as people write money, in the currency of the store."""

    amounts = ("cash_refund_limit", "rounding_step", "pin_above")
    spoken: ClassVar = {
        "rounding_step": _(
            "A clerk may let go what is above a multiple of it, for example 0.10 for a tenth "
            "of a yuan. Empty or 0: bills are not rounded."
        ),
        "pin_above": _(
            "Using stored value or units worth more than this within half an hour needs the "
            "member's PIN or a code sent to their phone. Empty: never asked."
        ),
    }

    class Meta:
        """How the places and signs of a store are written."""

        help_texts: ClassVar = {
            "country": _("Two letters, such as CN."),
            "currency": _("Three letters, such as CNY."),
            "time_zone": _("As computers name it, such as Asia/Shanghai."),
            "day_cut": _("What is booked before this hour belongs to the day before."),
            "jurisdiction": _(
                "One of the policies of jurisdictions, such as CN-Shanghai, or none."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Ask for no rounding where nothing is said."""
        super().__init__(*args, **kwargs)
        if "rounding_step" in self.fields:
            self.fields["rounding_step"].required = False

    def clean(self) -> dict[str, Any]:
        """Nothing said of rounding is none."""
        cleaned = super().clean()
        if "rounding_step" not in self.errors:
            cleaned["rounding_step"] = cleaned.get("rounding_step") or 0
        return cleaned


def as_form_error(error: DomainError) -> ValidationError:
    """The refusal as a form shows it."""
    return ValidationError(str(error), code=error.code)


class ApprovalForm(forms.Form):
    """A second person agrees on the spot; goes beside the fields of a form that may need one."""

    approver = forms.CharField(
        label=_("Second person: user name"),
        max_length=150,
        required=False,
        widget=widgets.UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    approver_password = forms.CharField(
        label=_("Second person: password"),
        max_length=128,
        required=False,
        strip=False,
        # "off" is ignored for passwords; the browser must not fill in the first person's own.
        widget=widgets.UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )


class MemberForm(forms.ModelForm):
    """What is known of a member, as people type it; subclassed with the shop's own questions."""

    # Longer than the number itself: people type spaces, brackets and country codes.
    channel = forms.ChoiceField(
        label=_("joined through"), required=False, widget=widgets.UnfoldAdminSelectWidget
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=widgets.UnfoldAdminTextInputWidget
    )
    card = forms.CharField(
        label=_("Card number"),
        max_length=64,
        required=False,
        widget=widgets.UnfoldAdminTextInputWidget,
    )
    new_tier = forms.ModelChoiceField(
        Tier.objects.lowest_first(),
        label=_("Tier"),
        required=False,
        widget=widgets.UnfoldAdminSelectWidget,
        help_text=_("Choosing another tier puts the member into it from now on."),
    )

    class Meta:
        model = Member
        fields = ("home_store", *PLAIN, *BIRTHDAY, "referrer")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the answers the member gave to the shop's own questions."""
        super().__init__(*args, **kwargs)
        if "channel" in self.fields:
            channel = cast("forms.ChoiceField", self.fields["channel"])
            channel.choices = channel_choices(self.instance.channel)
        if "new_tier" in self.fields:
            self.fields["new_tier"].initial = self.instance.tier_id
        for key, value in self.instance.attributes.items():
            if ATTRIBUTE + key in self.fields:
                self.fields[ATTRIBUTE + key].initial = value

    def clean(self) -> dict[str, Any]:
        """Check each field by the rule the verbs use, and name the field that is refused."""
        cleaned: dict[str, Any] = super().clean() or {}
        store = cleaned.get("home_store") or getattr(self.instance, "home_store", None)
        if store is None:
            return cleaned
        for field in PLAIN:
            if field in cleaned:
                self._check(field, {field: cleaned[field]}, store)
        if not self.errors.keys() & set(BIRTHDAY):
            self._check("birth_day", {"birthday": self.birthday()}, store)
        self._check_phone_free()
        return cleaned

    def _check(self, field: str, fields: dict[str, Any], store: Store) -> None:
        today = store.business_date(timezone.now())
        try:
            columns = normalise_member_fields(fields, country=store.country, today=today)
        except DomainError as error:
            self.add_error(field, as_form_error(error))
        else:
            self.cleaned_data[field] = columns[field]

    def _check_phone_free(self) -> None:
        phone = self.cleaned_data.get("phone")
        try:
            if phone:
                check_phone_free(phone, but=self.instance)
        except DomainError as error:
            self.add_error("phone", as_form_error(error))

    def birthday(self) -> Birthday:
        """The three fields as one."""
        return Birthday(*(self.cleaned_data.get(field) for field in BIRTHDAY))

    def fields_for_verb(self) -> dict[str, Any]:
        """What ``enrol`` and ``update_member`` take."""
        plain = {field: self.cleaned_data[field] for field in PLAIN if field in self.cleaned_data}
        return {**plain, "birthday": self.birthday()}

    def attributes(self) -> dict[str, Any]:
        """The answers that changed, by key; ``None`` for one taken away."""
        return {
            field.removeprefix(ATTRIBUTE): _plain(self.cleaned_data[field])
            for field in self.changed_data
            if field.startswith(ATTRIBUTE)
        }


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" else value


def member_form(
    definitions: Iterable[AttributeDefinition], base: type[MemberForm] = MemberForm
) -> type[MemberForm]:
    """The member form with one more field for each of the shop's own questions."""
    fields = {ATTRIBUTE + each.key: _attribute_field(each) for each in definitions}
    form: type[MemberForm] = type(base)(base.__name__, (base,), fields)
    return form


def _attribute_field(definition: AttributeDefinition) -> forms.Field:
    kind, label = definition.kind, definition.label
    if kind == AttributeDefinition.Kind.NUMBER:
        number = widgets.UnfoldAdminIntegerFieldWidget
        return forms.IntegerField(label=label, required=False, widget=number)
    if kind == AttributeDefinition.Kind.DATE:
        day = widgets.UnfoldAdminSingleDateWidget
        return forms.DateField(label=label, required=False, widget=day)
    if kind == AttributeDefinition.Kind.CHOICE:
        choices = [("", "—"), *((choice, choice) for choice in definition.choices)]
        select = widgets.UnfoldAdminSelectWidget
        return forms.ChoiceField(label=label, required=False, choices=choices, widget=select)
    text = widgets.UnfoldAdminTextInputWidget
    return forms.CharField(label=label, required=False, max_length=500, widget=text)


class ConsentForm(forms.ModelForm):
    """One more line of the log."""

    class Meta:
        model = Consent
        fields = ("channel", "state", "source")


class _ChecksAssignment(forms.ModelForm):
    """A clerk or manager needs a store."""

    def clean(self) -> dict[str, Any]:
        """Refuse an assignment nobody could work in."""
        cleaned: dict[str, Any] = super().clean() or {}
        try:
            check_assignment(cleaned.get("role", ""), cleaned.get("stores") or [])
        except DomainError as error:
            self.add_error("stores", as_form_error(error))
        return cleaned


class NewPasswordForm(AdminPasswordChangeForm):
    """A new password that an owner sets, for somebody who may be locked out by now."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        """Set it, and let them in at once."""
        user = cast(User, super().save(commit))
        unlock_staff(user=user)
        return user


class StaffCreationForm(_ChecksAssignment, UserCreationForm):
    """Who comes in, with which password, role and stores."""

    class Meta:
        model = User
        fields = ("username", "display_name", "role", "stores", "language", "email")


class StaffChangeForm(_ChecksAssignment, UserChangeForm):
    """What changes about somebody who works here."""

    class Meta:
        model = User
        fields = ("username", "display_name", "role", "stores", "language", "email", "member")


class TillKeyForm(forms.ModelForm):
    """A key to be: for which till, and what it opens."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"),
        choices=TillKey.Scope.choices,
        widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = TillKey
        fields = ("till", "name", "scopes", "expiry_date")
