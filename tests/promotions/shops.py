"""A barbecue restaurant, a ski hill, a menswear shop and an arcade in one."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from ledger.models import Asset, AssetKind, Lot, ProductCategory, Sale, TenderType, Terms, Txn
from ledger.models.catalogue import Product
from ledger.models.sales import LineKind
from ledger.operations import assets
from ledger.operations.sales import Line, Tender
from ledger.operations.terms import write_terms
from members.models import IssuingEntity, Member, Store, Tier, User
from members.operations import create_staff, create_store, enrol, set_tier
from promotions.models import Bundle, BundleComponent, CoinPack, PointsRule, TopUpOffer

# 12:00 on Friday, 1 May 2026 in Shanghai: a holiday. The Monday after it is one, too.
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
WORKDAY = datetime(2026, 5, 6, 4, tzinfo=UTC)  # Wednesday
DAY = timedelta(days=1)


@dataclass
class Shop:
    """One store of one issuing entity, its clerk, and how its members pay."""

    store: Store
    clerk: User
    cash: TenderType
    value: TenderType
    money: Asset
    points: Asset
    coins: Asset
    beer: Asset
    ride: Asset
    made: int = field(default=0)

    def member(self, **fields: Any) -> Member:
        """Enrol a member who holds nothing yet."""
        self.made += 1
        told = {"name": f"Member {self.made}", "phone": f"1380000{self.made:04}"}
        return enrol(store=self.store, at=NOON, by=self.clerk, **(told | fields))

    def branch(self, code: str) -> Store:
        """Another store of the same issuing entity."""
        place = {"country": "CN", "currency": "CNY", "time_zone": "Asia/Shanghai"}
        return create_store(
            code=code, name=code.title(), language="en", entity=self.store.entity, **place
        )

    def asks(self, member: Member | None = None, **given: Any) -> dict[str, Any]:
        """What every verb is told; a new request each time."""
        said = {"request_id": uuid4(), "store": self.store, "at": WORKDAY, "by": self.clerk}
        if member is not None:
            said["member"] = member
        return said | given

    def in_cash(self, amount: int) -> list[Tender]:
        return [Tender(tender=self.cash, amount=amount)]

    def in_value(self, amount: int) -> list[Tender]:
        return [Tender(tender=self.value, amount=amount)]

    def top_up_offer(self, pays: int, bonus: int, **terms: Any) -> TopUpOffer:
        return TopUpOffer.objects.create(
            **(
                {"code": f"topup-{pays}-{bonus}", "name": f"{pays} + {bonus}"}
                | self._offer()
                | terms
            ),
            pays=pays,
            bonus=bonus,
        )

    def terms(self, **said: Any) -> Terms:
        """Terms of the house, in force since the beginning of the year."""
        given = {"code": "house", "version": "1", "text_en": "As the law says."}
        given |= {"in_force_from": date(2026, 1, 1), "at": NOON, "by": self.clerk}
        return write_terms(entity=self.store.entity, **(given | said))

    def bundle(self, price: int, *components: dict[str, Any], **terms: Any) -> Bundle:
        code = {"code": f"bundle-{Bundle.objects.count()}", "name": "Bundle"}
        bundle = Bundle.objects.create(**(code | self._offer() | terms), price=price)
        for position, component in enumerate(components, start=1):
            BundleComponent.objects.create(bundle=bundle, position=position, **component)
        return bundle

    def beers(self, **terms: Any) -> Bundle:
        """101 beers for 20.18."""
        part = {"asset": self.beer, "quantity": 101, "list_price": 800}
        return self.bundle(2018, part, **({"code": "beer101", "name": "101 beers"} | terms))

    def ski_pass(self, price: int = 60000, **terms: Any) -> Bundle:
        """Five rides for days of rest, five for workdays; two thirds of the price on the former."""
        ride = {"asset": self.ride, "quantity": 5, "list_price": 10000}
        return self.bundle(
            price,
            ride | {"day_rule": "restday", "weight": 2},
            ride | {"day_rule": "workday", "weight": 1},
            **({"code": "ski10", "name": "Ten rides"} | terms),
        )

    def coin_pack(self, price: int, coins: int, bonus: int, **terms: Any) -> CoinPack:
        return CoinPack.objects.create(
            **({"code": f"coins-{coins}-{bonus}", "name": "Coins"} | self._offer()),
            asset=self.coins,
            price=price,
            coins=coins,
            bonus_coins=bonus,
            **terms,
        )

    def points_rule(self, **terms: Any) -> PointsRule:
        """One point for each yuan."""
        rule = {"name": "A yuan a point", "entity": self.store.entity, "asset": self.points}
        return PointsRule.objects.create(**(rule | {"currency": "CNY"} | terms))

    def _offer(self) -> dict[str, Any]:
        return {"entity": self.store.entity, "currency": self.store.currency}


def open_shop(code: str = "bbq", **facts: Any) -> Shop:
    """Open a store in Shanghai, its days beginning at four in the morning."""
    place = {"country": "CN", "currency": "CNY", "time_zone": "Asia/Shanghai", "language": "en"}
    entity = IssuingEntity.objects.create(code=code, name=code.title())
    store = create_store(code=code, name=code.title(), entity=entity, **(place | facts))
    assets.ensure_tenders(store)
    return Shop(
        store=store,
        clerk=create_staff(
            username=f"clerk-{code}", password="korrekt-horse-9", role="clerk", stores=[store]
        ),
        cash=TenderType.objects.get(code="cash"),
        value=assets.stored_value_tender(store),
        money=assets.stored_value(store),
        points=assets.points(store.entity),
        coins=assets.coins(store.entity),
        beer=_unit(store, "beer", list_price=800),
        ride=_unit(store, "ride", list_price=10000),
    )


def _unit(store: Store, code: str, **facts: Any) -> Asset:
    return Asset.objects.create(
        entity=store.entity, code=code, name=code.title(), kind=AssetKind.UNIT, **facts
    )


def goods(charged: int, *, category: ProductCategory | None = None, **facts: Any) -> Line:
    """A line of goods at its list price."""
    product = None
    if category:
        product, _made = Product.objects.get_or_create(
            code=category.code,
            defaults={"category": category, "list_price": charged, "currency": "CNY"},
        )
    terms = {"description": "Skewers", "list_value": charged} | facts
    return Line(kind=LineKind.PRODUCT, charged_value=charged, product=product, **terms)


def tier(code: str, rank: int, **facts: Any) -> Tier:
    return Tier.objects.create(code=code, rank=rank, name=code.title(), **facts)


def put_into(member: Member, tier: Tier, at: datetime = NOON) -> Member:
    set_tier(member=member, tier=tier, source="granted", at=at, by=None)
    return Member.objects.get(pk=member.pk)


def lots(member: Member, asset: Asset) -> list[tuple[str, int, int]]:
    """Origin, what is left and the cost of each lot, in the order they were granted."""
    found = Lot.objects.of(member).filter(wallet__asset=asset).order_by("pk")
    return list(found.values_list("origin", "remaining", "cost"))


def held(member: Member, asset: Asset) -> int:
    """What is left in all lots."""
    return sum(left for _origin, left, _cost in lots(member, asset))


def written() -> tuple[int, int]:
    """How many bills and transactions there are; a refusal leaves both alone."""
    return Sale.objects.count(), Txn.objects.count()
