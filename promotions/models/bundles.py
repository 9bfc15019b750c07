"""Pay once, use many times: a bundle is a list of components with one price and one season."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from common.calendars import DayKind
from ledger.models import Asset, AssetKind, ProductCategory
from ledger.models.value import MAX_AMOUNT
from promotions.models.offers import PrepaidOffer, offer_rules


class DayRule(models.TextChoices):
    """On which days a unit may be used; holidays and worked weekends are looked up by country."""

    ANY = "any", _("any day")
    WORKDAY = DayKind.WORKDAY.value, _("workdays")
    RESTDAY = DayKind.RESTDAY.value, _("weekends and holidays")


class Bundle(PrepaidOffer):
    """A prepaid bundle. It is honoured in the stores that sell it.

    It is valid for ``valid_days`` from the sale on, or in a season, or for ever.
    """

    price = models.BigIntegerField(_("price"))
    early_bird_price = models.BigIntegerField(_("early-bird price"), null=True, blank=True)
    early_bird_until = models.DateField(
        _("last day at the early-bird price"), null=True, blank=True
    )
    valid_days = models.PositiveSmallIntegerField(
        _("valid for days"), null=True, blank=True, help_text=_("Counted from the day of sale.")
    )
    season_from = models.DateField(_("first day of the season"), null=True, blank=True)
    season_until = models.DateField(_("last day of the season"), null=True, blank=True)

    class Meta:
        verbose_name = _("bundle")
        verbose_name_plural = _("bundles")
        constraints: ClassVar = [
            *offer_rules("bundle"),
            models.CheckConstraint(
                name="promotions_bundle_price_within_limit",
                condition=Q(price__gte=1, price__lte=MAX_AMOUNT),
            ),
            models.CheckConstraint(
                name="promotions_bundle_early_bird_price_has_a_last_day",
                condition=Q(early_bird_price__isnull=True, early_bird_until__isnull=True)
                | Q(early_bird_price__gte=1, early_bird_until__isnull=False),
            ),
            models.CheckConstraint(
                name="promotions_bundle_early_bird_is_no_dearer",
                condition=Q(early_bird_price__isnull=True) | Q(early_bird_price__lte=F("price")),
            ),
            models.CheckConstraint(
                name="promotions_bundle_season_has_both_ends",
                condition=Q(season_from__isnull=True, season_until__isnull=True)
                | Q(season_until__gte=F("season_from")),
            ),
            models.CheckConstraint(
                name="promotions_bundle_valid_for_days_or_a_season",
                condition=Q(valid_days__isnull=True) | Q(season_from__isnull=True),
            ),
        ]

    def price_on(self, day: date) -> int:
        """The price on the selling store's business day ``day``."""
        if self.early_bird_until and self.early_bird_price is not None:
            return self.early_bird_price if day <= self.early_bird_until else self.price
        return self.price


class BundleComponent(models.Model):
    """So many units of one kind, usable on some days. ``list_price`` is one unit's without bundle.

    ``weight`` says which part of the bundle's price falls on the whole component.
    """

    bundle = models.ForeignKey(
        Bundle, models.CASCADE, related_name="components", verbose_name=_("bundle")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=1)
    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        related_name="+",
        limit_choices_to={"kind": AssetKind.UNIT},
        verbose_name=_("unit"),
    )
    quantity = models.PositiveIntegerField(_("quantity"))
    day_rule = models.CharField(_("usable on"), max_length=8, choices=DayRule, default=DayRule.ANY)
    categories = models.ManyToManyField(
        ProductCategory,
        related_name="+",
        blank=True,
        verbose_name=_("product categories"),
        help_text=_("Empty: for whatever the unit stands for."),
    )
    list_price = models.BigIntegerField(
        _("list price of one unit"),
        help_text=_("In the smallest unit; a refund may count what was used at this price."),
    )
    weight = models.PositiveIntegerField(_("price weight"), default=1)

    class Meta:
        verbose_name = _("component")
        verbose_name_plural = _("components")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="promotions_component_position_once", fields=["bundle", "position"]
            ),
            models.CheckConstraint(
                name="promotions_component_quantity_positive", condition=Q(quantity__gte=1)
            ),
            models.CheckConstraint(
                name="promotions_component_list_price_not_negative",
                condition=Q(list_price__gte=0, list_price__lte=MAX_AMOUNT),
            ),
            models.CheckConstraint(
                name="promotions_component_day_rule_is_known",
                condition=Q(day_rule__in=["any", "workday", "restday"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.asset}"
