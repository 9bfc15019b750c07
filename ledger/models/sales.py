"""Bills: a sale, its lines, and the tenders that add up to it.

``total`` is what was charged. ``goods_total`` is the part that counts as a purchase in every
figure: goods, bundles, coin packs and paid tiers. A top-up is money moved ahead of time, so it is
no purchase; what it pays for later is. A void keeps the row.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ledger.models.activity import ActivityQuerySet, Visit
from ledger.models.catalogue import Product, TenderType
from ledger.models.value import Contract
from members.models import Member, Store, Till, User


class SaleSource(models.TextChoices):
    COUNTER = "counter", _("counter")
    API = "api", _("connected system")
    IMPORTED = "imported", _("imported")


class Sale(models.Model):
    """One bill. The id is the client's request id, so a repeated request finds the first sale."""

    id = models.UUIDField(_("id"), primary_key=True)
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="sales",
        verbose_name=_("member"),
        help_text=_("Empty: an anonymous sale."),
    )
    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    till = models.ForeignKey(
        Till, models.PROTECT, null=True, db_index=False, verbose_name=_("till")
    )
    visit = models.ForeignKey(
        Visit, models.PROTECT, null=True, related_name="sales", verbose_name=_("visit")
    )
    operator = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, verbose_name=_("operator")
    )
    source = models.CharField(
        _("source"), max_length=12, choices=SaleSource, default=SaleSource.COUNTER
    )
    external_ref = models.CharField(_("external reference"), max_length=120, blank=True)
    at = models.DateTimeField(_("at"))
    business_date = models.DateField(_("business date"))
    month_no = models.IntegerField()
    currency = models.CharField(_("currency"), max_length=3)
    list_total = models.BigIntegerField(_("list total"))
    total = models.BigIntegerField(_("total"))
    goods_total = models.BigIntegerField(_("purchases in it"))
    rounding = models.BigIntegerField(_("rounding"), default=0)
    refunded_total = models.BigIntegerField(_("refunded"), default=0)
    is_purchase = models.BooleanField(_("is a purchase"))
    request_hash = models.BinaryField(default=b"")
    txn_id = models.UUIDField(_("transaction"), null=True, unique=True)
    tax_amount = models.BigIntegerField(_("tax"), null=True, blank=True)
    invoice_number = models.CharField(_("invoice number"), max_length=60, blank=True)
    invoiced_at = models.DateTimeField(_("invoice entered at"), null=True)
    invoiced_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("invoice entered by"),
    )
    voided_at = models.DateTimeField(_("voided at"), null=True)
    voided_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="+",
        verbose_name=_("voided by"),
    )
    void_reason = models.CharField(_("void reason"), max_length=200, blank=True)

    objects = ActivityQuerySet["Sale"].as_manager()

    class Meta:
        verbose_name = _("sale")
        verbose_name_plural = _("sales")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "external_ref"],
                condition=~Q(external_ref=""),
                name="ledger_sale_external_ref_once",
            ),
            models.CheckConstraint(
                condition=Q(total__gte=0, list_total__gte=0, goods_total__gte=0),
                name="ledger_sale_totals_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refunded_total__gte=0, refunded_total__lte=F("total")),
                name="ledger_sale_refund_within_total",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | ~Q(void_reason=""),
                name="ledger_sale_void_has_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "business_date"], name="ledger_sale_member_day"),
            models.Index(fields=["store", "business_date"], name="ledger_sale_store_day"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LineKind(models.TextChoices):
    PRODUCT = "product", _("product")
    TOP_UP = "top_up", _("top-up")
    BUNDLE = "bundle", _("prepaid bundle")
    COIN_PACK = "coin_pack", _("coin pack")
    PAID_TIER = "paid_tier", _("paid membership")
    SERVICE = "service", _("service")
    ROUNDING = "rounding", _("rounding")


class SaleLine(models.Model):
    """One line of a bill; ``charged_value`` is negative only on a rounding line."""

    sale = models.ForeignKey(
        Sale, models.PROTECT, db_index=False, related_name="lines", verbose_name=_("sale")
    )
    line = models.PositiveSmallIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=12, choices=LineKind)
    product = models.ForeignKey(
        Product, models.PROTECT, null=True, verbose_name=_("product"), related_name="sale_lines"
    )
    description = models.CharField(_("description"), max_length=200)
    quantity = models.BigIntegerField(_("quantity"), default=1)
    list_value = models.BigIntegerField(_("list value"))
    charged_value = models.BigIntegerField(_("charged value"))
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="sale_lines",
        verbose_name=_("contract"),
    )

    class Meta:
        verbose_name = _("sale line")
        verbose_name_plural = _("sale lines")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sale", "line"], name="ledger_saleline_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="ledger_saleline_quantity_positive"
            ),
            models.CheckConstraint(
                condition=Q(kind=LineKind.ROUNDING) | Q(charged_value__gte=0, list_value__gte=0),
                name="ledger_saleline_values_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["contract"],
                condition=Q(contract__isnull=False),
                name="ledger_saleline_of_contract",
            ),
        ]

    def __str__(self) -> str:
        return self.description


class SaleTender(models.Model):
    """One payment on a bill."""

    sale = models.ForeignKey(
        Sale, models.PROTECT, db_index=False, related_name="tenders", verbose_name=_("sale")
    )
    line = models.PositiveSmallIntegerField(_("line"))
    tender = models.ForeignKey(TenderType, models.PROTECT, verbose_name=_("tender"))
    amount = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("reference"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sale", "line"], name="ledger_saletender_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=1), name="ledger_saletender_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.amount}"
