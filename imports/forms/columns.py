"""What each column of a file means and how its cells are read; what of it is kept for the next."""

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.errors import Text
from common.money import format_minor, format_units
from imports.models import SavedMapping
from imports.queries.columns import Open
from imports.rules.aliases import HISTORY, KINDS
from imports.rules.day_choices import LUNAR, Day, Way
from imports.rules.field_words import field_word
from imports.rules.fields import MONEY_FIELDS

ORDER_WORDS: dict[str, Text] = {
    "ymd": _("year first"),
    "mdy": _("month first"),
    "dmy": _("day first"),
}
CALENDAR_WORDS: dict[str, Text] = {
    "western": _("Western years"),
    "buddhist": _("Buddhist years"),
    "roc": _("years of the Republic of China"),
    LUNAR: _("by the moon: kept as a lunar birthday"),
}
MARK_WORDS: dict[str, Text] = {
    ".": _("a point parts off the decimals"),
    ",": _("a comma parts off the decimals"),
}
SCALE_WORDS: dict[str, Text] = {
    "0.01": _("hundredths: cents, fen"),
    "1": _("as it stands"),
    "10": _("tens"),
    "100": _("hundreds"),
    "1000": _("thousands"),
    "10000": _("tens of thousands (万)"),
}
DISCOUNT_WORDS: dict[str, Text] = {
    "paid": _("what is paid"),
    "off": _("what is taken off"),
    "tenths": _("tenths that are paid (折)"),
}
# How cells are read: by the name in a mapping what it is called, and the ways there are.
WAYS: dict[str, tuple[Any, dict[str, Text]]] = {
    "dates": (_("How days are written"), ORDER_WORDS),
    "years": (_("How years are counted"), CALENDAR_WORDS),
    "marks": (_("How decimals are written"), MARK_WORDS),
    "scales": (_("What amounts are counted in"), SCALE_WORDS),
    "discounts": (_("What a number tells"), DISCOUNT_WORDS),
}
# An amount in cents looks like one in the currency: this is asked of every column of money.
NEVER_TOLD = frozenset({"scales"})
# Fields a person chooses by other words, or that only the reader finds.
NOT_OFFERED = frozenset({"visit_mark"})


