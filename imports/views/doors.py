"""What every page of an import does first: who may, which batch, and where work is done."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from common.edges import View, answers_refusals, roles_required
from common.errors import DomainError
from imports.models import ImportBatch
from imports.operations import check_batch, queue_check
from imports.operations.steering import is_light, nudge
from imports.operations.told import MayNotOpenStores
from imports.rules.grids import GridYearMissing
from imports.rules.guessing import ColumnMissing, KindUnknown
from imports.rules.headers import HeaderNotFound
from imports.rules.mapping import SheetUnknown
from imports.rules.reading import EncodingUnknown
from imports.rules.together import SheetsDiffer, TooMuchTogether
from imports.rules.whose import MemberNotNamed
from members.models import User

WRITERS = (User.Role.MANAGER, User.Role.OWNER)
READERS = (*WRITERS, User.Role.AUDITOR)
# The worker looks at what waits every minute; a longer silence is told.
QUIET = timedelta(seconds=75)

Status = ImportBatch.Status
# Some of it may have been booked.
UNDOABLE = (Status.PAUSED, Status.DONE, Status.FAILED, Status.UNDO_PAUSED, Status.UNDONE)
# A person can say what the file did not: every other refusal is of a file that is no table.
NOT_UNDERSTOOD = (
    *(HeaderNotFound, KindUnknown, ColumnMissing),
    *(SheetUnknown, EncodingUnknown, MemberNotNamed, SheetsDiffer, TooMuchTogether),
    GridYearMissing,
)


def door(*methods: str, roles: tuple[str, ...] = WRITERS) -> Callable[[View], View]:
    """Open an address to these methods and roles; a refusal is answered in words."""

    def decorate(view: View) -> View:
        opened: View = require_http_methods(methods)(roles_required(*roles)(answers_refusals(view)))
        return opened

    return decorate


def user_of(request: HttpRequest) -> User:
    """Whoever is signed in."""
    return cast("User", request.user)


def may_import(request: HttpRequest) -> bool:
    """Whether the person may change anything here; auditors only read."""
    user = user_of(request)
    return user.is_superuser or user.role in WRITERS


def batch_of(request: HttpRequest, pk: int) -> ImportBatch:
    """The import, when it goes into a store whose records the person may see; else 404."""
    batches = ImportBatch.objects.visible_to(user_of(request))
    return get_object_or_404(
        batches.select_related("store__entity", "created_by", "mapping", "mends", "signed_by"),
        pk=pk,
    )


def check_now_or_later(batch: ImportBatch, request: HttpRequest) -> DomainError | None:
    """Check a small file at once and leave a large one to the worker.

    Returns why the file could not be understood; the batch keeps that too.
    """
    if not is_light(batch):
        queue_check(batch=batch)
        nudge()
        return None
    try:
        check_batch(batch=batch, at=timezone.now(), by=user_of(request))
    except DomainError as error:
        batch.refresh_from_db()
        if batch.status != Status.UPLOADED or not batch.problem:
            raise
        return error
    return None


def after_check(batch: ImportBatch, request: HttpRequest) -> HttpResponse:
    """Check a file once more, and go on to what it says or to what is still missing."""
    problem = check_now_or_later(batch, request)
    if problem is None:
        return redirect("imports:batch", batch.pk)
    step = "imports:columns" if isinstance(problem, ColumnMissing) else "imports:file"
    return redirect(step, batch.pk)


def problem_of(batch: ImportBatch) -> DomainError | str | None:
    """Why the last check or run stopped, in the reader's language where it can be said in it."""
    problem = batch.problem
    if not problem:
        return None
    kinds = {kind.code: kind for kind in (*NOT_UNDERSTOOD, MayNotOpenStores)}
    kind = kinds.get(problem["code"])
    return kind(**problem["params"]) if kind else str(problem["message"])


def page_context(request: HttpRequest, batch: ImportBatch, step: str) -> dict[str, Any]:
    """What every page about one import shows around its own part."""
    return {
        "batch": batch,
        "step": step,
        "may_import": may_import(request),
        "may_mend": may_import(request) and batch.status in ImportBatch.AT_REST,
        "is_open": batch.status in ImportBatch.UNBOOKED and bool(batch.upload),
    }
