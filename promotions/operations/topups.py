"""Pay in advance: principal and bonus become two lots of one contract."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import IntegrityError
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.errors import DomainError
from common.money import lazy_minor
from ledger.models import (
    Contra,
    Contract,
    ContractKind,
    LotOrigin,
    Outcome,
    Sale,
    Txn,
    TxnKind,
)
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.assets import stored_value
from ledger.operations.refusals import positive
from ledger.operations.sales import Tender
from members.models import Member, Store, Till, User
from promotions.models import SpendOrder, TopUpOffer
from promotions.models.offers import PRIORITIES
from promotions.operations.checks import check_member, check_on_sale, sold_before
from promotions.operations.parties import THE_MEMBER_ALONE, Parties
from promotions.operations.prepaid import Deal, Part, sell_deal, terms_of, title_in
from promotions.queries.offers import policy_of

ONCE = UUID("1c4c6b0e-0c6a-5d2f-9a3e-1b6e0c9f6a52")


class AmountNotOfOffer(DomainError):
    """The offer has one amount."""

    code = "amount_not_of_offer"
    message = _("%(offer)s takes %(pays)s, not %(amount)s. Take that, or choose another offer.")


class FreeTopUpNotAllowed(DomainError):
    """The shop tops up by offers alone."""

    code = "free_top_up_not_allowed"
    message = _("This shop tops up by its offers only. Choose one of them.")


class OfferTakenBefore(DomainError):
    """The offer is for once, and the member has had it."""

    code = "offer_taken_before"
    message = _(
        "%(offer)s is once for each member, and this member has had it. Choose another offer."
    )


def top_up(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    offer: TopUpOffer | None,
    tenders: Sequence[Tender],
    at: datetime,
    by: User | None,
    till: Till | None = None,
    amount: int | None = None,
    parties: Parties = THE_MEMBER_ALONE,
    source: SaleSource = SaleSource.COUNTER,
) -> Sale:
    """Top up by ``offer``, or by ``amount`` (smallest unit) without bonus where the shop allows.

    One contract with a lot of principal, whose cost is what was paid, and a lot of bonus, which
    costs nothing. A repeated ``request_id`` returns the first top-up.

    Raises AmountNotOfOffer, FreeTopUpNotAllowed, OfferTakenBefore, AmountNotPositive,
    AmountTooLarge, what ``check_on_sale`` raises and what ``record_sale`` raises.
    """
    contract_id = None
    if not sold_before(request_id):
        _check(offer, amount, member=member, store=store, at=at)
        contract_id = _once(offer, member) if offer and offer.is_once_per_member else None
    price = offer.pays if offer else positive(amount or 0)
    deal = _deal(offer, price, contract_id, store=store, at=at)
    try:
        return sell_deal(
            deal,
            request_id=request_id,
            request={"offer": offer.code if offer else "", "amount": price},
            member=member,
            store=store,
            tenders=tenders,
            at=at,
            by=by,
            till=till,
            parties=parties,
            source=source,
        )
    except IntegrityError as error:
        # Two tills at once: the contract of an offer for once has one id for each member.
        if offer and broken_constraint(error) == "ledger_contract_pkey":
            raise OfferTakenBefore(offer=offer.label) from error
        raise


def _check(
    offer: TopUpOffer | None, amount: int | None, *, member: Member, store: Store, at: datetime
) -> None:
    if offer is None:
        check_member(member)
        if not policy_of(store.entity).allows_free_top_up:
            raise FreeTopUpNotAllowed
        return
    check_on_sale(offer, store=store, member=member, at=at)
    if amount not in {None, offer.pays}:
        raise AmountNotOfOffer(
            offer=offer.label,
            pays=lazy_minor(offer.pays, store.currency),
            amount=lazy_minor(amount, store.currency),
        )


def _once(offer: TopUpOffer, member: Member) -> UUID:
    """The one contract id the member can take the offer under; an undone one makes room."""
    undoings = Txn.objects.filter(reverses=OuterRef("txn_id"), outcome=Outcome.POSTED)
    before = Contract.objects.filter(member=member, offer_code=offer.code)
    undone = before.annotate(is_undone=Exists(undoings)).values_list("is_undone", flat=True)
    if not all(undone):
        raise OfferTakenBefore(offer=offer.label)
    return uuid5(ONCE, f"{offer.pk}:{member.pk}:{len(undone)}")


def _deal(
    offer: TopUpOffer | None, price: int, contract_id: UUID | None, *, store: Store, at: datetime
) -> Deal:
    bonus = offer.bonus if offer else 0
    return Deal(
        kind=TxnKind.TOP_UP,
        contract_kind=ContractKind.TOP_UP,
        line_kind=LineKind.TOP_UP,
        title=title_in(store, offer) if offer else _plain_title(store),
        price=price,
        list_value=price,
        bonus=bonus,
        code=offer.code if offer else "",
        terms=offer.terms if offer else None,
        snapshot=terms_of(offer) if offer else {"pays": price, "bonus": 0},
        contract_id=contract_id,
        parts=_parts(offer, price, store=store, at=at),
    )


def _parts(offer: TopUpOffer | None, price: int, *, store: Store, at: datetime) -> list[Part]:
    asset = stored_value(store)
    principal_priority, bonus_priority = PRIORITIES[
        SpendOrder(offer.spend_order) if offer else SpendOrder.PRINCIPAL_FIRST
    ]
    principal = Part(
        asset=asset,
        amount=price,
        origin=LotOrigin.PAID,
        weight=1,
        priority=principal_priority,
        expires_at=end_after(store, at, offer.principal_expires_days if offer else None),
    )
    if not offer or not offer.bonus:
        return [principal]
    bonus = Part(
        asset=asset,
        amount=offer.bonus,
        origin=LotOrigin.BONUS,
        weight=0,
        contra=Contra.PROMOTION,
        priority=bonus_priority,
        expires_at=end_after(store, at, offer.bonus_expires_days),
    )
    return [principal, bonus]


def end_after(store: Store, at: datetime, days: int | None) -> datetime | None:
    """The end of the business day ``days`` after that of ``at``; none for None."""
    if days is None:
        return None
    return store.end_of(store.business_date(at) + timedelta(days=days))


def _plain_title(store: Store) -> str:
    with translation.override(store.language):
        return str(LineKind.TOP_UP.label)
