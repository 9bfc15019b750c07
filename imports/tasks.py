"""What the worker does with imports: the batch is the truth, a message only a nudge."""

from celery import shared_task
from django.utils import timezone

from imports.models import ImportBatch
from imports.operations import run_batch
from imports.operations.run import BatchRunsAlready


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def run_waiting_imports() -> int:
    """Run every batch that waits, and those whose runner was cut off; returns how many ended."""
    ended = 0
    for batch in ImportBatch.objects.unfinished().select_related("store__entity").order_by("pk"):
        try:
            run_batch(batch=batch, at=timezone.now(), by=batch.created_by)
        except BatchRunsAlready:
            # Another worker is at it.
            continue
        ended += 1
    return ended
