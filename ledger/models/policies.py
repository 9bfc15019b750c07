"""The rules a prepaid business must keep, as rows with a date: by jurisdiction, added to and kept.

Nothing of a law is written in code. A jurisdiction's latest row that has begun holds; a change is a
row with a later day, so that what was decided before can be explained by the row of its time.
"""

from datetime import date
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from ledger.models.value import MAX_AMOUNT
from members.models import Store
from members.models.shops import code_validator


class RefundRule(models.TextChoices):
    DELIVERED = "delivered", _("what was paid less what was delivered")
    REMAINING_PRINCIPAL = "remaining_principal", _("what is left of the principal")


class ReceiptItem(models.TextChoices):
    OPERATOR = "operator", _("who sells: name, address, contact")
    CONTENT = "content", _("what is sold: content and quantity")
    PRICE = "price", _("price and list price")
    PAYMENT = "payment", _("what was paid, when and how")
    BONUS = "bonus", _("how the bonus may be used, and what a refund does with it")
    HONOURED_AT = "honoured_at", _("where it can be used")
    VALIDITY = "validity", _("how long it can be used")
    REFUND = "refund", _("how it is paid back")
    LOSS_AND_TRANSFER = "loss_and_transfer", _("loss, replacement and transfer")
    ENQUIRY = "enquiry", _("how to ask for balance and records")
    LIABILITY = "liability", _("who answers when a promise is not kept")
    DISPUTES = "disputes", _("how a dispute is settled")


class DatedQuerySet(models.QuerySet):  # type: ignore[type-arg]  # shared by the dated tables
    """Words about rows that begin on a day."""

    def begun_by(self, day: date) -> "DatedQuerySet":
        """Rows in force on ``day`` or replaced before it, the latest first."""
        return self.filter(in_force_from__lte=day).order_by("-in_force_from")


class Policy(models.Model):
    """What a jurisdiction asks from a day on; amounts are in the smallest unit of ``currency``."""

    jurisdiction = models.CharField(
        _("jurisdiction"),
        max_length=32,
        validators=[code_validator],
        help_text=_("As it stands with the store: none, CN, CN-Beijing, CN-Shanghai, or your own."),
    )
    in_force_from = models.DateField(_("in force from"))
    refund_rule = models.CharField(_("refund"), max_length=20, choices=RefundRule)
    cooling_off_days = models.PositiveSmallIntegerField(
        _("days to change one's mind"), default=7, help_text=_("After the day of payment.")
    )
    cooling_off_payout_days = models.PositiveSmallIntegerField(
        _("days to pay out a changed mind"), null=True, blank=True
    )
    payout_days = models.PositiveSmallIntegerField(
        _("days to pay out any other refund"), null=True, blank=True
    )
    pays_interest = models.BooleanField(_("refunds bear interest"), default=False)
    minor_void_below = models.PositiveSmallIntegerField(
        _("below this age a purchase is void"), null=True, blank=True
    )
    minor_below = models.PositiveSmallIntegerField(
        _("below this age a guardian must agree"), null=True, blank=True
    )
    receipt_items = ArrayField(
        models.CharField(max_length=20, choices=ReceiptItem),
        verbose_name=_("a receipt shows"),
        default=list,
        blank=True,
    )
    currency = models.CharField(_("currency of the limits"), max_length=3, blank=True)
    card_limit_registered = models.BigIntegerField(
        _("most that a registered card may hold"), null=True, blank=True
    )
    card_limit_anonymous = models.BigIntegerField(
        _("most that an unregistered card may hold"), null=True, blank=True
    )
    registered_never_expires = models.BooleanField(
        _("what a registered card holds may not expire"), default=False
    )
    anonymous_keeps_months = models.PositiveSmallIntegerField(
        _("months that an unregistered card must keep its value"), null=True, blank=True
    )
    reserve_permille = models.PositiveSmallIntegerField(
        _("reserve, thousandths of what is owed"), null=True, blank=True
    )
    source = models.TextField(
        _("source"), help_text=_("Law and article, as they can be looked up.")
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy of a jurisdiction")
        verbose_name_plural = _("policies of jurisdictions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["jurisdiction", "in_force_from"], name="ledger_policy_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(refund_rule__in=RefundRule.values),
                name="ledger_policy_refund_rule_known",
            ),
            models.CheckConstraint(
                condition=Q(receipt_items__contained_by=ReceiptItem.values),
                name="ledger_policy_receipt_items_known",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$")
                | Q(card_limit_registered__isnull=True, card_limit_anonymous__isnull=True),
                name="ledger_policy_limits_name_their_currency",
            ),
            models.CheckConstraint(
                condition=Q(reserve_permille__isnull=True) | Q(reserve_permille__lte=1000),
                name="ledger_policy_reserve_within_what_is_owed",
            ),
        ]

    def __str__(self) -> str:
        day = date_format(self.in_force_from, "DATE_FORMAT")
        return f"{self.jurisdiction} · {day}"


class RateKind(models.TextChoices):
    LOAN = "lpr_1y", _("one-year loan prime rate")
    DEPOSIT = "deposit_1y", _("one-year deposit benchmark rate")


class InterestRate(models.Model):
    """A published yearly rate and the day it began; 300 stands for 3.00 percent."""

    kind = models.CharField(_("kind"), max_length=12, choices=RateKind)
    in_force_from = models.DateField(_("in force from"))
    rate = models.PositiveIntegerField(
        _("rate"), help_text=_("In hundredths of a percent: 300 is 3.00 % a year.")
    )
    source = models.CharField(_("source"), max_length=200, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("interest rate")
        verbose_name_plural = _("interest rates")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "in_force_from"], name="ledger_interestrate_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=RateKind.values), name="ledger_interestrate_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(rate__lte=10_000), name="ledger_interestrate_at_most_100_percent"
            ),
        ]

    def __str__(self) -> str:
        day = date_format(self.in_force_from, "DATE_FORMAT")
        return f"{self.get_kind_display()} · {day}"


class StoreLimits(models.Model):
    """What one store lets a single person do; amounts in the smallest unit of its currency.

    Without a row the defaults of the columns hold.
    """

    store = models.OneToOneField(
        Store, models.PROTECT, primary_key=True, related_name="limits", verbose_name=_("store")
    )
    refund_approval_above = models.BigIntegerField(
        _("refunds above this need a second person"), default=500_00
    )
    adjustment_approval_above = models.BigIntegerField(
        _("adjustments worth more than this need a second person"),
        default=100_00,
        help_text=_("Units count by their list price."),
    )
    adjusted_units_approval_above = models.BigIntegerField(
        _("adjustments of more points or coins than this need a second person"),
        default=500,
        help_text=_("What has no list price counts by number."),
    )

    class Meta:
        verbose_name = _("limits of a store")
        verbose_name_plural = _("limits of stores")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(refund_approval_above__gte=0, refund_approval_above__lte=MAX_AMOUNT),
                name="ledger_storelimits_refund_approval_within_limit",
            ),
            models.CheckConstraint(
                condition=Q(
                    adjustment_approval_above__gte=0,
                    adjustment_approval_above__lte=MAX_AMOUNT,
                    adjusted_units_approval_above__gte=0,
                    adjusted_units_approval_above__lte=MAX_AMOUNT,
                ),
                name="ledger_storelimits_adjustment_approval_within_limit",
            ),
        ]

    def __str__(self) -> str:
        return str(self.store)

    @property
    def currency(self) -> str:
        """The currency the amounts are in."""
        return self.store.currency if self.store_id else ""
