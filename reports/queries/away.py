"""The members who stay away, one by one: for the list that staff work through, and its export."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import MemberFacts
from members.models import Member
from reports.queries.absence import OVERDUE_DAYS, OVERDUE_TIMES, OVERDUE_VISIT_DAYS
from reports.queries.scope import Scope

WHO = ("lapsed", "overdue")
DAYS = (30, 60, 90, 180)
PAGE = 50


class ListUnknown(DomainError):
    """There is no such list."""

    code = "list_unknown"
    message = _("There is no list “%(who)s”. Choose lapsed or overdue.")


@dataclass(frozen=True, kw_only=True)
class Away:
    """Which list: lapsed for more than ``days`` days, or overdue by their own rhythm."""

    scope: Scope
    as_of: date
    who: str = "lapsed"
    days: int = 60
    tier: int | None = None


def members_away(away: Away) -> QuerySet[MemberFacts]:
    """Facts of living members at home in the stores in view who stay away, latest seen first.

    Raises ListUnknown.
    """
    if away.who not in WHO:
        raise ListUnknown(who=away.who[:40])
    found = MemberFacts.objects.filter(
        member__home_store__in=away.scope.ids,
        member__status=Member.Status.ACTIVE,
        last_visit__isnull=False,
    )
    found = _lapsed(found, away) if away.who == "lapsed" else _overdue(found, away)
    if away.tier:
        found = found.filter(member__tier=away.tier)
    return found.select_related("member__home_store", "member__tier").order_by(
        "-last_visit", "-member_id"
    )


def _lapsed(found: QuerySet[MemberFacts], away: Away) -> QuerySet[MemberFacts]:
    return found.filter(last_visit__lt=away.as_of - timedelta(days=away.days))


def _overdue(found: QuerySet[MemberFacts], away: Away) -> QuerySet[MemberFacts]:
    patience = Greatest(
        Value(timedelta(days=OVERDUE_DAYS)),
        ExpressionWrapper(
            F("median_gap_days") * Value(OVERDUE_TIMES) * Value(timedelta(days=1)),
            output_field=DurationField(),
        ),
    )
    idle = ExpressionWrapper(Value(away.as_of) - F("last_visit"), output_field=DurationField())
    return (
        found.filter(visit_days__gte=OVERDUE_VISIT_DAYS)
        .annotate(idle=idle, patience=patience)
        .filter(idle__gt=F("patience"))
    )


def page_after(found: QuerySet[MemberFacts], after: str) -> tuple[list[MemberFacts], str]:
    """A page of the list from the cursor ``after`` on, and the cursor of the next page or ""."""
    if after:
        seen, _dash, number = after.partition("_")
        try:
            last_seen, member_id = date.fromisoformat(seen), int(number)
        except ValueError:
            return [], ""
        found = found.filter(
            Q(last_visit__lt=last_seen) | Q(last_visit=last_seen, member_id__lt=member_id)
        )
    rows = list(found[: PAGE + 1])
    if len(rows) <= PAGE:
        return rows, ""
    last = rows[PAGE - 1]
    return rows[:PAGE], f"{last.last_visit}_{last.member_id}"


def export_rows(found: QuerySet[MemberFacts]) -> Iterator[list[Any]]:
    """The list as rows for a file, streamed; the phone is whole, since staff will ring it."""
    for facts in found.iterator(chunk_size=2000):
        member = facts.member
        yield [
            member.number,
            member.name,
            member.phone or "",
            member.tier.label if member.tier else "",
            member.home_store.name,
            facts.first_visit.isoformat() if facts.first_visit else "",
            facts.last_visit.isoformat() if facts.last_visit else "",
            facts.visit_days,
            facts.median_gap_days,
        ]
