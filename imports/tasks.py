"""What the worker does with imports: the batch is the truth, a message only a nudge."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from common.errors import DomainError
from imports.models import ImportBatch
from imports.operations import (
    check_batch,
    clear_rows_left,
    let_go,
    run_batch,
    sweep_uploads,
    undo_batch,
)
from imports.operations.alone import BatchRunsAlready
from imports.operations.steering import give_up_check, hold_back

logger = logging.getLogger(__name__)

# A check in somebody's browser beats more often than this; a silent one was cut off.
SILENT = timedelta(seconds=30)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def run_waiting_imports() -> int:
    """Check, run or undo every batch that waits, and those cut off; returns how many ended.

    A fault of ours in one batch is logged, and raised when the others have had their turn.
    """
    faults: list[Exception] = []
    ended = _check_waiting(faults) + _run_waiting(faults) + _undo_waiting(faults)
    if faults:
        raise faults[0]
    return ended


@contextmanager
def _apart(batch: ImportBatch, faults: list[Exception]) -> Iterator[None]:
    """Keep a fault in one batch from the others."""
    try:
        yield
    except Exception as fault:
        logger.exception("import %s broke", batch.pk)
        faults.append(fault)


def _check_waiting(faults: list[Exception]) -> int:
    ended = 0
    waiting = ImportBatch.objects.to_check(timezone.now() - SILENT)
    for batch in waiting.select_related("store__entity", "created_by").order_by("pk"):
        with _apart(batch, faults):
            try:
                check_batch(batch=batch, at=timezone.now(), by=batch.created_by)
            except DomainError:
                # The batch keeps the problem for whoever looks at it.
                continue
            except OperationalError:
                # The next round finds the database again.
                raise
            except Exception:
                # It would break the next check too.
                give_up_check(batch=batch)
                raise
            ended += 1
    return ended


def _run_waiting(faults: list[Exception]) -> int:
    ended = 0
    for batch in ImportBatch.objects.unfinished().select_related("store__entity").order_by("pk"):
        with _apart(batch, faults):
            try:
                run_batch(batch=batch, at=timezone.now(), by=batch.created_by, if_waiting=True)
            except (BatchRunsAlready, ImportBatch.DoesNotExist):
                # Another worker is at it, or somebody paused and dropped it.
                continue
            except DomainError as refusal:
                # Somebody has to do something about it; the others do not wait for that.
                hold_back(batch=batch, refusal=refusal)
                continue
            if batch.status == ImportBatch.Status.DONE:
                let_go(batch=batch)
                ended += 1
    return ended


def _undo_waiting(faults: list[Exception]) -> int:
    ended = 0
    for batch in ImportBatch.objects.being_undone().select_related("store__entity").order_by("pk"):
        with _apart(batch, faults):
            try:
                undo_batch(batch=batch, at=timezone.now(), by=batch.undone_by, if_waiting=True)
            except BatchRunsAlready:
                # Another worker is at it.
                continue
            ended += batch.status == ImportBatch.Status.UNDONE
    return ended


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def sweep_import_uploads() -> int:
    """Delete files that are no longer needed, and files nobody came back to."""
    clear_rows_left(at=timezone.now())
    return sweep_uploads(at=timezone.now())
