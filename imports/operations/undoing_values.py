"""Takes opening balances back: what nobody drew on is revoked, what an import lowered is restored.

What a row opened of one asset goes back whole or stays whole. Nothing is deleted: a reversal
stands against each opening, under an id made from the row, so that trying again posts nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID, uuid5

from django.db import connection
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from imports.models import ImportRow, Opening
from imports.operations.job import STORED_VALUE, Job
from imports.operations.staging import write_back
from imports.rules import left_standing
from imports.rules.findings import Finding
from imports.rules.left_standing import reason
from ledger.models import Asset, AssetKind, Lot, LotOrigin, Movement
from ledger.operations.opening import MemberOpening, OpeningBalance, OpeningTerms, open_many
from ledger.operations.revoking import Revocation, revoke_many
from ledger.operations.rollups import mark_dirty
from members.models import Member

AS_BEFORE = """
UPDATE imports_opening AS entry SET amount = said.amount, txn_ids = said.txn_ids,
    batch_id = said.batch_id, member_id = said.member_id, version = entry.version + 1
FROM jsonb_to_recordset(%s)
    AS said (id bigint, amount bigint, txn_ids uuid[], batch_id bigint, member_id bigint)
WHERE entry.id = said.id
"""


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
    used = _used([txn for held in groups.values() for one in held for txn in one.own])
    closed = _follow_merges(groups.values())
    returned: dict[int, list[tuple[Asset, list[_Held]]]] = {}
    for (number, asset), held in groups.items():
        if any((txn, asset.pk) in used for one in held for txn in one.own):
            found.note(found.left, held)
            _say(found, held[0].row, left_standing.ValueUsedSince, what=_what(held))
        elif held[0].entry.member_id in closed and held[0].gone:
            found.note(found.left, held)
            _say(found, held[0].row, left_standing.MemberClosedSince)
        else:
            found.note(found.taken_back, held)
            returned.setdefault(number, []).append((asset, held))
    _revoke([one for parts in returned.values() for one in _revocations(parts, job)], job)
    flat = [held for parts in returned.values() for _asset, held in parts]
    _restore(flat, job)
    entries = [one for held in flat for one in held]
    _write(entries, job)
    mark_dirty(member_ids={held.entry.member_id for held in entries}, at=job.at)
    return found


def _groups(
    rows: Sequence[ImportRow], job: Job, found: Values
) -> dict[tuple[int, Asset], list[_Held]]:
    """What the rows opened, by row and asset; what a later import changed is left aside."""
    by_key = {row.key: row for row in rows}
    entries = Opening.objects.filter(key__in=by_key)
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


def _follow_merges(groups: Iterable[Sequence[_Held]]) -> set[int]:
    """Members who are closed; where they were merged, what is opened again is the survivor's."""
    entries = [held.entry for group in groups for held in group]
    gone = Member.objects.filter(pk__in={entry.member_id for entry in entries})
    survivors = dict(gone.exclude(status__in=Member.LIVING).values_list("pk", "merged_into"))
    restored = {held.entry.pk for group in groups for held in group if held.gone}
    for entry in entries:
        if entry.pk in restored:
            entry.member_id = survivors.get(entry.member_id) or entry.member_id
    return {pk for pk, survivor in survivors.items() if survivor is None}


@dataclass(frozen=True, slots=True)
class _Later:
    batch: int
    amount: int


def _changed_later(rows: Sequence[ImportRow], job: Job) -> dict[tuple[UUID, str], _Later]:
    """Parts that another import found as this one had left them, and changed."""
    others = _remembering([row.key for row in rows]).exclude(batch=job.batch)
    return {
        (row.key, part): _Later(row.batch_id, int(stood["amount"]))
        for row in others.exclude(undone=ImportRow.Undone.UNDONE)
        for part, stood in (row.before or {})["openings"].items()
        if stood["batch"] == job.batch.pk
    }


def _remembering(keys: Collection[UUID]) -> QuerySet[ImportRow]:
    """Rows of these sources that keep what stood of their balances."""
    # By the index, which knows rows of members alone.
    rows = ImportRow.objects.filter(key__in=keys, member__isnull=False)
    return rows.filter(before__has_key="openings")


def _say(found: Values, row: ImportRow, kind: type[Any], **params: Any) -> None:
    said = found.why.setdefault(row.number, [])
    if (why := reason(kind, **params)) not in said:
        said.append(why)


def _what(held: Sequence[_Held]) -> str:
    part = held[0].entry.part
    return "stored_value" if part in STORED_VALUE else part


