"""What a person fills in to import a file."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, Text
from common.money import format_plain, parse_minor
from imports.models import ImportBatch, ImportRow, Kind, SavedMapping
from imports.rules.aliases import HISTORY, KINDS
from imports.rules.amounts import count_of
from imports.rules.choices import ALIKE, CREATABLE, CREATE
from imports.rules.controls import name_of
from imports.rules.dates import WESTERN
from imports.rules.day_choices import LUNAR, Way
from imports.rules.duplicates import OnDuplicate
from imports.rules.field_words import field_word
from imports.rules.fields import MONEY_FIELDS
from imports.rules.whose import MemberNotNamed
from members.models import Store
from members.models.shops import StoreQuerySet

POLICIES = [
    (OnDuplicate.FLAG.value, _("Wait until somebody decides")),
    (OnDuplicate.MERGE.value, _("Treat them as one member and add the balances")),
    (OnDuplicate.SKIP.value, _("Keep the first one and leave the other out")),
]
BALANCES = [
    ("principal", _("Money the member paid in")),
    ("bonus", _("A gift of the shop")),
]
ENCODINGS = [
    ("utf-8", "UTF-8"),
    ("gb18030", _("GB18030 (GBK), simplified Chinese")),
    ("big5hkscs", _("Big5, traditional Chinese")),
    ("utf-16", "UTF-16"),
    ("cp1252", _("Windows-1252, Western")),
    ("cp1250", _("Windows-1250, Central European")),
    ("cp1251", _("Windows-1251, Cyrillic")),
    ("cp932", _("Shift-JIS, Japanese")),
    ("cp949", _("Korean")),
    ("cp874", _("Thai")),
]
DELIMITERS = [
    (",", _("comma")),
    ("tab", _("tab")),
    (";", _("semicolon")),
    ("|", _("vertical bar")),
    ("，", _("full-width comma")),
    ("aligned", _("columns aligned by blanks")),
]
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
MEGABYTE = 1 << 20
# Sheets named in one choice.
SHEETS_NAMED = 6
TOO_LARGE = _("The file is larger than %(limit)s MB; split it and import the parts.")
# Fields a person chooses by other words, or that only the reader finds.
NOT_OFFERED = frozenset({"visit_mark"})


class TableFile(forms.FileField):
    """A file of a size that can be read; the browser refuses a larger one before it is sent."""

    widget = forms.FileInput

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """What the page's script compares the file with, and what it says."""
        return super().widget_attrs(widget) | {
            "data-max-bytes": str(settings.UPLOAD_LIMIT_BYTES),
            "data-too-large": lazy(_too_large, str)(),
        }

    def validate(self, value: Any) -> None:
        """Refuse what is larger."""
        super().validate(value)
        if value is not None and value.size > settings.UPLOAD_LIMIT_BYTES:
            raise forms.ValidationError(_too_large(), "file_too_large")


