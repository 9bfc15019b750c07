"""Whose row is it: members known by the row's source, phone, card, e-mail or name."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import F

from common.errors import DomainError
from imports.models import ImportBatch, ImportRow, Opening
from imports.queries.listed import Listed
from imports.queries.references import Elsewhere, holders_meant, reached_by_phone, with_email
from imports.rules import findings
from imports.rules.cells import name_key
from imports.rules.duplicates import OnDuplicate, may_be_new
from imports.rules.findings import Finding
from ledger.models import AssetKind, Lot, LotOrigin, Movement
from members.models import Card, Member, MemberChange

TEXT_FIELDS = (
    *("name", "phone", "email", "gender", "address", "region", "occupation", "education"),
    *("channel", "notes", "lunar_birthday"),
)

ERASED = Member.Status.ERASED
# Marks a row whose balances stood here when it came.
HELD = "held"
# What a row said of itself, beside its values: nobody is known by it.
NOT_ASKED = ("raw", "amounts", "fixes", "before", "undo_why", "errors", "warnings", "why")


@dataclass(slots=True)
class Match:
    """What the database makes of a row: nobody yet, somebody, or a question.

    ``previous`` is what the same source row said last time it was booked.
    """

    member: Member | None = None
    previous: dict[str, Any] | None = None
    why: list[Finding] = field(default_factory=list)
    is_skipped: bool = False

    @property
    def is_question(self) -> bool:
        """Whether somebody has to decide before anything of the row is booked."""
        return bool(self.why) and not self.is_skipped


@dataclass(slots=True)
class Known:
    """All that the database knows of the people in one batch of rows, in a handful of queries."""

    linked: dict[UUID, tuple[Member, dict[str, Any]]]
    by_phone: dict[str, Member]
    by_card: dict[str, Member]
    by_email: dict[str, Member]
    by_name: dict[str, Member]
    elsewhere: Elsewhere
    # What a source row opened of each part.
    openings: dict[UUID, dict[str, Opening]]
    # Sources, outside this file, that opened a part of a member's balance.
    opened_elsewhere: set[tuple[int, str]]
    # Value that members earned or paid for here; no list brought any of it.
    earned_here: set[tuple[int, str]] = field(default_factory=set)
    # What members hold now, by member and part in small letters.
    held: dict[tuple[int, str], int] = field(default_factory=dict)
    # Openings of these rows that were drawn on since, of those that a row would lower.
    used: set[UUID] = field(default_factory=set)
    # Sources of persons who asked to be forgotten.
    erased: set[UUID] = field(default_factory=set)
    # By row of a list of cards: the members that its member number or its name speaks of.
    holders: dict[int, list[Member]] = field(default_factory=dict)

    def opened_by(self, row: ImportRow) -> dict[str, Opening]:
        """What the row's source has opened so far, by part."""
        return self.openings.get(row.key) or {}


def known_to(rows: Sequence[ImportRow], batch: ImportBatch) -> Known:
    """Look up everybody the rows may mean."""
    values = [row.values for row in rows]
    lonely = [v for v in values if not v.get("phone") and not v.get("card")]
    linked = _linked(rows, batch)
    new = (row.values.get("external_ids", {}) for row in rows if row.key not in linked)
    known = Known(
        linked={key: pair for key, pair in linked.items() if pair[0].status in Member.LIVING},
        erased=_erased(linked),
        by_phone=reached_by_phone(v.get("phone") for v in values),
        by_card=_by_card(v.get("card") for v in values),
        by_email=_by(with_email(), "email", (v.get("email") for v in lonely)),
        by_name=_by(Member.objects.findable(), "name", (v.get("name") for v in lonely)),
        elsewhere=Elsewhere(number for numbers in new for number in numbers.values()),
        openings={},
        opened_elsewhere=set(),
    )
    if batch.kind == "cards":
        known.holders = holders_meant(rows, batch)
    _look_up_openings(known, rows, batch)
    return known


def _linked(
    rows: Sequence[ImportRow], batch: ImportBatch
) -> dict[UUID, tuple[Member, dict[str, Any]]]:
    earlier = (
        ImportRow.objects.standing()
        .filter(key__in=_keys(rows), member__isnull=False)
        .exclude(batch=batch)
        .select_related("member__merged_into")
        .defer(*NOT_ASKED)
        .order_by("pk")
    )
    found = {}
    for row in earlier:
        if row.member is not None:
            found[row.key] = (row.member.merged_into or row.member, row.values)
    return found


