"""Build the contract that goes with a top-up, bundle, coin pack, paid tier or opening balance."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from ledger.models import ContractKind
from ledger.operations.posting import Header, Leg, contract
from members.models import Member


def contract_id_for(request_id: UUID, line: int = 1) -> UUID:
    """The id of the contract made by line ``line`` of a request.

    A retry names the same contract.
    """
    return uuid5(request_id, f"contract:{line}")


def contract_leg(
    *,
    contract_id: UUID,
    kind: ContractKind,
    header: Header,
    member: Member,
    paid: int,
    list_value: int,
    bonus: int,
    currency: str,
    offer_code: str,
    title: str,
    snapshot: dict[str, Any],
    payer: Member | None = None,
    honoured_at: Sequence[int] = (),
    terms_version: str = "",
    cooling_off_ends_at: datetime | None = None,
    sold_at: datetime | None = None,
) -> Leg:
    """The leg that writes a contract; amounts are in the currency's smallest unit.

    ``honoured_at`` holds store ids and is empty where every store honours it. ``sold_at`` is the
    header's moment unless told.
    """
    return contract(
        id=str(contract_id),
        kind=kind.value,
        member_id=member.pk,
        payer_id=(payer or member).pk,
        entity_id=header.store.entity_id,
        store_id=header.store.pk,
        txn_id=str(header.id),
        paid=paid,
        list_value=list_value,
        bonus=bonus,
        currency=currency,
        offer_code=offer_code,
        title=title,
        snapshot=snapshot,
        terms_version=terms_version,
        honoured_at=list(honoured_at),
        sold_at=(sold_at or header.at).isoformat(),
        sold_by_id=header.by.pk if header.by else None,
        cooling_off_ends_at=cooling_off_ends_at.isoformat() if cooling_off_ends_at else None,
    )
