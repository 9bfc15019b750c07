"""Enrol a member, and keep what is known of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.errors import DomainError
from common.names import mask_name
from common.phones import mask_phone
from members.models import Card, Dependant, Member, MemberChange, MemberTag, Store, User
from members.operations.media import add_card
from members.queries import attribute_with_key
from members.rules.attributes import attribute_value
from members.rules.fields import normalise_member_fields

KEEP = "SELECT id, status FROM members_member WHERE id = ANY (%s) ORDER BY id FOR KEY SHARE"
PHONE_RULE = "members_member_phone_of_one_living_member"
ERASED_COLUMNS: Mapping[str, Any] = {
    "name": "",
    "phone": None,
    "email": "",
    "address": "",
    "region": "",
    "birth_month": None,
    "birth_day": None,
    "lunar_birthday": "",
    "lunar_month": None,
    "lunar_day": None,
    "lunar_leap": False,
    "occupation": "",
    "education": "",
    "notes": "",
    "attributes": {},
    "external_ids": {},
    "pinyin": "",
    "initials": "",
    "last_word": "",
}


class PhoneTaken(DomainError):
    """Another living member has the phone."""

    code = "phone_taken"
    message = _(
        "The phone %(phone)s already belongs to %(holder)s, member %(number)s. "
        "Open that member, or enter another phone."
    )


class MemberClosed(DomainError):
    """The member was merged into another one, or erased."""

    code = "member_closed"
    message = _(
        "The member %(number)s is closed: %(status)s. Nothing can be changed on them any more."
    )

    def __init__(self, *, member: Member) -> None:
        super().__init__(number=member.number, status=Member.Status(member.status).label)


class NothingToEnrol(DomainError):
    """Neither a name, nor a phone, nor a card, nor an e-mail."""

    code = "nothing_to_enrol"
    message = _("Give at least a name, a phone, an e-mail or a card, so the member can be found.")


def enrol(
    *,
    store: Store,
    at: datetime,
    by: User | None,
    cards: Sequence[str] = (),
    referrer: Member | None = None,
    joined_on: date | None = None,
    external_ids: Mapping[str, str] | None = None,
    request_id: UUID | None = None,
    **fields: Any,
) -> Member:
    """Make a member of the business whose home is ``store``.

    ``fields`` are those of ``normalise_member_fields``; a phone is read as one of the store's
    country. ``joined_on`` is the store's business day of ``at`` unless given. A repeated
    ``request_id`` returns the member made first.

    Raises NothingToEnrol, PhoneTaken, CardTaken, BadCardNumber and what
    ``normalise_member_fields`` raises.
    """
    today = store.business_date(at)
    columns = normalise_member_fields(fields, country=store.country, today=today)
    if not (cards or columns.get("name") or columns.get("phone") or columns.get("email")):
        raise NothingToEnrol
    member = Member(
        **columns,
        home_store=store,
        joined_on=joined_on or today,
        referrer=referrer,
        external_ids=dict(external_ids or {}),
        request_id=request_id,
        created_by=by,
        created_at=at,
    )
    return _enrolled(request_id) or _insert(member, cards, at)


def _enrolled(request_id: UUID | None) -> Member | None:
    if request_id is None:
        return None
    return Member.objects.filter(request_id=request_id).first()


def _insert(member: Member, cards: Sequence[str], at: datetime) -> Member:
    try:
        with transaction.atomic():
            member.save(force_insert=True)
            for number in cards:
                add_card(member=member, number=number, at=at)
    except IntegrityError as error:
        # Asked twice at once: whichever rule broke first, the same request is the same member.
        if first := _enrolled(member.request_id):
            return first
        raise _as_refusal(error, member.phone) from error
    return member


def _as_refusal(error: IntegrityError, phone: str | None) -> Exception:
    """The refusal behind a broken rule; the error itself where no person could cause it."""
    if broken_constraint(error) != PHONE_RULE or phone is None:
        return error
    return _phone_taken(Member.objects.findable().get(phone=phone))


def _phone_taken(holder: Member) -> PhoneTaken:
    masked = {"phone": mask_phone(holder.phone or ""), "holder": mask_name(holder.name)}
    return PhoneTaken(**masked, number=holder.number)


def check_phone_free(phone: str, *, but: Member | None = None) -> str:
    """Return the E.164 number if no living member other than ``but`` has it. Raises PhoneTaken.

    For a form that asks before it saves; the verbs themselves rely on the database.
    """
    holder = Member.objects.findable().filter(phone=phone).first()
    if holder is not None and holder != but:
        raise _phone_taken(holder)
    return phone


@transaction.atomic
def update_member(*, member: Member, at: datetime, by: User | None, **fields: Any) -> Member:
    """Change what is known of a member; fields left out stay as they are.

    ``fields`` are those of ``normalise_member_fields`` and ``external_ids``; who changed what is
    kept beside it. Equal values change nothing.

    Raises MemberClosed, PhoneTaken and what ``normalise_member_fields`` raises.
    """
    external = {"external_ids": fields.pop("external_ids")} if "external_ids" in fields else {}
    member = lock_open_member(member)
    store = member.home_store
    columns = normalise_member_fields(fields, country=store.country, today=store.business_date(at))
    return _write(member, columns | external, at=at, by=by)


@transaction.atomic
def set_attribute(
    *, member: Member, key: str, value: object, at: datetime, by: User | None
) -> Member:
    """Write the member's answer to one of the shop's own questions; ``None`` takes it away.

    Raises MemberClosed, UnknownAttribute, BadAttributeValue.
    """
    definition = attribute_with_key(key)
    member = lock_open_member(member)
    attributes = {name: said for name, said in member.attributes.items() if name != key}
    if value is not None:
        attributes[key] = attribute_value(
            value,
            attribute=definition.label,
            kind=definition.kind,
            choices=definition.choices,
        )
    return _write(member, {"attributes": attributes}, at=at, by=by)


@transaction.atomic
def block_member(*, member: Member, at: datetime, by: User | None) -> Member:
    """Stop a member from trading; they stay findable. Raises MemberClosed."""
    return _write(lock_open_member(member), {"status": Member.Status.BLOCKED}, at=at, by=by)


@transaction.atomic
def unblock_member(*, member: Member, at: datetime, by: User | None) -> Member:
    """Let a blocked member trade again. Raises MemberClosed."""
    return _write(lock_open_member(member), {"status": Member.Status.ACTIVE}, at=at, by=by)


@transaction.atomic
def erase_member(*, member: Member, at: datetime, by: User | None) -> Member:
    """Remove the person and keep the record: what was bought stays, whose it was is gone.

    The number, the home store, the year of birth and the gender stay, which name nobody. Cards
    keep their row under a number that opens nothing. What the member still owns is for the caller
    to settle first. Raises MemberClosed.
    """
    member = lock_open_member(member)
    MemberTag.objects.filter(member=member).delete()
    Dependant.objects.filter(member=member).delete()
    for card in Card.objects.filter(member=member):
        card.number, card.status = f"erased-{card.pk}", Card.Status.REPLACED
        card.save(update_fields=["number", "status"])
    for column, value in {**ERASED_COLUMNS, "status": Member.Status.ERASED}.items():
        setattr(member, column, value)
    member.save(update_fields=[*ERASED_COLUMNS, "status"])
    # The old values are the very data to be forgotten; that and by whom they were is not.
    MemberChange.objects.filter(member=member).delete()
    note_change(member, {}, {"status": Member.Status.ERASED}, at=at, by=by)
    return member


def lock_open_member(member: Member) -> Member:
    """The member as stored now, locked until commit. Raises MemberClosed.

    The lock leaves rows that merely point to the member free to be written.
    """
    locked = Member.objects.select_for_update(no_key=True, of=("self",))
    found = locked.select_related("home_store").get(pk=member.pk)
    if found.status not in Member.LIVING:
        raise MemberClosed(member=found)
    return found


def keep_open(member_ids: Iterable[int]) -> set[int]:
    """Keep members from being withdrawn until the commit; returns the ids of those still open.

    For whoever writes rows that name them: neither such writers nor edits wait for each other.
    Call it in the same transaction, after the ledger's locks.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [sorted(set(member_ids))])
        return {pk for pk, status in cursor.fetchall() if status in Member.LIVING}


def _write(member: Member, columns: Mapping[str, Any], *, at: datetime, by: User | None) -> Member:
    changed = {name: new for name, new in columns.items() if getattr(member, name) != new}
    if not changed:
        return member
    before = {name: getattr(member, name) for name in changed}
    for name, value in changed.items():
        setattr(member, name, value)
    try:
        with transaction.atomic():
            member.save(update_fields=list(changed))
    except IntegrityError as error:
        raise _as_refusal(error, changed.get("phone")) from error
    note_change(member, before, changed, at=at, by=by)
    return member


def note_change(
    member: Member,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    at: datetime,
    by: User | None,
) -> None:
    """Keep what was changed about a member, the old values beside the new ones."""
    MemberChange.objects.create(
        member=member, changed_at=at, changed_by=by, before=dict(before), after=dict(after)
    )
