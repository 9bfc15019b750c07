"""What a person fills in to take a list along."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exports.models import OFFERED
from exports.rules.asked import Asked
from members.models import Store, Tag, Tier
from members.models.shops import StoreQuerySet


class DayInput(forms.DateInput):
    """A day as browsers offer it."""

    input_type = "date"


class ListForm(forms.Form):
    """A list, its file type, and who and what is on it."""

    what = forms.ChoiceField(
        label=_("List"),
        choices=[(what.value, what.label) for what in OFFERED],
    )
    form = forms.ChoiceField(
        label=_("File type"), choices=[("xlsx", "Excel (XLSX)"), ("csv", "CSV")]
    )
    stores: "forms.ModelMultipleChoiceField[Store]" = forms.ModelMultipleChoiceField(
        label=_("Stores"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without a mark: all of them. Members are listed by their home store."),
    )
    since = forms.DateField(
        label=_("From"),
        required=False,
        widget=DayInput,
        help_text=_("The day of joining for members, else the business day."),
    )
    until = forms.DateField(label=_("To and including"), required=False, widget=DayInput)
    tier: "forms.ModelChoiceField[Tier]" = forms.ModelChoiceField(
        label=_("Tier"), queryset=None, required=False, empty_label=_("All tiers")
    )
    tag: "forms.ModelChoiceField[Tag]" = forms.ModelChoiceField(
        label=_("Tag"), queryset=None, required=False, empty_label=_("Whatever the tags")
    )
    text = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=80,
        help_text=_("Part of a name or phone, or a whole card or member number."),
    )

    def __init__(self, *args: Any, stores: StoreQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["stores"].queryset = stores.order_by("name")
        fields["tier"].queryset = Tier.objects.order_by("rank")
        fields["tag"].queryset = Tag.objects.order_by("name")

    def clean(self) -> dict[str, Any]:
        """A period ends after it began."""
        said = super().clean() or {}
        if said.get("since") and said.get("until") and said["until"] < said["since"]:
            self.add_error("until", _("The last day is before the first one."))
        return said

    @property
    def asked(self) -> Asked:
        """The filter that was filled in."""
        said = self.cleaned_data
        return Asked(
            stores=tuple(store.pk for store in said["stores"]) or None,
            since=said["since"],
            until=said["until"],
            tier=said["tier"].pk if said["tier"] else None,
            tag=said["tag"].pk if said["tag"] else None,
            text=said["text"].strip(),
        )
