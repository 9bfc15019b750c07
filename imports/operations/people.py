"""Books rows of a member list: makes who is new, changes what differs, opens their balances."""

from collections.abc import Iterable, Mapping, Sequence

from imports.models import ImportRow
from imports.operations.changing import Changes, lock_members
from imports.operations.enrolling import derive, enrol_all
from imports.operations.job import Job
from imports.operations.openings import book
from imports.operations.tiers import TierBook
from imports.queries.listed import Listed
from imports.queries.matching import (
    HELD,
    Known,
    Match,
    changed_fields,
    known_to,
    match,
    parts_of,
    tells_what_is_held,
)
from ledger.operations.rollups import mark_dirty
from members.models import Consent, Member

STANDING = ("tier", "consents", "joined", "card_status")

Outcome = ImportRow.Outcome


def predict(rows: Sequence[ImportRow], job: Job) -> None:
    """Say on each row what would become of it, writing nothing."""
    known = known_to(rows, job.batch)
    asked = [row for row in rows if row.outcome in {Outcome.CREATED, Outcome.MERGED}]
    found = {row.number: match(row, known, job.policy) for row in asked}
    for row in asked:
        member = found[row.number].member
        if member is not None and tells_what_is_held(row, member, known):
            # Nothing of it is brought over: neither now nor by another reading of the list.
            row.values |= {"balances": {"units": {}}, "stated": [], HELD: True}
            found[row.number] = match(row, known, job.policy)
    said = _last_words([found[row.number] for row in asked if row.values.get("consents")])
    for row in asked:
        _foresee(row, found[row.number], known, said)
        if found[row.number].member is None:
            derive(row.values, job)


def _last_words(met: Iterable[Match]) -> set[tuple[int, str, str]]:
    """What these members say about each channel now."""
    members = [one.member.pk for one in met if one.member is not None]
    words = Consent.objects.filter(member__in=Listed(members, kind="bigint")).last_words()
    return set(words.values_list("member_id", "channel", "state")) if members else set()


def _foresee(row: ImportRow, found: Match, known: Known, said: set[tuple[int, str, str]]) -> None:
    if found.why:
        row.outcome = Outcome.IGNORED if found.is_skipped else Outcome.FLAGGED
        row.why = found.why
    elif row.outcome == Outcome.CREATED and found.member is not None:
        changes = (
            changed_fields(row, found)
            or _moves_value(row, known)
            or _adds_card(row, known)
            or (found.previous is None and _fills(row, found.member, said))
            or (found.previous is not None and _stands_otherwise(row, found))
        )
        row.outcome = Outcome.UPDATED if changes else Outcome.UNCHANGED


def _moves_value(row: ImportRow, known: Known) -> bool:
    opened = known.opened_by(row)
    return any(
        amount != (entry.amount if (entry := opened.get(part)) else 0)
        for part, amount in parts_of(row).items()
    )


def _fills(row: ImportRow, member: Member, said: set[tuple[int, str, str]]) -> bool:
    """Whether a row of somebody known brings a tier where none is, or another consent."""
    consents = row.values.get("consents", {}).items()
    return bool(row.values.get("tier") and not member.tier_id) or any(
        (member.pk, channel, state) not in said for channel, state in consents
    )


def _stands_otherwise(row: ImportRow, found: Match) -> bool:
    """Whether tier, consent or joining differ from what the same source said before."""
    if found.previous is None:
        return bool(row.values.get("consents"))
    stands = {"joined": found.member.joined_on.isoformat()} if found.member else {}
    said = ((key, row.values.get(key), found.previous.get(key)) for key in STANDING)
    return any(now and now not in (before, stands.get(key)) for key, now, before in said)


def _adds_card(row: ImportRow, known: Known) -> bool:
    card = row.values.get("card", "")
    return bool(card) and card not in known.by_card


def book_people(rows: Sequence[ImportRow], job: Job, tiers: TierBook) -> None:
    """Book rows in their order; those of one person stand together, the first one first.

    Sets outcome, member, why and what was before of each row and saves nothing of the row itself.
    Raises what the verbs of members and ledger raise; call it last in a transaction.
    """
    known = known_to(rows, job.batch)
    found = {row.number: match(row, known, job.policy) for row in rows}
    waiting = [row for row in rows if not _set_aside(row, found[row.number])]
    firsts = [row for row in waiting if row.outcome != Outcome.MERGED]
    made = enrol_all([row for row in firsts if found[row.number].member is None], job, tiers)
    there = [row for row in firsts if found[row.number].member is not None]
    merged = [row for row in waiting if row.outcome == Outcome.MERGED]
    _find_members(there, merged, rows, found)
    changes = Changes(job, tiers, known)
    changes.given = {
        (number, row.member_id)
        for row in made
        if (number := row.values.get("card")) and row.member_id is not None
    }
    moved = _change(there, merged, found, changes)
    mark_dirty(member_ids=[row.member_id for row in made if row.member_id], at=job.at)
    moved |= book([row for row in waiting if row.member_id is not None], known=known, job=job)
    for row in there:
        row.outcome = Outcome.UPDATED if row.number in moved else Outcome.UNCHANGED


def _set_aside(row: ImportRow, found: Match) -> bool:
    if not found.why:
        return False
    row.why = found.why
    row.outcome = Outcome.IGNORED if found.is_skipped else Outcome.FLAGGED
    return True


def _find_members(
    there: Sequence[ImportRow],
    merged: Sequence[ImportRow],
    group: Sequence[ImportRow],
    found: Mapping[int, Match],
) -> None:
    """Set the member of rows of people known, and of merged rows that of their first row."""
    for row in there:
        row.member = found[row.number].member
    here = {row.number: row for row in group}
    if elsewhere := {row.root for row in merged} - here.keys():
        firsts = ImportRow.objects.filter(batch=merged[0].batch_id, number__in=elsewhere)
        here |= {first.number: first for first in firsts}
    for row in merged:
        first, member = here[row.root], found[row.number].member
        row.member_id = member.pk if member is not None else first.member_id
        if row.member_id is None:
            # The first row could not be booked: this one waits with it.
            row.outcome = Outcome.FLAGGED
            row.why = first.why or first.errors


def _change(
    there: Sequence[ImportRow],
    merged: Sequence[ImportRow],
    found: Mapping[int, Match],
    changes: Changes,
) -> set[int]:
    """Change what differs on people known; returns the numbers of first rows that did."""
    differing = [row for row in there if _differs(row, found[row.number], changes.known)]
    joining = [row for row in merged if row.member_id is not None]
    pks = {row.member_id for row in [*differing, *joining] if row.member_id is not None}
    people = lock_members(pks)
    moved = {
        row.number
        for row in differing
        if row.member_id is not None and changes.of(row, found[row.number], people[row.member_id])
    }
    for row in joining:
        if row.member_id is not None:
            changes.joined_by(row, people[row.member_id], found[row.number].previous)
    changes.write()
    return moved


def _differs(row: ImportRow, found: Match, known: Known) -> bool:
    """Whether the row may change its member, balances aside."""
    return (
        bool(changed_fields(row, found))
        or _adds_card(row, known)
        or _stands_otherwise(row, found)
        or (found.previous is None and bool(row.values.get("tier")))
        or bool(row.values.get("card_status"))
    )
