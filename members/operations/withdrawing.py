"""Take back enrolments that should never have been, as after a list brought over by mistake."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from members.models import Card, Member, MemberChange, MemberTag, TierHolding, User
from members.operations.people import ERASED_COLUMNS

# Beyond what an erased member loses: everything the enrolment had said.
WITHDRAWN_COLUMNS = {
    **ERASED_COLUMNS,
    "birth_year": None,
    "gender": "",
    "channel": "",
    "referrer": None,
    "tier": None,
    # The same enrolment may be asked for again.
    "request_id": None,
}


@transaction.atomic
def withdraw_enrolments(
    *, members: Sequence[Member], at: datetime, by: User | None
) -> list[Member]:
    """Close members whom nobody has met yet: erased, their cards and tiers free again.

    The row and its number stay, since the history of value may name them. The caller makes sure
    that nothing but the enrolment itself speaks of them, and that they hold nothing; before it
    looks it locks their rows FOR UPDATE, which whoever writes something of them waits for. Members
    who are closed already are left out; returns those withdrawn.
    """
    living = Member.objects.select_for_update().filter(
        pk__in=[member.pk for member in members], status__in=Member.LIVING
    )
    found = list(living.order_by("pk"))
    TierHolding.objects.filter(member__in=found).delete()
    Card.objects.filter(member__in=found).delete()
    MemberTag.objects.filter(member__in=found).delete()
    Member.objects.filter(pk__in=[member.pk for member in found]).update(
        **WITHDRAWN_COLUMNS, status=Member.Status.ERASED
    )
    MemberChange.objects.filter(member__in=found).delete()
    MemberChange.objects.bulk_create(
        MemberChange(
            member=member,
            changed_at=at,
            changed_by=by,
            before={},
            after={"status": Member.Status.ERASED.value, "withdrawn": True},
        )
        for member in found
    )
    return found
