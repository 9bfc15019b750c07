"""Set up the four demo shops: stores, staff, goods and everything they offer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from common.calendars import HolidayCalendarMissing, is_rest_day
from ledger.models import (
    AgeRule,
    Asset,
    AssetKind,
    Machine,
    Product,
    ProductCategory,
    TenderType,
    Terms,
)
from ledger.models.activity import MachineMode
from ledger.operations.assets import (
    coins,
    ensure_tenders,
    points,
    stored_value,
    stored_value_tender,
)
from members.models import CalendarDay, IssuingEntity, Store, Tier, Till, User
from members.operations import create_staff, create_store, create_till
from members.queries.scope import rest_day_overrides
from promotions.demo.papers import house_terms, year_of
from promotions.models import (
    Bundle,
    BundleComponent,
    CoinPack,
    PointsRule,
    PointsTierRate,
    PromotionPolicy,
    Reward,
    ServiceProgramme,
    SpendOrder,
    TierEntitlement,
    TopUpOffer,
)

PASSWORD = "regulars-demo-7"  # noqa: S105 - printed by the demo, for data that is made up
CURRENCY, COUNTRY = "CNY", "CN"

# code, name, what it sells: code, name, Chinese name, price in fen, category
STORES = (
    (
        "bbq",
        "老码头烧烤 Old Pier Barbecue",
        (
            ("skewers", "Lamb skewers", "羊肉串", 4800, "food"),
            ("ribs", "Grilled ribs", "烤排骨", 8800, "food"),
            ("oysters", "Grilled oysters", "烤生蚝", 6800, "food"),
            ("greens", "Garlic greens", "蒜蓉青菜", 2200, "food"),
            ("tea", "Barley tea", "大麦茶", 1200, "drinks"),
        ),
    ),
    (
        "menswear",
        "青石男装 Bluestone Menswear",
        (
            ("suit", "Wool suit", "羊毛西装", 168000, "garments"),
            ("shirt", "Cotton shirt", "棉衬衫", 39800, "garments"),
            ("trousers", "Chinos", "休闲裤", 45800, "garments"),
            ("coat", "Overcoat", "大衣", 219900, "garments"),
            ("tie", "Silk tie", "真丝领带", 25800, "accessories"),
        ),
    ),
    (
        "baby",
        "小树苗母婴 Sapling Mother & Baby",
        (
            ("milk-powder", "Milk powder, 900 g", "奶粉 900克", 29800, "baby-food"),
            ("nappies", "Nappies, 60", "纸尿裤 60片", 13900, "baby-care"),
            ("wipes", "Wet wipes, 6 packs", "湿巾 6包", 5900, "baby-care"),
            ("toy", "Wooden blocks", "木积木", 9900, "toys"),
        ),
    ),
    (
        "arcade",
        "星际电玩城 Starship Arcade",
        (
            ("cola", "Cola", "可乐", 800, "snacks"),
            ("popcorn", "Popcorn", "爆米花", 1800, "snacks"),
        ),
    ),
)
CATEGORIES = {
    "food": ("Food", "菜品"),
    "drinks": ("Drinks", "饮品"),
    "garments": ("Garments", "服装"),
    "accessories": ("Accessories", "配饰"),
    "baby-food": ("Baby food", "奶粉辅食"),
    "baby-care": ("Baby care", "婴儿护理"),
    "toys": ("Toys", "玩具"),
    "snacks": ("Snacks", "零食"),
}
STAFF = (
    ("clerk", User.Role.CLERK, ("bbq",), "zh-hans"),
    ("clerk-menswear", User.Role.CLERK, ("menswear",), "zh-hans"),
    ("clerk-baby", User.Role.CLERK, ("baby",), "zh-hans"),
    ("clerk-arcade", User.Role.CLERK, ("arcade",), "zh-hans"),
    ("manager", User.Role.MANAGER, ("bbq", "menswear", "baby", "arcade"), "en"),
    ("owner", User.Role.OWNER, (), "en"),
    ("auditor", User.Role.AUDITOR, (), "en"),
)
MACHINES = (
    ("racer", "Racer", "赛车", 2),
    ("claw", "Claw machine", "娃娃机", 1),
    ("hoops", "Basketball", "投篮机", 2),
    ("dance", "Dance floor", "跳舞机", 3),
    ("drums", "Drum master", "太鼓达人", 3),
    ("pusher", "Coin pusher", "推币机", 1),
    ("hockey", "Air hockey", "空气曲棍球", 2),
    ("shooter", "Space shooter", "射击机", 2),
)


@dataclass
class World:
    """What the lives of the members need to know, looked up once."""

    entity: IssuingEntity
    stores: dict[str, Store]
    clerks: dict[str, User]
    tills: dict[str, Till]
    products: dict[str, list[Product]]
    tenders: dict[str, TenderType]
    assets: dict[str, Asset]
    offers: dict[str, list[TopUpOffer]]
    beer: Bundle
    passes: list[Bundle]
    packs: list[CoinPack]
    machines: list[Machine]
    terms: Terms
    rule: PointsRule
    stored_value: TenderType
    tiers: list[Tier] = field(default_factory=list)
    rest_days: Mapping[date, bool] = field(default_factory=dict)


def open_shops(first: date, last: date) -> World:
    """Make everything the four shops have from the business day ``first`` to ``last``."""
    entity = IssuingEntity.objects.create(code="demo", name="Demo Trading 示范商贸")
    stores = {code: _store(code, name, entity) for code, name, _goods in STORES}
    for store in stores.values():
        ensure_tenders(store)
    terms = house_terms(stores["bbq"], first)
    PromotionPolicy.objects.create(
        entity=entity,
        stored_value_buys_bundles=True,
        stored_value_buys_coins=False,
        terms=terms,
        minors_pay_up_to=10000,
    )
    staff = {name: _staff(name, role, codes, stores, lang) for name, role, codes, lang in STAFF}
    clerks = {"bbq": staff["clerk"]} | {
        code: staff[f"clerk-{code}"] for code in ("menswear", "baby", "arcade")
    }
    tiers = _tiers()
    assets = _assets(entity, stored_value(stores["bbq"]))
    garments = _products(stores)
    _service(entity, stores["menswear"], assets["dry-clean"], tiers)
    _rewards(entity, stores["baby"], assets["points"])
    year_of(tiers[2], stores["menswear"])
    _new_years_days(first, last)
    return World(
        entity=entity,
        stores=stores,
        clerks=clerks,
        tills={code: create_till(store=store, code="1") for code, store in stores.items()},
        products=garments,
        tenders={tender.code: tender for tender in TenderType.objects.all()},
        assets=assets,
        offers=_offers(entity, stores),
        beer=_beer(entity, stores["bbq"], assets["beer"]),
        passes=[
            _ride_pass(entity, stores["arcade"], assets["ride"], year)
            for year in range(first.year - 1, last.year + 1)
        ],
        packs=_packs(entity, stores["arcade"], assets["coins"]),
        machines=_machines(stores["arcade"]),
        terms=terms,
        rule=_points_rule(entity, assets["points"], tiers),
        stored_value=stored_value_tender(stores["bbq"]),
        tiers=tiers,
        rest_days=rest_day_overrides(COUNTRY),
    )


def _new_years_days(first: date, last: date) -> None:
    """What an owner enters for a year whose holidays the built-in calendar does not know yet."""
    for year in range(first.year, last.year + 2):
        day = date(year, 1, 1)
        try:
            is_rest_day(day, COUNTRY)
        except HolidayCalendarMissing:
            CalendarDay.objects.create(country=COUNTRY, day=day, is_rest_day=True, name="元旦")


def _store(code: str, name: str, entity: IssuingEntity) -> Store:
    return create_store(
        code=code,
        name=name,
        country=COUNTRY,
        currency=CURRENCY,
        time_zone="Asia/Shanghai",
        language="zh-hans",
        entity=entity,
        jurisdiction=COUNTRY,
    )


def _staff(
    name: str, role: str, codes: tuple[str, ...], stores: dict[str, Store], language: str
) -> User:
    return create_staff(
        username=name,
        password=PASSWORD,
        role=role,
        stores=[stores[code] for code in codes],
        language=language,
    )


def _tiers() -> list[Tier]:
    steps = (
        ("regular", 1, "Regular", "普通会员", None),
        ("silver", 2, "Silver", "银卡", 200000),
        ("gold", 3, "Gold", "金卡", 500000),
        ("diamond", 4, "Diamond", "钻石", 1500000),
    )
    return [
        Tier.objects.create(
            code=code, rank=rank, name=name, name_zh=name_zh, min_spend=spend, window_months=12
        )
        for code, rank, name, name_zh, spend in steps
    ]


def _assets(entity: IssuingEntity, money: Asset) -> dict[str, Asset]:
    units = (
        ("beer", AssetKind.UNIT, "Beer", "啤酒", 800),
        ("ride", AssetKind.UNIT, "Ice ride", "冰车", 6000),
        ("dry-clean", AssetKind.ENTITLEMENT, "Dry-cleaning", "干洗", 3000),
    )
    made = {
        code: Asset.objects.create(
            entity=entity, code=code, kind=kind, name=name, name_zh=name_zh, list_price=price
        )
        for code, kind, name, name_zh, price in units
    }
    made |= {"points": points(entity), "coins": coins(entity), "money": money}
    for code, rule in (("beer", AgeRule.ADULTS), ("coins", AgeRule.HOLIDAYS)):
        made[code].age_rule = rule
        made[code].save(update_fields=["age_rule"])
    return made


def _products(stores: dict[str, Store]) -> dict[str, list[Product]]:
    made: dict[str, list[Product]] = {}
    for code, _name, goods in STORES:
        for sku, name, name_zh, price, category in goods:
            title, title_zh = CATEGORIES[category]
            group, _new = ProductCategory.objects.get_or_create(
                code=category, defaults={"name": title, "name_zh": title_zh}
            )
            product = Product.objects.create(
                code=sku,
                name=name,
                name_zh=name_zh,
                list_price=price,
                unit_cost=price * 35 // 100,
                currency=CURRENCY,
                category=group,
                store=stores[code],
                days_of_supply=9 if sku == "milk-powder" else None,
            )
            made.setdefault(code, []).append(product)
    return made


def _offers(entity: IssuingEntity, stores: dict[str, Store]) -> dict[str, list[TopUpOffer]]:
    steps = (
        ("bbq", "bbq-500-1000", "Top up 500, get 1,000", "充500送1000", 50000, 100000),
        ("bbq", "bbq-200-60", "Top up 200, get 60", "充200送60", 20000, 6000),
        ("menswear", "menswear-2000-200", "Top up 2,000, get 200", "充2000送200", 200000, 20000),
        ("baby", "baby-1000-100", "Top up 1,000, get 100", "充1000送100", 100000, 10000),
    )
    made: dict[str, list[TopUpOffer]] = {}
    for store, code, name, name_zh, pays, bonus in steps:
        offer = TopUpOffer.objects.create(
            entity=entity,
            code=code,
            name=name,
            name_zh=name_zh,
            currency=CURRENCY,
            pays=pays,
            bonus=bonus,
            spend_order=SpendOrder.PRINCIPAL_FIRST,
        )
        offer.stores.set([stores[store]])
        made.setdefault(store, []).append(offer)
    return made


def _beer(entity: IssuingEntity, store: Store, beer: Asset) -> Bundle:
    bundle = Bundle.objects.create(
        entity=entity,
        code="beer-101",
        name="101 beers for 20.18",
        name_zh="20.18元101瓶啤酒",
        currency=CURRENCY,
        price=2018,
    )
    bundle.stores.set([store])
    BundleComponent.objects.create(bundle=bundle, asset=beer, quantity=101, list_price=800)
    return bundle


def _ride_pass(entity: IssuingEntity, store: Store, ride: Asset, year: int) -> Bundle:
    """Ten rides of one winter: sold from September, 60 % of the price until 15 October."""
    bundle = Bundle.objects.create(
        entity=entity,
        code=f"ten-rides-{year}",
        name=f"Ten ice rides, winter {year}",
        name_zh=f"{year}冬季十次冰车票",
        currency=CURRENCY,
        price=48000,
        early_bird_price=28800,
        early_bird_until=date(year, 10, 15),
        season_from=date(year, 11, 15),
        season_until=date(year + 1, 3, 15),
        valid_from=date(year, 9, 1),
        valid_until=date(year + 1, 1, 31),
    )
    bundle.stores.set([store])
    for position, rule in enumerate(("restday", "workday"), start=1):
        BundleComponent.objects.create(
            bundle=bundle,
            asset=ride,
            quantity=5,
            position=position,
            day_rule=rule,
            list_price=6000,
            weight=2 if rule == "restday" else 1,
        )
    return bundle


def _packs(entity: IssuingEntity, store: Store, asset: Asset) -> list[CoinPack]:
    packs = [
        CoinPack.objects.create(
            entity=entity,
            code=f"coins-{price // 100}",
            name=f"{coins} coins and {bonus} more",
            name_zh=f"{coins}币送{bonus}币",
            currency=CURRENCY,
            asset=asset,
            price=price,
            coins=coins,
            bonus_coins=bonus,
        )
        for price, coins, bonus in ((5000, 50, 5), (10000, 100, 20), (30000, 300, 100))
    ]
    for pack in packs:
        pack.stores.set([store])
    return packs


def _machines(store: Store) -> list[Machine]:
    return [
        Machine.objects.create(
            store=store,
            code=code,
            name=name,
            name_zh=name_zh,
            coins_per_play=price,
            mode=MachineMode.TOKEN,
        )
        for code, name, name_zh, price in MACHINES
    ]


def _points_rule(entity: IssuingEntity, asset: Asset, tiers: list[Tier]) -> PointsRule:
    rule = PointsRule.objects.create(
        entity=entity,
        name="One point a yuan",
        name_zh="1元1分",
        asset=asset,
        currency=CURRENCY,
        points=1,
        per_amount=100,
        expiry_months=24,
    )
    for tier, percent in zip(tiers, (100, 110, 125, 150), strict=True):
        PointsTierRate.objects.create(rule=rule, tier=tier, percent=percent)
    return rule


def _service(entity: IssuingEntity, store: Store, asset: Asset, tiers: list[Tier]) -> None:
    programme = ServiceProgramme.objects.create(
        entity=entity,
        code="dry-cleaning",
        name="Free dry-cleaning",
        name_zh="免费干洗",
        asset=asset,
        charge_price=3000,
        currency=CURRENCY,
    )
    programme.stores.set([store])
    programme.categories.set(ProductCategory.objects.filter(code="garments"))
    for tier, count in zip(tiers[:3], (1, 2, 3), strict=True):
        TierEntitlement.objects.create(programme=programme, tier=tier, per_month=count)
    TierEntitlement.objects.create(programme=programme, tier=tiers[3], per_month=3)


def _rewards(entity: IssuingEntity, store: Store, asset: Asset) -> None:
    for code, name, name_zh, cost in (
        ("reward-wipes", "Wet wipes", "湿巾一包", 500),
        ("reward-blocks", "Wooden blocks", "木积木一套", 2000),
    ):
        reward = Reward.objects.create(
            entity=entity,
            code=code,
            name=name,
            name_zh=name_zh,
            currency=CURRENCY,
            asset=asset,
            cost_points=cost,
            coupon_text=name,
        )
        reward.stores.set([store])
