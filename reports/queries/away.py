"""The members who stay away, one by one: for the list that staff work through, and its export.

The list stands as its figure does: as of the end of a day. Who came since is on it still, marked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import batched
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from members.models import Member
from reports.queries.absence import IS_LAPSED, IS_OVERDUE, RHYTHM
from reports.queries.activity import Params, fetch
from reports.queries.scope import Scope
from reports.queries.seen import SEEN, ours, seen_params

WHO = ("lapsed", "overdue")
DAYS = (30, 60, 90, 180)
PAGE = 25
CHUNK = 2000

COLUMNS = "member_id, first_visit, last_visit, visit_days, median_gap_days, back_on"
FROM_AWAY = """
FROM ({seen}) AS seen WHERE {stays_away} AND {ours} {of_tier}
"""
OF_TIER = "AND member_id IN (SELECT id FROM members_member WHERE tier_id = %(tier)s)"
AFTER = "AND (last_visit, member_id) < (%(last_seen)s, %(last_member)s)"
LATEST_FIRST = "ORDER BY last_visit DESC, member_id DESC"


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


@dataclass(frozen=True, kw_only=True)
class Absent:
    """A member on the list, as seen by its day; ``back_on`` is the first day they came after it."""

    member: Member
    first_visit: date
    last_visit: date
    visit_days: int
    median_gap_days: Decimal | None
    back_on: date | None


def how_many(away: Away) -> int:
    """How many members are on the list: what its figure says, where no tier is chosen.

    Raises ListUnknown.
    """
    ((count,),) = fetch(f"SELECT count(*) {_from_away(away)}", _params(away))
    return int(count)


def page_after(away: Away, after: str) -> tuple[list[Absent], str]:
    """A page of the list from the cursor ``after`` on, latest seen first, and the next cursor.

    The next cursor is "" on the last page. A cursor that is none gives an empty page.

    Raises ListUnknown.
    """
    params = _params(away) | {"limit": PAGE + 1}
    if after:
        seen, _dash, number = after.partition("_")
        try:
            params |= {"last_seen": date.fromisoformat(seen), "last_member": int(number)}
        except ValueError:
            return [], ""
    sql = f"{_selected(away, after=AFTER if after else '')} LIMIT %(limit)s"
    rows = _absent(fetch(sql, params))
    if len(rows) <= PAGE:
        return rows, ""
    last = rows[PAGE - 1]
    return rows[:PAGE], f"{last.last_visit}_{last.member.pk}"


def everyone(away: Away) -> Iterator[Absent]:
    """The whole list, latest seen first, read in chunks. Raises ListUnknown, at once."""
    return _streamed(_selected(away), _params(away))


def export_rows(found: Iterator[Absent]) -> Iterator[list[Any]]:
    """The list as rows for a file; the phone is whole, since staff will ring it."""
    for absent in found:
        member = absent.member
        yield [
            member.number,
            member.name,
            member.phone or "",
            member.tier.label if member.tier else "",
            member.home_store.name,
            absent.first_visit.isoformat(),
            absent.last_visit.isoformat(),
            absent.visit_days,
            absent.median_gap_days,
            absent.back_on.isoformat() if absent.back_on else "",
        ]


def _streamed(sql: str, params: Params) -> Iterator[Absent]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, params)
        for rows in batched(cursor, CHUNK):
            yield from _absent(list(rows))


def _selected(away: Away, *, after: str = "") -> str:
    return f"SELECT {COLUMNS} {_from_away(away)} {after} {LATEST_FIRST}"


def _from_away(away: Away) -> str:
    if away.who not in WHO:
        raise ListUnknown(who=away.who[:40])
    lapsed = IS_LAPSED.format(idle="%(idle)s::int")
    return FROM_AWAY.format(
        seen=SEEN,
        stays_away=lapsed if away.who == "lapsed" else IS_OVERDUE,
        ours=ours(away.scope),
        of_tier=OF_TIER if away.tier else "",
    )


def _params(away: Away) -> Params:
    return seen_params(away.scope, away.as_of) | RHYTHM | {"idle": away.days, "tier": away.tier}


def _absent(rows: list[tuple[Any, ...]]) -> list[Absent]:
    """The rows with their members, in one query for all of them."""
    members = Member.objects.select_related("home_store", "tier").in_bulk([row[0] for row in rows])
    return [
        Absent(
            member=members[member],
            first_visit=first,
            last_visit=last,
            visit_days=days,
            median_gap_days=gap,
            back_on=back,
        )
        for member, first, last, days, gap, back in rows
    ]
