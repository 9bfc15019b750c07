"""Takes back what rows of a member list did to people: who was made goes, what was changed returns.

A field goes back only where it still says what the import wrote; what somebody changed since is
theirs and stays.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from imports.models import ImportRow
from imports.operations.changing import plain, write_columns
from imports.operations.enrolling import as_fields
from imports.operations.job import Job
from imports.operations.tiers import TierBook
from imports.queries.met_since import SOURCE, met_since, status_brought, those
from imports.rules import left_standing
from imports.rules.findings import Finding
from imports.rules.left_standing import reason
from ledger.operations.rollups import mark_dirty
from members.models import Card, Consent, Member, MemberChange, TierHolding
from members.operations import give_consent, withdraw_consent, withdraw_enrolments
from members.rules.fields import normalise_member_fields

KEYED = ("attributes", "external_ids")


def locked_members(rows: Sequence[ImportRow]) -> dict[int, Member]:
    """The members of the rows, locked in the order of their ids until the commit."""
    ids = {row.member_id for row in rows if row.member_id}
    members = Member.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=ids)
    return {member.pk: member for member in members.select_related("home_store").order_by("pk")}


def withdraw(
    rows: Sequence[ImportRow], members: Mapping[int, Member], job: Job
) -> dict[int, Finding]:
    """Close those whom the rows made and nobody has met since; why the others stay, by row."""
    made = {row.member_id: row.number for row in rows if row.member_id}
    # After the wallets, as tills do: whoever is serving them is done by now, or finds them closed.
    list(Member.objects.select_for_update().filter(pk__in=made).order_by("pk").values_list("pk"))
    stay = met_since(those(made), job.batch)
    going = [members[member] for member in sorted(made.keys() - stay.keys())]
    withdraw_enrolments(members=going, at=job.at, by=job.by)
    mark_dirty(member_ids=[member.pk for member in going], at=job.at)
    return {made[member]: why for member, why in stay.items()}


class PuttingBack:
    """What rows of a group put back on people, gathered row by row and written together."""

    def __init__(self, rows: Sequence[ImportRow], job: Job, tiers: TierBook) -> None:
        self.job, self.tiers = job, tiers
        self._found_later = _found_later(rows, job)
        self._columns: dict[int, dict[str, Any]] = defaultdict(dict)
        self._notes: list[MemberChange] = []

    def change(self, member: Member, columns: Mapping[str, Any]) -> None:
        """Gather the columns that are others now."""
        new = {name: value for name, value in columns.items() if getattr(member, name) != value}
        if not new:
            return
        before = plain({name: getattr(member, name) for name in new})
        for name, value in new.items():
            setattr(member, name, value)
        self._columns[member.pk] |= new
        self.note(member, before, plain(new))

    def gone_over(self, member: Member, name: str, written: Any) -> Finding | None:
        """That a later import found what this one wrote, and changed it: it goes first."""
        for was, batch in self._found_later.get((member.pk, name), ()):
            if was == written:
                return reason(left_standing.ImportedOverSince, batch=batch)
        return None

    def note(self, member: Member, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Gather a line for the member's history."""
        self._notes.append(
            MemberChange(
                member=member,
                changed_at=self.job.at,
                changed_by=self.job.by,
                before=before,
                after=after | {"import_undone": self.job.batch.pk},
            )
        )

    def write(self) -> None:
        """Write what was gathered so far."""
        write_columns(self._columns)
        MemberChange.objects.bulk_create(self._notes)
        self._columns.clear()
        self._notes.clear()


def _found_later(
    rows: Sequence[ImportRow], job: Job
) -> dict[tuple[int, str], list[tuple[Any, int]]]:
    """By member and field what imports that came later, and stand, had found there."""
    at, batch = job.batch.started_at, job.batch.pk
    later = Q(batch__started_at__gt=at) | Q(batch__started_at=at, batch__gt=batch)
    members = those({row.member_id for row in rows if row.member_id and row.before})
    others = ImportRow.objects.filter(later, member__in=members, before__isnull=False)
    others = others.exclude(undone=ImportRow.Undone.UNDONE)
    found = defaultdict(list)
    for member, other, before in others.values_list("member", "batch", "before"):
        image = before or {}
        tier = {"tier": image["tier"]} if "tier" in image else {}
        for name, was in (image.get("fields", {}) | tier).items():
            found[member, name].append((was, other))
    return found


def put_back(row: ImportRow, member: Member | None, back: PuttingBack) -> list[Finding]:
    """Undo what the row changed on its member; why something stays as it is."""
    if member is None or not (row.before or {}).keys() - {"openings"}:
        return []
    if member.status not in Member.LIVING:
        return [reason(left_standing.MemberClosedSince)]
    return [
        *_fields_back(row, member, back),
        *_cards_back(row, member),
        *_states_back(row, member, back),
        *_tier_back(row, member, back),
        *_consents_back(row, member, back.job),
    ]


def _changed(field: str) -> Finding:
    return reason(left_standing.FieldChangedSince, field=field)


