"""Changes people who are there already, a whole group of rows at a time.

What each row changes is noted with it as it was before, so that the row can be taken back.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from django.db import connection
from psycopg.types.json import Jsonb

from common.names import mask_name
from imports.models import ImportRow
from imports.operations.cards import settle_card
from imports.operations.enrolling import (
    add_cards,
    add_consents,
    as_fields,
    card_columns,
    joined_on,
    tier_until,
)
from imports.operations.job import Job
from imports.operations.tiers import TierBook
from imports.queries.matching import Known, Match, changed_fields
from members.models import Consent, Member, MemberChange, TierHolding
from members.operations import set_tier
from members.operations.media import CardTaken
from members.operations.people import MemberClosed
from members.queries import tier_in_force
from members.rules.fields import normalise_member_fields

# Kept key by key in the image of what was before.
KEYED = ("attributes", "external_ids")

UPDATE = """
UPDATE members_member AS member SET {assignments}
FROM jsonb_populate_recordset(NULL::members_member, %s) AS new WHERE member.id = new.id
"""


def lock_members(pks: Iterable[int]) -> dict[int, Member]:
    """These members as they stand, locked until the commit, in the order of their keys.

    Raises MemberClosed.
    """
    if not pks:
        return {}
    rows = Member.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=set(pks))
    found = {member.pk: member for member in rows.select_related("home_store").order_by("pk")}
    for member in found.values():
        if member.status not in Member.LIVING:
            raise MemberClosed(member=member)
    return found


class Changes:
    """What the rows of a group change, gathered row by row and written together."""

    def __init__(self, job: Job, tiers: TierBook, known: Known) -> None:
        self.job, self.tiers, self.known = job, tiers, known
        self.columns: dict[int, dict[str, Any]] = defaultdict(dict)
        self.notes: list[MemberChange] = []
        self.cards: list[tuple[Any, ...]] = []
        # Number and member of cards that this group gives out.
        self.given: set[tuple[str, int]] = set()
        self.said: list[tuple[int, str, str]] = []

    def of(self, row: ImportRow, found: Match, member: Member) -> bool:
        """Gather what the row of a person changes on ``member``; whether anything."""
        fresh = Match(member, found.previous)
        before = _nothing_before()
        self._set(member, self._new_columns(row, fresh), before)
        self._card(row, member, before, found.previous)
        self._tier(row, fresh, before)
        self._consents(row, fresh, before)
        return _note(row, before)

    def joined_by(
        self, row: ImportRow, member: Member, previous: dict[str, Any] | None = None
    ) -> bool:
        """Gather what a later row of the same person adds: a card, and notes where none were."""
        before = _nothing_before()
        said = row.values.get("attributes", {})
        added = {key: text for key, text in said.items() if key not in member.attributes}
        if added:
            self._set(member, {"attributes": member.attributes | added}, before)
        self._card(row, member, before, previous)
        return _note(row, before)

    def write(self) -> None:
        """Write what was gathered."""
        write_columns(self.columns)
        MemberChange.objects.bulk_create(self.notes)
        add_cards(self.cards)
        add_consents(self.said, self.job)

    def _new_columns(self, row: ImportRow, found: Match) -> dict[str, Any]:
        member = found.member
        if member is None:
            return {}
        changed = changed_fields(row, found)
        kept = {name: changed.pop(name) for name in KEYED if name in changed}
        store = member.home_store
        columns = normalise_member_fields(
            as_fields(changed), country=store.country, today=self.job.today(store)
        )
        joined, before = joined_on(row.values), (found.previous or {}).get("joined")
        if joined and found.previous is not None and joined.isoformat() != before:
            # A corrected joining date; one that staff set since stays.
            columns["joined_on"] = joined
        return columns | kept

    def _set(self, member: Member, columns: Mapping[str, Any], before: dict[str, Any]) -> None:
        old = {name: getattr(member, name) for name in columns}
        new = {name: value for name, value in columns.items() if value != old[name]}
        if not new:
            return
        for name, value in new.items():
            setattr(member, name, value)
            if name in KEYED:
                was = old[name]
                before[name] |= {key: was.get(key) for key in value if value[key] != was.get(key)}
            else:
                before["fields"] |= plain({name: old[name]})
        self.columns[member.pk] |= new
        self._note_change(member, old, new)

    def _note_change(self, member: Member, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Keep it beside the member's other changes; the list's own columns stay with the row."""
        noted = {name: value for name, value in new.items() if name != "attributes"}
        if noted:
            self.notes.append(
                MemberChange(
                    member=member,
                    changed_at=self.job.at,
                    changed_by=self.job.by,
                    before=plain({name: old[name] for name in noted}),
                    after=plain(noted),
                )
            )

    def _card(
        self,
        row: ImportRow,
        member: Member,
        before: dict[str, Any],
        previous: dict[str, Any] | None = None,
    ) -> None:
        number = row.values.get("card")
        if not number or (number, member.pk) in self.given:
            return
        owner = self.known.by_card.get(number)
        if owner is None:
            self.cards.append(card_columns(row, member.pk, self.job))
            self.given.add((number, member.pk))
            before["cards_added"].append(number)
        elif owner.pk != member.pk:
            raise CardTaken(number=number, holder=mask_name(owner.name), member=owner.number)
        elif row.values.get("card_status"):
            settle_card(row, member, self.job, before, previous)

    def _tier(self, row: ImportRow, found: Match, before: dict[str, Any]) -> None:
        said, member = row.values.get("tier"), found.member
        last_said = (found.previous or {}).get("tier")
        tier = self.tiers.of(said)
        if tier is None or member is None or said == last_said:
            return
        if found.previous is None and member.tier_id:
            return
        job, held = self.job, tier_in_force(member, self.job.at)
        before["tier"] = member.tier_id
        if held and held.until:
            before["tier_until"] = held.until.isoformat()
        until, source = tier_until(row, job), TierHolding.Source.IMPORT
        set_tier(member=member, tier=tier, source=source, at=job.at, by=job.by, until=until)
        member.tier = tier

    def _consents(self, row: ImportRow, found: Match, before: dict[str, Any]) -> None:
        member = found.member
        said = row.values.get("consents", {})
        last_said = (found.previous or {}).get("consents", {})
        fresh = {
            channel: said[channel] for channel in said if last_said.get(channel) != said[channel]
        }
        if not fresh or member is None:
            return
        lines = Consent.objects.filter(member=member, channel__in=fresh).last_words()
        stands = {line.channel: line.state for line in lines if line.at <= self.job.at}
        for channel, state in fresh.items():
            if stands.get(channel) != state:
                self.said.append((member.pk, channel, state))
                before["consents_added"].append(channel)


def _nothing_before() -> dict[str, Any]:
    return {
        "fields": {},
        "attributes": {},
        "external_ids": {},
        "cards_added": [],
        "consents_added": [],
    }


def _note(row: ImportRow, before: dict[str, Any]) -> bool:
    """Keep the image with the row if it shows anything; whether it does."""
    if any(before.get(name) for name in _nothing_before()) or before.keys() & {"tier", "cards"}:
        row.before = before
        return True
    return False


def write_columns(members: Mapping[int, Mapping[str, Any]]) -> None:
    """Write new columns of members, by id: one statement for all whose same columns change."""
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for pk, columns in members.items():
        alike[tuple(sorted(columns))].append({"id": pk} | plain(columns))
    with connection.cursor() as cursor:
        for names, rows in sorted(alike.items()):
            cursor.execute(_update(names), [cast("Any", Jsonb(rows))])


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The columns as JSON holds them."""
    return {
        name: value if isinstance(value, dict | list | int | str | None) else value.isoformat()
        for name, value in values.items()
    }


def _update(names: Sequence[str]) -> str:
    return UPDATE.format(assignments=", ".join(f"{name} = new.{name}" for name in names))
