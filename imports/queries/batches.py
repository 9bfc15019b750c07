"""Which imports there are, by their number or all of them."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import BatchQuerySet, ImportBatch


class UnknownBatch(DomainError):
    """No import has that number, or none that the asker may see."""

    code = "unknown_batch"
    message = _("There is no import %(number)s. List the imports to find its number.")


def batch_numbered(number: int, *, among: BatchQuerySet | None = None) -> ImportBatch:
    """The import of that number, among those given or all. Raises UnknownBatch."""
    batches = ImportBatch.objects.all() if among is None else among
    found = batches.select_related("store__entity", "created_by").filter(pk=number).first()
    if found is None:
        raise UnknownBatch(number=number)
    return found


def batches_listed(batches: BatchQuerySet, *, most: int | None = None) -> list[dict[str, Any]]:
    """These imports as plain JSON, the latest first; the latest ``most`` of them."""
    return [
        {
            "batch": batch.pk,
            "status": batch.status,
            "kind": batch.kind,
            "store": batch.store.code,
            "file": batch.file_name,
            "rows": batch.rows,
            "rows_done": batch.rows_done,
            "uploaded_at": _by_its_clock(batch.created_at, batch),
            "finished_at": _by_its_clock(batch.finished_at, batch),
            "undone_at": _by_its_clock(batch.undone_at, batch),
        }
        for batch in batches.select_related("store").newest_first()[:most]
    ]


def _by_its_clock(moment: datetime | None, batch: ImportBatch) -> str | None:
    """The moment as the clock of its store tells it, with the distance to UTC."""
    return moment.astimezone(batch.store.zone).isoformat() if moment else None
