"""What happens on a visit, laid out for bulk writing with the very legs the operations use."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

from ledger.models import Asset, Contra, ContractKind, LotOrigin, Product, Scope, TxnKind
from ledger.models.sales import LineKind
from ledger.operations.bulk import Posting
from ledger.operations.contracts import contract_id_for, contract_leg
from ledger.operations.posting import Header, Leg, grant, share_of_money, take
from ledger.operations.sales import Bill, Line, Tender, draft
from members.models import Member, Store
from promotions.demo.shops import World
from promotions.models import Bundle, BundleComponent, CoinPack, SpendOrder, TopUpOffer
from promotions.models.offers import PRIORITIES
from promotions.operations.bundles import scope_of, validity
from promotions.operations.prepaid import Part, kept_terms, plain, terms_of, title_in
from promotions.rules.points import Charged, Earning, last_valid_day, points_part
from promotions.rules.sharing import share_by_weight


class Desk:
    """One store's desk, with all it needs looked up once."""

    def __init__(self, world: World, store: Store, rng: Random) -> None:
        self.world, self.store, self.rng = world, store, rng
        self.by = world.clerks[store.code]
        self.till = world.tills[store.code]
        self._terms: dict[str, tuple[str, dict[str, Any]]] = {}
        self._scopes: dict[int, Scope | None] = {}

    def new_id(self) -> UUID:
        """A random id that the seed decides."""
        return UUID(int=self.rng.getrandbits(128), version=4)

    def header(self, member: Member, at: datetime, kind: TxnKind) -> Header:
        """The header of one operation of this desk."""
        request_id = self.new_id()
        return Header(
            id=request_id,
            kind=kind,
            request={"demo": str(request_id)},
            store=self.store,
            at=at,
            by=self.by,
            till=self.till,
            member=member,
            is_history=True,
        )

    def pay(self, amount: int) -> Tender:
        """A payment as customers of the shop pay."""
        code = self.rng.choices(("wechat", "alipay", "cash", "bank-card"), (50, 25, 15, 10))[0]
        return Tender(tender=self.world.tenders[code], amount=amount)

    def goods(
        self,
        member: Member | None,
        at: datetime,
        basket: Sequence[tuple[Product, int]],
        *,
        from_value: int = 0,
    ) -> Bill:
        """A bill of goods; ``from_value`` of it is paid from stored value."""
        lines = [
            Line(
                kind=LineKind.PRODUCT,
                description=title_in(self.store, product),
                list_value=product.list_price * count,
                charged_value=product.list_price * count,
                quantity=count,
                product=product,
            )
            for product, count in basket
        ]
        total = sum(line.charged_value for line in lines)
        tenders = [self.pay(total - from_value)] if total > from_value else []
        if from_value:
            tenders.append(Tender(tender=self.world.stored_value, amount=from_value))
        legs = [self._points(member, at, total, total - from_value)] if member else []
        return self._bill(member, at, lines, tenders, legs, kind=TxnKind.SALE)

    def top_up(self, member: Member, at: datetime, offer: TopUpOffer) -> Bill:
        """A top-up with its two lots."""
        first, second = PRIORITIES[SpendOrder(offer.spend_order)]
        money = self.world.assets["money"]
        parts = [
            Part(asset=money, amount=offer.pays, origin=LotOrigin.PAID, weight=1, priority=first),
            Part(
                asset=money,
                amount=offer.bonus,
                origin=LotOrigin.BONUS,
                weight=0,
                contra=Contra.PROMOTION,
                priority=second,
            ),
        ]
        return self._prepaid(
            member, at, offer, parts, price=offer.pays, bonus=offer.bonus, kind=TxnKind.TOP_UP
        )

    def coin_pack(self, member: Member, at: datetime, pack: CoinPack) -> Bill:
        """A coin pack: paid coins and bonus coins."""
        first, second = PRIORITIES[SpendOrder(pack.spend_order)]
        parts = [
            Part(
                asset=pack.asset, amount=pack.coins, origin=LotOrigin.PAID, weight=1, priority=first
            ),
            Part(
                asset=pack.asset,
                amount=pack.bonus_coins,
                origin=LotOrigin.BONUS,
                weight=0,
                contra=Contra.PROMOTION,
                priority=second,
            ),
        ]
        return self._prepaid(member, at, pack, parts, price=pack.price, kind=TxnKind.SELL_COINS)

    def bundle(self, member: Member, at: datetime, bundle: Bundle) -> Bill:
        """A bundle: one lot for each component, the price shared by weight."""
        opens, ends = validity(bundle, self.store, at)
        components = list(bundle.components.all())
        parts = [
            Part(
                asset=component.asset,
                amount=component.quantity,
                origin=LotOrigin.BUNDLE,
                weight=component.weight,
                scope=self._scope(component),
                available_from=opens,
                expires_at=ends,
            )
            for component in components
        ]
        return self._prepaid(
            member,
            at,
            bundle,
            parts,
            price=bundle.price_on(self.store.business_date(at)),
            list_value=sum(one.list_price * one.quantity for one in components),
            kind=TxnKind.SELL_BUNDLE,
        )

    def draw(
        self,
        member: Member,
        at: datetime,
        asset: Asset,
        quantity: int,
        kind: TxnKind = TxnKind.REDEEM,
    ) -> Posting:
        """A draw-down of units or coins."""
        worth = asset.list_price * quantity if asset.list_price else None
        leg = take(member=member, asset=asset, amount=quantity, list_value=worth)
        return Posting(header=self.header(member, at, kind), legs=[leg])

    def visit(self, member: Member, at: datetime) -> Posting:
        """A visit on which nothing was bought or drawn."""
        return Posting(header=self.header(member, at, TxnKind.REDEEM), legs=[])

    def _points(self, member: Member, at: datetime, total: int, money: int) -> Leg:
        rule = self.world.rule
        earning = Earning(points=rule.points, per_amount=rule.per_amount)
        part, whole = points_part(earning, [Charged(value=total)], total)
        last = last_valid_day(self.store.business_date(at), rule.expiry_months)
        leg = grant(
            member=member,
            asset=rule.asset,
            amount=1,
            origin=LotOrigin.EARNED,
            contra=Contra.PROMOTION,
            expires_at=self.store.end_of(last) if last else None,
            merge=True,
        )
        return share_of_money(leg, fills="amount", money=money, before=0, after=part, whole=whole)

    def _prepaid(
        self,
        member: Member,
        at: datetime,
        offer: TopUpOffer | Bundle | CoinPack,
        parts: Sequence[Part],
        *,
        price: int,
        kind: TxnKind,
        list_value: int = 0,
        bonus: int = 0,
    ) -> Bill:
        """One bill with one contract and its lots."""
        title, terms = self._title_and_terms(offer)
        line_kind, contract_kind = KINDS[kind]
        header = self.header(member, at, kind)
        contract = contract_id_for(header.id)
        leg = contract_leg(
            contract_id=contract,
            kind=contract_kind,
            header=header,
            member=member,
            paid=price,
            list_value=list_value or price,
            bonus=bonus,
            currency=self.store.currency,
            offer_code=offer.code,
            title=title,
            snapshot=terms,
            honoured_at=[self.store.pk],
            terms_version=self.world.terms.version,
        )
        line = Line(
            kind=line_kind,
            description=title,
            list_value=list_value or price,
            charged_value=price,
            contract=contract,
        )
        costs = share_by_weight(price, [part.weight for part in parts])
        lots = zip(parts, costs, strict=True)
        grants = [_grant(member, contract, part, cost) for part, cost in lots if part.amount]
        tenders = [self.pay(price)]
        return self._bill(
            member, at, [line], tenders, [leg, *grants], kind=kind, request_id=header.id
        )

    def _bill(
        self,
        member: Member | None,
        at: datetime,
        lines: Sequence[Line],
        tenders: Sequence[Tender],
        legs: Sequence[Leg],
        *,
        kind: TxnKind,
        request_id: UUID | None = None,
    ) -> Bill:
        request_id = request_id or self.new_id()
        return draft(
            request_id=request_id,
            store=self.store,
            lines=lines,
            tenders=tenders,
            at=at,
            by=self.by,
            request={"demo": str(request_id)},
            member=member,
            till=self.till,
            kind=kind,
            legs=legs,
            is_history=True,
        )

    def _title_and_terms(self, offer: TopUpOffer | Bundle | CoinPack) -> tuple[str, dict[str, Any]]:
        if offer.code not in self._terms:
            self._terms[offer.code] = (
                title_in(self.store, offer),
                plain(terms_of(offer)) | kept_terms(offer.terms),
            )
        return self._terms[offer.code]

    def _scope(self, component: BundleComponent) -> Scope | None:
        if component.pk not in self._scopes:
            self._scopes[component.pk] = scope_of(component, [self.store.pk])
        return self._scopes[component.pk]


def _grant(member: Member, contract: UUID, part: Part, cost: int) -> Leg:
    return grant(
        member=member,
        asset=part.asset,
        amount=part.amount,
        origin=part.origin,
        contra=part.contra,
        cost=cost,
        priority=part.priority,
        contract=contract,
        scope=part.scope,
        available_from=part.available_from,
        expires_at=part.expires_at,
    )


KINDS = {
    TxnKind.TOP_UP: (LineKind.TOP_UP, ContractKind.TOP_UP),
    TxnKind.SELL_COINS: (LineKind.COIN_PACK, ContractKind.COIN_PACK),
    TxnKind.SELL_BUNDLE: (LineKind.BUNDLE, ContractKind.BUNDLE),
}
