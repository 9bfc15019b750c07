"""The page of exports: ask for a list or for everything, watch it being made, fetch it."""

from typing import Any, cast

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from common.edges import answers_refusals, has_role, roles_required, wake_worker
from exports.forms import ListForm
from exports.models import Export, Form, What
from exports.operations.exporting import (
    KEPT,
    ask_export,
    note_download,
    note_taken,
    progress_of,
)
from exports.queries.asked_words import words_of
from exports.rules.asked import Asked
from members.models import User
from reports.queries.away import how_many
from reports.views.away import list_file, wanted_list
from reports.views.page import report_page

MANAGERS = (User.Role.MANAGER, User.Role.OWNER)
OWNERS = (User.Role.OWNER,)
LATEST = 30
WORKER = "exports.tasks.run_waiting_exports"


@require_http_methods(["GET", "POST"])
@roles_required(*MANAGERS)
@answers_refusals
def home(request: HttpRequest) -> HttpResponse:
    """The latest exports, and the forms for another one."""
    user = cast("User", request.user)
    form = ListForm(request.POST or None, stores=user.visible_stores())
    if request.method == "POST" and form.is_valid():
        _ask(request, form.cleaned_data["what"], form.cleaned_data["form"], form.asked)
        return redirect("exports:home")
    context = _latest(request) | {
        "form": form,
        "may_export_everything": has_role(user, OWNERS),
        "kept_days": KEPT.days,
    }
    return render(request, "exports/home.html", context, status=422 if form.errors else 200)


@require_POST
@roles_required(*OWNERS)
@answers_refusals
def everything(request: HttpRequest) -> HttpResponse:
    """Ask for all records of the business."""
    _ask(request, What.EVERYTHING, Form.ZIP, Asked())
    return redirect("exports:home")


def _ask(request: HttpRequest, what: str, form: str, asked: Asked) -> Export:
    export = ask_export(
        what=what,
        form=form,
        asked=asked,
        at=timezone.now(),
        by=cast("User", request.user),
        language=get_language() or "en",
    )
    wake_worker(WORKER)
    return export


@require_GET
@roles_required(*MANAGERS)
def latest(request: HttpRequest) -> HttpResponse:
    """The list of exports alone, for as long as one is being made."""
    return render(request, "exports/_latest.html", _latest(request))


def _latest(request: HttpRequest) -> dict[str, Any]:
    user, now = cast("User", request.user), timezone.now()
    visible = Export.objects.visible_to(user).select_related("created_by").newest_first()
    found = list(visible[:LATEST])
    words = words_of(found)
    exports = [
        {
            "export": export,
            "narrowed": words.get(export.pk, ""),
            "is_kept": export.is_kept_at(now),
            "progress": progress_of(export) if export.is_unfinished else None,
        }
        for export in found
    ]
    return {"exports": exports, "is_waiting": any(row["progress"] is not None for row in exports)}


@require_GET
@roles_required(*MANAGERS)
@answers_refusals
def download(request: HttpRequest, export_id: int) -> HttpResponse:
    """The file, and a note of who fetched it."""
    user = cast("User", request.user)
    export = get_object_or_404(Export.objects.visible_to(user), pk=export_id)
    note_download(export=export, at=timezone.now(), by=user)
    response = FileResponse(export.file.open("rb"), as_attachment=True, filename=export.file_name)
    response["Cache-Control"] = "no-store"
    return cast("HttpResponse", response)


@require_POST
@report_page
def away(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list of who stays away, whole and with phones, and a note of who took it."""
    wanted = wanted_list(request)
    note_taken(
        what=What.AWAY,
        form=kind,
        asked={"who": wanted.who, "days": wanted.days, "tier": wanted.tier},
        stores=[store.code for store in wanted.scope.stores],
        rows=how_many(wanted),
        at=timezone.now(),
        by=cast("User", request.user),
        language=get_language() or "en",
    )
    response = list_file(wanted, kind)
    response["Cache-Control"] = "no-store"
    return response
