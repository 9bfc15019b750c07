"""The worker's sign of life: a task by the clock leaves the time in the shared cache.

It proves the whole chain of scheduler, broker, worker and cache; see docs/decisions/.
"""

from datetime import datetime, timedelta

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

KEY = "worker-heartbeat"
FRESH_FOR = timedelta(seconds=90)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def beat() -> None:
    """Leave the current time for /healthz to read."""
    cache.set(KEY, timezone.now(), timeout=None)


def is_fresh(*, at: datetime) -> bool:
    """Whether a worker gave a sign of life within the last 90 seconds before ``at``."""
    seen = cache.get(KEY)
    return seen is not None and at - seen <= FRESH_FOR


def forget() -> None:
    """Drop the last sign of life, so that only a new one counts."""
    cache.delete(KEY)
