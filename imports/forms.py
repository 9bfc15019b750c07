"""What a person fills in to import a file."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import Text
from imports.models import ImportBatch, ImportRow, Kind
from imports.rules.aliases import HISTORY, KINDS
from imports.rules.duplicates import OnDuplicate
from imports.rules.field_words import field_word
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
MEGABYTE = 1 << 20
# Fields a person chooses by other words, or that only the reader finds.
NOT_OFFERED = frozenset({"visit_mark"})


def too_large(size: int) -> forms.ValidationError | None:
    """What is wrong with a file of that many bytes, if it is too large."""
    if size <= settings.UPLOAD_LIMIT_BYTES:
        return None
    return forms.ValidationError(
        _("The file is larger than %(limit)s MB; split it and import the parts."),
        code="file_too_large",
        params={"limit": settings.UPLOAD_LIMIT_BYTES // MEGABYTE},
    )


class MendForm(forms.Form):
    """The corrected workbook of rows that were not imported."""

    file = forms.FileField(
        label=_("Corrected file"),
        help_text=_(
            "The workbook of rows not imported, corrected. Leave the column with the row numbers "
            "in it: the rows keep the numbers they had."
        ),
    )

    def clean_file(self) -> Any:
        """A file of a size that can be read."""
        if error := too_large(self.cleaned_data["file"].size):
            raise error
        return self.cleaned_data["file"]


class UploadForm(forms.Form):
    """A file, where it belongs, and what becomes of what is not certain."""

    file = forms.FileField(
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

    def clean_file(self) -> Any:
        """A file of a size that can be read."""
        if error := too_large(self.cleaned_data["file"].size):
            raise error
        return self.cleaned_data["file"]


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
    sheet = forms.ChoiceField(label=_("Sheet"), required=False)
    header_row = forms.IntegerField(
        label=_("Row with the column names"), required=False, min_value=1, max_value=240
    )

    def __init__(self, *args: Any, batch: ImportBatch, **kwargs: Any) -> None:
        said = {name: batch.choices.get(name) or "" for name in self.base_fields}
        super().__init__(*args, initial=said, **kwargs)
        sheets = [sheet["name"] for sheet in batch.plan.get("sheets", [])]
        if batch.plan.get("delimiter") or len(sheets) < 2:
            del self.fields["sheet"]
        else:
            names = [(name, name) for name in sheets]
            self.fields["sheet"].choices = [("", _("guessed")), *names]  # type: ignore[attr-defined]
        if batch.plan.get("format") in {"xlsx", "xls"}:
            del self.fields["encoding"]

    def reading(self) -> dict[str, Any]:
        """The choices about reading alone, as a mapping file would hold them."""
        names = ("encoding", "sheet", "header_row")
        return {name: self.cleaned_data[name] or None for name in names if name in self.fields}

    def changes(self) -> dict[str, Any]:
        """All choices, as ``choose`` takes them."""
        return self.reading() | {"kind": self.cleaned_data["kind"] or None}


class ColumnsForm(forms.Form):
    """What each column of a file means; a unit's name where it counts one."""

    def __init__(self, *args: Any, kind: str, columns: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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

    def changed(self) -> dict[str, str | None]:
        """Header → field for each column that is to mean something else than it was taken for."""
        said: dict[str, str | None] = {}
        for column in self.columns:
            field, unit = self._said(column["index"])
            if (field, unit) != (column["field"], column.get("unit", "")):
                said[column["header"]] = f"{field}:{unit}" if unit else field or None
        return said

    def _said(self, place: int) -> tuple[str, str]:
        field = self.cleaned_data.get(f"field-{place}", "")
        unit = self.cleaned_data.get(f"unit-{place}", "").strip() if field == "units" else ""
        return field, unit


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

    decision = forms.ChoiceField(
        choices=[choice for choice in ImportRow.Decision.choices if choice[0]]
    )
    code = forms.CharField(required=False, max_length=60)
