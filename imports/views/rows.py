"""Rows of an import, page by page: read, mended cell by cell, decided about."""

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.edges import View, is_htmx, refusal_answer, roles_required
from common.errors import DomainError
from imports.forms.told import DecisionForm
from imports.models import ImportBatch, ImportRow
from imports.operations import ask_again, decide_all, decide_row, fix_row
from imports.queries.pages import SHOWN, counts_of, page_of, with_members
from imports.rules.aliases import SECRET
from imports.views.doors import READERS, WRITERS, batch_of, door, page_context, user_of


@require_GET
@roles_required(*READERS)
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of one outcome, or all of them, page by page."""
    found = batch_of(request, pk)
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in ImportRow.Outcome.values else ""
    after, before = _row_number(request, "after"), _row_number(request, "before")
    chosen = with_members(found).filter(**({"outcome": outcome} if outcome else {}))
    page = page_of(chosen, after=after, before=before)
    counts = counts_of(found)
    context = page_context(request, found, "check") | {
        "outcome": outcome,
        "tabs": [(one, one.label, counts[one]) for one in SHOWN if one in counts],
        "total": sum(counts.values()),
        "rows": page.rows,
        "previous_url": _address(outcome, "before", page.before),
        "next_url": _address(outcome, "after", page.after),
    }
    return render(request, "imports/rows.html", context)


def _address(outcome: str, name: str, number: int | None) -> str:
    return "" if number is None else "?" + urlencode({"outcome": outcome, name: number})


def _row_number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _row_of(batch: ImportBatch, number: int) -> ImportRow:
    return get_object_or_404(with_members(batch), number=number)


def answers_in_the_row(view: View) -> View:
    """Turn a refusal into the row as it stands now with the sentence, where htmx swaps it in."""

    @wraps(view)
    def answered(request: HttpRequest, pk: int, number: int) -> HttpResponse:
        try:
            return view(request, pk, number)
        except DomainError as refusal:
            if not is_htmx(request):
                return refusal_answer(request, refusal)
            found = batch_of(request, pk)
            return _answer(request, found, _row_of(found, number), is_new=True, refusal=refusal)

    return answered


@require_GET
@roles_required(*READERS)
def row(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One row as it stands, whole."""
    found = batch_of(request, pk)
    return _answer(request, found, _row_of(found, number))


@require_http_methods(["GET", "POST"])
@roles_required(*WRITERS)
@answers_in_the_row
def fix(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """The cells of one row to mend; sent back, the row is judged anew."""
    found = batch_of(request, pk)
    one = _row_of(found, number)
    headers = _headers(found, one)
    if request.method == "GET":
        return _fix_form(request, found, one, headers)
    cells = {
        header: request.POST[f"cell-{place}"].replace("\0", "")[:4_000]
        for place, header in enumerate(headers)
        if f"cell-{place}" in request.POST
    }
    fix_row(row=one, cells=cells, at=timezone.now(), by=user_of(request))
    return _answer(request, found, _row_of(found, number), is_new=True)


def _headers(batch: ImportBatch, row: ImportRow) -> list[str]:
    """The columns of a row in their order: those of the header, then cells beyond it."""
    columns = batch.plan.get("columns", [])
    named = [column["header"] for column in columns if column["field"] != SECRET]
    return list(dict.fromkeys([*filter(None, named), *row.raw]))


def _fix_form(
    request: HttpRequest, batch: ImportBatch, row: ImportRow, headers: list[str]
) -> HttpResponse:
    wrong = {found["column"] for found in [*row.errors, *row.why]}
    cells = [
        {
            "name": f"cell-{place}",
            "header": header,
            "text": row.fixes.get(header, row.raw.get(header, "")),
            "raw": row.raw.get(header, "") if header in row.fixes else None,
            "is_wrong": header in wrong,
        }
        for place, header in enumerate(headers)
    ]
    context = page_context(request, batch, "check") | {
        "row": row,
        "wrong": [cell for cell in cells if cell["is_wrong"]],
        "others": [cell for cell in cells if not cell["is_wrong"]],
    }
    name = "imports/_fix.html" if is_htmx(request) else "imports/fix.html"
    return render(request, name, context)


def _answer(
    request: HttpRequest,
    batch: ImportBatch,
    row: ImportRow,
    *,
    is_new: bool = False,
    refusal: DomainError | None = None,
) -> HttpResponse:
    """The row by itself for htmx, with the counts it changed; else its page."""
    context: dict[str, Any] = page_context(request, batch, "check")
    context |= {"row": row, "is_new": is_new, "refusal": refusal}
    if is_htmx(request):
        # The keyboard goes on where it was.
        context["is_swapped"] = True
        if is_new:
            context["counts"] = counts_of(batch)
        response = render(request, "imports/_row.html", context, status=422 if refusal else 200)
        if is_new:
            response["HX-Trigger"] = "rows-changed"
        return response
    if is_new:
        return redirect("imports:batch", batch.pk)
    return render(request, "imports/row.html", context)


@require_POST
@roles_required(*WRITERS)
@answers_in_the_row
def decide(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Say what becomes of a row that waits."""
    found = batch_of(request, pk)
    form = DecisionForm(request.POST)
    one = _row_of(found, number)
    if form.is_valid():
        if form.cleaned_data["decision"] == "ask":
            ask_again(row=one)
        else:
            decide_row(row=one, decision=form.cleaned_data["decision"])
    return _answer(request, found, _row_of(found, number), is_new=True)


@door("POST")
def decide_many(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what becomes of all rows that wait for one reason."""
    found = batch_of(request, pk)
    form = DecisionForm(request.POST)
    if form.is_valid() and form.cleaned_data["decision"] != "ask":
        decide_all(
            batch=found,
            decision=form.cleaned_data["decision"],
            code=form.cleaned_data["code"],
        )
    return redirect("imports:batch", pk)
