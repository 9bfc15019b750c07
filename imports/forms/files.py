"""Which file it is, where it belongs, and how it is read."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from imports.models import ImportBatch, Kind
from imports.rules.choices import ALIKE, LAST_HEADER_ROW, MONTH
from imports.rules.duplicates import OnDuplicate
from imports.rules.grids import GridYearMissing
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
MEGABYTE = 1 << 20
# Sheets named in one choice.
SHEETS_NAMED = 6
TOO_LARGE = _("The file is larger than %(limit)s MB; split it and import the parts.")


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
        label=_("Row with the column names"), required=False, min_value=1, max_value=LAST_HEADER_ROW
    )
    month = forms.RegexField(
        MONTH,
        label=_("Year or month of its days"),
        required=False,
        max_length=7,
        help_text=_("Where the sheet does not say it itself: 2025 or 2025-03."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "placeholder": "2025-03"}),
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
        if not (batch.choices.get("month") or _problem(batch) == GridYearMissing.code):
            del self.fields["month"]
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
        names = (
            *("encoding", "delimiter", "sheet", "header_row"),
            *("month", "member", "open_balance"),
        )
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


def _problem(batch: ImportBatch) -> str:
    return str((batch.problem or {}).get("code", ""))


def _is_statement(batch: ImportBatch) -> bool:
    is_unnamed = _problem(batch) == MemberNotNamed.code
    return is_unnamed or "statement" in {batch.kind, batch.choices.get("kind")}
