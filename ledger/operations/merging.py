"""Make two records of one person one: value by movements, activity by re-pointing, all undoable.

The merged member's row stays and points to the survivor, so that an old number or phone still
finds them. History on value is never touched; what was re-pointed is listed with the merge.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import (
    AssetKind,
    CoinPlay,
    ContractEvent,
    Dispense,
    EventKind,
    Hold,
    Lot,
    Merge,
    Sale,
    TxnKind,
    Visit,
    Wallet,
)
from ledger.models.value import MAX_AMOUNT
from ledger.operations.handing_over import lots_moved
from ledger.operations.posting import Answer, Header, Leg, move, post, retried, settle
from ledger.operations.refusals import ReasonMissing
from ledger.operations.rollups import mark_dirty
from ledger.queries.merging import columns_of
from ledger.rules.merging import FIELDS, filled, joined_notes
from members.models import Card, Consent, Dependant, Member, MemberTag, Store, TierHolding, User
from members.operations import MemberClosed, give_consent, set_tier, withdraw_consent
from members.operations.people import note_change
from members.operations.pins import forget_pin
from members.queries import consents_of, tier_in_force

# Rows that name a member, table and column: those of this app and the one below.
type Rows = Sequence[tuple[type[Model], str]]
ROWS: Rows = (
    (Visit, "member"),
    (Sale, "member"),
    (CoinPlay, "member"),
    (Dispense, "member"),
    (Hold, "member"),
    (Card, "member"),
    (Dependant, "member"),
    (User, "member"),
    (Member, "referrer"),
    (Member, "merged_into"),
)
TAGS = "members.MemberTag.member"
SOURCE = "merge"
CHUNK = 5000


class SameMember(DomainError):
    code = "same_member"
    message = _("These are one and the same member. Choose the other record of the person.")


class UnknownChoice(DomainError):
    code = "unknown_choice"
    message = _("There is no field %(field)s to choose. Open the two members again.")


@retried
def merge_members(
    *,
    request_id: UUID,
    survivor: Member,
    merged: Member,
    reason: str,
    store: Store,
    at: datetime,
    by: User | None,
    take_over: Collection[str] = (),
    also: Rows = (),
) -> Merge:
    """Let ``merged`` go into ``survivor``: all value, debts too, and all activity.

    ``take_over`` names the fields (``ledger.rules.merging.FIELDS`` and "tier") in which the value
    of the one who goes stays; what the survivor lacks is filled in anyway. ``also`` are tables of
    higher apps that name a member. A debt and what pays it meet and settle. The stricter word on
    consent holds. A repeated ``request_id`` returns the first merge.

    Raises ReasonMissing, SameMember, UnknownChoice, MemberClosed, TooManyLots, RequestReused.
    """
    if not reason.strip():
        raise ReasonMissing
    if survivor == merged:
        raise SameMember
    for field in set(take_over) - FIELDS.keys() - {"tier"}:
        raise UnknownChoice(field=field)
    header = Header(
        id=request_id,
        kind=TxnKind.MERGE,
        request={"survivor": survivor.pk, "merged": merged.pk},
        store=store,
        at=at,
        by=by,
        member=survivor,
        reason=reason.strip(),
    )
    with transaction.atomic(durable=True):
        stays, goes = locked_members(survivor, merged)
        if known := Merge.objects.filter(pk=request_id, survivor=stays, merged=goes).first():
            return known
        _check_open(stays, goes)
        answer = post(header, _value_legs(stays, goes))
        if answer.is_fresh or answer.outcome == "empty":
            made = _bring_together(header, answer, (stays, goes), take_over, also)
    if answer.outcome != "empty":
        answer.or_raise()
    return made


def locked_members(*members: Member) -> list[Member]:
    """The members as stored now, locked in the order of their ids; returned as they were given."""
    rows = Member.objects.select_for_update(no_key=True, of=("self",)).order_by("pk")
    found = {
        row.pk: row
        for row in rows.select_related("home_store", "tier").filter(
            pk__in=[member.pk for member in members]
        )
    }
    return [found[member.pk] for member in members]


def _check_open(*members: Member) -> None:
    for member in members:
        if member.status not in Member.LIVING:
            raise MemberClosed(member=member)


def _value_legs(stays: Member, goes: Member) -> list[Leg]:
    """Everything moves; then each debt meets what can pay it."""
    owed = Wallet.objects.filter(
        member__in=[stays, goes], asset__kind=AssetKind.DEBT, balance__gt=0
    )
    debts = {wallet.asset_id: wallet.asset for wallet in owed.select_related("asset__debt_of")}
    return [
        move(member=goes, to_member=stays),
        *(
            settle(member=stays, asset=debt.debt_of, debt_asset=debt, amount=MAX_AMOUNT)
            for _pk, debt in sorted(debts.items())
            if debt.debt_of
        ),
    ]


def _bring_together(
    header: Header,
    answer: Answer,
    pair: tuple[Member, Member],
    take_over: Collection[str],
    also: Rows,
) -> Merge:
    """Everything but the value; the survivor's columns last, when the phone has become free."""
    stays, goes = pair
    status = goes.status
    # Who writes of them has committed after this, or finds them closed: see ``keep_open``.
    Member.objects.select_for_update(of=("self",)).get(pk=goes.pk)
    moved = repoint((*ROWS, *also), goes, stays) | _repoint_tags(goes, stays)
    spoken = _consent(goes, stays, header)
    _note_contracts(header, answer, goes, stays)
    forget_pin(member=goes)
    tier = _take_tier(stays, goes, take_over, header)
    before, after = _new_columns(stays, goes, take_over)
    _close(goes, stays, header)
    write_columns(stays, after)
    note_change(stays, before, after | {"merged": goes.number}, at=header.at, by=header.by)
    mark_dirty(member_ids=[stays.pk, goes.pk], at=header.at)
    return Merge.objects.create(
        id=header.id,
        survivor=stays,
        merged=goes,
        store=header.store,
        has_txn=answer.outcome == "posted",
        moved=moved,
        before={"columns": before, "consents": spoken, "tier": tier, "status": status},
        after={"columns": after},
        reason=header.reason,
        at=header.at,
        by=header.by,
    )


