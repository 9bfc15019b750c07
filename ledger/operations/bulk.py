"""Write many operations of the past at once, through the same posting as one.

For data that is made or brought over, not for the counter: a batch is one transaction, and its
operations must be in the order they happened for each member.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from common.days import month_no
from ledger.models import Sale, SaleLine, SaleTender, Visit
from ledger.operations.posting import Header, Leg, post_many, retried
from ledger.operations.rollups import mark_dirty
from ledger.operations.sales import Bill, line_rows, tender_rows
from members.operations.people import MemberClosed, keep_open


@dataclass(frozen=True, kw_only=True)
class Posting:
    """One operation on value that is no bill: a draw-down, an entitlement, a reversal."""

    header: Header
    legs: Sequence[Leg]
    is_visit: bool = True


@retried
def record_many(operations: Sequence[Bill | Posting], *, at: datetime) -> None:
    """Post and write ``operations``, with one visit for each member, store and business day.

    Raises the first refusal or MemberClosed, and then nothing of the batch is written. ``at`` marks
    the members' figures as out of date.
    """
    with transaction.atomic():
        moving = [operation for operation in operations if operation.legs]
        for answer in post_many((operation.header, operation.legs) for operation in moving):
            answer.or_raise()
        _keep_open(operations)
        visits = _visits(operations)
        bills = [operation for operation in operations if isinstance(operation, Bill)]
        for bill in bills:
            if bill.header.member:
                bill.sale.visit = visits[_key(bill.header)]
        Sale.objects.bulk_create(bill.sale for bill in bills)
        SaleLine.objects.bulk_create(row for bill in bills for row in line_rows(bill))
        SaleTender.objects.bulk_create(row for bill in bills for row in tender_rows(bill))
        mark_dirty(member_ids={key[0] for key in visits}, at=at)


def _keep_open(operations: Sequence[Bill | Posting]) -> None:
    """Let nobody be merged or withdrawn before these are theirs. Raises MemberClosed."""
    members = {one.header.member.pk: one.header.member for one in operations if one.header.member}
    if closed := members.keys() - keep_open(members):
        raise MemberClosed(member=members[min(closed)])


type Key = tuple[int, int, date]


def _key(header: Header) -> Key:
    if header.member is None:
        raise ValueError("an anonymous operation is no visit")
    return header.member.pk, header.store.pk, header.posting_date


def _visits(operations: Sequence[Bill | Posting]) -> dict[Key, Visit]:
    """The visits of the batch, those on record found and the missing ones made."""
    first: dict[Key, Header] = {}
    for operation in operations:
        if operation.header.member and (isinstance(operation, Bill) or operation.is_visit):
            first.setdefault(_key(operation.header), operation.header)
    found = {
        (visit.member_id, visit.store_id, visit.business_date): visit
        for visit in Visit.objects.completed().filter(
            member__in={key[0] for key in first}, business_date__in={key[2] for key in first}
        )
    }
    missing = {key: _visit(header, key) for key, header in first.items() if key not in found}
    Visit.objects.bulk_create(missing.values())
    return found | missing


def _visit(header: Header, key: Key) -> Visit:
    return Visit(
        member=header.member,
        store=header.store,
        at=header.at,
        business_date=key[2],
        month_no=month_no(key[2]),
        channel=header.kind.value,
        request_id=header.id,
        operator=header.by,
    )
