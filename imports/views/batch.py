"""One import: what its file would do, how far it is, what it did with the proof."""

import time
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from common.edges import XLSX, is_htmx, roles_required
from imports.forms.files import NextSheetForm, PolicyForm
from imports.models import ImportBatch
from imports.operations import choose, let_go, pause_batch, queue_batch, run_batch
from imports.operations.run import NOT_TO_RUN, refuse_settled
from imports.operations.steering import is_short, nudge
from imports.operations.totals import refuse_unsigned
from imports.operations.uploads import KEPT_DAYS
from imports.queries import pages
from imports.queries.bad_rows import bad_rows_workbook
from imports.queries.controls import controls_of, unsigned_differences
from imports.queries.sheets_left import sheets_left
from imports.queries.values import unknown_values
from imports.rules.aliases import PEOPLE_KINDS
from imports.views import doors
from imports.views.doors import (
    READERS,
    UNDOABLE,
    WRITERS,
    batch_of,
    check_now_or_later,
    door,
    page_context,
    problem_of,
    user_of,
)

Status = ImportBatch.Status
# Where several cells of a column are wrong so, the column may be read in another way.
READ_OTHERWISE = {"bad_amount", "ambiguous_amount", "fractional_unit", "bad_date", "bad_discount"}


@require_GET
@roles_required(*READERS)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would do, or did; while it is at work htmx asks for the progress alone."""
    found = batch_of(request, pk)
    if is_htmx(request) and "whole" not in request.GET:
        return _progress(request, found)
    if found.status == Status.UPLOADED:
        return redirect("imports:file", pk)
    context = page_context(request, found, "result" if found.finished_at else "check")
    context |= {"is_on_its_way": found.status in ImportBatch.ON_THE_WAY, "kept_days": KEPT_DAYS}
    context["is_undoable"] = found.status in UNDOABLE and found.undo_report.get("left") != 0
    if found.status in ImportBatch.ON_THE_WAY:
        return render(request, "imports/batch.html", context | _rate(request, found))
    return render(request, "imports/batch.html", context | _shown(found))


def _progress(request: HttpRequest, found: ImportBatch) -> HttpResponse:
    if found.status in ImportBatch.ON_THE_WAY:
        context = page_context(request, found, "check") | _rate(request, found)
        return render(request, "imports/_progress.html", context | {"is_swapped": True})
    response = HttpResponse(status=204)
    response["HX-Refresh"] = "true"
    return response


def _rate(request: HttpRequest, found: ImportBatch) -> dict[str, Any]:
    """How far it is, rows a second since the page was opened, the seconds left, any silence."""
    now = int(time.monotonic() * 1000)
    done, rows = pages.progress_of(found)
    since, begun = _number(request, "since", now), _number(request, "from", done)
    gone, passed = done - begun, now - since
    rate = gone * 1000 // passed if gone > 0 and passed > 0 else 0
    left = (rows - done) // rate if rate and rows else None
    quiet = timezone.now() - found.beat_at if found.beat_at else timedelta()
    is_quiet = found.status != Status.CHECKING and quiet > doors.QUIET
    return {
        "quiet": int(quiet.total_seconds()) if is_quiet else None,
        "done": done,
        "rows": rows,
        "since": since,
        "begun": begun,
        "rate": rate,
        "left": left,
    }


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 16 else otherwise


def _shown(found: ImportBatch) -> dict[str, Any]:
    counts = pages.counts_of(found)
    is_over = found.finished_at is not None
    left = sheets_left(found)
    wrong = pages.reasons_wrong(found) if counts.get("error") else []
    waits = found.import_rows.waiting().exists()
    return {
        "counts": counts,
        "problem": problem_of(found),
        "kinds": pages.kinds_of(found, counts),
        "left_out": len(found.ignored_rows),
        "bad_rows": counts.get("error", 0) + counts.get("flagged", 0),
        "reasons": pages.reasons_waiting(found) if counts.get("flagged") else [],
        "wrong": wrong if counts.get("error", 0) > pages.FIRST["error"] else [],
        "is_read_otherwise": any(
            reason["rows"] > 1 and reason["code"] in READ_OTHERWISE for reason in wrong
        ),
        "sums": pages.proof_of(found) if found.kind in PEOPLE_KINDS else [],
        "control": controls_of(found),
        "unsigned": found.status == Status.CHECKED and bool(unsigned_differences(found)),
        "is_whole": sum(counts.values()) == found.rows,
        "understood": pages.understood(found),
        "twin": pages.twin_of(found),
        "mended_by": found.mended_by.newest_first(),
        "words": _words(found),
        "audit": pages.last_audit() if is_over else None,
        "waits_to_run": waits,
        "goes_on": _goes_on(found, waits=waits),
        "policy": PolicyForm(initial=_policy_of(found)),
        "next_sheet": NextSheetForm(left=left, alike=found.plan.get("alike", [])) if left else None,
        "is_small": is_short(found),
    }


def _goes_on(found: ImportBatch, *, waits: bool) -> str:
    """The address that takes the work up where rows wait or an undo was paused."""
    if found.status == Status.UNDO_PAUSED:
        return reverse("imports:undo", args=[found.pk])
    is_to_run = waits and found.status not in NOT_TO_RUN
    return reverse("imports:run", args=[found.pk]) if is_to_run else ""


def _words(found: ImportBatch) -> int:
    """How many words of the file nobody has said anything about."""
    if found.status != Status.CHECKED:
        return 0
    listed = unknown_values(found).values()
    return sum(word["told"] is None for words in listed for word in words)


def _policy_of(found: ImportBatch) -> dict[str, str]:
    return {"on_duplicate": found.on_duplicate, "balance": found.balance}


@door("POST")
def policy(request: HttpRequest, pk: int) -> HttpResponse:
    """Treat duplicates or balances in another way: the file is checked anew."""
    found = batch_of(request, pk)
    form = PolicyForm(request.POST)
    if form.is_valid():
        choose(batch=found, changes=form.cleaned_data)
        check_now_or_later(found, request)
    return redirect("imports:batch", pk)


@door("POST")
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Book the rows that wait: at once where they are few, else in the worker."""
    found = batch_of(request, pk)
    refuse_unsigned(found)
    refuse_settled(found)
    if is_short(found):
        ended = run_batch(batch=found, at=timezone.now(), by=user_of(request))
        if ended.status == Status.DONE:
            let_go(batch=ended)
    else:
        queue_batch(batch=found)
        nudge()
    return redirect("imports:batch", pk)


@door("POST")
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the worker stop after the rows it is at."""
    pause_batch(batch=batch_of(request, pk))
    return redirect("imports:batch", pk)


@require_GET
@roles_required(*WRITERS)
def bad_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not booked, to correct and bring again."""
    found = batch_of(request, pk)
    response = HttpResponse(bad_rows_workbook(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="import-{found.pk}-rows.xlsx"'
    return response