def _used(txns: Sequence[UUID]) -> set[tuple[UUID, int]]:
    """Transactions of which some was drawn since, each with the asset (id) of which it was."""
    drawn = Movement.objects.filter(
        txn__in=txns, amount__gt=0, lot__remaining__lt=F("lot__granted")
    )
    return set(drawn.values_list("txn", "lot__wallet__asset"))


def _revocations(parts: Sequence[tuple[Asset, list[_Held]]], job: Job) -> Iterator[Revocation]:
    """One for each transaction of a row, of all its assets that go."""
    assets: dict[UUID, set[Asset]] = {}
    for asset, held in parts:
        for txn in {txn for one in held for txn in one.own}:
            assets.setdefault(txn, set()).add(asset)
    first = parts[0][1][0]
    for txn, going in assets.items():
        ordered = sorted(going, key=lambda asset: asset.pk)
        ids = ",".join(str(asset.pk) for asset in ordered)
        yield Revocation(
            request_id=uuid5(first.row.key, f"undo|{job.batch.pk}|{txn}|{ids}"),
            opening=txn,
            member_id=first.entry.member_id,
            assets=ordered,
        )


def _revoke(revocations: Sequence[Revocation], job: Job) -> None:
    revoke_many(
        revocations=revocations,
        store=job.batch.store,
        at=job.at,
        by=job.by,
        reason=_("The import was undone."),
    )


def _restore(groups: Sequence[list[_Held]], job: Job) -> None:
    """Open again, on the same terms, what this import had taken back to open less."""
    lots = _lots_of({txn for held in groups for one in held for txn in one.gone})
    openings = []
    for held in groups:
        asset = job.asset_of(held[0].entry.part)
        gone = sorted({txn for one in held for txn in one.gone}, key=str)
        openings += [
            _restored(held[0], txn, lots[txn, asset.pk], job)
            for txn in gone
            if (txn, asset.pk) in lots
        ]
    title = _("Balance brought over")
    open_many(openings, OpeningTerms(store=job.batch.store, at=job.at, by=job.by, title=title))


def _lots_of(txns: Collection[UUID]) -> dict[tuple[UUID, int], list[Lot]]:
    """The lots that each transaction opened, by transaction and asset (id)."""
    found: dict[tuple[UUID, int], list[Lot]] = {}
    if txns:
        grants = Movement.objects.filter(txn__in=txns, amount__gt=0)
        for movement in grants.select_related("lot__wallet__asset", "lot__scope").order_by("lot"):
            key = (movement.txn_id, movement.lot.wallet.asset_id)
            found.setdefault(key, []).append(movement.lot)
    return found


def _restored(held: _Held, txn: UUID, lots: Sequence[Lot], job: Job) -> MemberOpening:
    asset = lots[0].wallet.asset
    return MemberOpening(
        request_id=_restoring_id(held.row.key, txn, asset, job),
        member_id=held.entry.member_id,
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
        source={"key": str(held.row.key), "restores": str(txn), "undone": job.batch.pk},
    )


def _restoring_id(key: UUID, txn: UUID, asset: Asset, job: Job) -> UUID:
    return uuid5(key, f"restore|{job.batch.pk}|{txn}|{asset.pk}")


def _write(returned: Sequence[_Held], job: Job) -> None:
    """Let each part say what stood before, in a new version: its ids are never used again."""
    said = []
    for held in returned:
        entry, own = held.entry, set(held.own)
        asset = job.asset_of(entry.part)
        restored = [_restoring_id(entry.key, txn, asset, job) for txn in held.gone]
        kept = [txn for txn in entry.txn_ids if txn not in own]
        said.append(
            {
                "id": entry.pk,
                "amount": int(held.before.get("amount", 0)),
                "txn_ids": [str(txn) for txn in kept + restored],
                "batch_id": held.before.get("batch", job.batch.pk),
                "member_id": entry.member_id,
            }
        )
    with connection.cursor() as cursor:
        cursor.execute(AS_BEFORE, [cast("Any", Jsonb(said))])
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
    rows = _remembering({held.entry.key for held in restored})
    renamed: list[ImportRow] = []
    for row in rows.exclude(batch=job.batch):
        for part, stood in (row.before or {})["openings"].items():
            ids = stood["txn_ids"]
            stood["txn_ids"] = [instead.get((row.key, part, txn), txn) for txn in ids]
            if stood["txn_ids"] != ids and row not in renamed[-1:]:
                renamed.append(row)
    write_back(renamed, ["before"])
