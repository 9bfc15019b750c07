"""What a person fills in to import a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from imports.models import Kind
from imports.rules.duplicates import OnDuplicate
from members.models import Store
from members.models.shops import StoreQuerySet


class UploadForm(forms.Form):
    """A file, where it belongs, and what becomes of what is not certain."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV, text or Excel, as the other system wrote it: titles may stay in."),
    )
    store: "forms.ModelChoiceField[Store]" = forms.ModelChoiceField(
        label=_("Store"), queryset=None, empty_label=None
    )
    kind = forms.ChoiceField(
        label=_("The file lists"),
        required=False,
        choices=[("", _("what its columns say")), *Kind.choices],
    )
    on_duplicate = forms.ChoiceField(
        label=_("Same phone under another name"),
        widget=forms.RadioSelect,
        initial=OnDuplicate.FLAG.value,
        choices=[
            (OnDuplicate.FLAG.value, _("Wait until somebody decides")),
            (OnDuplicate.MERGE.value, _("Treat them as one member and add the balances")),
            (OnDuplicate.SKIP.value, _("Keep the first one and leave the other out")),
        ],
    )
    balance = forms.ChoiceField(
        label=_("A balance is"),
        widget=forms.RadioSelect,
        initial="principal",
        choices=[
            ("principal", _("Money the member paid in")),
            ("bonus", _("A gift of the shop")),
        ],
    )

    def __init__(self, *args: Any, stores: StoreQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores.open().order_by("name")  # type: ignore[attr-defined]


class DecisionForm(forms.Form):
    """What becomes of one row that waits."""

    decision = forms.ChoiceField(choices=[("merge", ""), ("skip", "")])
