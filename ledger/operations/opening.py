"""Bring balances over from another system.

One `opening` contract and transaction for each member and source row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.models import Asset, Contra, ContractKind, LotOrigin, Scope, TxnKind
from ledger.operations.contracts import contract_id_for, contract_leg
from ledger.operations.posting import Header, Leg, grant
from ledger.operations.refusals import positive
from members.models import Member, Store, User


@dataclass(frozen=True, kw_only=True)
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
