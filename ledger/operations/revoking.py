"""Take openings back that nobody has drawn on, many in one statement."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ledger.models import Asset, TxnKind
from ledger.operations.posting import Header, post_many, revoke
from members.models import Member, Store, User


@dataclass(frozen=True, kw_only=True, slots=True)
class Revocation:
    """All that one opening granted its member of these assets."""

    request_id: UUID
    opening: UUID
    member_id: int
    assets: Sequence[Asset]

    @property
    def request(self) -> dict[str, Any]:
        """The business arguments, alike at every trial."""
        return {"txn": str(self.opening), "assets": [asset.pk for asset in self.assets]}


def revoke_many(
    *,
    revocations: Sequence[Revocation],
    store: Store,
    at: datetime,
    by: User | None,
    reason: str,
) -> None:
    """Take back what openings granted; an id that is known by the same request does nothing.

    Those still whole are written in one statement, the others posted one by one. Call it inside
    a transaction, late: the ledger's locks last as long.

    Raises AlreadyUsed where some of an opening was drawn, NothingToPost where it never granted
    any of the assets, RequestReused.
    """
    if not revocations:
        return
    common = {
        "store": store.pk,
        "at": at.isoformat(),
        "business_date": store.posting_date(at).isoformat(),
        "operator": by.pk if by else None,
        "reason": reason,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_revoke_many(%s::jsonb, %s::jsonb)",
            [json.dumps(common), json.dumps([_together(one) for one in revocations])],
        )
        left = set(cursor.fetchone()[0])
    alone = [one for one in revocations if one.request_id in left]
    members = Member.objects.in_bulk({one.member_id for one in alone})
    posts = [
        (
            Header(
                id=one.request_id,
                kind=TxnKind.REVERSE,
                request=one.request,
                store=store,
                at=at,
                by=by,
                member=members[one.member_id],
                reverses=one.opening,
                reason=reason,
            ),
            [revoke(asset=asset) for asset in one.assets],
        )
        for one in alone
    ]
    for answer in post_many(posts):
        answer.or_raise()


def _together(one: Revocation) -> dict[str, Any]:
    return {
        "id": str(one.request_id),
        "reverses": str(one.opening),
        "member": one.member_id,
        "request": one.request,
        "assets": [asset.pk for asset in one.assets],
    }
