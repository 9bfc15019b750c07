"""Arcade coins sold by the pack, with coins on top."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Asset, AssetKind
from ledger.models.value import MAX_AMOUNT
from promotions.models.offers import PrepaidOffer, SpendOrder, offer_rules


class CoinPack(PrepaidOffer):
    """``coins`` for ``price``, and ``bonus_coins`` on top."""

    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": AssetKind.COIN},
        verbose_name=_("coins of"),
    )
    price = models.BigIntegerField(_("price"))
    coins = models.PositiveIntegerField(_("coins"))
    bonus_coins = models.PositiveIntegerField(_("bonus coins"), default=0)
    spend_order = models.CharField(
        _("spend order"), max_length=16, choices=SpendOrder, default=SpendOrder.PRINCIPAL_FIRST
    )
    bonus_expires_days = models.PositiveSmallIntegerField(
        _("bonus expires after days"), null=True, blank=True, help_text=_("Empty: never.")
    )

    class Meta:
        verbose_name = _("coin pack")
        verbose_name_plural = _("coin packs")
        constraints: ClassVar = [
            *offer_rules("coinpack"),
            models.CheckConstraint(
                name="promotions_coinpack_price_within_limit",
                condition=Q(price__gte=1, price__lte=MAX_AMOUNT),
            ),
            models.CheckConstraint(
                name="promotions_coinpack_holds_coins", condition=Q(coins__gte=1)
            ),
            models.CheckConstraint(
                name="promotions_coinpack_spend_order_is_known",
                condition=Q(spend_order__in=SpendOrder.values),
            ),
        ]
