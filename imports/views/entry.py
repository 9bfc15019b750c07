"""The latest imports, and the form that takes in another file."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from common.edges import STORE_IN_SESSION, roles_required
from common.errors import DomainError
from common.rates import UploadedTooOften, count_upload
from imports.forms.files import MendForm, NextSheetForm, UploadForm
from imports.models import ImportBatch
from imports.operations import drop_batch, forget_now, receive_file, take_next
from imports.operations.uploads import KEPT_DAYS, TooManyFilesKept
from imports.queries.sheets_left import sheets_left
from imports.views.doors import (
    NOT_UNDERSTOOD,
    READERS,
    WRITERS,
    after_check,
    batch_of,
    check_now_or_later,
    door,
    may_import,
    user_of,
)

BATCHES_ON_A_PAGE = 25


@require_http_methods(["GET", "POST"])
@roles_required(*READERS)
def home(request: HttpRequest) -> HttpResponse:
    """The latest imports, and the form for another file."""
    form = UploadForm(
        request.POST or None,
        request.FILES or None,
        stores=user_of(request).visible_stores(),
        initial={"store": request.session.get(STORE_IN_SESSION)},
    )
    if request.method == "POST":
        return _upload(request, form)
    return _home_page(request, form)


def _home_page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    batches = ImportBatch.objects.visible_to(user_of(request)).select_related("store", "created_by")
    pages = Paginator(batches.newest_first(), BATCHES_ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "form": form,
        "may_import": may_import(request),
        "page": page,
        "batches": page.object_list,
        "kept_days": KEPT_DAYS,
    }
    return render(request, "imports/home.html", context, status=status)


@roles_required(*WRITERS)
def _upload(request: HttpRequest, form: UploadForm) -> HttpResponse:
    if not form.is_valid():
        return _home_page(request, form, 422)
    said = form.cleaned_data
    told = {name: said[name] for name in ("store", "kind", "balance", "on_duplicate")}
    return _taken_in(request, form, said["file"], told)


def _taken_in(
    request: HttpRequest, form: UploadForm | MendForm, upload: Any, told: dict[str, Any]
) -> HttpResponse:
    """Keep the file and check it; one that is no table is thrown away at once."""
    name = Path(upload.name or "file").name
    try:
        count_upload(f"person-{user_of(request).pk}")
        batch = receive_file(
            file=upload, file_name=name, at=timezone.now(), by=user_of(request), **told
        )
    except (TooManyFilesKept, UploadedTooOften) as refusal:
        return _refused(request, form, refusal, told)
    problem = _problem(batch, request)
    if problem is None:
        return redirect("imports:batch", batch.pk)
    if isinstance(problem, NOT_UNDERSTOOD):
        return redirect("imports:file", batch.pk)
    drop_batch(batch=batch)
    return _refused(request, form, problem, told)


def _refused(
    request: HttpRequest, form: UploadForm | MendForm, problem: DomainError, told: dict[str, Any]
) -> HttpResponse:
    form.add_error("file", str(problem))
    if isinstance(form, UploadForm):
        return _home_page(request, form, 422)
    return render(request, "imports/mend.html", {"form": form, "batch": told["mends"]}, status=422)


def _problem(batch: ImportBatch, request: HttpRequest) -> DomainError | None:
    try:
        return check_now_or_later(batch, request)
    except DomainError as error:
        return error


@require_http_methods(["GET", "POST"])
@roles_required(*WRITERS)
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Bring the rows that were not imported again, corrected."""
    found = batch_of(request, pk)
    form = MendForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        told = {"store": found.store, "on_duplicate": found.on_duplicate, "mends": found}
        return _taken_in(request, form, form.cleaned_data["file"], told)
    status = 422 if request.method == "POST" else 200
    return render(request, "imports/mend.html", {"form": form, "batch": found}, status=status)


@door("POST")
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a file away that was not imported."""
    drop_batch(batch=batch_of(request, pk))
    messages.success(request, _("The file is dropped, and nothing of it is kept."))
    return redirect("imports:home")


@door("POST")
def forget_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete the file of an import that is done before its days are over."""
    forget_now(batch=batch_of(request, pk))
    messages.success(request, _("The file is deleted. Its rows stay with the import."))
    return redirect("imports:batch", pk)


@door("POST")
def another(request: HttpRequest, pk: int) -> HttpResponse:
    """Import other sheets of a workbook whose first ones are imported, from the file as kept."""
    found = batch_of(request, pk)
    form = NextSheetForm(request.POST, left=sheets_left(found), alike=found.plan.get("alike", []))
    sheets = form.sheets() if form.is_valid() else []
    fresh = take_next(batch=found, sheets=sheets, at=timezone.now(), by=user_of(request))
    return after_check(fresh, request)