def _too_large() -> str:
    return TOO_LARGE % {"limit": settings.UPLOAD_LIMIT_BYTES // MEGABYTE}


class MendForm(forms.Form):
    """The corrected workbook of rows that were not imported."""

    file = TableFile(
        label=_("Corrected file"),
        help_text=_(
            "The workbook of rows not imported, corrected. Leave the column with the row numbers "
            "in it: the rows keep the numbers they had."
        ),
    )


class UploadForm(forms.Form):
    """A file, where it belongs, and what becomes of what is not certain."""

    file = TableFile(
        label=_("File"),
        help_text=_("CSV, text or Excel, as the other system wrote it: titles may stay in."),
    )
    store: "forms.ModelChoiceField[Store]" = forms.ModelChoiceField(
        label=_("Store"),
        queryset=None,
        empty_label=None,
        help_text=_("Country and currency are those of the store."),
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
        choices=POLICIES,
    )
    balance = forms.ChoiceField(
        label=_("A balance is"), widget=forms.RadioSelect, initial="principal", choices=BALANCES
    )

    def __init__(self, *args: Any, stores: StoreQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["store"].queryset = stores.open().order_by("name")  # type: ignore[attr-defined]


class PolicyForm(forms.Form):
    """What becomes of duplicates, and what a balance is: both may be changed after the check."""

    on_duplicate = forms.ChoiceField(
        label=_("Same phone under another name"), widget=forms.RadioSelect, choices=POLICIES
    )
    balance = forms.ChoiceField(label=_("A balance is"), widget=forms.RadioSelect, choices=BALANCES)


class FileForm(forms.Form):
    """How a file is read; what is left open is guessed."""

    kind = forms.ChoiceField(
        label=_("The file lists"),
        required=False,
        choices=[("", _("what its columns say")), *Kind.choices],
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"), required=False, choices=[("", _("guessed")), *ENCODINGS]
    )
    delimiter = forms.ChoiceField(
        label=_("Separator"), required=False, choices=[("", _("guessed")), *DELIMITERS]
    )
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.IntegerField(
        label=_("Row with the column names"), required=False, min_value=1, max_value=240
    )
    member = forms.CharField(
        label=_("Whose statement it is"),
        required=False,
        max_length=120,
        help_text=_("Phone, card number or name, where the file does not say it itself."),
    )
    open_balance = forms.BooleanField(
        label=_("Open its last balance for the member"), required=False
    )

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        said = {name: batch.choices.get(name) or "" for name in self.base_fields}
        super().__init__(*args, initial=said, **kwargs)
        self.together: dict[str, list[str]] = {}
        sheets = [sheet["name"] for sheet in batch.plan.get("sheets", [])]
        if batch.plan.get("delimiter") or len(sheets) < 2:
            del self.fields["sheet"]
        else:
            self._offer_sheets(batch, sheets)
        if batch.plan.get("format") not in {None, "csv", "tsv"}:
            # A page of HTML has an encoding, and cells of its own.
            del self.fields["delimiter"]
        if batch.plan.get("format") in {"xlsx", "xlsb", "xls"}:
            del self.fields["encoding"]
        if not _is_statement(batch):
            del self.fields["member"], self.fields["open_balance"]

    def _offer_sheets(self, batch: ImportBatch, sheets: list[str]) -> None:
        """Each sheet, and before them those that have the same columns, to be read as one table."""
        alike: list[list[str]] = batch.plan.get("alike", [])
        self.together = {f"{ALIKE}{place}": names for place, names in enumerate(alike)}
        several = [(key, _alike_word(names)) for key, names in self.together.items()]
        offered = [("", _("guessed")), *several, *((name, name) for name in sheets)]
        self.fields["sheet"].choices = offered  # type: ignore[attr-defined]
        said = batch.choices.get("sheet")
        read = batch.sheets_together if said in {None, "", ALIKE} else said
        if read in alike:
            self.initial["sheet"] = f"{ALIKE}{alike.index(read)}"

    def reading(self) -> dict[str, Any]:
        """The choices about reading alone, as a mapping file would hold them."""
        names = ("encoding", "delimiter", "sheet", "header_row", "member", "open_balance")
        said = {name: self.cleaned_data[name] or None for name in names if name in self.fields}
        if several := self.together.get(said.get("sheet") or ""):
            said["sheet"] = several
        return said

    def changes(self) -> dict[str, Any]:
        """All choices, as ``choose`` takes them."""
        return self.reading() | {"kind": self.cleaned_data["kind"] or None}


class NextSheetForm(forms.Form):
    """Which sheets of a workbook come next."""

    sheet = forms.ChoiceField(label=_("Sheet"))

    def __init__(self, *args: Any, left: list[str], alike: list[list[str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        several = [names for names in alike if set(names) <= set(left)]
        self.together = {f"{ALIKE}{place}": names for place, names in enumerate(several)}
        words = [(key, _alike_word(names)) for key, names in self.together.items()]
        self.fields["sheet"].choices = [*words, *((name, name) for name in left)]  # type: ignore[attr-defined]

    def sheets(self) -> list[str]:
        """The names of those that were chosen."""
        said = self.cleaned_data["sheet"]
        return self.together.get(said, [said])


def _alike_word(names: list[str]) -> str:
    """All sheets with the columns of the first one, said with how many and which they are."""
    said = {"count": len(names), "names": " · ".join(names[:SHEETS_NAMED])}
    more = " …" if len(names) > SHEETS_NAMED else ""
    return str(_("all %(count)s sheets with these columns: %(names)s") % said) + more


def _is_statement(batch: ImportBatch) -> bool:
    is_unnamed = (batch.problem or {}).get("code") == MemberNotNamed.code
    return is_unnamed or "statement" in {batch.kind, batch.choices.get("kind")}


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
        name: Any = name_of if batch.kind == "members" else field_word
        for place, what in enumerate(allowed):
            typed = batch.typed_totals.get(what)
            self.fields[f"total-{place}"] = forms.CharField(
                label=capfirst(name(what)),
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
                self.totals[what] = self._read(what, text) if text else None
            except DomainError as error:
                self.add_error(f"total-{place}", str(error))
        return said

    def _read(self, what: str, text: str) -> int | None:
        return parse_minor(text, self.currency) if what in MONEY_FIELDS else count_of(text)


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
AS_IT_STANDS = {"store": _("is counted in the store of the import")}


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


class RememberForm(forms.Form):
    """A name for how this file was understood, for the next one."""

    name = forms.CharField(label=_("Name of the mapping"), max_length=80)
    is_shared = forms.BooleanField(label=_("for every store"), required=False)


class MappingForm(forms.Form):
    """A saved mapping: its name, whom it is for, and what each column means."""

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

    def columns(self) -> dict[str, str | None]:
        """Header → field."""
        return {
            header: self.cleaned_data[f"column-{place}"] or None
            for place, (header, _field) in enumerate(self.headers)
        }
