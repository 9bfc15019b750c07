"""What each column of a file means and how its days are read; what of it is kept for the next."""

from datetime import date
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from common.errors import Text
from imports.models import SavedMapping
from imports.rules.aliases import HISTORY, KINDS
from imports.rules.choices import CALENDARS
from imports.rules.dates import WESTERN
from imports.rules.day_choices import LUNAR, Way
from imports.rules.field_words import field_word

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
# What a saved mapping says of days, with the ways there are.
DAYS_TOLD: dict[str, tuple[Any, list[tuple[str, Text]]]] = {
    "dates": (_("How days are written in %(column)s"), list(ORDER_WORDS.items())),
    "years": (
        _("How years are counted in %(column)s"),
        [(name, CALENDAR_WORDS[name]) for name in CALENDARS],
    ),
}
# Fields a person chooses by other words, or that only the reader finds.
NOT_OFFERED = frozenset({"visit_mark"})


class ColumnsForm(forms.Form):
    """What each column of a file means: a unit's name where it counts one, how days are read."""

    def __init__(
        self,
        *args: Any,
        kind: str,
        columns: list[dict[str, Any]],
        told: dict[str, Any],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.told = told
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
            if days := column.get("days"):
                self._offer_days(column, days)

    def _offer_days(self, column: dict[str, Any], days: dict[str, Any]) -> None:
        """How the days of a column may be read, what each way makes of one of its cells."""
        orders: list[tuple[str, Text]] = [
            (one.said, _read_as(ORDER_WORDS[one.said], one)) for one in days["orders"]
        ]
        calendars: list[tuple[str, Text]] = [
            (one.said, _read_as(CALENDAR_WORDS[one.said], one)) for one in days["calendars"]
        ]
        if days["may_be_lunar"]:
            only = (LUNAR,) if calendars else (WESTERN, LUNAR)
            calendars += [(said, CALENDAR_WORDS[said]) for said in only]
        self._offer_way("order", column, _("How days are written"), orders, "dates")
        self._offer_way("calendar", column, _("How years are counted"), calendars, "years")

    def _offer_way(
        self, name: str, column: dict[str, Any], label: Any, ways: list[tuple[str, Text]], told: str
    ) -> None:
        if not ways:
            return
        said = self.told.get(told, {}).get(column["header"], "")
        now = dict(ways).get(column["days"][name])
        self.fields[f"{name}-{column['index']}"] = forms.ChoiceField(
            label=label,
            choices=[("", _("as guessed")), *ways],
            initial=said,
            required=False,
            help_text=_("Read now: %(way)s.") % {"way": now} if now else "",
        )

    def changed(self) -> dict[str, str | None]:
        """Header → field for each column that is to mean something else than it was taken for."""
        said: dict[str, str | None] = {}
        for column in self.columns:
            field, unit = self._said(column["index"])
            if self.cleaned_data.get(f"calendar-{column['index']}") == LUNAR:
                field = "lunar_birthday"
            if (field, unit) != (column["field"], column.get("unit", "")):
                said[column["header"]] = f"{field}:{unit}" if unit else field or None
        return said

    def changes(self) -> dict[str, dict[str, Any]]:
        """What was said of the columns, on top of what was said before, as ``choose`` takes it."""
        return {
            "columns": (self.told.get("columns") or {}) | self.changed(),
            "dates": self._ways("dates", "order"),
            "years": self._ways("years", "calendar"),
        }

    def _ways(self, told: str, name: str) -> dict[str, str]:
        """Header → how its days are read, for those somebody has spoken of."""
        said = dict(self.told.get(told) or {})
        for column in self.columns:
            if f"{name}-{column['index']}" in self.fields:
                said[column["header"]] = self.cleaned_data[f"{name}-{column['index']}"]
        return {header: way for header, way in said.items() if way and way != LUNAR}

    def _said(self, place: int) -> tuple[str, str]:
        field = self.cleaned_data.get(f"field-{place}", "")
        unit = self.cleaned_data.get(f"unit-{place}", "").strip() if field == "units" else ""
        return field, unit


def _read_as(words: Text, way: Way) -> str:
    """A way to read days, with one cell and the day it would be."""
    # A leap year, for a birthday may be on the 29th of February.
    day = date(way.year or 2000, way.month, way.day)
    shown = date_format(day, "DATE_FORMAT" if way.year else "MONTH_DAY_FORMAT")
    return _("%(way)s: %(text)s is %(day)s") % {"way": words, "text": way.text, "day": shown}


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
    """A saved mapping: its name, whom it is for, what each column means, how its days are read."""

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
        self.told = {name: dict(mapping.choices.get(name) or {}) for name in DAYS_TOLD}
        for name, (label, words) in DAYS_TOLD.items():
            for place, (header, said) in enumerate(self.told[name].items()):
                self.fields[f"{name}-{place}"] = forms.ChoiceField(
                    label=label % {"column": header},
                    required=False,
                    choices=[("", _("as guessed")), *words],
                    initial=said,
                )

    def choices(self) -> dict[str, dict[str, str | None]]:
        """What each column means and how days are read, as a mapping holds it."""
        columns: dict[str, str | None] = {
            header: self.cleaned_data[f"column-{place}"] or None
            for place, (header, _field) in enumerate(self.headers)
        }
        return {"columns": columns} | {name: self._days(name) for name in DAYS_TOLD}

    def _days(self, name: str) -> dict[str, str | None]:
        said = {
            header: self.cleaned_data[f"{name}-{place}"]
            for place, header in enumerate(self.told[name])
        }
        return {header: way for header, way in said.items() if way}
