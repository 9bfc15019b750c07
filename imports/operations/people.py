"""Books rows of a member list: makes who is new, changes what differs, opens their balances."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from imports.models import ImportRow
from imports.operations.cards import card_of, settle_card
from imports.operations.job import Job
from imports.operations.openings import book
from imports.operations.tiers import TierBook
from imports.queries.matching import Known, Match, changed_fields, known_to, match, parts_of
from ledger.operations.rollups import mark_dirty
from members.models import Card, Consent, Member, TierHolding
from members.operations import (
    give_consent,
    set_tier,
    update_member,
    withdraw_consent,
)
from members.queries import tier_in_force
from members.rules.birthdays import Birthday
from members.rules.fields import normalise_member_fields

FIELDS = (
    *("name", "phone", "email", "gender", "address", "region", "occupation", "education"),
    *("channel", "notes", "lunar_birthday"),
)
STANDING = ("tier", "consents", "joined", "card_status")
SOURCE = "import"
MEMBER_COLUMNS = (
    *FIELDS,
    *("birth_year", "birth_month", "birth_day", "lunar_month", "lunar_day", "lunar_leap"),
    *("pinyin", "initials", "last_word"),
)

Outcome = ImportRow.Outcome


def predict(rows: Sequence[ImportRow], job: Job) -> None:
    """Say on each row what would become of it, writing nothing."""
    known = known_to(rows, job.batch)
    for row in rows:
        if row.outcome in {Outcome.CREATED, Outcome.MERGED}:
            _foresee(row, match(row, known, job.policy), known)


def _foresee(row: ImportRow, found: Match, known: Known) -> None:
    if found.why:
        row.outcome = Outcome.IGNORED if found.is_skipped else Outcome.FLAGGED
        row.why = found.why
    elif row.outcome == Outcome.CREATED and found.member is not None:
        changes = (
            changed_fields(row, found)
            or _moves_value(row, known)
            or _adds_card(row, known)
            or _stands_otherwise(row, found)
        )
        row.outcome = Outcome.UPDATED if changes else Outcome.UNCHANGED


def _moves_value(row: ImportRow, known: Known) -> bool:
    parts = parts_of(row)
    entries = {part: known.openings.get((row.key, part)) for part in parts}
    return any(
        amount != (entry.amount if (entry := entries[part]) else 0)
        for part, amount in parts.items()
    )


def _stands_otherwise(row: ImportRow, found: Match) -> bool:
    """Whether tier, consent or joining differ from what the same source said before."""
    if found.previous is None:
        return bool(row.values.get("consents"))
    said = ((row.values.get(key), found.previous.get(key)) for key in STANDING)
    return any(now and now != before for now, before in said)


def _adds_card(row: ImportRow, known: Known) -> bool:
    card = row.values.get("card", "")
    return bool(card) and card not in known.by_card


def book_people(rows: Sequence[ImportRow], job: Job, tiers: TierBook) -> None:
    """Book rows in their order; those of one person stand together, the first one first.

    Sets outcome, member and why of each row and saves nothing of the row itself. Raises what the
    verbs of members and ledger raise; call it inside a transaction.
    """
    known = known_to(rows, job.batch)
    found = {row.number: match(row, known, job.policy) for row in rows}
    waiting = [row for row in rows if not _set_aside(row, found[row.number])]
    firsts = [row for row in waiting if row.outcome != Outcome.MERGED]
    fresh = [row for row in firsts if found[row.number].member is None]
    made = {row.number for row in fresh}
    _create(fresh, job, tiers)
    moved: set[int] = set()
    for row in firsts:
        member = found[row.number].member
        if member is not None:
            row.member = member
            if _update(row, found[row.number], job, tiers):
                moved.add(row.number)
    _join([row for row in waiting if row.outcome == Outcome.MERGED], rows, found, job)
    owned = [(row, row.member) for row in waiting if row.member is not None]
    moved |= book(owned, known=known, job=job)
    for row in firsts:
        if row.number not in made:
            row.outcome = Outcome.UPDATED if row.number in moved else Outcome.UNCHANGED


def _set_aside(row: ImportRow, found: Match) -> bool:
    if not found.why:
        return False
    row.why = found.why
    row.outcome = Outcome.IGNORED if found.is_skipped else Outcome.FLAGGED
    return True


def _create(rows: Sequence[ImportRow], job: Job, tiers: TierBook) -> None:
    """Enrol many at once, with their cards, tiers and what they agreed to."""
    members = [_member(row, job, tiers) for row in rows]
    Member.objects.bulk_create(members)
    for row, member in zip(rows, members, strict=True):
        row.member, row.outcome = member, Outcome.CREATED
    pairs = list(zip(rows, members, strict=True))
    Card.objects.bulk_create(
        card_of(row, member, job) for row, member in pairs if row.values.get("card")
    )
    Consent.objects.bulk_create(
        Consent(
            member=member,
            channel=channel,
            state=state,
            at=job.at,
            source=SOURCE,
            operator=job.by,
        )
        for row, member in pairs
        for channel, state in row.values.get("consents", {}).items()
    )
    TierHolding.objects.bulk_create(
        TierHolding(
            member=member,
            tier=member.tier,
            since=job.at,
            source=TierHolding.Source.IMPORT,
            decided_by=job.by,
        )
        for member in members
        if member.tier is not None
    )
    if members:
        mark_dirty(member_ids=[member.pk for member in members], at=job.at)


def _member(row: ImportRow, job: Job, tiers: TierBook) -> Member:
    values = row.values
    store = job.store_of(values.get("store_pk"))
    today = store.business_date(job.at)
    columns = normalise_member_fields(
        as_fields(values), country=store.country, today=max(today, job.at.date())
    )
    joined = values.get("joined")
    return Member(
        **columns,
        home_store=store,
        joined_on=date.fromisoformat(joined) if joined else today,
        attributes=values.get("attributes", {}),
        external_ids=values.get("external_ids", {}),
        tier=tiers.of(values.get("tier")),
        request_id=row.key,
        created_by=job.by,
        created_at=job.at,
    )


def as_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """What ``normalise_member_fields`` takes of a row's values."""
    fields = {name: values[name] for name in FIELDS if values.get(name)}
    if birthday := values.get("birthday"):
        fields["birthday"] = Birthday(birthday["year"], birthday["month"], birthday["day"])
    return fields


