"""Filters that put what an import found into words."""

from typing import Any

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from common.errors import Text
from imports.models import ImportBatch, ImportRow
from imports.rules.aligned import ALIGNED
from imports.rules.controls import Control, figure_of, name_of
from imports.rules.duplicates import may_be_new
from imports.rules.field_words import field_word
from imports.rules.findings import sentence
from imports.rules.together import shown_number
from members.models import Member

register = template.Library()

STATUS_KINDS = {
    "checked": "info",
    "checking": "warn",
    "queued": "warn",
    "running": "warn",
    "paused": "warn",
    "undoing": "warn",
    "undo_paused": "warn",
    "done": "ok",
    "failed": "bad",
}
OUTCOME_KINDS = {
    "created": "ok",
    "updated": "ok",
    "merged": "ok",
    "flagged": "warn",
    "error": "bad",
}
DELIMITERS = {
    ",": _("comma"),
    ";": _("semicolon"),
    "\t": _("tab"),
    "|": _("vertical bar"),
    " ": _("space"),
    "，": _("full-width comma"),
    ALIGNED: _("columns aligned by blanks"),
}
# What it is to take a row that waits along, by why it waits; most ask who it is.
ADDED = _("add on top")
TAKEN_ALONG: dict[str, Text] = {
    "holds_value_already": ADDED,
    "opened_before": ADDED,
    "other_balance": _("add them up"),
    "same_number": _("one bill"),
    "same_tier": _("one tier"),
    "said_gone": _("new person"),
}
CELLS_SHOWN = 8
# So many signs of a cell tell which one it is; the page of the row shows all.
SIGNS_SHOWN = 60
ROWS_SHOWN = 20


@register.filter
def status_kind(status: str) -> str:
    """The colour of a batch's state."""
    return STATUS_KINDS.get(status, "")


@register.filter
def outcome_kind(outcome: str) -> str:
    """The colour of what became of a row."""
    return OUTCOME_KINDS.get(outcome, "")


@register.simple_tag
def amount_of(part: str, amount: int, currency: str) -> str:
    """An amount of one kind of value: money in the store's currency, or a count."""
    return figure_of(part, amount, currency)


@register.filter
def part_word(part: str) -> Any:
    """What a kind of value is called; a unit by its own name."""
    return name_of(part)


@register.filter(name="field_word")
def word_of_field(field: str) -> Any:
    """What a field is called."""
    return field_word(field)


@register.filter
def control_word(control: Control) -> Text:
    """What a control total adds up: the column as in the file, or what was typed in."""
    if control.sheet:
        return f"{control.sheet} · {control.column}"
    return control.column or name_of(control.what)


@register.filter
def rows_explaining(control: Control) -> str:
    """Numbers of the rows left out of a total, the first of them where they are many."""
    numbers = sorted({*(one.row for one in control.left_out.rows), *control.unread})
    shown = ", ".join(str(shown_number(n, control.together)) for n in numbers[:ROWS_SHOWN])
    return f"{shown} …" if len(numbers) > ROWS_SHOWN else shown


@register.filter
def place_in(number: int, batch: ImportBatch) -> int | str:
    """A row's number as a person finds it, with its sheet where several were read as one."""
    return batch.place_of(number)


@register.filter
def undo_reasons(row: ImportRow) -> list[str]:
    """Why a row was left when its import was undone."""
    return [sentence(found) for found in row.undo_why]


@register.filter
def outcome_word(outcome: str) -> str:
    """What became of a row, in the reader's language."""
    return str(ImportRow.Outcome(outcome).label)


@register.filter
def understood_as(column: dict[str, Any]) -> Any:
    """What a column was taken for."""
    return field_word(column["field"])


@register.filter
def delimiter_word(delimiter: str) -> Text:
    """What a delimiter is called."""
    return DELIMITERS.get(delimiter, delimiter)


@register.simple_tag
def cells_of(batch: ImportBatch, row: ImportRow) -> str:
    """The first cells of a row that say something, in their order, mended ones as they are now.

    Long ones are cut. Columns that are left out are left out here too.
    """
    texts = row.raw | row.fixes
    columns = batch.plan.get("columns", [])
    ignored = {column["header"] for column in columns if column["field"] == "ignore"}
    headers = dict.fromkeys([*(column["header"] for column in columns), *texts])
    ordered = [texts.get(header) for header in headers if header not in ignored]
    return " · ".join([_cut(text) for text in ordered if text][:CELLS_SHOWN])


def _cut(text: str) -> str:
    return text if len(text) <= SIGNS_SHOWN else f"{text[:SIGNS_SHOWN]}…"


@register.filter
def findings_of(row: ImportRow) -> list[dict[str, str]]:
    """What is to be said about a row: the column where it is about one, and the sentence."""
    return [
        {"column": found["column"], "sentence": sentence(found)}
        for found in [*row.errors, *row.why, *row.warnings]
    ]


@register.filter
def aslist(row: ImportRow) -> list[ImportRow]:
    """One row where a table of rows is wanted."""
    return [row]


@register.filter
def taken_along(code: str) -> Text:
    """What it is to take a row along that waits for the reason of this code."""
    return TAKEN_ALONG.get(code, _("one person"))


@register.filter
def is_mendable(row: ImportRow) -> bool:
    """Whether somebody may put other texts into the cells of the row."""
    return row.member is None and row.outcome in {"error", "flagged"}


@register.filter
def is_shared_by_many(row: ImportRow) -> bool:
    """Whether the row may be a person of its own, whatever it shares with another."""
    return may_be_new(row.why)


@register.filter
def sheet_of(row: ImportRow) -> str:
    """The address of the member's sheet, empty where the row became nobody's who is still there."""
    if row.member is None or row.member.status == Member.Status.ERASED:
        return ""
    try:
        return reverse("counter:member", args=[row.member.number])
    except NoReverseMatch:
        return ""
