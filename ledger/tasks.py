"""What the worker does with the ledger by the clock; every task may run twice without harm."""

from celery import shared_task
from django.utils import timezone

from ledger.operations.expiry import sweep_expired
from ledger.operations.holds import release_due
from ledger.operations.rollups import refresh_everybody
from ledger.operations.value_days import sum_value

BATCH = 500


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def sweep_expired_lots() -> int:
    """Book what has passed its time, until nothing more is due; returns how many wallets were."""
    booked = 0
    while found := sweep_expired(at=timezone.now(), limit=BATCH):
        booked += found
    return booked


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def refresh_rollups() -> int:
    """Rebuild the rollups of members whose activity changed; returns how many they were."""
    return refresh_everybody(at=timezone.now())


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def sum_sealed_value() -> int:
    """Add what has been sealed to the sums of value; returns up to which number they now go."""
    return sum_value()


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def release_deposits() -> int:
    """Release deposits whose time has passed; returns how many were."""
    released = 0
    while found := release_due(at=timezone.now(), limit=BATCH):
        released += found
    return released
