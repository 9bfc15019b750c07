"""Re-activate a lot that has ended: its value comes back under a new end."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from ledger.models import EventKind, Lot, Movement, Outcome, TxnKind
from ledger.operations.handing_over import is_known, lots_moved, note_event
from ledger.operations.posting import Header, Leg, give_back, move, post, retried
from ledger.operations.refusals import ReasonMissing
from ledger.operations.rollups import mark_dirty
from ledger.rules.retiming import furthest_end
from members.models import Store, Till, User


class NotEnded(DomainError):
    code = "not_ended"
    message = _("This has not ended yet, so it needs no re-activation.")


class NothingExpired(DomainError):
    code = "nothing_expired"
    message = _("Nothing of this expired: it was used up, refunded or re-activated already.")


class EndOutOfReach(DomainError):
    code = "end_out_of_reach"
    message = _(
        "The new last day must be today or later, and at most %(day)s. "
        "An owner may set a later one than a manager."
    )


@retried
def reactivate(
    *,
    request_id: UUID,
    lot: Lot,
    last_day: date,
    reason: str,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
) -> Lot:
    """Bring back what a lot held when it ended, to be used through the business day ``last_day``.

    Whether the sweep has booked the end or not makes no difference to the member. An owner, or
    nobody in particular, may set an end years ahead, a manager one within a year. Returns the lot
    that holds the value now.

    Raises ReasonMissing, NotEnded, NothingExpired, EndOutOfReach, TooManyLots, RequestReused.
    """
    if not reason.strip():
        raise ReasonMissing
    expiry = _expiry_of(lot)
    if not is_known(request_id):
        _check(lot, expiry, last_day, store=store, at=at, by=by)
    owner = lot.wallet.member
    holder = owner.merged_into or owner
    header = Header(
        id=request_id,
        kind=TxnKind.RETIME,
        request={"lot": lot.pk, "last_day": last_day.isoformat()},
        store=store,
        at=at,
        by=by,
        till=till,
        member=holder,
        reverses=expiry,
        reason=reason.strip(),
    )
    back: list[Leg] = [give_back(lot=lot.pk)] if expiry else []
    lives = move(member=owner, to_member=holder, lots=[lot.pk], expires_at=store.end_of(last_day))
    with transaction.atomic(durable=True):
        answer = post(header, [*back, lives])
        if answer.is_fresh:
            mark_dirty(member_ids=[holder.pk], at=at)
        if answer.is_fresh and lot.contract:
            note_event(header, answer, lot.contract, EventKind.REACTIVATED)
    [(_old, new)] = lots_moved(answer.or_raise())
    return Lot.objects.get(pk=new)


def _expiry_of(lot: Lot) -> UUID | None:
    """The sweep that booked the end of the lot; None where nothing was booked or it came back."""
    booked = Movement.objects.filter(lot=lot, txn__kind=TxnKind.EXPIRE)
    last = booked.order_by("-txn__number").values_list("txn_id", flat=True).first()
    if last is None or lot.is_open:
        return None
    back = Movement.objects.filter(
        lot=lot, txn__reverses=last, txn__outcome=Outcome.POSTED, reverses_line__isnull=False
    )
    return None if back.exists() else last


def _check(
    lot: Lot,
    expiry: UUID | None,
    last_day: date,
    *,
    store: Store,
    at: datetime,
    by: User | None,
) -> None:
    if lot.expires_at is None or lot.expires_at > at:
        raise NotEnded
    if not lot.is_open and expiry is None:
        raise NothingExpired
    today = store.business_date(at)
    is_owner = by is None or by.is_superuser or by.role == User.Role.OWNER
    furthest = furthest_end(today, is_owner=is_owner)
    if not today <= last_day <= furthest:
        raise EndOutOfReach(day=lazy_day(furthest))
