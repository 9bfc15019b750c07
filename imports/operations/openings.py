"""Balances of source rows as opening contracts: what is there already is not opened again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from imports.models import ImportRow, Opening
from imports.operations.job import STORED_VALUE, Job
from imports.operations.staging import copy_rows
from imports.queries.listed import Listed
from imports.queries.matching import Known, lowered_parts, parts_of
from ledger.models import Asset, LotOrigin
from ledger.operations.opening import (
    MemberOpening,
    OpeningBalance,
    OpeningTerms,
    open_many,
)
from ledger.operations.revoking import Revocation, revoke_many
from members.models import Member
from members.operations import MemberClosed

ORIGINS = {
    "stored_value_principal": LotOrigin.PAID,
    "stored_value_bonus": LotOrigin.BONUS,
}


COLUMNS = ("key", "part", "amount", "version", "member_id", "txn_ids", "batch_id")


@dataclass(slots=True)
class _Bookings:
    """What the rows of a group post, and how their parts stand afterwards."""

    taken_back: list[Revocation] = field(default_factory=list)
    opened: list[MemberOpening] = field(default_factory=list)
    # Parts opened for the first time, in the order of COLUMNS, and those that were before.
    first: list[tuple[Any, ...]] = field(default_factory=list)
    again: list[Opening] = field(default_factory=list)
    moved: set[int] = field(default_factory=set)


def book(rows: Sequence[ImportRow], *, known: Known, job: Job) -> set[int]:
    """Book what the rows open for their members; returns the numbers of rows that moved value.

    A row that holds more than before opens the difference; one that holds less takes back all it
    opened and opens what is left. Call it last in the transaction that a refusal is to undo.

    Raises MemberClosed, AlreadyUsed, TooManyLots and what ``open_many`` raises.
    """
    made = _Bookings()
    for row in rows:
        _gather(row, known, job, made)
    _hold({row.member_id for row in rows if row.number in made.moved and row.member_id})
    revoke_many(
        revocations=made.taken_back,
        store=job.batch.store,
        at=job.at,
        by=job.by,
        reason=_("The list brought over was corrected."),
    )
    _keep_entries(made)
    title = _("Balance brought over")
    open_many(made.opened, OpeningTerms(store=job.batch.store, at=job.at, by=job.by, title=title))
    return made.moved


def _hold(members: Collection[int]) -> None:
    """Keep members from being merged until the commit. Raises MemberClosed."""
    held = Member.objects.select_for_update(no_key=True).filter(
        pk__in=Listed(members, kind="bigint")
    )
    for pk, status in held.order_by("pk").values_list("pk", "status"):
        if status not in Member.LIVING:
            raise MemberClosed(member=Member.objects.get(pk=pk))


def _keep_entries(made: _Bookings) -> None:
    """Those that are new are copied; what stands already is written over."""
    copy_rows("imports_opening", COLUMNS, made.first)
    Opening.objects.bulk_create(
        made.again,
        update_conflicts=True,
        unique_fields=["key", "part"],
        update_fields=["amount", "version", "member", "txn_ids", "batch"],
    )


def _gather(row: ImportRow, known: Known, job: Job, made: _Bookings) -> None:
    opened = known.opened_by(row)
    amounts = _stated(row, opened)
    before = {part: opened[part] for part in amounts if part in opened}
    starts_over = bool(before) and bool(lowered_parts(row, known))
    standing = {} if starts_over else {part: entry.amount for part, entry in before.items()}
    missing = {
        part: amount - standing.get(part, 0)
        for part, amount in amounts.items()
        if amount > standing.get(part, 0)
    }
    touched = sorted(set(missing) | (set(before) if starts_over else set()))
    if not touched or row.member_id is None:
        return
    made.moved.add(row.number)
    if starts_over:
        made.taken_back += _taken_back(row, before, job)
    txn_id = _opening_id(row, missing, before)
    if missing:
        made.opened.append(_open(txn_id, row, row.member_id, missing, job))
    _remember(row, before, set(touched))
    for part in touched:
        if part in before:
            txn_ids = _standing_txns(part, before, txn_id, missing, starts_over=starts_over)
            entry = before[part]
            entry.amount, entry.version, entry.txn_ids = amounts[part], entry.version + 1, txn_ids
            entry.member_id, entry.batch = row.member_id, job.batch
            made.again.append(entry)
        else:
            array = f"{{{txn_id}}}"
            columns = (row.key, part, amounts[part], 1, row.member_id, array, job.batch.pk)
            made.first.append(columns)


def _stated(row: ImportRow, opened: Mapping[str, Opening]) -> dict[str, int]:
    """What the row says of its balances; of stored value both parts, as they stand where mute.

    Principal and bonus are one asset: what is taken back of it is taken back of both.
    """
    amounts = parts_of(row)
    if any(part in amounts for part in STORED_VALUE):
        for part in STORED_VALUE:
            amounts.setdefault(part, opened[part].amount if part in opened else 0)
    return amounts


def _remember(row: ImportRow, before: dict[str, Opening], touched: set[str]) -> None:
    """Keep with the row what stood of its balances, for an undo to put back."""
    stood = {
        part: {
            "amount": entry.amount,
            "txn_ids": [str(txn) for txn in entry.txn_ids],
            "batch": entry.batch_id,
        }
        for part, entry in before.items()
        if part in touched
    }
    if stood:
        row.before = (row.before or {}) | {"openings": stood}


def _standing_txns(
    part: str,
    before: dict[str, Opening],
    txn_id: UUID,
    missing: dict[str, int],
    *,
    starts_over: bool,
) -> list[UUID]:
    kept = list(before[part].txn_ids) if part in before and not starts_over else []
    return [*kept, txn_id] if part in missing else kept


def _opening_id(row: ImportRow, missing: dict[str, int], before: dict[str, Opening]) -> UUID:
    """The same for the same step of the same row, however often it is tried."""
    steps = [
        f"{part}:{(before[part].version if part in before else 0) + 1}:{amount}"
        for part, amount in sorted(missing.items())
    ]
    return uuid5(row.key, "open|" + "|".join(steps))


def _open(
    txn_id: UUID, row: ImportRow, member_id: int, missing: Mapping[str, int], job: Job
) -> MemberOpening:
    balances = [
        OpeningBalance(
            asset=job.asset_of(part),
            amount=lot,
            origin=ORIGINS.get(part, LotOrigin.OPENING),
            cost=lot if part == "stored_value_principal" else 0,
            list_value=lot if part in STORED_VALUE else 0,
            expires_at=job.batch.store.end_of(date.fromisoformat(day)) if day else None,
        )
        for part, amount in missing.items()
        for lot, day in _lots(row, part, amount)
    ]
    return MemberOpening(
        request_id=txn_id,
        member_id=member_id,
        balances=balances,
        source={"key": str(row.key), "parts": dict(missing)},
    )


def _lots(row: ImportRow, part: str, amount: int) -> list[tuple[int, str]]:
    """What is opened of a part, by its last day: units may end on several days.

    A gift card ends as a whole. Of what was opened before, the rest ends on the latest of the days.
    """
    if part.startswith("unit:"):
        held = row.values["balances"]["units"][part.removeprefix("unit:")]
    else:
        held = {"lots": row.values.get("ends", {}).get(part, [])}
    lots = [(count, day) for count, day in held.get("lots", [])]
    if lots and sum(count for count, _day in lots) == amount:
        return lots
    latest = max((day for _count, day in lots), default="")
    return [(amount, latest or held.get("expires") or row.values.get("expires") or "")]


def _taken_back(row: ImportRow, before: Mapping[str, Opening], job: Job) -> list[Revocation]:
    """All that the row had opened of the parts it states; others stay as they are."""
    assets: dict[UUID, set[Asset]] = {}
    for part, entry in before.items():
        for txn in entry.txn_ids:
            assets.setdefault(txn, set()).add(job.asset_of(part))
    member_id = next(iter(before.values())).member_id
    return [
        Revocation(
            # A refusal burns its id: the next import may ask again under its own.
            request_id=uuid5(row.key, f"take back|{txn}|{job.batch.pk}"),
            opening=txn,
            member_id=member_id,
            assets=sorted(granted, key=lambda asset: asset.pk),
        )
        for txn, granted in sorted(assets.items())
    ]
