"""Which imports there are, by their number or all of them."""

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
            "uploaded_at": batch.created_at.isoformat(),
            "finished_at": batch.finished_at.isoformat() if batch.finished_at else None,
            "undone_at": batch.undone_at.isoformat() if batch.undone_at else None,
        }
        for batch in batches.select_related("store").newest_first()[:most]
    ]
