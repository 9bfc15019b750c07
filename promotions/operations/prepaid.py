"""Sell something that is used later: one bill, one contract, and lots that share the money.

The cost of the lots is the money in the bill: what tenders other than stored value brought, and
what had been paid for the stored value drawn. What bonus pays for costs nothing, so it is neither
revenue nor owed back. The ledger works it out under its lock, since only the lots drawn tell.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.forms.models import model_to_dict
from django.utils import translation

from ledger.models import Asset, Contra, ContractKind, LotOrigin, Sale, Scope, Terms, TxnKind
from ledger.models.catalogue import TenderKind
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.contracts import contract_id_for, contract_leg
from ledger.operations.posting import Header, Leg, grant, share_of_money
from ledger.operations.sales import Line, Tender, record_sale
from ledger.queries.terms import in_force
from members.models import Member, Named, Store, Till, User
from promotions.models import Offer
from promotions.operations.checks import check_tenders
from promotions.operations.parties import THE_MEMBER_ALONE, Parties, check_guardian
from promotions.queries.offers import cooling_off_days, policy_of
from promotions.rules.sharing import share_bounds


@dataclass(frozen=True, kw_only=True)
class Part:
    """One lot to grant; ``weight`` is its part of the money, against the other parts."""

    asset: Asset
    amount: int
    origin: LotOrigin
    weight: int
    contra: Contra = Contra.CASH_IN
    priority: int = 50
    scope: Scope | None = None
    available_from: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Deal:
    """What is sold: price, worth and bonus in the currency's smallest unit, and its parts."""

    kind: TxnKind
    contract_kind: ContractKind
    line_kind: LineKind
    title: str
    price: int
    list_value: int
    parts: Sequence[Part]
    snapshot: dict[str, Any]
    bonus: int = 0
    quantity: int = 1
    code: str = ""
    terms: Terms | None = None
    honoured_at: Sequence[int] = ()
    contract_id: UUID | None = None
    buyable_with_value: bool = False


def sell_deal(
    deal: Deal,
    *,
    request_id: UUID,
    request: dict[str, Any],
    member: Member,
    store: Store,
    tenders: Sequence[Tender],
    at: datetime,
    by: User | None,
    till: Till | None = None,
    parties: Parties = THE_MEMBER_ALONE,
    source: SaleSource = SaleSource.COUNTER,
) -> Sale:
    """Sell ``deal`` to ``member``: bill, contract and lots in one transaction.

    Raises NotHonouredHere, what ``check_guardian`` raises and what ``record_sale`` raises.
    """
    check_tenders(tenders, store)
    check_guardian(
        parties, member=member, price=deal.price, request_id=request_id, store=store, at=at, by=by
    )
    header = Header(id=request_id, kind=deal.kind, request={}, store=store, at=at, by=by)
    contract_id = deal.contract_id or contract_id_for(request_id)
    contract = _contract(deal, contract_id, header, member, parties)
    line = Line(
        kind=deal.line_kind,
        description=deal.title,
        list_value=deal.list_value,
        charged_value=deal.price,
        quantity=deal.quantity,
        contract=contract_id,
    )
    return record_sale(
        request_id=request_id,
        store=store,
        lines=[line],
        tenders=tenders,
        at=at,
        by=by,
        member=member,
        till=till,
        kind=deal.kind,
        legs=[contract, *_grants(deal.parts, contract_id, member, money_in(tenders))],
        request=request
        | {"member": member.pk, "store": store.pk, "tenders": asked(tenders)}
        | ({"payer": parties.payer.pk} if parties.payer else {}),
        source=source,
        allow_stored_value=deal.buyable_with_value,
    )


def _contract(
    deal: Deal, contract_id: UUID, header: Header, member: Member, parties: Parties
) -> Leg:
    store = header.store
    day = store.business_date(header.at)
    cooling_off = timedelta(days=cooling_off_days(store, day))
    terms = terms_on(deal.terms, store, day)
    return contract_leg(
        contract_id=contract_id,
        kind=deal.contract_kind,
        header=header,
        member=member,
        payer=parties.payer,
        paid=deal.price,
        list_value=deal.list_value,
        bonus=deal.bonus,
        currency=store.currency,
        offer_code=deal.code,
        title=deal.title,
        snapshot=deal.snapshot | kept_terms(terms) | parties.kept(header.at),
        honoured_at=deal.honoured_at,
        terms_version=terms.version if terms else "",
        cooling_off_ends_at=store.end_of(day + cooling_off),
    )


def terms_on(chosen: Terms | None, store: Store, day: date) -> Terms | None:
    """The version a sale of ``day`` is made under: of the terms chosen, else of the policy's."""
    return in_force(chosen or policy_of(store.entity).terms, day)


def kept_terms(terms: Terms | None) -> dict[str, Any]:
    """The part of a contract's snapshot that holds the terms."""
    return {"terms": terms.snapshot()} if terms else {}


def _grants(parts: Sequence[Part], contract: UUID, member: Member, money: int) -> list[Leg]:
    bounds = share_bounds([part.weight for part in parts])
    whole = bounds[-1][1]
    return [
        share_of_money(
            grant(
                member=member,
                asset=part.asset,
                amount=part.amount,
                origin=part.origin,
                contra=part.contra,
                priority=part.priority,
                contract=contract,
                scope=part.scope,
                available_from=part.available_from,
                expires_at=part.expires_at,
            ),
            fills="cost",
            money=money,
            before=before,
            after=after,
            whole=whole,
        )
        for part, (before, after) in zip(parts, bounds, strict=True)
    ]


def money_in(tenders: Sequence[Tender]) -> int:
    """What the payments bring besides stored value, in the smallest unit."""
    return sum(t.amount for t in tenders if t.tender.kind != TenderKind.STORED_VALUE)


def asked(tenders: Sequence[Tender]) -> list[list[Any]]:
    """The payments as part of a request, so that a retry is told from another request."""
    return [[tender.tender.code, tender.amount, tender.reference] for tender in tenders]


def terms_of(offer: Offer) -> dict[str, Any]:
    """The offer as it stands now, in plain JSON, to be kept with the contract."""
    columns = model_to_dict(offer, exclude=["stores", "tiers", "terms"])
    return plain(columns | {"stores": [store.code for store in offer.stores.all()]})


def plain(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as JSON can keep them: days and moments as text."""
    kept: dict[str, Any] = json.loads(json.dumps(facts, cls=DjangoJSONEncoder))
    return kept


def title_in(store: Store, thing: Named) -> str:
    """The name of a thing in the store's language, for its bills and contracts."""
    with translation.override(store.language):
        return thing.label
