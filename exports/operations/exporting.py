"""Exports as people ask for them: asked, made by the worker, fetched, thrown away in time."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.cache import cache
from django.core.files import File
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.edges import has_role
from common.errors import DomainError
from exports.models import Download, Export, Form, What
from exports.operations.everything import LISTS, export_everything
from exports.operations.listing import Text, Workbook, write_listing
from exports.rules.asked import Asked
from ledger.queries.audit import snapshot
from members.models import Store, User

KEPT = timedelta(days=7)
# Held by the runner's connection: it ends with the runner, however that ends.
RUN_LOCK = 4_711_003
FORGOTTEN_AFTER = 3_600

LISTERS = (User.Role.MANAGER, User.Role.OWNER)


class ExportNotYours(DomainError):
    code = "export_not_yours"
    message = _(
        "Everything is exported by an owner, and lists by managers of the stores they are of."
        " Ask an owner."
    )


class ExportRunsAlready(DomainError):
    code = "export_runs_already"
    message = _("This export is running already; wait for it to end.")


class ExportNotReady(DomainError):
    code = "export_not_ready"
    message = _("This export is not finished yet; wait for it to end.")


class ExportOver(DomainError):
    code = "export_over"
    message = _("The file of this export is no longer kept. Ask for a new one.")


def ask_export(
    *, what: str, form: str, asked: Asked, at: datetime, by: User, language: str
) -> Export:
    """Note what somebody wants to take along; the worker makes the file.

    A list without stores is of all stores the person sees. Raises ExportNotYours.
    """
    visible = Store.objects.visible_to(by)
    stores = visible if asked.stores is None else visible.filter(pk__in=asked.stores)
    roles = (User.Role.OWNER,) if what == What.EVERYTHING else LISTERS
    if not has_role(by, roles) or stores.count() < len(set(asked.stores or ())):
        raise ExportNotYours
    if asked.stores is None and not by.sees_all_stores:
        asked = _within(asked, stores.values_list("pk", flat=True))
    return Export.objects.create(
        what=what,
        form=form,
        asked=asked.as_json(),
        stores=list(stores.order_by("code").values_list("code", flat=True)),
        language=language,
        created_at=at,
        created_by=by,
    )


def _within(asked: Asked, stores: Iterable[int]) -> Asked:
    return Asked.from_json(asked.as_json() | {"stores": list(stores)})


def run_export(*, export: Export, at: datetime) -> Export:
    """Make the file, begun at ``at``; one that was cut off begins again, a finished one stays.

    Raises ExportRunsAlready.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [RUN_LOCK, export.pk])
        if not cursor.fetchone()[0]:
            raise ExportRunsAlready
    try:
        export.refresh_from_db()
        if export.is_unfinished:
            _begin(export, at)
            _make(export, at)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [RUN_LOCK, export.pk])
    return export


def _begin(export: Export, at: datetime) -> None:
    export.status, export.started_at = Export.Status.RUNNING, at
    export.save(update_fields=["status", "started_at"])


def _make(export: Export, at: datetime) -> None:
    try:
        with tempfile.TemporaryDirectory(prefix="export-") as folder:
            path = Path(folder) / "file"
            rows = _write(export, path, at)
            _keep(export, path, rows, at)
    except BaseException:
        export.status, export.finished_at = Export.Status.FAILED, at
        export.save(update_fields=["status", "finished_at"])
        raise


def _write(export: Export, path: Path, at: datetime) -> int:
    tell = _teller(export)
    if export.what == What.EVERYTHING:
        manifest = export_everything(
            path=path, at=at, by=export.created_by, progress=lambda _name, *done: tell(*done)
        )
        return sum(entry.rows for entry in manifest.files if entry.table)
    with snapshot(), translation.override(export.language):
        listing = LISTS[export.what](Asked.from_json(export.asked))
        if export.form == Form.XLSX:
            return write_listing(listing, [Workbook(path, listing.columns)], tell=tell)[0]
        with path.open("wb") as file:
            return write_listing(listing, [Text(file, listing.columns)], tell=tell)[0]


def _keep(export: Export, path: Path, rows: int, at: datetime) -> None:
    with path.open("rb") as file:
        export.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        export.rows, export.bytes = rows, path.stat().st_size
        export.file.save(f"{export.pk}.{export.form}", File(file), save=False)
    export.status, export.finished_at, export.ends_at = Export.Status.DONE, at, at + KEPT
    export.save(
        update_fields=["status", "finished_at", "ends_at", "file", "rows", "bytes", "sha256"]
    )


def _teller(export: Export) -> Callable[[int, int], None]:
    """Progress goes through the cache: the snapshot that is being read takes no writing."""

    def tell(done: int, total: int) -> None:
        cache.set(_progress_key(export), (done, total), FORGOTTEN_AFTER)

    return tell


def _progress_key(export: Export) -> str:
    return f"export-progress-{export.pk}"


def progress_of(export: Export) -> tuple[int, int]:
    """How much is done, of how much: tables of everything, rows of a list whose end is unknown."""
    found: tuple[int, int] = cache.get(_progress_key(export)) or (0, 0)
    return found


def note_download(*, export: Export, at: datetime, by: User) -> Download:
    """Note that somebody fetches the file. Raises ExportNotReady, ExportOver."""
    if export.is_unfinished:
        raise ExportNotReady
    if not export.is_kept_at(at):
        raise ExportOver
    return Download.objects.create(export=export, at=at, by=by)


def note_written(*, rows: int, size: int, sha256: str, at: datetime) -> Export:
    """Note an export of everything that somebody wrote at the command line of the machine."""
    return Export.objects.create(
        what=What.EVERYTHING,
        form=Form.ZIP,
        stores=list(Store.objects.order_by("code").values_list("code", flat=True)),
        language="en",
        created_at=at,
        started_at=at,
        finished_at=at,
        status=Export.Status.DONE,
        rows=rows,
        bytes=size,
        sha256=sha256,
    )


@transaction.atomic
def note_taken(
    *,
    what: str,
    form: str,
    asked: dict[str, Any],
    stores: list[str],
    rows: int,
    at: datetime,
    by: User,
    language: str,
) -> Export:
    """Note a list that somebody takes along at once, and of which no file is kept.

    ``stores`` are codes; ``asked`` says which list it was, ``rows`` how long it is.
    """
    export = Export.objects.create(
        what=what,
        form=form,
        asked=asked,
        stores=stores,
        language=language,
        created_at=at,
        created_by=by,
        started_at=at,
        finished_at=at,
        status=Export.Status.DONE,
        rows=rows,
    )
    Download.objects.create(export=export, at=at, by=by)
    return export


def sweep_exports(*, at: datetime) -> int:
    """Delete files whose time is over; the evidence stays. Returns how many they were."""
    over = list(Export.objects.over_at(at))
    for export in over:
        _throw_away(export)
    return len(over)


@transaction.atomic
def _throw_away(export: Export) -> None:
    name, storage = export.file.name, export.file.storage
    Export.objects.filter(pk=export.pk).update(file="")
    transaction.on_commit(lambda: storage.delete(str(name)))
