"""The member's PIN: set by the member at the counter, hashed, locked after wrong tries."""

from datetime import datetime, timedelta
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from members.models import Member, MemberPin, User
from members.operations.people import lock_open_member, note_change

MOST_TRIES = 5
LOCKED_FOR = timedelta(minutes=15)
LENGTHS = range(4, 7)


class BadPin(DomainError):
    """Not what a PIN looks like, or what everybody tries first."""

    code = "bad_pin"
    message = _("A PIN has 4 to 6 digits that are neither all the same nor simply in a row.")


class PinsDiffer(DomainError):
    """The two entries are not the same."""

    code = "pins_differ"
    message = _("The two entries are not the same. Let the member type the PIN twice again.")


class NoPin(DomainError):
    """The member never set one, or it was forgotten with a card."""

    code = "no_pin"
    asks_proof = can_be_over_ridden = True
    message = _("The member has no PIN. Let them set one, or send a code to their phone.")


class WrongPin(DomainError):
    """Not the PIN."""

    code = "wrong_pin"
    asks_proof = can_be_over_ridden = True
    message = _("This is not the PIN. Tries left: %(left)s. After that it is locked for a while.")


class PinLocked(DomainError):
    """Too many wrong tries."""

    code = "pin_locked"
    asks_proof = can_be_over_ridden = True
    message = _(
        "Too many wrong tries: the PIN is locked for %(minutes)s more minutes. "
        "A code sent to the member's phone still works."
    )


@transaction.atomic
def set_pin(*, member: Member, pin: str, again: str, at: datetime, by: User | None) -> MemberPin:
    """Keep what the member typed twice as their PIN; an earlier one, locked or not, is gone.

    Raises BadPin, PinsDiffer, MemberClosed.
    """
    if pin != again:
        raise PinsDiffer
    if not (pin.isascii() and pin.isdigit() and len(pin) in LENGTHS) or _is_guessed_first(pin):
        raise BadPin
    member = lock_open_member(member)
    kept, _made = MemberPin.objects.update_or_create(
        member=member,
        defaults={
            "hash": make_password(pin),
            "set_at": at,
            "failures": 0,
            "locked_until": None,
        },
    )
    note_change(member, {}, {"pin": "set"}, at=at, by=by)
    return kept


def _is_guessed_first(pin: str) -> bool:
    steps = {int(after) - int(before) for before, after in pairwise(pin)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def forget_pin(*, member: Member) -> Member:
    """Take the member's PIN away; they set a new one. Without one nothing happens."""
    MemberPin.objects.filter(member=member).delete()
    return member


def check_pin(*, member: Member, pin: str, at: datetime) -> MemberPin:
    """Return the member's PIN if ``pin`` is it; a wrong try is counted for good.

    After five wrong tries it is locked for a quarter of an hour. Call it outside a transaction: a
    refusal must not take the count back. Raises NoPin, PinLocked, WrongPin.
    """
    with transaction.atomic(durable=True):
        kept = MemberPin.objects.select_for_update(no_key=True).filter(member=member).first()
        if kept is None:
            raise NoPin
        if kept.locked_until and kept.locked_until > at:
            raise _locked(kept.locked_until - at)
        refusal = None if check_password(pin, kept.hash) else _count(kept, at)
        if refusal is None and (kept.failures or kept.locked_until):
            kept.failures, kept.locked_until = 0, None
            kept.save(update_fields=["failures", "locked_until"])
    if refusal:
        raise refusal
    return kept


def _count(kept: MemberPin, at: datetime) -> DomainError:
    """Count a wrong try; the lock's end begins a new count."""
    kept.failures = 1 if kept.locked_until else kept.failures + 1
    kept.locked_until = at + LOCKED_FOR if kept.failures >= MOST_TRIES else None
    kept.save(update_fields=["failures", "locked_until"])
    if kept.locked_until:
        return _locked(LOCKED_FOR)
    return WrongPin(left=MOST_TRIES - kept.failures)


def _locked(left: timedelta) -> PinLocked:
    return PinLocked(minutes=max(1, round(left / timedelta(minutes=1))))
