"""Merge two members with what promotions hang on them: garments in care, points exchanged."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from ledger.models import Merge
from ledger.operations import merging, unmerging
from members.models import Member, Store, User
from promotions.models import Exchange, ServiceTicket

ROWS: merging.Rows = ((ServiceTicket, "member"), (Exchange, "member"))


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
) -> Merge:
    """Let ``merged`` go into ``survivor`` with everything; see the ledger's ``merge_members``."""
    return merging.merge_members(
        request_id=request_id,
        survivor=survivor,
        merged=merged,
        reason=reason,
        store=store,
        at=at,
        by=by,
        take_over=take_over,
        also=ROWS,
    )


def undo_merge(
    *, request_id: UUID, merge: Merge, reason: str, store: Store, at: datetime, by: User | None
) -> Merge:
    """Take two members apart again; see the ledger's ``undo_merge``."""
    return unmerging.undo_merge(
        request_id=request_id, merge=merge, reason=reason, store=store, at=at, by=by, also=ROWS
    )
