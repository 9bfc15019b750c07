"""What may happen to a garment next."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TicketState(TextChoices):
    """Where a garment is."""

    TAKEN_IN = "taken_in", _("taken in")
    AT_CLEANERS = "at_cleaners", _("at the cleaner's")
    READY = "ready", _("ready")
    COLLECTED = "collected", _("collected")
    LOST = "lost", _("lost")
    COMPLAINT = "complaint", _("complaint")
    CANCELLED = "cancelled", _("cancelled")


T = TicketState
NEXT: Mapping[TicketState, frozenset[TicketState]] = {
    T.TAKEN_IN: frozenset({T.AT_CLEANERS, T.READY, T.LOST, T.COMPLAINT, T.CANCELLED}),
    T.AT_CLEANERS: frozenset({T.READY, T.LOST, T.COMPLAINT}),
    # Back to the cleaner's when the work was not good enough.
    T.READY: frozenset({T.COLLECTED, T.AT_CLEANERS, T.LOST, T.COMPLAINT}),
    # The member comes back with it.
    T.COLLECTED: frozenset({T.COMPLAINT}),
    T.COMPLAINT: frozenset({T.AT_CLEANERS, T.READY, T.COLLECTED, T.LOST}),
    # It turned up again.
    T.LOST: frozenset({T.AT_CLEANERS, T.READY, T.COMPLAINT}),
    T.CANCELLED: frozenset(),
}
OPEN_STATES = ("taken_in", "at_cleaners", "ready", "complaint", "lost")


def may_become(now: str, then: str) -> bool:
    """Whether a ticket in state ``now`` may go to ``then``.

    >>> may_become("ready", "collected"), may_become("taken_in", "collected")
    (True, False)
    """
    return TicketState(then) in NEXT[TicketState(now)]
