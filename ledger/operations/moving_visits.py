"""Move a visit that was noted for the wrong member to the right one."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import Movement, Outcome, Sale, Visit
from ledger.operations.refusals import ReasonMissing
from ledger.operations.rollups import mark_dirty
from ledger.operations.visits import NEEDS_NOBODY, VisitVoidedAlready, void_visit
from members.models import Member, User
from members.operations.people import lock_open_member, note_change


class VisitOfThisMember(DomainError):
    code = "visit_of_this_member"
    message = _("The visit is this member's already. Choose the member who really came.")


class VisitMovedValue(DomainError):
    code = "visit_moved_value"
    message = _(
        "Value was moved on this visit. Undo those entries, and enter them for the right member; "
        "the visit then goes along."
    )


@transaction.atomic
def move_visit(
    *, visit: Visit, to_member: Member, reason: str, at: datetime, by: User | None
) -> Visit:
    """Let a visit, with bills that moved no value, be ``to_member``'s; both records say so.

    Where they were noted there that day already, the visit is taken back and theirs returned.
    Raises ReasonMissing, VisitOfThisMember, VisitVoidedAlready, VisitMovedValue, MemberClosed.
    """
    if not reason.strip():
        raise ReasonMissing
    if visit.member_id == to_member.pk:
        raise VisitOfThisMember
    taker = lock_open_member(to_member)
    visit = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    if visit.voided_at:
        raise VisitVoidedAlready
    if _moved_value(visit):
        raise VisitMovedValue
    giver = visit.member
    said = {"visit": visit.pk, "day": visit.business_date.isoformat(), "reason": reason.strip()}
    note_change(giver, said | {"member": giver.number}, {"member": taker.number}, at=at, by=by)
    note_change(taker, {"member": giver.number}, said | {"member": taker.number}, at=at, by=by)
    present = Visit.objects.completed().filter(
        member=taker, store=visit.store_id, business_date=visit.business_date
    )
    kept = present.order_by("-at").first() or visit
    Sale.objects.filter(visit=visit).update(member=taker, visit=kept)
    mark_dirty(member_ids=[giver.pk, taker.pk], at=at)
    if kept != visit:
        void_visit(visit=visit, at=at, by=by, reason=reason)
        return kept
    visit.member = taker
    visit.save(update_fields=["member"])
    return visit


def _moved_value(visit: Visit) -> bool:
    """Whether the member's value moved in the visit's store on its day, and was not undone."""
    if Sale.objects.completed().filter(visit=visit, txn_id__isnull=False).exists():
        return True
    moved = Movement.objects.filter(
        wallet__member=visit.member_id,
        txn__store=visit.store_id,
        txn__business_date=visit.business_date,
        txn__outcome=Outcome.POSTED,
        txn__reversals__isnull=True,
    )
    return moved.exclude(txn__kind__in=NEEDS_NOBODY).exists()
