"""Files that wait to be imported: taken in, dropped, forgotten once their rows are booked."""

import hashlib
import shutil
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import ImportBatch
from imports.operations.alone import BatchBusy, hold_off_checks
from imports.operations.check import FileGone, refuse_unknown_policy
from imports.queries.sheets_left import sheets_left
from imports.rules.bad_rows import added_headers
from imports.rules.reading import place_of_rows
from members.models import Store, User

# A file nobody imported is thrown away after so many days, with what was read from it.
KEPT_DAYS = 14
# No reading takes so long: whose rows wait longer was killed.
READ_BY_THEN = timedelta(days=1)
Status = ImportBatch.Status


class SheetNotLeft(DomainError):
    code = "sheet_not_left"
    message = _("Choose a sheet that is still to be imported from this file: %(names)s.")


class TooManyFilesKept(DomainError):
    code = "too_many_files_kept"
    message = _(
        "%(count)s files of this store wait to be imported, and no more are kept. Import or drop "
        "some of them first."
    )


class BatchNotDone(DomainError):
    code = "batch_not_done"
    message = _("The import is not done; its file is needed until then.")


class BatchNotDroppable(DomainError):
    code = "batch_not_droppable"
    message = _("Rows of this file are booked; undo the import instead of dropping it.")


def receive_file(
    *,
    file: "File[bytes]",
    file_name: str,
    store: Store,
    at: datetime,
    by: User | None,
    kind: str = "",
    balance: str | None = None,
    on_duplicate: str = "flag",
    mends: ImportBatch | None = None,
    request_id: UUID | None = None,
) -> ImportBatch:
    """Keep a file to be checked; nothing of it is read yet.

    ``kind`` and ``balance`` are what the owner says beforehand; ``mends`` is the import whose bad
    rows the file corrects; ``request_id`` is a script's own. Raises TooManyFilesKept,
    PolicyUnknown.
    """
    refuse_unknown_policy(on_duplicate)
    kept = ImportBatch.objects.filter(store=store).exclude(upload="").count()
    if kept >= settings.UPLOADS_KEPT_LIMIT:
        raise TooManyFilesKept(count=kept)
    batch = ImportBatch(
        file_name=file_name[-255:],
        sha256=hashlib.file_digest(file.open("rb"), "sha256").hexdigest(),
        store=store,
        # A place must be taken until the columns have been read.
        kind=kind or "members",
        choices=_said(kind, balance, mends),
        on_duplicate=on_duplicate,
        balance=balance or "principal",
        status=Status.UPLOADED,
        mends=mends,
        request_id=request_id,
        created_at=at,
        created_by=by,
    )
    file.seek(0)
    batch.upload.save(file_name[-80:], file, save=False)
    try:
        batch.save()
    except BaseException:
        batch.upload.storage.delete(batch.upload.name or "")
        raise
    return batch


def _said(kind: str, balance: str | None, mends: ImportBatch | None) -> dict[str, Any]:
    """What is known of a file beforehand; corrected rows are read as the first ones were."""
    if mends is not None:
        said = dict(mends.choices)
        # Those say where the table stood in the other file.
        for name in ("sheet", "header_row", "encoding", "delimiter"):
            said.pop(name, None)
        ours = dict.fromkeys(added_headers(), "ignore")
        return said | {"kind": mends.kind, "columns": (said.get("columns") or {}) | ours}
    return {"kind": kind or None, "balance": balance}


@transaction.atomic
def take_next(
    *, batch: ImportBatch, sheets: Sequence[str], at: datetime, by: User | None
) -> ImportBatch:
    """Make an import of other sheets out of the file of one that is done, read by its policies.

    Raises FileGone, SheetNotLeft.
    """
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    left = sheets_left(locked)
    if not locked.upload:
        raise FileGone
    if not sheets or not set(sheets) <= set(left):
        raise SheetNotLeft(names=", ".join(left) or "-")
    with locked.upload.open("rb") as file:
        fresh = receive_file(
            file=file,
            file_name=locked.file_name,
            store=batch.store,
            at=at,
            by=by,
            balance=locked.balance,
            on_duplicate=locked.on_duplicate,
        )
    fresh.choices |= {"sheet": sheets[0] if len(sheets) == 1 else list(sheets)}
    fresh.choices |= {name: locked.choices.get(name) for name in ("encoding", "delimiter")}
    fresh.save(update_fields=["choices"])
    return fresh


@transaction.atomic
def drop_batch(*, batch: ImportBatch) -> None:
    """Throw away a file that was never booked, with all that was read from it.

    Raises BatchNotDroppable, BatchBusy, CheckRunsAlready.
    """
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.status in {Status.QUEUED, Status.RUNNING, Status.UNDOING}:
        raise BatchBusy
    if locked.started_at is not None or locked.status not in {*ImportBatch.UNBOOKED, Status.FAILED}:
        raise BatchNotDroppable
    hold_off_checks(locked)
    name, storage = locked.upload.name, locked.upload.storage
    locked.import_rows.all().delete()
    locked.delete()
    if name:
        transaction.on_commit(lambda: storage.delete(name))


def forget_upload(*, batch: ImportBatch) -> None:
    """Delete the file of a batch; its rows stay in the database as they stood in it."""
    if name := batch.upload.name:
        ImportBatch.objects.filter(pk=batch.pk).update(upload="")
        batch.upload.storage.delete(name)
        batch.upload = None


@transaction.atomic
def forget_now(*, batch: ImportBatch) -> None:
    """Delete the file of an import that is done, whatever sheets of it nobody has imported.

    Done twice it is done once. Raises BatchNotDone.
    """
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.status not in {Status.DONE, Status.UNDONE}:
        raise BatchNotDone
    forget_upload(batch=locked)


def let_go(*, batch: ImportBatch) -> None:
    """Delete the file of an import that is done, unless somebody may import its other sheets."""
    if batch.request_id is not None or not sheets_left(batch):
        forget_upload(batch=batch)


def sweep_uploads(*, at: datetime) -> int:
    """Delete the files of batches that ended, and drop those nobody came back to for KEPT_DAYS.

    A file with sheets that may follow stays so long too. Returns how many that were.
    """
    kept, long_ago = ImportBatch.objects.exclude(upload=""), at - timedelta(days=KEPT_DAYS)
    ended = kept.filter(status__in=[Status.DONE, Status.UNDONE])
    swept = [batch for batch in ended if _is_needless(batch, long_ago)]
    for batch in swept:
        forget_upload(batch=batch)
    old = kept.filter(
        status__in=ImportBatch.UNBOOKED, started_at__isnull=True, created_at__lt=long_ago
    )
    for batch in (dropped := list(old)):
        drop_batch(batch=batch)
    return len(swept) + len(dropped)


def clear_rows_left(*, at: datetime) -> None:
    """Delete rows that were parsed aside for a process that was killed meanwhile."""
    long_ago = (at - READ_BY_THEN).timestamp()
    for folder in place_of_rows().iterdir():
        # Somebody may just have read to the end.
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < long_ago:
                shutil.rmtree(folder)


def _is_needless(batch: ImportBatch, long_ago: datetime) -> bool:
    """Whether nobody will read the file of a batch that ended again."""
    is_old = batch.finished_at is None or batch.finished_at < long_ago
    return is_old or batch.request_id is not None or not sheets_left(batch)
