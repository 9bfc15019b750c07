"""What the worker does with exports: the row is the truth, a message only a nudge."""

from celery import shared_task
from django.utils import timezone

from exports.models import Export
from exports.operations.exporting import ExportRunsAlready, run_export, sweep_exports


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def run_waiting_exports() -> int:
    """Make every file that waits, and those whose maker was cut off; returns how many."""
    ended = 0
    for export in Export.objects.unfinished().select_related("created_by").order_by("pk"):
        try:
            run_export(export=export, at=timezone.now())
        except ExportRunsAlready:
            # Another worker is at it.
            continue
        ended += 1
    return ended


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def sweep_old_exports() -> int:
    """Delete the files that are no longer to be fetched."""
    return sweep_exports(at=timezone.now())
