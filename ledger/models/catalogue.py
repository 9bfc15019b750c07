"""What a shop sells and how it is paid.

Products, their categories, and the tenders the shop names itself.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ledger.models.kinds import AgeRule
from ledger.models.value import Asset
from members.models import Named, Store


class ProductCategory(Named):
    """A group of products; lots and offers may be limited to categories."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    age_rule = models.CharField(
        _("who may have it by age"),
        max_length=12,
        choices=AgeRule,
        blank=True,
        default=AgeRule.ANYBODY,
    )

    class Meta:
        verbose_name = _("product category")
        verbose_name_plural = _("product categories")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(age_rule__in=AgeRule.values), name="ledger_category_age_rule_known"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class Product(Named):
    """Something sold over the counter; prices are in the currency's smallest unit."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    barcode = models.CharField(_("barcode"), max_length=40, blank=True, db_index=True)
    category = models.ForeignKey(
        ProductCategory, models.PROTECT, null=True, blank=True, verbose_name=_("category")
    )
    store = models.ForeignKey(
        Store,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("only in store"),
        help_text=_("Empty: sold in every store."),
    )
    list_price = models.BigIntegerField(_("list price"))
    currency = models.CharField(_("currency"), max_length=3)
    unit_cost = models.BigIntegerField(_("unit cost"), null=True, blank=True)
    days_of_supply = models.PositiveSmallIntegerField(
        _("days one unit lasts"),
        null=True,
        blank=True,
        help_text=_("For goods that run out, such as milk powder: when to call the member."),
    )
    is_active = models.BooleanField(_("on sale"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(list_price__gte=0), name="ledger_product_price_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(unit_cost__isnull=True) | Q(unit_cost__gte=0),
                name="ledger_product_cost_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.label


class TenderKind(models.TextChoices):
    CASH = "cash", _("cash")
    CARD = "card", pgettext_lazy("way to pay", "card")
    MOBILE = "mobile", _("mobile payment")
    VOUCHER = "voucher", _("voucher")
    STORED_VALUE = "stored_value", _("stored value")
    OTHER = "other", _("other")


class TenderType(Named):
    """A way to pay, named by the shop.

    Stored value is the one kind that is drawn from the ledger.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=TenderKind)
    asset = models.ForeignKey(
        Asset,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("drawn from"),
        help_text=_("Only for stored value: the asset that pays."),
    )
    needs_reference = models.BooleanField(_("needs a reference"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=10)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("tender")
        verbose_name_plural = _("tenders")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind=TenderKind.STORED_VALUE, asset__isnull=False)
                | (~Q(kind=TenderKind.STORED_VALUE) & Q(asset__isnull=True)),
                name="ledger_tender_stored_value_names_its_asset",
            ),
        ]

    def __str__(self) -> str:
        return self.label
