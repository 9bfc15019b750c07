"""Taking an import back: what would go and what would stay, the undo, and its report."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from common.edges import roles_required
from imports.models import ImportBatch, ImportRow
from imports.operations import queue_undo, undo_batch
from imports.operations.steering import is_short, nudge
from imports.queries.pages import expected_of_undo, last_audit, page_of, with_members
from imports.views.doors import READERS, UNDOABLE, WRITERS, batch_of, door, page_context, user_of

Status = ImportBatch.Status


@door("GET", "POST", roles=READERS)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """What an undo would take back and leave; sent, it is done, at once where rows are few."""
    found = batch_of(request, pk)
    if request.method == "POST":
        return _undo(request, found)
    if found.status == Status.UNDOING:
        return redirect("imports:batch", pk)
    left = with_members(found).filter(undone=ImportRow.Undone.LEFT)
    after = request.GET.get("after", "")
    page = page_of(left, after=int(after) if after.isdecimal() and len(after) < 10 else None)
    context = page_context(request, found, "undo") | {
        "report": found.undo_report,
        "is_undone": found.status == Status.UNDONE,
        "is_paused": found.status == Status.UNDO_PAUSED,
        "may_undo": found.status in UNDOABLE,
        "expected": expected_of_undo(found) if found.status in UNDOABLE else None,
        "left_rows": page.rows,
        "next_url": f"?after={page.after}" if page.after else "",
        "audit": last_audit(),
    }
    return render(request, "imports/undo.html", context)


@roles_required(*WRITERS)
def _undo(request: HttpRequest, found: ImportBatch) -> HttpResponse:
    if is_short(found):
        undo_batch(batch=found, at=timezone.now(), by=user_of(request))
        return redirect("imports:undo", found.pk)
    queue_undo(batch=found, at=timezone.now(), by=user_of(request))
    nudge()
    return redirect("imports:batch", found.pk)
