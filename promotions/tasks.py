"""What the worker does for promotions by the clock; every task may run twice without harm."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from ledger.models import MemberFacts
from promotions import operations

RECENT = timedelta(hours=2)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def grant_entitlements() -> int:
    """Grant this month's free uses, and next month's on its eve; returns how many were granted.

    East of Greenwich the month begins before it does here, so tomorrow's month is served as well.
    """
    now = timezone.now()
    months = {day.replace(day=1) for day in (now.date(), (now + timedelta(days=1)).date())}
    return sum(operations.grant_entitlements(month=month, at=now) for month in sorted(months))


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def review_tiers() -> dict[str, int]:
    """Review every active member; returns how often each verdict fell."""
    verdicts = operations.review_tiers(at=timezone.now())
    return {verdict.value: count for verdict, count in verdicts.items()}


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def review_recent_tiers() -> dict[str, int]:
    """Review members whose figures have just changed, so that a better tier comes at once."""
    now = timezone.now()
    changed = MemberFacts.objects.filter(refreshed_at__gte=now - RECENT)
    recent = changed.filter(last_visit__gte=(now - timedelta(days=2)).date())
    verdicts = operations.review_tiers(
        at=now, member_ids=list(recent.values_list("member", flat=True))
    )
    return {verdict.value: count for verdict, count in verdicts.items()}
