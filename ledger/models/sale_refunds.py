"""Goods that came back: a bill paid back in whole or in part, each line and payment at most once.

Rows are written once. What is left of a line or a payment is what was sold or paid less its rows
here, read under the bill's lock.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models.catalogue import TenderType
from ledger.models.sales import Sale, SaleLine, SaleTender
from members.models import Store, Till, User


class SaleRefund(models.Model):
    """One refund of a bill; the id is the client's request id.

    ``total`` is what was paid back: the lines and ``rounding``, the part of the bill's rounding
    that went with them. ``txn_id`` names the transaction that moved value, where any moved.
    """

    id = models.UUIDField(_("id"), primary_key=True)
    sale = models.ForeignKey(Sale, models.PROTECT, related_name="refunds", verbose_name=_("sale"))
    txn_id = models.UUIDField(_("transaction"), null=True, unique=True)
    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    till = models.ForeignKey(
        Till, models.PROTECT, null=True, db_index=False, verbose_name=_("till")
    )
    operator = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, verbose_name=_("operator")
    )
    at = models.DateTimeField(_("at"))
    business_date = models.DateField(_("business date"))
    total = models.BigIntegerField(_("total"))
    rounding = models.BigIntegerField(_("rounding"), default=0)
    reason = models.CharField(_("reason"), max_length=200)
    request_hash = models.BinaryField(default=b"")

    class Meta:
        verbose_name = _("refund of a sale")
        verbose_name_plural = _("refunds of sales")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total__gte=1), name="ledger_salerefund_total_positive"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="ledger_salerefund_has_a_reason"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date"], name="ledger_salerefund_store_day"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SaleRefundLine(models.Model):
    """So much of one line: pieces that came back (0 when only money did) and what was paid."""

    refund = models.ForeignKey(
        SaleRefund, models.PROTECT, related_name="lines", verbose_name=_("refund")
    )
    sale_line = models.ForeignKey(
        SaleLine, models.PROTECT, related_name="refunds", verbose_name=_("sale line")
    )
    quantity = models.BigIntegerField(_("quantity"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("refunded line")
        verbose_name_plural = _("refunded lines")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["refund", "sale_line"], name="ledger_salerefundline_once"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, amount__gte=0)
                & (Q(quantity__gte=1) | Q(amount__gte=1)),
                name="ledger_salerefundline_is_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sale_line_id} {self.amount}"


class SaleRefundTender(models.Model):
    """So much of one payment given back, by ``tender``; stored value by itself, to its lots."""

    refund = models.ForeignKey(
        SaleRefund, models.PROTECT, related_name="tenders", verbose_name=_("refund")
    )
    sale_tender = models.ForeignKey(
        SaleTender, models.PROTECT, related_name="refunds", verbose_name=_("payment")
    )
    tender = models.ForeignKey(TenderType, models.PROTECT, verbose_name=_("paid back by"))
    amount = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("reference"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("payment given back")
        verbose_name_plural = _("payments given back")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["refund", "sale_tender", "tender"], name="ledger_salerefundtender_once"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=1), name="ledger_salerefundtender_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.amount}"