def _erased(linked: Mapping[UUID, tuple[Member, Any]]) -> set[UUID]:
    """Sources of persons who were erased, which is more than an import that was taken back."""
    gone = {key: one.pk for key, (one, _said) in linked.items() if one.status == ERASED}
    if not gone:
        return set()
    withdrawn = MemberChange.objects.filter(member__in=gone.values(), after__withdrawn=True)
    taken_back = set(withdrawn.values_list("member", flat=True))
    return {key for key, pk in gone.items() if pk not in taken_back}


def _keys(rows: Sequence[ImportRow]) -> Listed:
    return Listed((row.key for row in rows), kind="uuid")


def _by(members: Any, column: str, wanted: Iterable[str | None]) -> dict[str, Member]:
    texts = {text for text in wanted if text}
    if not texts:
        return {}
    found = members.filter(**{f"{column}__in": Listed(texts)}).order_by("-pk")
    return {getattr(member, column): member for member in found}


def _by_card(wanted: Iterable[str | None]) -> dict[str, Member]:
    numbers = {number for number in wanted if number}
    cards = Card.objects.filter(number__in=Listed(numbers)).select_related("member")
    return {card.number: card.member for card in cards}


def _look_up_openings(known: Known, rows: Sequence[ImportRow], batch: ImportBatch) -> None:
    keys = {row.key for row in rows}
    people = {member.pk for member, _previous in known.linked.values()}
    for table in (known.by_phone, known.by_card, known.by_email):
        people |= {member.pk for member in table.values()}
    people |= {member.pk for meant in known.holders.values() for member in meant}
    for entry in Opening.objects.filter(key__in=_keys(rows)):
        known.openings.setdefault(entry.key, {})[entry.part] = entry
    lowered = [entry for row in rows for entry in lowered_parts(row, known)]
    known.used = _used([txn for entry in lowered for txn in entry.txn_ids])
    now = _who_they_are_now(people)
    opened = Opening.objects.filter(
        member__in=now, amount__gt=0, batch__store__entity=batch.store.entity_id
    )
    others = opened.exclude(batch=batch).values_list("member_id", "part", "key")
    found = [(now[pk], part, key) for pk, part, key in others if key not in keys]
    # Looked up one by one and only where there are some: a large file has many keys.
    said = {key for _member, _part, key in found}
    here = ImportRow.objects.filter(batch=batch, key__in=said) if said else ImportRow.objects.none()
    in_file = set(here.values_list("key", flat=True))
    known.opened_elsewhere = {(pk, part) for pk, part, key in found if key not in in_file}
    if batch.kind == "members":
        brought = {
            (now[pk], part.casefold()) for pk, part in opened.values_list("member_id", "part")
        }
        known.held = _held_here(people, batch)
        known.earned_here = known.held.keys() - brought


def _who_they_are_now(people: set[int]) -> dict[int, int]:
    """These members, and those who were merged into one of them, each as who they are now."""
    merged = Member.objects.filter(merged_into__in=people).values_list("pk", "merged_into__pk")
    return {pk: pk for pk in people} | dict(merged)


def _held_here(people: set[int], batch: ImportBatch) -> dict[tuple[int, str], int]:
    """What these members hold of each part of their balances, named in small letters."""
    lots = Lot.objects.filter(
        wallet__member__in=people, wallet__asset__entity=batch.store.entity_id, is_open=True
    )
    asset = ("wallet__asset__kind", "wallet__asset__name", "wallet__asset__name_zh")
    held: Counter[tuple[int, str]] = Counter()
    for member, left, origin, *names in lots.values_list(
        "wallet__member", "remaining", "origin", *asset
    ):
        for part in _parts_of_asset(origin, *names):
            held[member, part] += left
    return held


def _parts_of_asset(origin: str, kind: str, *names: str) -> list[str]:
    """What a list may call an asset, in small letters."""
    if kind == AssetKind.MONEY:
        is_paid = origin in {LotOrigin.PAID, LotOrigin.OPENING}
        return ["stored_value_principal" if is_paid else "stored_value_bonus"]
    if kind == AssetKind.UNIT:
        return list({f"unit:{name}".casefold() for name in names if name})
    return [{AssetKind.POINTS: "points", AssetKind.COIN: "coins"}.get(AssetKind(kind), kind)]


