"""What the worker does with the ledger by the clock; every task may run twice without harm."""

import logging

from celery import shared_task
from django.utils import timezone

from ledger.models import CheckKind
from ledger.operations.evidence import audit, check_seals, is_checked_lately, seal_when_due
from ledger.operations.expiry import sweep_expired
from ledger.operations.holds import release_due
from ledger.operations.rollups import refresh_everybody
from ledger.operations.value_days import sum_value
from ledger.queries.evidence import latest_seal

logger = logging.getLogger(__name__)

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


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def seal_ledger() -> int:
    """Seal what was posted, once an hour; returns how many seals were written.

    The newest seal goes to the log: a copy that whoever alters the database does not reach.
    """
    made: int | None = seal_when_due(at=timezone.now())
    newest = latest_seal() if made else None
    if newest:
        logger.info("seal %s: %s", newest.number, bytes(newest.hash).hex())
    if made is None:
        logger.warning("nothing was sealed: a long transaction is at work; trying again soon")
    return made or 0


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def audit_ledger() -> bool:
    """Audit every night; returns whether this call did."""
    return _check(CheckKind.AUDIT)


@shared_task  # type: ignore[untyped-decorator]  # celery has no types
def verify_seals() -> bool:
    """Check the seals every night; returns whether this call did."""
    return _check(CheckKind.SEALS)


def _check(kind: CheckKind) -> bool:
    now = timezone.now()
    if is_checked_lately(kind, at=now):
        return False
    check = audit if kind == CheckKind.AUDIT else check_seals
    run = check(at=now).run
    if run and not run.ok:
        logger.error("%s found %s differences", kind.value, run.differences)
    return True