def _fields_back(row: ImportRow, member: Member, back: PuttingBack) -> list[Finding]:
    """Put back what was there before where the import's word still stands."""
    image, written = row.before or {}, _written(row, member, back.job)
    new: dict[str, Any] = {}
    stays: list[Finding] = []
    for name, old in image.get("fields", {}).items():
        if plain({name: getattr(member, name)})[name] == old:
            # An earlier undo, which left something else of the row, put it back.
            continue
        if getattr(member, name) != written.get(name):
            # What is derived from a field is not named beside it.
            stays += [_changed(name)] if name in left_standing.FIELDS else []
        elif over := back.gone_over(member, name, plain({name: written.get(name)})[name]):
            stays += [over] if name in left_standing.FIELDS and over not in stays else []
        elif name == "phone" and _is_given(old, member, back):
            stays.append(reason(left_standing.PhoneGivenSince))
        else:
            new[name] = date.fromisoformat(old) if name == "joined_on" else old
    for name in KEYED:
        new[name], changed = _keys_back(member, row, name)
        stays += [_changed(key) for key in changed]
    back.change(member, new)
    return stays


def _written(row: ImportRow, member: Member, job: Job) -> dict[str, Any]:
    """The columns as the row would write them."""
    store = member.home_store
    today = max(job.today(store), job.at.date())
    columns = normalise_member_fields(as_fields(row.values), country=store.country, today=today)
    joined = row.values.get("joined")
    return columns | ({"joined_on": date.fromisoformat(joined)} if joined else {})


def _is_given(phone: str | None, member: Member, back: PuttingBack) -> bool:
    # A row further down the file may just have let go of it.
    back.write()
    others = Member.objects.findable().exclude(pk=member.pk)
    return bool(phone) and others.filter(phone=phone).exists()


def _keys_back(member: Member, row: ImportRow, name: str) -> tuple[dict[str, Any], list[str]]:
    """Attributes, or numbers in other systems, with the old ones back; and the keys that stay."""
    held, written = dict(getattr(member, name)), row.values.get(name, {})
    stays = []
    for key, old in (row.before or {}).get(name, {}).items():
        if held.get(key) == old:
            continue
        if held.get(key) != written.get(key):
            stays.append(key)
        elif old is None:
            held.pop(key, None)
        else:
            held[key] = old
    return held, stays


def _cards_back(row: ImportRow, member: Member) -> list[Finding]:
    """Cards that the row gave open nothing any more; one that was lost or replaced stays."""
    given = (row.before or {}).get("cards_added", [])
    if not given:
        return []
    cards = Card.objects.filter(number__in=given)
    if cards.exclude(member=member, status=status_brought(row)).exists():
        return [_changed("card")]
    cards.delete()
    return []


def _states_back(row: ImportRow, member: Member, back: PuttingBack) -> list[Finding]:
    """Cards whose state the row changed are what they were."""
    stays = []
    for number, old in (row.before or {}).get("cards", {}).items():
        said = {"member": member, "number": number, "status": status_brought(row)}
        if Card.objects.filter(member=member, number=number, status=old).exists():
            # As with fields, it was put back before.
            continue
        if not Card.objects.filter(**said).update(status=old):
            stays.append(_changed("card"))
            continue
        before = {"card": number, "status": said["status"]}
        back.note(member, before, {"card": number, "status": old})
    return stays


def _tier_back(row: ImportRow, member: Member, back: PuttingBack) -> list[Finding]:
    """The tier the member was in, till when they had it."""
    image = row.before or {}
    if "tier" not in image or member.tier_id == image["tier"]:
        return []
    given = back.tiers.of(row.values.get("tier"))
    holdings = TierHolding.objects.filter(member=member)
    held = holdings.order_by("-since", "-pk").first()
    if given is None or held is None or not _is_imports(held, given.pk, member):
        return [_changed("tier")]
    if over := back.gone_over(member, "tier", given.pk):
        return [over]
    held.delete()
    earlier = holdings.filter(tier=image["tier"], until=held.since).order_by("-pk").first()
    if earlier is not None:
        until = image.get("tier_until")
        earlier.until = datetime.fromisoformat(until) if until else None
        earlier.save(update_fields=["until"])
    member.tier_id = image["tier"]
    member.save(update_fields=["tier"])
    return []


def _is_imports(held: TierHolding, tier: int, member: Member) -> bool:
    return (
        held.source == TierHolding.Source.IMPORT
        and held.until is None
        and held.tier_id == member.tier_id == tier
    )


def _consents_back(row: ImportRow, member: Member, job: Job) -> list[Finding]:
    """Say again what the member had said; where they had said nothing, it is a no.

    The log of consent only grows, and silence is not consent.
    """
    stays = []
    for channel in (row.before or {}).get("consents_added", []):
        states = Consent.objects.filter(member=member, channel=channel).order_by("-at", "-pk")
        lines = list(states.values_list("source", "state"))
        said = (SOURCE, _said(row, channel))
        earlier = lines[lines.index(said) + 1 :] if said in lines else []
        is_yes = bool(earlier) and earlier[0][1] == Consent.State.GIVEN
        old = Consent.State.GIVEN if is_yes else Consent.State.WITHDRAWN
        if not lines or lines[0] not in {said, (SOURCE, old)}:
            stays.append(_changed("consent"))
        elif lines[0][1] != old:
            say = give_consent if is_yes else withdraw_consent
            say(member=member, channel=channel, at=job.at, source=SOURCE, by=job.by)
    return stays


def _said(row: ImportRow, channel: str) -> str:
    return str(row.values.get("consents", {}).get(channel, ""))