def match(row: ImportRow, known: Known, policy: OnDuplicate) -> Match:
    """Say whose the row is, or what has to be asked first."""
    linked = known.linked.get(row.key)
    found = _from_source(row, known, *linked) if linked else _from_person(row, known)
    if found.member is None and not found.why and row.key in known.erased:
        return Match(why=[findings.finding(findings.ErasedHere())], is_skipped=True)
    if not found.is_question and found.member is not None:
        found = _balance_question(row, known, found) or found
    if found.is_question and row.decision == ImportRow.Decision.NEW and may_be_new(found.why):
        return Match()
    if found.is_question and row.decision == ImportRow.Decision.MERGE:
        found.why = []
    elif found.is_question:
        # A policy is about people nobody has told apart yet; this source is somebody already.
        told_apart = linked is not None and policy == OnDuplicate.MERGE
        _apply_policy(found, OnDuplicate.FLAG if told_apart else policy)
    return found


def _from_source(row: ImportRow, known: Known, member: Member, previous: dict[str, Any]) -> Match:
    phone, card = row.values.get("phone", ""), row.values.get("card", "")
    holder = known.by_phone.get(phone)
    if holder is not None and holder.pk != member.pk:
        # A row that was merged into somebody has that person's phone anyway.
        return _question(findings.SamePhoneAsMember(member=holder.number), holder)
    owner = known.by_card.get(card)
    if owner is not None and owner.pk != member.pk:
        return _question(findings.SameCardAsMember(member=owner.number), owner)
    return Match(member, previous)


def _from_person(row: ImportRow, known: Known) -> Match:
    """A row from a source not met before."""
    name, phone, card = (row.values.get(key, "") for key in ("name", "phone", "card"))
    holder, owner = known.by_phone.get(phone), known.by_card.get(card)
    if holder is not None:
        if owner is not None and owner.pk != holder.pk:
            return _question(findings.SameCardAsMember(member=owner.number), owner)
        if owner is not None or _same_person(name, holder):
            return Match(holder)
        return _question(findings.SamePhoneAsMember(member=holder.number), holder)
    if owner is not None:
        asked = _question(findings.SameCardAsMember(member=owner.number), owner)
        return Match(owner) if _same_person(name, owner) else asked
    if meant := known.holders.get(row.number):
        several = findings.SeveralOfThatName(name=name)
        return Match(meant[0]) if len(meant) == 1 else _question(several, meant[0])
    numbered = _numbered(row, known, name)
    return numbered or (Match() if phone or card else _without_phone(row, known, name))


def _numbered(row: ImportRow, known: Known, name: str) -> Match | None:
    """Whoever has its number in another system; without a name only in the column of that name."""
    numbers = row.values.get("external_ids", {})
    member = known.elsewhere.named(numbers) or (known.elsewhere.holder(numbers) if name else None)
    return Match(member) if member is not None and _same_person(name, member) else None


def _without_phone(row: ImportRow, known: Known, name: str) -> Match:
    holder = known.by_email.get(row.values.get("email", ""))
    if holder is not None:
        if _same_person(name, holder):
            return Match(holder)
        return _question(findings.SameEmailAsMember(member=holder.number), holder)
    namesake = known.by_name.get(name)
    if namesake is not None and namesake.number in row.values.get("external_ids", {}).values():
        # A list that was exported here.
        return Match(namesake)
    told_apart = row.values.get("email") or row.values.get("external_ids")
    if namesake is not None and not told_apart:
        return _question(findings.SameNameAsMember(member=namesake.number), namesake)
    return Match()


def _question(refusal: DomainError, member: Member) -> Match:
    return Match(member, why=[findings.finding(refusal)])


def _same_person(name: str, member: Member) -> bool:
    return not name or not member.name or name_key(name) == name_key(member.name)


def _apply_policy(found: Match, policy: OnDuplicate) -> None:
    about_money = {"opened_before", "balance_used_since", "holds_value_already"}
    if policy == OnDuplicate.SKIP:
        found.is_skipped = True
    elif policy == OnDuplicate.MERGE and found.why[0]["code"] not in about_money:
        found.why = []


