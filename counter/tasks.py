"""What the worker does for the API by the clock."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from counter.operations import requests

KEPT = timedelta(days=30)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def forget_refused_enrolments() -> int:
    """Forget what was typed into enrolments that were refused a month ago; returns how many."""
    return requests.forget_refused_enrolments(before=timezone.now() - KEPT)
