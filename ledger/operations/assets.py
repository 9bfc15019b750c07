"""The assets and tenders every shop has, made when they are first needed."""

from ledger.models import Asset, AssetKind, TenderType
from ledger.models.catalogue import TenderKind
from members.models import IssuingEntity, Store

COINS = "coins"
CURRENCY_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3}

STANDARD_TENDERS = (
    ("cash", TenderKind.CASH, "Cash", "现金"),
    ("bank-card", TenderKind.CARD, "Bank card", "银行卡"),
    ("wechat", TenderKind.MOBILE, "WeChat Pay", "微信支付"),
    ("alipay", TenderKind.MOBILE, "Alipay", "支付宝"),
)


def stored_value(store: Store) -> Asset:
    """The money that members of ``store``'s issuing entity hold in its currency."""
    asset, _made = Asset.objects.get_or_create(
        entity=store.entity,
        kind=AssetKind.MONEY,
        currency=store.currency,
        defaults={
            "code": f"stored-value-{store.currency.lower()}",
            "name": "Stored value",
            "name_zh": "储值",
            "scale": CURRENCY_DIGITS.get(store.currency, 2),
        },
    )
    return asset


def points(entity: IssuingEntity) -> Asset:
    """The points of ``entity``; their debt asset is made with them."""
    asset, _made = Asset.objects.get_or_create(
        entity=entity,
        code="points",
        defaults={"kind": AssetKind.POINTS, "name": "Points", "name_zh": "积分"},
    )
    debt_of(asset)
    return asset


def coins(entity: IssuingEntity) -> Asset:
    """The arcade coins of ``entity``."""
    asset, _made = Asset.objects.get_or_create(
        entity=entity,
        code=COINS,
        defaults={"kind": AssetKind.COIN, "name": "Coins", "name_zh": "游戏币"},
    )
    return asset


def membership_days(entity: IssuingEntity) -> Asset:
    """The days of a paid membership of ``entity``; they pass, nobody draws them."""
    asset, _made = Asset.objects.get_or_create(
        entity=entity,
        code="membership-days",
        defaults={
            "kind": AssetKind.ENTITLEMENT,
            "name": "Days of membership",
            "name_zh": "会员天数",
        },
    )
    return asset


def debt_of(asset: Asset) -> Asset:
    """What a member owes of ``asset`` when it was taken back after being spent."""
    debt, _made = Asset.objects.get_or_create(
        debt_of=asset,
        defaults={
            "entity": asset.entity,
            "code": f"{asset.code}-debt",
            "kind": AssetKind.DEBT,
            "name": f"{asset.name} owed",
            "name_zh": f"欠{asset.name_zh}",
        },
    )
    return debt


def ensure_tenders(store: Store) -> None:
    """Make the usual ways to pay, stored value of ``store`` among them.

    Those that exist stay as they are.
    """
    for position, (code, kind, name, name_zh) in enumerate(STANDARD_TENDERS, start=1):
        TenderType.objects.get_or_create(
            code=code,
            defaults={
                "kind": kind,
                "name": name,
                "name_zh": name_zh,
                "position": position * 10,
            },
        )
    stored_value_tender(store)


def stored_value_tender(store: Store) -> TenderType:
    """The tender that draws on the stored value of ``store``'s entity."""
    asset = stored_value(store)
    tender, _made = TenderType.objects.get_or_create(
        asset=asset,
        kind=TenderKind.STORED_VALUE,
        defaults={
            "code": f"{store.entity.code}-{asset.code}"[:40].lower(),
            "name": "Stored value",
            "name_zh": "储值",
            "position": 1,
        },
    )
    return tender
