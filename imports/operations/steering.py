"""Where an import goes next: now or to the worker, checked again with other choices, paused."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.edges import wake_worker
from common.errors import DomainError
from imports.models import ImportBatch
from imports.operations.alone import hold_off_checks, refuse_booked
from imports.operations.check import refuse_unknown_policy
from imports.rules.aliases import KINDS
from imports.rules.choices import SHOWN, Choices, MappingWrong

Status = ImportBatch.Status
NAMED = ("kind", "on_duplicate")
# So many rows are booked or taken back while somebody waits; more go to the worker.
ROWS_AT_ONCE = 500
# About as many rows: a larger file is read by the worker.
BYTES_AT_ONCE = 120_000
WORKER = "imports.tasks.run_waiting_imports"


class NotRunning(DomainError):
    code = "import_not_running"
    message = _("This import is not running, so there is nothing to pause.")


class CheckBroke(DomainError):
    code = "check_broke"
    message = _(
        "The file could not be checked, for a fault on our side; it is in the log. Save the file "
        "in another format and upload it again."
    )


def is_short(batch: ImportBatch) -> bool:
    """Whether the rows of a batch are booked or taken back while somebody waits."""
    return batch.rows <= ROWS_AT_ONCE


def is_light(batch: ImportBatch) -> bool:
    """Whether the file of a batch is read while somebody waits."""
    return batch.upload_weight <= BYTES_AT_ONCE


def nudge() -> None:
    """Wake the worker; without a broker it looks at waiting imports by the clock."""
    wake_worker(WORKER)


@transaction.atomic
def choose(*, batch: ImportBatch, changes: Mapping[str, Any]) -> ImportBatch:
    """Note other choices about a file; the next check goes by them.

    ``changes`` are keys of a mapping file, ``kind`` or ``on_duplicate``; None takes a choice back.
    Raises BatchBusy, BatchWasRun, CheckRunsAlready, MappingWrong, PolicyUnknown.
    """
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    refuse_booked(locked)
    hold_off_checks(locked)
    if "on_duplicate" in changes:
        refuse_unknown_policy(changes["on_duplicate"])
        locked.on_duplicate = changes["on_duplicate"]
    if changes.get("kind") and changes["kind"] not in list(KINDS):
        raise MappingWrong(detail=f"kind: {changes['kind']}"[:SHOWN])
    said = locked.choices | {key: value for key, value in changes.items() if key != "on_duplicate"}
    Choices.from_json({key: value for key, value in said.items() if key not in NAMED})
    locked.choices = said
    locked.save(update_fields=["choices", "on_duplicate"])
    batch.choices, batch.on_duplicate = locked.choices, locked.on_duplicate
    return batch


@transaction.atomic
def queue_check(*, batch: ImportBatch) -> ImportBatch:
    """Leave the check of a file to the worker. Raises BatchBusy, BatchWasRun, CheckRunsAlready."""
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    refuse_booked(locked)
    hold_off_checks(locked)
    locked.status, locked.problem, locked.rows_done = Status.CHECKING, None, 0
    locked.save(update_fields=["status", "problem", "rows_done"])
    batch.status = locked.status
    return batch


@transaction.atomic
def pause_batch(*, batch: ImportBatch) -> ImportBatch:
    """Ask the worker to stop after the rows it is at: what is booked, or taken back, stays so.

    Raises NotRunning.
    """
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.status not in {*ImportBatch.UNFINISHED, Status.UNDOING}:
        raise NotRunning
    if locked.status == Status.QUEUED:
        # Where nothing is booked yet, totals may still be held against what is accepted.
        locked.status = Status.PAUSED if locked.started_at else Status.CHECKED
    else:
        locked.is_pause_asked = True
    locked.save(update_fields=["status", "is_pause_asked"])
    return locked


@transaction.atomic
def hold_back(*, batch: ImportBatch, refusal: DomainError) -> None:
    """Take a batch that may not run from the worker; why is kept for whoever looks at it."""
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.status in ImportBatch.UNFINISHED:
        locked.status = Status.PAUSED if locked.started_at else Status.CHECKED
        locked.problem = refusal.as_dict()
        locked.save(update_fields=["status", "problem"])


def give_up_check(*, batch: ImportBatch) -> None:
    """Take a file whose check broke from the worker; why is kept for whoever looks at it."""
    mine = ImportBatch.objects.filter(pk=batch.pk, status=Status.CHECKING)
    mine.update(status=Status.UPLOADED, problem=CheckBroke().as_dict())
