"""The words of value: kinds of assets, origins of lots, kinds of operations, the house sides."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AssetKind(models.TextChoices):
    MONEY = "money", _("stored value")
    POINTS = "points", _("points")
    COIN = "coin", _("coins")
    UNIT = "unit", _("units")
    ENTITLEMENT = "entitlement", _("service entitlement")
    DEBT = "debt", _("debt")


class AgeRule(models.TextChoices):
    """Who may have a thing by their age."""

    ANYBODY = "", _("anybody")
    ADULTS = "adults", _("adults only")
    HOLIDAYS = "holidays", _("minors on statutory holidays only")


class LotOrigin(models.TextChoices):
    PAID = "paid", _("paid")
    BONUS = "bonus", _("bonus")
    EARNED = "earned", _("earned")
    BUNDLE = "bundle", _("bundle")
    ENTITLEMENT = "entitlement", _("entitlement")
    GOODWILL = "goodwill", _("goodwill")
    OPENING = "opening", _("opening balance")
    DEBT = "debt", _("debt")


class ContractKind(models.TextChoices):
    TOP_UP = "top_up", _("top-up")
    BUNDLE = "bundle", _("prepaid bundle")
    COIN_PACK = "coin_pack", _("coin pack")
    PAID_TIER = "paid_tier", _("paid membership")
    OPENING = "opening", _("opening balance")


class TxnKind(models.TextChoices):
    TOP_UP = "top_up", _("top-up")
    SELL_BUNDLE = "sell_bundle", _("bundle sold")
    SELL_COINS = "sell_coins", _("coin pack sold")
    SELL_TIER = "sell_tier", _("paid membership sold")
    SALE = "sale", _("sale")
    REDEEM = "redeem", _("draw-down")
    SERVICE = "service", _("service used")
    EARN = "earn", _("points earned")
    EXCHANGE = "exchange", _("points exchanged")
    ENTITLE = "entitle", _("entitlement granted")
    PLAY = "play", _("coin play")
    DISPENSE = "dispense", _("coins dispensed")
    ADJUST = "adjust", _("adjustment")
    OPENING = "opening", _("opening balance")
    EXPIRE = "expire", _("expiry")
    REVERSE = "reverse", _("reversal")
    TRANSFER = "transfer", _("transfer")
    MERGE = "merge", _("members merged")
    RETIME = "retime", _("validity changed")
    REFUND = "refund", _("contract refunded")
    SALE_REFUND = "sale_refund", _("sale refunded")
    HOLD = "hold", _("deposit held")
    CAPTURE = "capture", _("deposit taken")
    RELEASE = "release", _("deposit released")


class Outcome(models.TextChoices):
    POSTED = "posted", _("posted")
    REFUSED = "refused", _("refused")


class Contra(models.IntegerChoices):
    """The house side of a movement; house totals are a GROUP BY over it."""

    CASH_IN = 1, _("cash in")
    PROMOTION = 2, _("promotion")
    REVENUE = 3, _("revenue")
    BREAKAGE = 4, _("breakage")
    TRANSFER = 5, _("transfer")
    GOODWILL = 6, _("goodwill")
    HOLD = 7, _("hold")
    DEBT = 8, _("debt")
    MIGRATION = 9, _("migration")
    SETTLEMENT = 10, _("settlement")
