"""Takes opening balances back: what nobody drew on is revoked, what an import lowered is restored.

What a row opened of one asset goes back whole or stays whole. Nothing is deleted: a reversal
stands against each opening, under an id made from the row, so that trying again posts nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from imports.models import ImportRow, Opening
from imports.operations.job import STORED_VALUE, Job
from imports.rules import left_standing
from imports.rules.findings import Finding
from imports.rules.left_standing import reason
from ledger.models import Asset, AssetKind, Lot, LotOrigin, Movement, TxnKind
from ledger.operations.opening import OpeningBalance, opening
from ledger.operations.posting import Header, Leg, post_many, revoke
from ledger.operations.rollups import mark_dirty

type Post = tuple[Header, Sequence[Leg]]


@dataclass(slots=True)
class Values:
    """What became of the values of some rows: amounts by part, reasons by the row's number."""

    taken_back: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)
    why: dict[int, list[Finding]] = field(default_factory=dict)

    def note(self, sums: dict[str, int], entries: Iterable["_Held"]) -> None:
        """Add what the entries brought to one of the two sums."""
        for held in entries:
            sums[held.entry.part] = sums.get(held.entry.part, 0) + held.brought


@dataclass(frozen=True, slots=True)
class _Held:
    """One part of what a row opened: as it stands, and as it stood before this import."""

    row: ImportRow
    entry: Opening
    before: dict[str, Any]

    @property
    def own(self) -> list[UUID]:
        """The transactions of this import."""
        stood = set(self.before.get("txn_ids", ()))
        return [txn for txn in self.entry.txn_ids if str(txn) not in stood]

    @property
    def gone(self) -> list[UUID]:
        """Transactions that this import took back, to open less."""
        return [
            UUID(txn)
            for txn in self.before.get("txn_ids", ())
            if UUID(txn) not in self.entry.txn_ids
        ]

    @property
    def brought(self) -> int:
        """How much more there is of it than before; negative where the import lowered it."""
        return self.entry.amount - int(self.before.get("amount", 0))


def take_back_values(rows: Sequence[ImportRow], job: Job) -> Values:
    """Revoke what these rows opened, in one round trip; call it inside a transaction.

    Raises AlreadyUsed where a till was quicker.
    """
    found = Values()
    groups = _groups(rows, job, found)
    lots = _lots_of([txn for held in groups.values() for one in held for txn in one.own])
    posts: list[Post] = []
    returned: list[_Held] = []
    for (_number, asset), held in groups.items():
        opened = [lot for one in held for txn in one.own for lot in lots.get((txn, asset.pk), ())]
        if any(lot.remaining < lot.granted for lot in opened):
            found.note(found.left, held)
            _say(found, held[0].row, left_standing.ValueUsedSince, what=_what(held))
        else:
            found.note(found.taken_back, held)
            posts += _posts(held, asset, job)
            returned += held
    # In the order of members, so that two of us never wait in a circle.
    posts.sort(key=lambda post: post[0].member.pk if post[0].member else 0)
    for answer in post_many(posts):
        answer.or_raise()
    _write(returned, job)
    mark_dirty(member_ids={held.entry.member_id for held in returned}, at=job.at)
    return found


def _groups(
    rows: Sequence[ImportRow], job: Job, found: Values
) -> dict[tuple[int, Asset], list[_Held]]:
    """What the rows opened, by row and asset; what a later import changed is left aside."""
    by_key = {row.key: row for row in rows}
    entries = Opening.objects.filter(key__in=by_key).select_related("member__home_store")
    elsewhere = _changed_later(rows, job)
    groups: dict[tuple[int, Asset], list[_Held]] = {}
    waiting: set[tuple[int, Asset]] = set()
    for entry in entries.order_by("member_id", "part"):
        row = by_key[entry.key]
        if entry.batch_id == job.batch.pk:
            before = (row.before or {}).get("openings", {}).get(entry.part, {})
            held = _Held(row, entry, before)
            # One that stood at nothing and still does is given back to its import as well.
            if before or held.own:
                groups.setdefault((row.number, job.asset_of(entry.part)), []).append(held)
        elif (later := elsewhere.get((entry.key, entry.part))) is not None:
            found.left[entry.part] = found.left.get(entry.part, 0) + later.amount
            _say(found, row, left_standing.ImportedOverSince, batch=later.batch)
            waiting.add((row.number, job.asset_of(entry.part)))
    # One transaction opened principal and bonus: what stays of one asset stays together.
    for group in waiting & groups.keys():
        found.note(found.left, groups.pop(group))
    return groups


@dataclass(frozen=True, slots=True)
class _Later:
    batch: int
    amount: int


def _changed_later(rows: Sequence[ImportRow], job: Job) -> dict[tuple[UUID, str], _Later]:
    """Parts that another import found as this one had left them, and changed."""
    others = ImportRow.objects.filter(
        key__in=[row.key for row in rows], before__has_key="openings"
    ).exclude(batch=job.batch)
    return {
        (row.key, part): _Later(row.batch_id, int(stood["amount"]))
        for row in others.exclude(undone=ImportRow.Undone.UNDONE)
        for part, stood in (row.before or {})["openings"].items()
        if stood["batch"] == job.batch.pk
    }


