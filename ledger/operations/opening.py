"""Bring balances over from another system.

One `opening` contract and transaction for each member and source row. ``opening`` builds one of
them for ``post``; ``open_many`` writes thousands in one round trip, with the very same rows.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from ledger.models import Asset, Contra, ContractKind, LotOrigin, Scope, TxnKind
from ledger.operations.contracts import contract_id_for, contract_leg
from ledger.operations.posting import Header, Leg, grant, post_many
from ledger.operations.refusals import RequestReused, positive
from members.models import Member, Store, User


@dataclass(kw_only=True, slots=True)
class OpeningBalance:
    """So much of an asset.

    Principal (paid, cost = what was paid for it), bonus, or anything else (opening).
    """

    asset: Asset
    amount: int
    origin: LotOrigin = LotOrigin.OPENING
    cost: int = 0
    list_value: int = 0
    expires_at: datetime | None = None
    scope: Scope | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MemberOpening:
    """What one source row opens for one member (by key), by ``opening``'s words."""

    request_id: UUID
    member_id: int
    balances: Sequence[OpeningBalance]
    source: dict[str, Any]
    sold_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class OpeningTerms:
    """What openings have in common: where, when and by whom they are booked, and their title."""

    store: Store
    at: datetime
    by: User | None
    title: str


def open_many(openings: Sequence[MemberOpening], terms: OpeningTerms) -> None:
    """Open balances of many members; an id that is known by the same request opens nothing again.

    Those who hold nothing of these assets yet are written in one statement, the others posted one
    by one. Call it inside a transaction, last before its end: the ledger's locks last as long.

    Raises AmountNotPositive, AmountTooLarge, RequestReused, TooManyLots, and IntegrityError when
    somebody else opens for the same member at the same moment: try again, or one by one.
    """
    if not openings:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, outcome FROM ledger_open_many(%s::jsonb, %s::jsonb)",
            [json.dumps(_common(terms)), json.dumps([_together(one) for one in openings])],
        )
        left = dict(cursor.fetchall())
    for one in openings:
        if left.get(one.request_id) == "conflict":
            raise RequestReused(request_id=one.request_id)
    _post_alone([one for one in openings if left.get(one.request_id) == "held"], terms)


def _common(terms: OpeningTerms) -> dict[str, Any]:
    return {
        "store": terms.store.pk,
        "entity": terms.store.entity_id,
        "currency": terms.store.currency,
        "at": terms.at.isoformat(),
        "business_date": terms.store.business_date(terms.at).isoformat(),
        "operator": terms.by.pk if terms.by else None,
        "title": terms.title,
    }


def _together(one: MemberOpening) -> dict[str, Any]:
    return {
        "id": str(one.request_id),
        "contract": str(contract_id_for(one.request_id)),
        "member": one.member_id,
        "source": one.source,
        "sold_at": one.sold_at.isoformat() if one.sold_at else None,
        "lots": [
            {
                "asset": balance.asset.pk,
                "amount": positive(balance.amount),
                "origin": balance.origin.value,
                "cost": balance.cost,
                "list_value": balance.list_value,
                "expires_at": balance.expires_at.isoformat() if balance.expires_at else None,
                "scope": balance.scope.pk if balance.scope else None,
            }
            for balance in one.balances
        ],
    }


def _post_alone(openings: Sequence[MemberOpening], terms: OpeningTerms) -> None:
    if not openings:
        return
    members = Member.objects.in_bulk({one.member_id for one in openings})
    posts = [
        opening(
            request_id=one.request_id,
            member=members[one.member_id],
            store=terms.store,
            balances=one.balances,
            at=terms.at,
            by=terms.by,
            source=one.source,
            title=terms.title,
            sold_at=one.sold_at,
        )
        # Wallets are locked in the order of members, so that two imports never wait in a circle.
        for one in sorted(openings, key=lambda one: one.member_id)
    ]
    for answer in post_many(posts):
        answer.or_raise()


def opening(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    balances: Sequence[OpeningBalance],
    at: datetime,
    by: User | None,
    source: dict[str, Any],
    title: str,
    sold_at: datetime | None = None,
) -> tuple[Header, list[Leg]]:
    """The header and legs that open ``balances``, for ``post`` or, many at a time, ``post_many``.

    ``request_id`` must be made from the source row, so that importing it again posts nothing.
    ``source`` says where the figures come from and is kept on the contract. Paid is the sum of
    the costs.

    Raises AmountNotPositive, AmountTooLarge.
    """
    paid = sum(balance.cost for balance in balances)
    header = Header(
        id=request_id,
        kind=TxnKind.OPENING,
        request={"source": source},
        store=store,
        at=at,
        by=by,
        member=member,
        is_history=True,
    )
    contract_id = contract_id_for(request_id)
    terms = contract_leg(
        contract_id=contract_id,
        kind=ContractKind.OPENING,
        header=header,
        member=member,
        paid=paid,
        list_value=sum(balance.list_value or balance.cost for balance in balances),
        bonus=sum(b.amount for b in balances if b.origin == LotOrigin.BONUS),
        currency=store.currency,
        offer_code="",
        title=title,
        snapshot=source,
        sold_at=sold_at,
    )
    grants = [_grant(member, contract_id, balance, sold_at) for balance in balances]
    return header, [terms, *grants]


def _grant(
    member: Member, contract_id: UUID, balance: OpeningBalance, sold_at: datetime | None
) -> Leg:
    return grant(
        member=member,
        asset=balance.asset,
        amount=positive(balance.amount),
        origin=balance.origin,
        contra=Contra.MIGRATION,
        cost=balance.cost,
        priority=60 if balance.origin == LotOrigin.BONUS else 50,
        contract=contract_id,
        scope=balance.scope,
        granted_at=sold_at,
        expires_at=balance.expires_at,
    )