def _update(row: ImportRow, found: Match, job: Job, tiers: TierBook) -> bool:
    """Change what differs on somebody known; returns whether anything did."""
    member = found.member
    if member is None:
        return False
    changed = changed_fields(row, found)
    before = _before(member, changed)
    attributes = changed.pop("attributes", None)
    external = {"external_ids": ids} if (ids := changed.pop("external_ids", None)) else {}
    if changed or external:
        row.member = update_member(
            member=member, at=job.at, by=job.by, **as_fields(changed), **external
        )
    if attributes is not None:
        Member.objects.filter(pk=member.pk).update(attributes=attributes)
    before["fields"] |= _old_columns(member, row.member)
    others = (
        settle_card(row, member, job, before, found.previous),
        _changed_tier(row, found, job, tiers, before),
        _changed_consent(row, found, job, before),
        _changed_joining(row, found, before),
    )
    if changed or external or attributes is not None or any(others):
        row.before = before
    return row.before is not None


def _before(member: Member, changed: Mapping[str, Any]) -> dict[str, Any]:
    """An image of nothing changed yet but for the keys of what the row brings along."""
    old: dict[str, Any] = {"fields": {}, "cards_added": [], "consents_added": []}
    for name in ("attributes", "external_ids"):
        held = getattr(member, name)
        fresh = changed.get(name, held)
        old[name] = {key: held.get(key) for key in fresh if fresh[key] != held.get(key)}
    return old


def _old_columns(member: Member, changed: Member | None) -> dict[str, Any]:
    """The columns as they were, of those that are otherwise now."""
    pairs = ((name, getattr(member, name), getattr(changed, name)) for name in MEMBER_COLUMNS)
    return {name: old for name, old, new in pairs if old != new}


def _changed_tier(
    row: ImportRow, found: Match, job: Job, tiers: TierBook, image: dict[str, Any]
) -> bool:
    said, member = row.values.get("tier"), found.member
    if not said or member is None:
        return False
    before = (found.previous or {}).get("tier")
    tier = tiers.of(said)
    if tier is None or said == before or (found.previous is None and member.tier_id):
        return False
    held = tier_in_force(member, job.at)
    image["tier"] = member.tier_id
    if held and held.until:
        image["tier_until"] = held.until.isoformat()
    set_tier(member=member, tier=tier, source=TierHolding.Source.IMPORT, at=job.at, by=job.by)
    return True


def _changed_consent(row: ImportRow, found: Match, job: Job, image: dict[str, Any]) -> bool:
    before = (found.previous or {}).get("consents", {})
    fresh = {
        channel: state
        for channel, state in row.values.get("consents", {}).items()
        if before.get(channel) != state
    }
    verbs = {"given": give_consent, "withdrawn": withdraw_consent}
    for channel, state in fresh.items():
        if found.member is not None:
            verbs[state](member=found.member, channel=channel, at=job.at, source=SOURCE, by=job.by)
            image["consents_added"].append(channel)
    return bool(fresh)


def _changed_joining(row: ImportRow, found: Match, image: dict[str, Any]) -> bool:
    """A corrected joining date; one that staff set since stays."""
    said, member = row.values.get("joined"), found.member
    before = (found.previous or {}).get("joined")
    if not said or member is None or found.previous is None or said == before:
        return False
    image["fields"]["joined_on"] = member.joined_on.isoformat()
    return bool(Member.objects.filter(pk=member.pk).update(joined_on=date.fromisoformat(said)))


def _join(
    merged: Sequence[ImportRow],
    chunk: Sequence[ImportRow],
    found: Mapping[int, Match],
    job: Job,
) -> None:
    """Give each merged row the member of its first row, and that member the row's card."""
    here = {row.number: row for row in chunk}
    for row in merged:
        first = here.get(row.root) or ImportRow.objects.select_related("member__home_store").get(
            batch=job.batch, number=row.root
        )
        row.member = found[row.number].member or first.member
        if row.member is None:
            # The first row could not be booked: this one waits with it.
            row.outcome = Outcome.FLAGGED
            row.why = first.why or first.errors
        else:
            before = _before(row.member, {})
            previous = found[row.number].previous
            if settle_card(row, row.member, job, before, previous) | _keep_notes(
                row, row.member, before
            ):
                row.before = before


def _keep_notes(row: ImportRow, member: Member, before: dict[str, Any]) -> bool:
    """What only the later row says goes where the first one left a blank."""
    fresh = {
        key: text
        for key, text in row.values.get("attributes", {}).items()
        if key not in member.attributes
    }
    if fresh:
        before["attributes"] = dict.fromkeys(fresh)
        member.attributes |= fresh
        member.save(update_fields=["attributes"])
    return bool(fresh)
