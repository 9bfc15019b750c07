"""What the worker does for members by the clock; it may run twice without harm."""

from celery import shared_task
from django.utils import timezone

from members.operations.texts import send_waiting


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def send_texts() -> int:
    """Hand waiting messages to the gateway and wipe old ones; returns how many went."""
    return send_waiting(at=timezone.now())