def _say(found: Values, row: ImportRow, kind: type[Any], **params: Any) -> None:
    said = found.why.setdefault(row.number, [])
    if (why := reason(kind, **params)) not in said:
        said.append(why)


def _what(held: Sequence[_Held]) -> str:
    part = held[0].entry.part
    return "stored_value" if part in STORED_VALUE else part


def _lots_of(txns: Sequence[UUID]) -> dict[tuple[UUID, int], list[Lot]]:
    """The lots that each transaction opened, by transaction and asset."""
    grants = Movement.objects.filter(txn__in=txns, amount__gt=0)
    found: dict[tuple[UUID, int], list[Lot]] = {}
    for movement in grants.select_related("lot__wallet__asset", "lot__scope").order_by("lot_id"):
        key = (movement.txn_id, movement.lot.wallet.asset_id)
        found.setdefault(key, []).append(movement.lot)
    return found


def _posts(held: Sequence[_Held], asset: Asset, job: Job) -> list[Post]:
    row, member = held[0].row, held[0].entry.member
    own = sorted({txn for one in held for txn in one.own}, key=str)
    posts: list[Post] = []
    for txn in own:
        header = Header(
            id=uuid5(row.key, f"undo|{job.batch.pk}|{txn}|{asset.pk}"),
            kind=TxnKind.REVERSE,
            request={"txn": str(txn), "asset": asset.pk},
            store=job.batch.store,
            at=job.at,
            by=job.by,
            member=member,
            reverses=txn,
            reason=_("The import was undone."),
        )
        posts.append((header, [revoke(asset=asset)]))
    gone = sorted({txn for one in held for txn in one.gone}, key=str)
    return posts + [_restored(held[0], txn, lots, job) for txn, lots in _lots_by(gone, asset)]


def _lots_by(txns: Sequence[UUID], asset: Asset) -> list[tuple[UUID, list[Lot]]]:
    lots = _lots_of(txns) if txns else {}
    return [(txn, lots[txn, asset.pk]) for txn in txns if (txn, asset.pk) in lots]


def _restored(held: _Held, txn: UUID, lots: Sequence[Lot], job: Job) -> Post:
    """Open again, on the same terms, what this import had taken back of one transaction."""
    asset = lots[0].wallet.asset
    return opening(
        request_id=_restoring_id(held.row.key, txn, asset, job),
        member=held.entry.member,
        store=job.batch.store,
        balances=[
            OpeningBalance(
                asset=asset,
                amount=lot.granted,
                origin=LotOrigin(lot.origin),
                cost=lot.cost,
                list_value=lot.granted if asset.kind == AssetKind.MONEY else 0,
                expires_at=lot.expires_at,
                scope=lot.scope,
            )
            for lot in lots
        ],
        at=job.at,
        by=job.by,
        source={"key": str(held.row.key), "restores": str(txn), "undone": job.batch.pk},
        title=_("Balance brought over"),
    )


def _restoring_id(key: UUID, txn: UUID, asset: Asset, job: Job) -> UUID:
    return uuid5(key, f"restore|{job.batch.pk}|{txn}|{asset.pk}")


def _write(returned: Sequence[_Held], job: Job) -> None:
    """Let each part say what stood before, in a new version: its ids are never used again."""
    for held in returned:
        entry, own = held.entry, set(held.own)
        asset = job.asset_of(entry.part)
        restored = [_restoring_id(entry.key, txn, asset, job) for txn in held.gone]
        entry.amount = int(held.before.get("amount", 0))
        entry.txn_ids = [txn for txn in entry.txn_ids if txn not in own] + restored
        entry.version += 1
        entry.batch_id = held.before.get("batch", job.batch.pk)
    Opening.objects.bulk_create(
        [held.entry for held in returned],
        update_conflicts=True,
        unique_fields=["key", "part"],
        update_fields=["amount", "txn_ids", "version", "batch"],
    )
    _rename_restored([held for held in returned if held.gone], job)


def _rename_restored(restored: Sequence[_Held], job: Job) -> None:
    """Where earlier imports remember a transaction that was restored, name the one in its place."""
    if not restored:
        return
    instead = {
        (held.entry.key, held.entry.part, str(txn)): str(
            _restoring_id(held.entry.key, txn, job.asset_of(held.entry.part), job)
        )
        for held in restored
        for txn in held.gone
    }
    rows = ImportRow.objects.filter(
        key__in={held.entry.key for held in restored}, before__has_key="openings"
    )
    for row in rows.exclude(batch=job.batch):
        openings = (row.before or {})["openings"]
        for part, stood in openings.items():
            ids = stood["txn_ids"]
            stood["txn_ids"] = [instead.get((row.key, part, txn), txn) for txn in ids]
        row.save(update_fields=["before"])
