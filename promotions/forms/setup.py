"""Forms of set-up: whole-business offers are the owner's, a manager's name stores of their own."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from members.forms import AmountsForm, HouseAmountsForm
from promotions.forms.gifts import GiftsField, read, written
from promotions.models import Bundle

NEEDS_STORES = _("Choose the stores it is for. Only an owner sets up for every store.")


class OfferForm(AmountsForm):
    """An offer, its amounts as people write them; only owners may leave its stores out."""

    amounts = (
        "price", "early_bird_price", "pays", "bonus", "list_value", "charge_price", "per_amount",
    )  # fmt: skip
    spoken: ClassVar = {
        "list_value": _("What it would cost in money, such as 12.50."),
        "charge_price": _("Such as 12.50. Empty: never done for money."),
        "per_amount": _("Such as 1.00: the points are earned with each 1.00."),
    }
    for_all_stores = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Put lines where the offer keeps a list of gifts."""
        super().__init__(*args, **kwargs)
        if "gifts" in self.fields:
            self.fields["gifts"] = GiftsField(label=self.fields["gifts"].label)
            self.initial["gifts"] = written(self.instance.gifts, self.instance.currency or "CNY")

    def clean(self) -> dict[str, Any]:
        """Ask managers for stores; the field offers them their own only."""
        cleaned = super().clean()
        if "stores" in self.fields and not self.for_all_stores and not cleaned.get("stores"):
            self.add_error("stores", forms.ValidationError(NEEDS_STORES, code="needs_stores"))
        self._read_gifts(cleaned)
        return cleaned

    def _read_gifts(self, cleaned: dict[str, Any]) -> None:
        if "gifts" not in cleaned:
            return
        currency = cleaned.get("currency") or self.instance.currency
        try:
            cleaned["gifts"] = read(cleaned["gifts"], currency)
        except forms.ValidationError as error:
            self.add_error("gifts", error)


class ComponentForm(AmountsForm):
    """A component; its prices are in the bundle's currency."""

    amounts = ("list_price",)
    spoken: ClassVar = {
        "list_price": _("Such as 8.00; a refund may count what was used at this price.")
    }


class PolicyForm(HouseAmountsForm):
    """What an issuing entity allows; the limit of minors as people write money."""

    amounts = ("minors_pay_up_to",)
    spoken: ClassVar = {
        "minors_pay_up_to": _(
            "Such as 100.00; above it a guardian has to agree. Below the age at which the policy "
            "of the jurisdiction calls a purchase void, a guardian always has to."
        )
    }


class ComponentFormSet(forms.BaseInlineFormSet):
    """What is in a bundle, of which there is something; each part in the bundle's currency."""

    instance: Bundle
    default_error_messages = forms.BaseInlineFormSet.default_error_messages | {
        "too_few_forms": _("Say what is in the bundle: it needs at least one kind of unit.")
    }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """With the currency of the bundle that is being saved."""
        return super().get_form_kwargs(index) | {"currency": self.instance.currency}
