"""The pages of an import: choose a file, see what it would do, decide, run it, see the proof."""

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from celery import current_app
from celery.exceptions import OperationalError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.edges import answers_refusals, is_htmx, roles_required
from common.errors import DomainError
from imports.forms import DecisionForm, UploadForm
from imports.models import ImportBatch
from imports.operations import check_file, decide_row, queue_batch, run_batch
from imports.queries import report_of
from imports.queries.bad_rows import bad_rows_workbook
from imports.rules.mapping import Choices
from members.models import User

WRITERS = (User.Role.MANAGER, User.Role.OWNER)
READERS = (*WRITERS, User.Role.AUDITOR)
# So many rows are booked while the person waits; more go to the worker.
ROWS_AT_ONCE = 500
SHOWN_ROWS = 200
LATEST = 50
WORKER = "imports.tasks.run_waiting_imports"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
@roles_required(*READERS)
def home(request: HttpRequest) -> HttpResponse:
    """The latest imports, and the form for another file."""
    user = cast("User", request.user)
    form = UploadForm(request.POST or None, request.FILES or None, stores=user.visible_stores())
    if request.method == "POST":
        return _upload(request, form)
    return _home_page(request, form)


def _home_page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    user = cast("User", request.user)
    batches = ImportBatch.objects.visible_to(user).select_related("store", "created_by")
    context = {
        "form": form,
        "may_import": user.is_superuser or user.role in WRITERS,
        "batches": batches.newest_first()[:LATEST],
    }
    return render(request, "imports/home.html", context, status=status)


@roles_required(*WRITERS)
def _upload(request: HttpRequest, form: UploadForm) -> HttpResponse:
    if not form.is_valid():
        return _home_page(request, form, 422)
    try:
        batch = _checked(form.cleaned_data, cast("User", request.user))
    except DomainError as error:
        form.add_error("file", str(error))
        return _home_page(request, form, 422)
    return redirect("imports:batch", batch.pk)


def _checked(said: dict[str, Any], user: User) -> ImportBatch:
    upload: UploadedFile[bytes] = said["file"]
    name = Path(upload.name or "file").name
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / name[-80:]
        with path.open("wb") as copy:
            for piece in upload.chunks():
                copy.write(piece)
        return check_file(
            path=path,
            file_name=name,
            store=said["store"],
            at=timezone.now(),
            by=user,
            kind=said["kind"] or None,
            choices=Choices(balance=said["balance"]),
            on_duplicate=said["on_duplicate"],
        )


def _batch_of(request: HttpRequest, pk: int) -> ImportBatch:
    batches = ImportBatch.objects.visible_to(cast("User", request.user))
    return get_object_or_404(batches.select_related("store__entity", "created_by"), pk=pk)


@require_GET
@roles_required(*READERS)
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would do, or did; while it runs htmx asks for the progress alone."""
    found = _batch_of(request, pk)
    if is_htmx(request) and found.status in {"queued", "running"}:
        return render(request, "imports/_progress.html", {"batch": found})
    if is_htmx(request):
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    user = cast("User", request.user)
    report = report_of(found)
    context = {
        "batch": found,
        "report": report,
        "may_import": user.is_superuser or user.role in WRITERS,
        "is_on_its_way": found.status in {"queued", "running"},
        "waits_to_run": found.import_rows.waiting().exists(),
        "errors": report["errors"][:SHOWN_ROWS],
        "flagged": report["flagged"][:SHOWN_ROWS],
        "warnings": report["warnings"][:SHOWN_ROWS],
    }
    return render(request, "imports/batch.html", context)


@require_POST
@roles_required(*WRITERS)
@answers_refusals
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Book the rows that wait: at once where they are few, else in the worker."""
    found = _batch_of(request, pk)
    if found.rows <= ROWS_AT_ONCE:
        run_batch(batch=found, at=timezone.now(), by=cast("User", request.user))
    else:
        queue_batch(batch=found)
        # Only a nudge: the worker looks at waiting imports by the clock, too.
        with suppress(OperationalError):
            current_app.send_task(WORKER)
    return redirect("imports:batch", pk)


@require_POST
@roles_required(*WRITERS)
@answers_refusals
def decide(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Say what becomes of a row that waits."""
    found = _batch_of(request, pk)
    form = DecisionForm(request.POST)
    if form.is_valid():
        row = get_object_or_404(found.import_rows, number=number)
        decide_row(row=row, decision=form.cleaned_data["decision"])
    return redirect("imports:batch", pk)


@require_GET
@roles_required(*WRITERS)
def bad_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that were not booked, to correct and bring again."""
    found = _batch_of(request, pk)
    response = HttpResponse(bad_rows_workbook(found), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="import-{found.pk}-rows.xlsx"'
    return response
