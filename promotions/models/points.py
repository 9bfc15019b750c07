"""How money spent becomes points."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Asset, AssetKind, ProductCategory
from members.models import IssuingEntity, Named, Store, Tier
from promotions.models.offers import InForceQuerySet


class PointsRule(Named):
    """``points`` points for every ``per_amount`` of money, in the currency's smallest unit.

    Where several rules speak of a store and day, the one with the lowest position holds.
    """

    entity = models.ForeignKey(
        IssuingEntity, models.PROTECT, related_name="+", verbose_name=_("issuing entity")
    )
    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": AssetKind.POINTS},
        verbose_name=_("points of"),
    )
    currency = models.CharField(_("currency"), max_length=3)
    points = models.PositiveIntegerField(_("points"), default=1)
    per_amount = models.PositiveIntegerField(
        _("for each amount of"),
        default=100,
        help_text=_("In the currency's smallest unit: 100 is 1.00."),
    )
    stores = models.ManyToManyField(
        Store,
        related_name="+",
        blank=True,
        verbose_name=_("stores"),
        help_text=_("Empty: every store of the issuing entity."),
    )
    excluded_categories = models.ManyToManyField(
        ProductCategory, related_name="+", blank=True, verbose_name=_("earns nothing on")
    )
    expiry_months = models.PositiveSmallIntegerField(
        _("expire after months"),
        null=True,
        blank=True,
        help_text=_("At the end of that month. Empty: never."),
    )
    return_window_days = models.PositiveSmallIntegerField(
        _("days until they can be used"),
        default=0,
        help_text=_("As long as goods can be brought back. 0: at once."),
    )
    valid_from = models.DateField(_("first day"), null=True, blank=True)
    valid_until = models.DateField(_("last day"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=10)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = InForceQuerySet.as_manager()

    class Meta:
        verbose_name = _("points rule")
        verbose_name_plural = _("points rules")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="promotions_pointsrule_ratio_positive",
                condition=Q(points__gte=1, per_amount__gte=1),
            ),
            models.CheckConstraint(
                name="promotions_pointsrule_ends_after_it_begins",
                condition=Q(valid_from__isnull=True)
                | Q(valid_until__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.label


class PointsTierRate(models.Model):
    """Members of a tier earn ``percent`` of the rule's points: 200 doubles them."""

    rule = models.ForeignKey(
        PointsRule, models.CASCADE, related_name="tier_rates", verbose_name=_("points rule")
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"))
    percent = models.PositiveSmallIntegerField(_("percent"), default=100)

    class Meta:
        verbose_name = _("rate of a tier")
        verbose_name_plural = _("rates of tiers")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="promotions_tierrate_once_per_tier", fields=["rule", "tier"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier}: {self.percent} %"
