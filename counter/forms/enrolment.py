"""What is asked of somebody who becomes a member at the counter."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from members.models import Consent, Member
from members.rules.birthdays import Birthday

ASKED = (Consent.Channel.SMS, Consent.Channel.PHONE, Consent.Channel.WECHAT, Consent.Channel.EMAIL)
MONTHS = [("", "–"), *((str(n), str(n)) for n in range(1, 13))]
DAYS = [("", "–"), *((str(n), str(n)) for n in range(1, 32))]


class EnrolmentForm(forms.Form):
    """Phone and name first; the rest may wait."""

    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    card = forms.CharField(
        label=_("Card number"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "data-scan-target": "stays"}),
    )
    gender = forms.ChoiceField(
        label=_("Gender"),
        required=False,
        choices=[("", "–"), *((value, capfirst(label)) for value, label in Member.Gender.choices)],
    )
    birth_year = forms.IntegerField(
        label=_("Year of birth"), required=False, min_value=1880, max_value=2200
    )
    birth_month = forms.ChoiceField(label=_("Month"), required=False, choices=MONTHS)
    birth_day = forms.ChoiceField(label=_("Day"), required=False, choices=DAYS)
    consents = forms.MultipleChoiceField(
        label=_("May be reached by"),
        required=False,
        choices=[(channel.value, capfirst(channel.label)) for channel in ASKED],
        widget=forms.CheckboxSelectMultiple,
    )

    def focus_first_gap(self) -> None:
        """Begin where the search box has not said anything yet."""
        gap = "name" if self.initial.get("phone") else "phone"
        self.fields[gap].widget.attrs["autofocus"] = True

    def details(self) -> dict[str, Any]:
        """The cleaned answers as ``enrol_at_counter`` takes them."""
        said = self.cleaned_data
        month, day = said["birth_month"], said["birth_day"]
        birthday = Birthday(
            said["birth_year"], int(month) if month else None, int(day) if day else None
        )
        return {
            "phone": said["phone"],
            "name": said["name"],
            "gender": said["gender"],
            "cards": [said["card"]] if said["card"].strip() else [],
            "birthday": birthday if any(birthday) else None,
            "consents": said["consents"],
        }


def first_guess(text: str) -> dict[str, str]:
    """Where what was typed into the search box belongs: digits are a phone, words a name.

    >>> first_guess("138 0013 8000"), first_guess("王小明")
    ({'phone': '138 0013 8000'}, {'name': '王小明'})
    """
    text = text.strip()
    if not text:
        return {}
    digits = text.replace(" ", "").replace("-", "").lstrip("+")
    if digits.isdecimal():
        return {"phone": text} if len(digits) > 4 else {}
    return {"name": text}