def repoint(rows: Rows, before: Member, after: Member) -> dict[str, list[str]]:
    """Let every row that names ``before`` name ``after``; returns the ids by table and column."""
    moved = {}
    for model, column in rows:
        naming = model._default_manager.filter(**{column: before}).exclude(pk=None)  # noqa: SLF001
        if model is Member:
            naming = naming.exclude(pk__in=[before.pk, after.pk])
        ids = list(naming.order_by("pk").values_list("pk", flat=True))
        for chunk in batched(ids, CHUNK):
            model._default_manager.filter(pk__in=chunk).update(**{column: after})  # noqa: SLF001
        if ids:
            moved[label_of(model, column)] = [str(pk) for pk in ids]
    return moved


def label_of(model: type[Model], column: str) -> str:
    """How a merge names a table and a column."""
    return f"{model._meta.label}.{column}"  # noqa: SLF001 - Django's documented name


def _repoint_tags(goes: Member, stays: Member) -> dict[str, list[str]]:
    """Tags that the survivor has not got yet; the others stay where they are."""
    has = MemberTag.objects.filter(member=stays).values("tag")
    wanted = MemberTag.objects.filter(member=goes).exclude(tag__in=has)
    ids = list(wanted.values_list("pk", flat=True))
    MemberTag.objects.filter(pk__in=ids).update(member=stays)
    return {TAGS: [str(pk) for pk in ids]} if ids else {}