class ColumnsForm(forms.Form):
    """What each column of a file means: a unit's name where it counts one, how cells are read."""

    def __init__(
        self,
        *args: Any,
        kind: str,
        columns: list[dict[str, Any]],
        told: dict[str, Any],
        currency: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.told, self.currency = told, currency
        self.columns = [column for column in columns if column["header"]]
        offered = offered_fields(kind)
        for column in self.columns:
            place = column["index"]
            self.fields[f"field-{place}"] = forms.ChoiceField(
                label=column["header"],
                choices=_with(offered, column["field"]),
                initial=column["field"],
                required=False,
            )
            self.fields[f"unit-{place}"] = forms.CharField(
                label=_("What is counted in %(column)s") % {"column": column["header"]},
                initial=column.get("unit", ""),
                max_length=40,
                required=False,
            )
            for name, found in column.get("ways", {}).items():
                self._offer(name, column, found)

    def _offer(self, told: str, column: dict[str, Any], found: Open) -> None:
        """How the cells of a column may be read, and what each way makes of one of them."""
        label, words = WAYS[told]
        ways = [
            (way.said, self._read_as(words[way.said], way, column["field"])) for way in found.ways
        ]
        now = dict(ways).get(found.taken)
        self.fields[f"{told}-{column['index']}"] = forms.ChoiceField(
            label=label,
            choices=_with([("", _("as guessed")), *ways], self._told(told, column)),
            initial=self._told(told, column),
            required=False,
            help_text=_("Read now: %(way)s.") % {"way": now} if now else "",
        )

    def _told(self, told: str, column: dict[str, Any]) -> str:
        return str((self.told.get(told) or {}).get(column["header"], ""))

    def _read_as(self, words: Text, way: Way[Any], field: str) -> Text:
        """A way to read a column, with one cell and what it would be."""
        if not way.text:
            return words
        if way.read is None:
            return _("%(way)s: %(text)s cannot be read") % {"way": words, "text": way.text}
        if isinstance(way.read, Day):
            shown = _day(way.read)
        elif field in MONEY_FIELDS:
            shown = format_minor(way.read, self.currency)
        elif field == "tier_discount":
            shown = _("%(percent)s%% off") % {"percent": way.read}
        else:
            shown = format_units(way.read)
        return _("%(way)s: %(text)s is %(read)s") % {
            "way": words, "text": way.text, "read": shown,
        }  # fmt: skip

    def ways_of(self, column: dict[str, Any], *, folded: bool) -> list[forms.BoundField]:
        """The fields that ask how a column is read; what can never be told is ``folded`` away."""
        return [
            self[f"{told}-{column['index']}"]
            for told in column.get("ways", {})
            if folded == (self._is_never_told(told, column) and not self._told(told, column))
        ]

    def _is_never_told(self, told: str, column: dict[str, Any]) -> bool:
        return told in NEVER_TOLD and column["field"] in MONEY_FIELDS

    def changed(self) -> dict[str, str | None]:
        """Header → field for each column that is to mean something else than it was taken for."""
        said: dict[str, str | None] = {}
        for column in self.columns:
            field, unit = self._said(column["index"])
            if self.cleaned_data.get(f"years-{column['index']}") == LUNAR:
                field = "lunar_birthday"
            if (field, unit) != (column["field"], column.get("unit", "")):
                said[column["header"]] = f"{field}:{unit}" if unit else field or None
        return said

    def changes(self) -> dict[str, dict[str, Any]]:
        """What was said of the columns, on top of what was said before, as ``choose`` takes it."""
        columns = (self.told.get("columns") or {}) | self.changed()
        return {"columns": columns} | {told: self._ways(told) for told in WAYS}

    def _ways(self, told: str) -> dict[str, str]:
        """Header → how its cells are read, for those somebody has spoken of."""
        said = dict(self.told.get(told) or {})
        for column in self.columns:
            if (name := f"{told}-{column['index']}") in self.fields:
                said[column["header"]] = self.cleaned_data[name]
        return {header: way for header, way in said.items() if way and way != LUNAR}

    def _said(self, place: int) -> tuple[str, str]:
        field = self.cleaned_data.get(f"field-{place}", "")
        unit = self.cleaned_data.get(f"unit-{place}", "").strip() if field == "units" else ""
        return field, unit


def _day(day: Day) -> str:
    # A leap year, for a birthday may be on the 29th of February.
    shown = date(day.year or 2000, day.month, day.day)
    return date_format(shown, "DATE_FORMAT" if day.year else "MONTH_DAY_FORMAT")


def offered_fields(kind: str) -> list[tuple[str, Text]]:
    """What a column of such a file may be taken for, what is kept or left out first."""
    names = [name for name in KINDS[kind] if name not in NOT_OFFERED]
    return [(name, field_word(name)) for name in ("", HISTORY, "ignore", *names)]


def _with(offered: list[tuple[str, Text]], field: str) -> list[tuple[str, Text]]:
    if any(name == field for name, _word in offered):
        return offered
    return [*offered, (field, field_word(field))]


class RememberForm(forms.Form):
    """A name for how this file was understood, for the next one."""

    name = forms.CharField(label=_("Name of the mapping"), max_length=80)
    is_shared = forms.BooleanField(label=_("for every store"), required=False)


class MappingForm(forms.Form):
    """A saved mapping: its name, whom it is for, what each column means, how its cells are read."""

    name = forms.CharField(label=_("Name of the mapping"), max_length=80)
    is_shared = forms.BooleanField(label=_("for every store"), required=False)

    def __init__(self, *args: Any, mapping: SavedMapping, **kwargs: Any) -> None:
        said = {"name": mapping.name, "is_shared": mapping.is_shared}
        super().__init__(*args, initial=said, **kwargs)
        self.headers = list((mapping.choices.get("columns") or {}).items())
        offered = offered_fields(mapping.kind)
        for place, (header, field) in enumerate(self.headers):
            self.fields[f"column-{place}"] = forms.ChoiceField(
                label=header,
                required=False,
                choices=_with(offered, field or ""),
                initial=field or "",
            )
        self.told = {name: dict(mapping.choices.get(name) or {}) for name in WAYS}
        for name, (label, words) in WAYS.items():
            ways = [(said, word) for said, word in words.items() if said != LUNAR]
            for place, (header, said) in enumerate(self.told[name].items()):
                self.fields[f"{name}-{place}"] = forms.ChoiceField(
                    label=_("%(label)s: %(column)s") % {"label": label, "column": header},
                    required=False,
                    choices=_with([("", _("as guessed")), *ways], str(said)),
                    initial=str(said),
                )

    def choices(self) -> dict[str, dict[str, str | None]]:
        """What each column means and how cells are read, as a mapping holds it."""
        columns: dict[str, str | None] = {
            header: self.cleaned_data[f"column-{place}"] or None
            for place, (header, _field) in enumerate(self.headers)
        }
        return {"columns": columns} | {name: self._ways(name) for name in WAYS}

    def _ways(self, name: str) -> dict[str, str | None]:
        said = {
            header: self.cleaned_data[f"{name}-{place}"]
            for place, header in enumerate(self.told[name])
        }
        return {header: way for header, way in said.items() if way}
