"""What the worker does with imports: the batch is the truth, a message only a nudge."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from common.errors import DomainError
from imports.models import ImportBatch
from imports.operations import check_batch, let_go, run_batch, sweep_uploads, undo_batch
from imports.operations.alone import BatchRunsAlready
from imports.operations.steering import hold_back

# A check in somebody's browser beats more often than this; a silent one was cut off.
SILENT = timedelta(seconds=30)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def run_waiting_imports() -> int:
    """Check, run or undo every batch that waits, and those cut off; returns how many ended."""
    return _check_waiting() + _run_waiting() + _undo_waiting()


def _check_waiting() -> int:
    ended = 0
    waiting = ImportBatch.objects.to_check(timezone.now() - SILENT)
    for batch in waiting.select_related("store__entity", "created_by").order_by("pk"):
        try:
            check_batch(batch=batch, at=timezone.now(), by=batch.created_by)
        except DomainError:
            # The batch keeps the problem for whoever looks at it.
            continue
        ended += 1
    return ended


def _run_waiting() -> int:
    ended = 0
    for batch in ImportBatch.objects.unfinished().select_related("store__entity").order_by("pk"):
        try:
            run_batch(batch=batch, at=timezone.now(), by=batch.created_by)
        except BatchRunsAlready:
            # Another worker is at it.
            continue
        except DomainError as refusal:
            # Somebody has to do something about it; the others do not wait for that.
            hold_back(batch=batch, refusal=refusal)
            continue
        if batch.status == ImportBatch.Status.DONE:
            let_go(batch=batch)
            ended += 1
    return ended


def _undo_waiting() -> int:
    ended = 0
    for batch in ImportBatch.objects.being_undone().select_related("store__entity").order_by("pk"):
        try:
            undo_batch(batch=batch, at=timezone.now(), by=batch.undone_by)
        except BatchRunsAlready:
            # Another worker is at it.
            continue
        ended += 1
    return ended


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def sweep_import_uploads() -> int:
    """Delete files that are no longer needed, and files nobody came back to."""
    return sweep_uploads(at=timezone.now())
