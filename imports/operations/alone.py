"""One at a time at a batch: who works there holds a lock of their connection, and ends with it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import ImportBatch

Status = ImportBatch.Status
RUN_LOCK = 4_711_002
CHECK_LOCK = 4_711_004
# Seconds that one waits for another who may be dead already.
PATIENCE = 3.0


class BatchRunsAlready(DomainError):
    code = "batch_runs_already"
    message = _("This import is running already; wait for it to end.")


class CheckRunsAlready(DomainError):
    code = "check_runs_already"
    message = _("This file is being checked already; wait for the check to end.")


class BatchBusy(DomainError):
    code = "batch_busy"
    message = _("The import is at work now; wait for it to end or pause it.")


class BatchNotReady(DomainError):
    code = "batch_not_ready"
    message = _("That cannot be done now, for the import is %(status)s. Look at its page first.")


class BatchWasRun(DomainError):
    code = "batch_was_run"
    message = _(
        "Rows of this file are booked already, or were, so nothing that was said before can be "
        "changed. Undo the import if it still stands, and upload the file anew."
    )


def refuse_busy(batch: ImportBatch) -> None:
    """Refuse to mend and decide rows of the batch, which is locked, unless it is at rest.

    Raises BatchBusy, BatchNotReady.
    """
    if batch.status in ImportBatch.AT_REST:
        return
    if batch.status in ImportBatch.ON_THE_WAY:
        raise BatchBusy
    raise BatchNotReady(status=Status(batch.status).label)


def refuse_booked(batch: ImportBatch) -> None:
    """Refuse to say anything else of the file of the batch, which is locked, once it is to be run.

    Raises BatchBusy, BatchWasRun.
    """
    if batch.status in ImportBatch.UNBOOKED:
        return
    if batch.status in ImportBatch.ON_THE_WAY:
        raise BatchBusy
    raise BatchWasRun


@contextmanager
def running(batch: ImportBatch) -> Iterator[None]:
    """Be the only one who books or takes back rows of a batch. Raises BatchRunsAlready."""
    with _alone(RUN_LOCK, batch, BatchRunsAlready):
        yield


@contextmanager
def checking(batch: ImportBatch) -> Iterator[None]:
    """Be the only one who reads the file of a batch. Raises CheckRunsAlready."""
    with _alone(CHECK_LOCK, batch, CheckRunsAlready):
        yield


@contextmanager
def _alone(lock: int, batch: ImportBatch, refusal: type[DomainError]) -> Iterator[None]:
    until = time.monotonic() + PATIENCE
    while not _took("pg_try_advisory_lock", lock, batch):
        if time.monotonic() > until:
            raise refusal
        time.sleep(PATIENCE / 30)
    try:
        with connection.cursor() as cursor:
            # The server notices within this time that the process is gone, and lets go.
            cursor.execute("SET client_connection_check_interval = '500ms'")
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [lock, batch.pk])
            cursor.execute("RESET client_connection_check_interval")


def hold_off_checks(batch: ImportBatch) -> None:
    """Let no check begin before the commit, for it would write over what is said meanwhile.

    Raises CheckRunsAlready while one is at work.
    """
    if not _took("pg_try_advisory_xact_lock", CHECK_LOCK, batch):
        raise CheckRunsAlready


def _took(function: str, lock: int, batch: ImportBatch) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [lock, batch.pk])
        return bool(cursor.fetchone()[0])
