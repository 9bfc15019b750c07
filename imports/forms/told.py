"""What becomes of rows, words and differences that the check has found."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import format_plain
from imports.models import ImportBatch, ImportRow
from imports.rules.choices import CREATABLE, CREATE
from imports.rules.controls import figure_in, name_of
from imports.rules.fields import MONEY_FIELDS


class DecisionForm(forms.Form):
    """What becomes of one row that waits, or of all that wait for one reason."""

    # "ask" takes back what was decided before.
    decision = forms.ChoiceField(choices=[*ImportRow.Decision.choices[1:], ("ask", "")])
    code = forms.CharField(required=False, max_length=60)


class TotalsForm(forms.Form):
    """What the owner says the file must come to, as far as they know it."""

    def __init__(self, *args: Any, batch: ImportBatch, allowed: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = batch.store.currency
        self.allowed = allowed
        for place, what in enumerate(allowed):
            typed = batch.typed_totals.get(what)
            self.fields[f"total-{place}"] = forms.CharField(
                label=capfirst(str(name_of(what))),
                required=False,
                max_length=30,
                initial="" if typed is None else self._shown(what, typed),
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    def _shown(self, what: str, amount: int) -> str:
        return format_plain(amount, self.currency) if what in MONEY_FIELDS else str(amount)

    def clean(self) -> dict[str, Any]:
        """Amounts in the smallest unit, under what they count; nothing where nothing was typed."""
        said = super().clean() or {}
        self.totals: dict[str, int | None] = {}
        for place, what in enumerate(self.allowed):
            text = (said.get(f"total-{place}") or "").strip()
            try:
                self.totals[what] = figure_in(text, what, self.currency)
            except DomainError as error:
                self.add_error(f"total-{place}", str(error))
        return said


class SignForm(forms.Form):
    """Why a difference is right, by whoever is signed in."""

    reason = forms.CharField(
        label=_("Why the difference is right"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ValuesForm(forms.Form):
    """What becomes of each word of the file that the shop does not know."""

    def __init__(self, *args: Any, unknown: dict[str, list[dict[str, Any]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words: list[tuple[str, dict[str, Any], str]] = []
        for field, words in unknown.items():
            for word in words:
                name = f"word-{len(self.words)}"
                self.words.append((field, word, name))
                self.fields[name] = forms.ChoiceField(
                    label=word["value"],
                    required=False,
                    choices=_ways(field, word),
                    initial=_way_told(word),
                )

    def values(self, before: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """Field → word → what was said, on top of what was said before."""
        said = {field: dict(words) for field, words in before.items()}
        for field, word, name in self.words:
            way, _colon, picked = self.cleaned_data.get(name, "").partition(":")
            words = said.setdefault(field, {})
            words.pop(word["value"], None)
            if way == "pick":
                words[word["value"]] = picked
            elif way == "create":
                words[word["value"]] = {"create": word["value"]}
            elif way == "leave":
                words[word["value"]] = None
        return {field: words for field, words in said.items() if words}


MADE_ANEW = _("is made anew, under this name")
# Words that are made anew where nobody says anything about them.
MADE_UNASKED = frozenset({"tier", "machine"})
# What becomes of another word nobody says anything about; most are kept as they stand.
AS_IT_STANDS = {
    "store": _("is counted in the store of the import"),
    "tender": _("is made anew, and no till offers it"),
    "account": _("is what its column says"),
    "came_mark": _("is an error until somebody says what it means"),
}


def _ways(field: str, word: dict[str, Any]) -> list[tuple[Any, Any]]:
    picks = [(f"pick:{one['value']}", one["label"]) for one in word["suggestions"]]
    told = word["told"]
    if told and told["action"] == "pick" and f"pick:{told['name']}" not in dict(picks):
        picks.append((f"pick:{told['name']}", told["name"]))
    made = [("create", MADE_ANEW)] if field in CREATABLE or _is_made(told) else []
    ways: list[tuple[Any, Any]] = [("", AS_IT_STANDS.get(field, _("is kept as it stands")))]
    if field in MADE_UNASKED:
        ways, made = made, []
    if picks:
        ways.append((_("is the same as"), picks))
    return [*ways, *made, ("leave", _("is left out"))]


def _is_made(told: dict[str, Any] | None) -> bool:
    return told is not None and told["action"] == CREATE


def _way_told(word: dict[str, Any]) -> str:
    told = word["told"]
    if told is None:
        return ""
    return f"pick:{told['name']}" if told["action"] == "pick" else str(told["action"])