def _balance_question(row: ImportRow, known: Known, found: Match) -> Match | None:
    if found.member is None:
        return None
    opened = known.opened_by(row)
    for part, amount in parts_of(row).items():
        entry = opened.get(part)
        if entry is not None and found.previous is None and not entry.amount:
            # An undo took it back whole, and with it what was decided about it.
            entry = None
        if entry is None and amount and (found.member.pk, part) in known.opened_elsewhere:
            return _question(findings.OpenedBefore(), found.member)
        is_first = found.previous is None or HELD in found.previous
        is_new = entry is None and is_first and amount
        if is_new and (found.member.pk, part.casefold()) in known.earned_here:
            return _question(findings.HoldsValueAlready(), found.member)
    lowered = lowered_parts(row, known)
    if any(txn in known.used for entry in lowered for txn in entry.txn_ids):
        return _question(findings.BalanceUsedSince(), found.member)
    return None


def parts_of(row: ImportRow) -> dict[str, int]:
    """Part → amount of the balances a row states; a unit's part is ``unit:NAME``."""
    if row.is_repeated:
        return {}
    balances = row.values.get("balances", {})
    plain = ("stored_value_principal", "stored_value_bonus", "points", "coins")
    stated = row.values.get("stated", plain)
    parts = {part: int(balances.get(part, 0)) for part in plain if part in stated}
    parts |= {f"unit:{name}": held["count"] for name, held in balances.get("units", {}).items()}
    return parts


def tells_what_is_held(row: ImportRow, member: Member, known: Known) -> bool:
    """Whether a row of our own list says of a member's balances what stands here anyway."""
    if member.number not in row.values.get("external_ids", {}).values():
        return False
    said = {(member.pk, part.casefold()): amount for part, amount in parts_of(row).items()}
    return any(said.values()) and all(known.held.get(key, 0) == said[key] for key in said)


def lowered_parts(row: ImportRow, known: Known) -> list[Opening]:
    """What the row opened before and now holds less of."""
    if not (opened := known.opened_by(row)):
        return []
    amounts = parts_of(row)
    entries = (opened[part] for part in amounts if part in opened)
    return [entry for entry in entries if amounts[entry.part] < entry.amount]


def _used(txn_ids: Sequence[UUID]) -> set[UUID]:
    """Those of these transactions that granted something which has been drawn on since."""
    if not txn_ids:
        return set()
    drawn = Movement.objects.filter(
        txn__in=txn_ids, amount__gt=0, lot__remaining__lt=F("lot__granted")
    )
    return set(drawn.values_list("txn", flat=True))


def changed_fields(row: ImportRow, found: Match) -> dict[str, Any]:
    """What the row would change on its member: values by name, nothing that is so already.

    The same source row changes what it says otherwise than last time, so that what staff mended
    since stays; a row of somebody known only fills what is blank.
    """
    member, values = found.member, row.values
    if member is None:
        return {}
    changed = {
        name: values[name]
        for name in TEXT_FIELDS
        if values.get(name)
        and _may_change(name, values, found)
        and getattr(member, name) != values[name]
    }
    if values.get("birthday") and _may_change("birthday", values, found):
        said = tuple(values["birthday"][part] for part in ("year", "month", "day"))
        if said != (member.birth_year, member.birth_month, member.birth_day):
            changed["birthday"] = values["birthday"]
    for name in ("attributes", "external_ids"):
        held = getattr(member, name)
        before = held if found.previous is None else found.previous.get(name, {})
        fresh = {
            key: text
            for key, text in values.get(name, {}).items()
            if held.get(key) != text
            # A list that was exported here carries the number the member has here.
            and not (name == "external_ids" and text == member.number)
            and (key not in before if found.previous is None else before.get(key) != text)
        }
        if fresh:
            changed[name] = held | fresh
    return changed


def _may_change(name: str, values: dict[str, Any], found: Match) -> bool:
    if found.previous is not None:
        return bool(values[name] != found.previous.get(name))
    if name == "birthday":
        member = found.member
        return member is not None and member.birth_month is None and member.birth_year is None
    return not getattr(found.member, name)
