"""Amounts in the admin's forms: typed as people write money, kept in the smallest unit."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from common.errors import DomainError
from common.money import format_plain, parse_minor


class AmountsForm(forms.ModelForm):
    """A form whose fields named in ``amounts`` read 12.50 where the row keeps 1250.

    The currency is the form's own field of that name, else the record's, else ``currency``.
    """

    amounts: tuple[str, ...] = ()
    currency: str = ""

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
            help_text=number.help_text,
            max_length=24,
            widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        )
        value = self.initial.get(name)
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
