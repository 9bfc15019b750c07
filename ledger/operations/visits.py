"""Note that a member was here.

One visit a business day and store, made by whatever they did first.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.days import month_no
from common.errors import DomainError
from ledger.models import Movement, Outcome, Sale, TxnKind, Visit
from ledger.models.activity import VisitSource
from ledger.operations.posting import retried
from ledger.operations.refusals import ReasonMissing
from ledger.operations.rollups import mark_dirty
from members.models import Member, Store, User
from members.operations.people import MemberClosed, keep_open

# What can happen while the member is elsewhere.
NEEDS_NOBODY = (
    TxnKind.REVERSE,
    TxnKind.SALE_REFUND,
    TxnKind.EXPIRE,
    TxnKind.ENTITLE,
    TxnKind.OPENING,
    TxnKind.ADJUST,
)


class VisitVoidedAlready(DomainError):
    code = "visit_voided_already"
    message = _("This visit was taken back already. If the member did come, check them in again.")


@retried
@transaction.atomic
def check_in(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    at: datetime,
    by: User | None,
    source: VisitSource = VisitSource.WALKED_IN,
    note: str = "",
) -> Visit:
    """Record that ``member`` came.

    A member who is here today already keeps the visit of today. Raises MemberClosed.
    """
    visit = visit_for(
        member=member,
        store=store,
        at=at,
        by=by,
        request_id=request_id,
        channel="check_in",
        source=source,
        note=note,
    )
    if visit.source == VisitSource.IMPORTED and visit.request_id is None:
        # A list told of it; from now on it is known here as well, and stays without the list.
        visit.request_id, visit.operator = request_id, by
        visit.save(update_fields=["request_id", "operator"])
    return visit


def visit_for(
    *,
    member: Member,
    store: Store,
    at: datetime,
    by: User | None,
    request_id: UUID,
    channel: str,
    source: VisitSource = VisitSource.WALKED_IN,
    note: str = "",
) -> Visit:
    """The member's visit of this business day in this store, made when there is none yet.

    ``request_id`` names the operation that made it, so that its undo can take the visit back too.
    Call it inside the operation's transaction: it marks the member's figures as out of date, and
    keeps the member from being withdrawn meanwhile. Raises MemberClosed.
    """
    day = store.posting_date(at)
    mark_dirty(member_ids=[member.pk], at=at)
    present = Visit.objects.completed().filter(member=member, store=store, business_date=day)
    found: Visit | None = present.order_by("-at").first()
    if found:
        return found
    if not keep_open([member.pk]):
        raise MemberClosed(member=Member.objects.get(pk=member.pk))
    made, _new = Visit.objects.get_or_create(
        request_id=request_id,
        defaults={
            "member": member,
            "store": store,
            "at": at,
            "business_date": day,
            "month_no": month_no(day),
            "source": source,
            "channel": channel,
            "operator": by,
            "note": note,
        },
    )
    return made


@transaction.atomic
def void_visit(*, visit: Visit, at: datetime, by: User | None, reason: str) -> Visit:
    """Take a visit back; the row stays. Raises ReasonMissing, VisitVoidedAlready."""
    if not reason.strip():
        raise ReasonMissing
    visit = Visit.objects.select_for_update(no_key=True).get(pk=visit.pk)
    if visit.voided_at:
        raise VisitVoidedAlready
    visit.voided_at, visit.voided_by, visit.void_reason = at, by, reason.strip()
    visit.save(update_fields=["voided_at", "voided_by", "void_reason"])
    mark_dirty(member_ids=[visit.member_id], at=at)
    return visit


def void_visit_of(*, request_id: UUID, at: datetime, by: User | None, reason: str) -> None:
    """Take back the visit that ``request_id`` made.

    Unless the member did something else that day there.
    """
    visit = Visit.objects.completed().filter(request_id=request_id).first()
    if visit and not _something_else_happened(visit, request_id):
        void_visit(visit=visit, at=at, by=by, reason=reason)


def _something_else_happened(visit: Visit, request_id: UUID) -> bool:
    """.

    True when another bill or an operation that still stands belongs to the visit's day and store.
    """
    if Sale.objects.completed().filter(visit=visit).exclude(pk=request_id).exists():
        return True
    others = Movement.objects.filter(
        wallet__member=visit.member_id,
        txn__store=visit.store_id,
        txn__business_date=visit.business_date,
        txn__outcome=Outcome.POSTED,
    )
    others = others.exclude(txn__kind__in=NEEDS_NOBODY)
    return others.exclude(txn=request_id).filter(txn__reversals__isnull=True).exists()
