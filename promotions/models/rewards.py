"""What points buy: the catalogue, and who took what from it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Asset, AssetKind, Product, Visit
from ledger.models.value import MAX_AMOUNT
from members.models import Member, Store, User
from promotions.models.offers import Offer, offer_rules


class Reward(Offer):
    """A product or a coupon for points."""

    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": AssetKind.POINTS},
        verbose_name=_("points of"),
    )
    cost_points = models.BigIntegerField(_("points"))
    list_value = models.BigIntegerField(
        _("worth"), default=0, help_text=_("In the currency's smallest unit.")
    )
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    coupon_text = models.CharField(_("coupon"), max_length=200, blank=True)
    terms = models.TextField(_("conditions"), blank=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        constraints: ClassVar = [
            *offer_rules("reward"),
            models.CheckConstraint(
                name="promotions_reward_costs_points",
                condition=Q(cost_points__gte=1, cost_points__lte=MAX_AMOUNT),
            ),
            models.CheckConstraint(
                name="promotions_reward_worth_not_negative", condition=Q(list_value__gte=0)
            ),
        ]


class Exchange(models.Model):
    """One reward taken. The id is the request's; whether it still stands, its transaction tells."""

    id = models.UUIDField(_("id"), primary_key=True)
    reward = models.ForeignKey(
        Reward, models.PROTECT, related_name="exchanges", verbose_name=_("reward")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="exchanges", verbose_name=_("member")
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="+", verbose_name=_("visit"))
    quantity = models.PositiveIntegerField(_("quantity"))
    points = models.BigIntegerField(_("points"))
    at = models.DateTimeField(_("at"))
    operator = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("operator")
    )

    class Meta:
        verbose_name = _("exchange")
        verbose_name_plural = _("exchanges")
        indexes: ClassVar = [
            models.Index(fields=["store", "at"], name="promotions_exchange_store_at"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.reward}"
