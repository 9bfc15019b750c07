"""The steps before the check: how the file is read, what its columns mean."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, Text
from imports.forms.columns import ColumnsForm, RememberForm
from imports.forms.files import FileForm
from imports.forms.told import ValuesForm
from imports.models import ImportBatch
from imports.operations import choose
from imports.operations.check import FileGone, told
from imports.queries.columns import columns_of
from imports.queries.mappings import mappings_for
from imports.queries.previews import preview_of
from imports.queries.values import unknown_values
from imports.rules.choices import Choices
from imports.views.doors import (
    after_check,
    batch_of,
    door,
    page_context,
    problem_of,
    user_of,
)

# So many columns kept as they stand are folded away.
MANY_KEPT = 10
# How a column was understood, in words and as a colour.
SURENESS: dict[str, tuple[Text, str]] = {
    "name": (_("by its name"), "ok"),
    "likeness": (_("by a like name: look"), "warn"),
    "content": (_("by what stands in it: look"), "warn"),
    "mapping": (_("as you said"), "info"),
    "asked": (_("nobody can be sure: say it"), "warn"),
    "second choice": (_("another column says this"), ""),
    "unmapped": (_("kept as it stands"), ""),
}


@door("GET", "POST")
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """How the file is read: encoding, sheet, header row, and what it lists, with its first rows."""
    found = batch_of(request, pk)
    said = request.POST if request.method == "POST" else request.GET
    form = FileForm(said or None, batch=found)
    if request.method == "POST" and form.is_valid():
        choose(batch=found, changes=form.changes())
        return after_check(found, request)
    choices, _kind = told(found)
    if said and form.is_valid():
        choices = Choices.from_json(choices.as_json() | form.reading())
    context = page_context(request, found, "file") | {"form": form, "problem": problem_of(found)}
    return render(request, "imports/file.html", context | _preview(found, choices))


def _preview(batch: ImportBatch, choices: Choices) -> dict[str, Any]:
    try:
        if not batch.upload:
            raise FileGone
        return {"preview": preview_of(batch, choices)}
    except FileNotFoundError:
        return {"refusal": FileGone()}
    except DomainError as error:
        return {"refusal": error}


@door("GET", "POST")
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    """What each column means: its samples, what it was taken for, how sure; all can be changed."""
    found = batch_of(request, pk)
    listed = columns_of(found)
    kind = found.choices.get("kind") or found.kind
    form = ColumnsForm(
        request.POST or None,
        kind=kind,
        columns=listed,
        told=found.choices,
        currency=found.store.currency,
    )
    if request.method == "POST" and form.is_valid():
        choose(batch=found, changes=form.changes())
        return after_check(found, request)
    context = page_context(request, found, "columns") | {
        "form": form,
        "problem": problem_of(found),
        **_parted([_shown(column, form) for column in form.columns]),
        "mappings": mappings_for(user_of(request), found.store),
        "remember": RememberForm(),
    }
    return render(request, "imports/columns.html", context)


def _parted(columns: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Columns that mean something, and apart from them those that are many and mean nothing."""
    kept = [column for column in columns if column["how"] == "unmapped"]
    if len(kept) < MANY_KEPT or len(kept) == len(columns):
        return {"columns": columns, "kept": []}
    return {"columns": [column for column in columns if column not in kept], "kept": kept}


def _shown(column: dict[str, Any], form: ColumnsForm) -> dict[str, Any]:
    words, colour = SURENESS.get(column["how"], ("", ""))
    place = column["index"]
    return column | {
        "sureness": words,
        "colour": colour,
        "choice": form[f"field-{place}"],
        "unit_name": form[f"unit-{place}"],
        "open_ways": form.ways_of(column, folded=False),
        "folded_ways": form.ways_of(column, folded=True),
    }


@door("GET", "POST")
def values(request: HttpRequest, pk: int) -> HttpResponse:
    """What becomes of each word the shop does not know: it is picked, made anew, or left out."""
    found = batch_of(request, pk)
    form = ValuesForm(request.POST or None, unknown=unknown_values(found))
    if request.method == "POST" and form.is_valid():
        choose(batch=found, changes={"values": form.values(found.choices.get("values") or {})})
        return after_check(found, request)
    groups: dict[str, list[dict[str, Any]]] = {}
    for field, word, name in form.words:
        groups.setdefault(field, []).append(word | {"choice": form[name]})
    context = page_context(request, found, "values") | {"form": form, "groups": groups}
    return render(request, "imports/values.html", context)
