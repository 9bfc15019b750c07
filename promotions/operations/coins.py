"""Sell coins by the pack, and hand them out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ledger.models import Asset, Contra, ContractKind, LotOrigin, Sale, TxnKind
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.overrides import Permission
from ledger.operations.redeem import Redemption, redeem
from ledger.operations.sales import Tender
from members.models import Member, Store, Till, User
from promotions.models import CoinPack, SpendOrder
from promotions.models.offers import PRIORITIES
from promotions.operations.ages import check_age
from promotions.operations.checks import (
    check_honoured,
    check_member,
    check_on_sale,
    sold_before,
)
from promotions.operations.parties import THE_MEMBER_ALONE, Parties
from promotions.operations.prepaid import Deal, Part, sell_deal, terms_of, title_in
from promotions.operations.topups import end_after
from promotions.queries.offers import policy_of


def sell_coins(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    pack: CoinPack,
    tenders: Sequence[Tender],
    at: datetime,
    by: User | None,
    till: Till | None = None,
    parties: Parties = THE_MEMBER_ALONE,
    source: SaleSource = SaleSource.COUNTER,
    permission: Permission | None = None,
) -> Sale:
    """Sell a coin pack: a lot of coins that cost what was paid, and a lot of bonus coins.

    A repeated ``request_id`` returns the first sale. ``permission`` over-rides what keeps a minor
    from coins.

    Raises what ``check_age``, ``check_on_sale`` and ``record_sale`` raise.
    """
    earlier = sold_before(request_id)
    if not earlier:
        check_on_sale(pack, store=store, member=member, at=at)
        check_age(
            member,
            [pack.asset],
            request_id=request_id,
            store=store,
            at=at,
            by=by,
            permission=permission,
        )
    deal = Deal(
        kind=TxnKind.SELL_COINS,
        contract_kind=ContractKind.COIN_PACK,
        line_kind=LineKind.COIN_PACK,
        title=title_in(store, pack),
        price=earlier.total if earlier else pack.price,
        list_value=pack.price,
        bonus=pack.bonus_coins,
        code=pack.code,
        terms=pack.terms,
        snapshot=terms_of(pack),
        buyable_with_value=policy_of(store.entity).stored_value_buys_coins,
        parts=_parts(pack, store=store, at=at),
    )
    return sell_deal(
        deal,
        request_id=request_id,
        request={"pack": pack.code},
        member=member,
        store=store,
        tenders=tenders,
        at=at,
        by=by,
        till=till,
        parties=parties,
        source=source,
    )


def _parts(pack: CoinPack, *, store: Store, at: datetime) -> list[Part]:
    paid, bonus = PRIORITIES[SpendOrder(pack.spend_order)]
    coins = Part(
        asset=pack.asset, amount=pack.coins, origin=LotOrigin.PAID, weight=1, priority=paid
    )
    if not pack.bonus_coins:
        return [coins]
    extra = Part(
        asset=pack.asset,
        amount=pack.bonus_coins,
        origin=LotOrigin.BONUS,
        weight=0,
        contra=Contra.PROMOTION,
        priority=bonus,
        expires_at=end_after(store, at, pack.bonus_expires_days),
    )
    return [coins, extra]


def dispense_coins(
    *,
    request_id: UUID,
    member: Member,
    asset: Asset,
    coins: int,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
    permission: Permission | None = None,
) -> Redemption:
    """Hand out ``coins`` tokens from the member's coins, and note the visit.

    ``permission`` over-rides what keeps a minor from coins.

    Raises NotForMinors, NotForMinorsToday, MemberMayNotTrade, NotHonouredHere and what ``redeem``
    raises.
    """
    check_member(member)
    check_honoured(asset, store)
    check_age(
        member, [asset], request_id=request_id, store=store, at=at, by=by, permission=permission
    )
    return redeem(
        request_id=request_id,
        member=member,
        asset=asset,
        quantity=coins,
        store=store,
        at=at,
        by=by,
        till=till,
        kind=TxnKind.DISPENSE,
    )
