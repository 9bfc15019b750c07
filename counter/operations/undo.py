"""Undo at the counter: who may, and then the undo that takes tickets and points with it."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from counter.queries.bookings import CHECK_IN, Booking, booking
from counter.rules.undoing import Obstacle, obstacle
from ledger.operations.refusals import ReasonMissing, UnknownTxn
from ledger.operations.visits import void_visit
from members.models import Store, Till, User
from promotions.operations import undo


class UndoElsewhere(DomainError):
    """It belongs to another store."""

    code = "undo_elsewhere"
    message = _("This was booked in %(store)s. It can be undone there only.")


class UndoTooLate(DomainError):
    """Its business day is over."""

    code = "undo_too_late"
    message = _(
        "This was booked on %(day)s. Only what was booked today can be undone here; "
        "ask a manager for the rest."
    )


class NotUndoneHere(DomainError):
    """It was not booked by a clerk."""

    code = "not_undone_here"
    message = _("This cannot be undone at the counter. Ask a manager to put it right.")


def undo_at_counter(
    *,
    request_id: UUID,
    entry: UUID,
    store: Store,
    at: datetime,
    by: User,
    reason: str,
    till: Till | None = None,
) -> Booking:
    """Undo what was booked under ``entry``; a clerk only what was booked today in ``store``.

    Managers and owners may undo older entries of the store they stand in. Returns what was undone.

    Raises ReasonMissing, UndoElsewhere, UndoTooLate, NotUndoneHere, UnknownTxn and what ``undo``
    and ``void_visit`` raise.
    """
    if not reason.strip():
        raise ReasonMissing
    found = booking(entry)
    if found is None:
        raise UnknownTxn
    check_may_undo(found, store=store, at=at, by=by)
    if found.kind == CHECK_IN and found.visit:
        void_visit(visit=found.visit, at=at, by=by, reason=reason)
    else:
        undo(
            request_id=request_id,
            txn_id=entry,
            store=store,
            at=at,
            by=by,
            reason=reason,
            till=till,
        )
    return found


def check_may_undo(found: Booking, *, store: Store, at: datetime, by: User) -> None:
    """Raise UndoElsewhere, UndoTooLate or NotUndoneHere where ``by`` may not undo it."""
    in_the_way = obstacle(
        found.kind,
        is_manager=by.is_superuser or by.role in {User.Role.MANAGER, User.Role.OWNER},
        same_store=found.store == store,
        same_day=found.day == store.posting_date(at),
    )
    if in_the_way == Obstacle.OTHER_STORE:
        raise UndoElsewhere(store=found.store.name)
    if in_the_way == Obstacle.OTHER_DAY:
        raise UndoTooLate(day=lazy_day(found.day))
    if in_the_way:
        raise NotUndoneHere


def may_undo(found: Booking, *, store: Store, at: datetime, by: User) -> bool:
    """Whether ``by`` may undo it and it still stands."""
    try:
        check_may_undo(found, store=store, at=at, by=by)
    except DomainError:
        return False
    return found.is_standing
