"""Balances of source rows as opening contracts: what is there already is not opened again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from imports.models import ImportRow, Opening
from imports.operations.job import STORED_VALUE, Job
from imports.queries.matching import Known, lowered_parts, parts_of
from ledger.models import LotOrigin, TxnKind
from ledger.operations.opening import OpeningBalance, opening
from ledger.operations.posting import Header, Leg, post_many, revoke
from members.models import Member, Store

type Post = tuple[Header, Sequence[Leg]]

ORIGINS = {
    "stored_value_principal": LotOrigin.PAID,
    "stored_value_bonus": LotOrigin.BONUS,
}


@dataclass(frozen=True, slots=True)
class _Booking:
    """What one row posts, and how its parts stand afterwards."""

    number: int
    posts: list[Post]
    entries: list[Opening]


def book(rows: Sequence[tuple[ImportRow, Member]], *, known: Known, job: Job) -> set[int]:
    """Post what the rows open, in one round trip; returns the numbers of rows that moved value.

    A row that holds more than before opens the difference; one that holds less takes back all it
    opened and opens what is left. Call it inside the transaction that a refusal is to undo.

    Raises AlreadyUsed, TooManyLots and what ``opening`` raises.
    """
    made = [_booking(row, member, known, job) for row, member in rows]
    bookings = [booking for booking in made if booking.entries]
    if not bookings:
        return set()
    # Wallets are locked in the order of members, so that two imports never wait in a circle.
    bookings.sort(key=lambda booking: booking.entries[0].member_id)
    for answer in post_many([post for booking in bookings for post in booking.posts]):
        answer.or_raise()
    Opening.objects.bulk_create(
        [entry for booking in bookings for entry in booking.entries],
        update_conflicts=True,
        unique_fields=["key", "part"],
        update_fields=["amount", "version", "member", "txn_ids", "batch"],
    )
    return {booking.number for booking in bookings}


def _booking(row: ImportRow, member: Member, known: Known, job: Job) -> _Booking:
    amounts = parts_of(row)
    before = {
        part: entry
        for part in amounts
        if (entry := known.openings.get((row.key, part))) is not None
    }
    starts_over = bool(lowered_parts(row, known))
    standing = {} if starts_over else {part: entry.amount for part, entry in before.items()}
    missing = {
        part: amount - standing.get(part, 0)
        for part, amount in amounts.items()
        if amount > standing.get(part, 0)
    }
    posts: list[Post] = []
    if starts_over:
        granted = sorted({txn for entry in before.values() for txn in entry.txn_ids})
        posts += [_take_back(txn, row, member, job) for txn in granted]
    txn_id = _opening_id(row, missing, before)
    if missing:
        posts.append(_open(txn_id, row, member, missing, job))
    touched = set(missing) | (set(before) if starts_over else set())
    _remember(row, before, touched)
    entries = [
        Opening(
            key=row.key,
            part=part,
            amount=amounts[part],
            version=(before[part].version if part in before else 0) + 1,
            member=member,
            txn_ids=_standing_txns(part, before, txn_id, missing, starts_over=starts_over),
            batch=job.batch,
        )
        for part in sorted(touched)
    ]
    return _Booking(row.number, posts, entries)


def _remember(row: ImportRow, before: dict[str, Opening], touched: set[str]) -> None:
    """Keep with the row what stood of its balances, for an undo to put back."""
    stood = {
        part: {
            "amount": entry.amount,
            "txn_ids": [str(txn) for txn in entry.txn_ids],
            "batch": entry.batch_id,
        }
        for part, entry in before.items()
        if part in touched and entry.amount
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


def _open(txn_id: UUID, row: ImportRow, member: Member, missing: dict[str, int], job: Job) -> Post:
    balances = [
        OpeningBalance(
            asset=job.asset_of(part),
            amount=amount,
            origin=ORIGINS.get(part, LotOrigin.OPENING),
            cost=amount if part == "stored_value_principal" else 0,
            list_value=amount if part in STORED_VALUE else 0,
            expires_at=_expiry(row, part, job.batch.store),
        )
        for part, amount in missing.items()
    ]
    return opening(
        request_id=txn_id,
        member=member,
        store=job.batch.store,
        balances=balances,
        at=job.at,
        by=job.by,
        source={"key": str(row.key), "parts": missing},
        title=_("Balance brought over"),
    )


def _expiry(row: ImportRow, part: str, store: Store) -> datetime | None:
    units = row.values.get("balances", {}).get("units", {})
    # A gift card ends as a whole, units each on their own day.
    last_day = units.get(part.removeprefix("unit:"), {}).get("expires", row.values.get("expires"))
    return store.end_of(date.fromisoformat(last_day)) if last_day else None


def _take_back(txn_id: UUID, row: ImportRow, member: Member, job: Job) -> Post:
    # A refusal burns its id: the next import may ask again under its own.
    header = Header(
        id=uuid5(row.key, f"take back|{txn_id}|{job.batch.pk}"),
        kind=TxnKind.REVERSE,
        request={"txn": str(txn_id)},
        store=job.batch.store,
        at=job.at,
        by=job.by,
        member=member,
        reverses=txn_id,
        reason=_("The list brought over was corrected."),
    )
    return header, [revoke()]
