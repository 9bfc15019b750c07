"""The end of a business day: what was taken and paid out, what was counted, and what differs.

A close takes in every row of money once, whichever day it is from: what was still being written
while a day was closed is in the next close. Nothing here is ever changed; a correction is booked
on the day that is open.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ledger.models.catalogue import TenderType
from members.models import Store, Till, User


class TillCount(models.Model):
    """Cash counted in one drawer; the latest of a day is what its close begins with."""

    id = models.UUIDField(_("id"), primary_key=True)
    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    till = models.ForeignKey(
        Till, models.PROTECT, null=True, db_index=False, verbose_name=_("till")
    )
    business_date = models.DateField(_("business date"))
    opening_float = models.BigIntegerField(_("cash at the beginning"))
    counted = models.BigIntegerField(_("cash counted"))
    denominations = models.JSONField(_("notes and coins"), default=dict, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("counted by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("till count")
        verbose_name_plural = _("till counts")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(opening_float__gte=0, counted__gte=0),
                name="ledger_tillcount_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date"], name="ledger_tillcount_store_day"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DayClose(models.Model):
    """One store's closed business day; the id is the client's request id."""

    id = models.UUIDField(_("id"), primary_key=True)
    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    business_date = models.DateField(_("business date"))
    currency = models.CharField(_("currency"), max_length=3)
    expected = models.BigIntegerField(_("cash expected"))
    counted = models.BigIntegerField(_("cash counted"))
    difference = models.BigIntegerField(_("difference"))
    late_rows = models.IntegerField(_("entries of days closed before"), default=0)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("closed by")
    )
    at = models.DateTimeField(_("closed at"))

    class Meta:
        verbose_name = _("day close")
        verbose_name_plural = _("day closes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "business_date"], name="ledger_dayclose_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(difference=F("counted") - F("expected")),
                name="ledger_dayclose_difference_is_counted_less_expected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store_id} {self.business_date.isoformat()}"


class DayCloseTill(models.Model):
    """The drawer of one till: what should be in it, what was, and why it differs."""

    close = models.ForeignKey(
        DayClose, models.PROTECT, related_name="tills", verbose_name=_("day close")
    )
    till = models.ForeignKey(Till, models.PROTECT, null=True, verbose_name=_("till"))
    opening_float = models.BigIntegerField(_("cash at the beginning"))
    cash_in = models.BigIntegerField(_("cash taken"))
    cash_out = models.BigIntegerField(_("cash paid out"))
    counted = models.BigIntegerField(_("cash counted"))
    difference = models.BigIntegerField(_("difference"))
    denominations = models.JSONField(_("notes and coins"), default=dict, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("closed till")
        verbose_name_plural = _("closed tills")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["close", "till"], name="ledger_dayclosetill_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(
                    difference=F("counted") - F("opening_float") - F("cash_in") + F("cash_out")
                ),
                name="ledger_dayclosetill_difference_is_counted_less_expected",
            ),
            models.CheckConstraint(
                condition=Q(difference=0) | ~Q(note=""),
                name="ledger_dayclosetill_difference_has_a_note",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.close_id} {self.till_id}"

    @property
    def expected(self) -> int:
        """What should have been in the drawer."""
        return self.opening_float + self.cash_in - self.cash_out


class Figure(models.TextChoices):
    """What a figure of a close counts: the first four are money by tender, the rest sales."""

    TAKEN = "taken", _("taken")
    SALE_REFUND = "sale_refund", _("bills paid back")
    CONTRACT_REFUND = "contract_refund", _("contracts paid back")
    UNDONE = "undone", _("undone after the close")
    PRODUCT = "product", _("goods")
    TOP_UP = "top_up", _("top-ups")
    BUNDLE = "bundle", _("prepaid bundles")
    COIN_PACK = "coin_pack", _("coin packs")
    PAID_TIER = "paid_tier", _("paid memberships")
    SERVICE = "service", _("services")
    ROUNDING = "rounding", _("rounding")


class DayCloseFigure(models.Model):
    """So much of one kind by one person at one till; money out is negative."""

    close = models.ForeignKey(
        DayClose, models.PROTECT, related_name="figures", verbose_name=_("day close")
    )
    till = models.ForeignKey(Till, models.PROTECT, null=True, verbose_name=_("till"))
    operator = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("operator")
    )
    what = models.CharField(_("what"), max_length=16, choices=Figure)
    tender = models.ForeignKey(TenderType, models.PROTECT, null=True, verbose_name=_("tender"))
    count = models.IntegerField(_("count"))
    amount = models.BigIntegerField(_("amount"))

    class Meta:
        verbose_name = _("figure of a day close")
        verbose_name_plural = _("figures of day closes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["close", "till", "operator", "what", "tender"],
                name="ledger_dayclosefigure_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.amount}"


class EntryKind(models.TextChoices):
    SALE = "sale", _("sale")
    SALE_UNDONE = "sale_undone", _("sale undone")
    SALE_REFUND = "sale_refund", _("sale refunded")
    REFUND = "refund", _("contract refunded")
    REFUND_UNDONE = "refund_undone", _("refund undone")


class DayCloseEntry(models.Model):
    """One row of money that a close took in: none is in two closes."""

    close = models.ForeignKey(
        DayClose, models.PROTECT, related_name="entries", verbose_name=_("day close")
    )
    kind = models.CharField(_("kind"), max_length=14, choices=EntryKind)
    ref = models.UUIDField(_("id"))

    class Meta:
        verbose_name = _("entry of a day close")
        verbose_name_plural = _("entries of day closes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ref", "kind"], name="ledger_daycloseentry_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"