def _consent(goes: Member, stays: Member, header: Header) -> dict[str, str]:
    """Say the stricter word on each channel for the survivor; returns what their word was.

    No beats yes; a word beats silence, since it is the same person's.
    """
    spoken = {}
    mine = {channel: line.state for channel, line in consents_of(stays).items()}
    for channel, line in sorted(consents_of(goes).items()):
        had = mine.get(channel, "")
        if had in {line.state, Consent.State.WITHDRAWN}:
            continue
        spoken[channel] = had
        say = give_consent if line.state == Consent.State.GIVEN else withdraw_consent
        say(member=stays, channel=channel, at=header.at, source=SOURCE, by=header.by)
    return spoken


def _note_contracts(header: Header, answer: Answer, goes: Member, stays: Member) -> None:
    """An event for each contract that had something left, with what became of its lots."""
    moves = lots_moved(answer)
    owners = Lot.objects.filter(pk__in=[old for old, _new in moves], contract__isnull=False)
    of_lot = dict(owners.values_list("pk", "contract_id"))
    for contract in sorted(set(of_lot.values()), key=str):
        lots = [(old, new) for old, new in moves if of_lot.get(old) == contract]
        ContractEvent.objects.create(
            contract_id=contract,
            kind=EventKind.MERGED,
            txn_id=header.id,
            from_member=goes,
            to_member=stays,
            noticed_at=header.at,
            recorded_at=header.at,
            by=header.by,
            reason=header.reason,
            details={"lots": lots},
        )


def _take_tier(
    stays: Member, goes: Member, take_over: Collection[str], header: Header
) -> dict[str, Any] | None:
    """Put the survivor into the tier of the one who goes where chosen, or where they have none."""
    if goes.tier is None or ("tier" not in take_over and stays.tier is not None):
        return None
    held = tier_in_force(goes, header.at)
    had = stays.tier_id
    set_tier(
        member=stays,
        tier=goes.tier,
        source=held.source if held else TierHolding.Source.GRANTED,
        at=header.at,
        by=header.by,
        inputs={"merged": goes.number},
        until=held.until if held else None,
    )
    stays.tier = goes.tier
    return {"had": had, "got": goes.tier_id}


def _new_columns(
    stays: Member, goes: Member, take_over: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The survivor's columns that change: as they were, and as they become."""
    old, theirs = columns_of(stays), columns_of(goes)
    fields = {*filled(old, theirs), *(set(take_over) & FIELDS.keys())}
    new = {name: theirs[name] for field in fields for name in FIELDS[field]}
    new["notes"] = joined_notes(stays.notes, goes.notes, goes.number)
    new["attributes"] = goes.attributes | stays.attributes
    new["external_ids"] = goes.external_ids | stays.external_ids
    new["joined_on"] = min(stays.joined_on, goes.joined_on)
    if Member.Status.BLOCKED in {stays.status, goes.status}:
        new["status"] = Member.Status.BLOCKED
    if stays.referrer_id == goes.pk:
        new["referrer_id"] = None
    elif stays.referrer_id is None and goes.referrer_id not in {None, stays.pk}:
        new["referrer_id"] = goes.referrer_id
    changed = {name: value for name, value in new.items() if getattr(stays, name) != value}
    return {name: _plain(getattr(stays, name)) for name in changed}, {
        name: _plain(value) for name, value in changed.items()
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _close(goes: Member, stays: Member, header: Header) -> None:
    before = {"status": goes.status}
    goes.status, goes.merged_into = Member.Status.MERGED, stays
    goes.save(update_fields=["status", "merged_into"])
    after = {"status": goes.status, "merged_into": stays.number}
    note_change(goes, before, after, at=header.at, by=header.by)


def write_columns(member: Member, columns: dict[str, Any]) -> Member:
    """Write columns as a merge keeps them."""
    for name, value in columns.items():
        is_day = name == "joined_on" and isinstance(value, str)
        setattr(member, name, date.fromisoformat(value) if is_day else value)
    if columns:
        member.save(update_fields=[name.removesuffix("_id") for name in columns])
    return member
