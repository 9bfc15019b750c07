"""What happens to a contract after its sale: it changes hands, is paused, held, refunded.

Rows of these tables go with the transaction of the same id. A refund or an event is never changed:
an undo is a transaction of its own that names the first one.
"""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from ledger.models.catalogue import TenderType
from ledger.models.kinds import Outcome
from ledger.models.value import MAX_AMOUNT, Asset, Contract, Txn
from members.models import Member, Store, Till, User


class EventKind(models.TextChoices):
    TRANSFERRED = "transferred", _("transferred to another member")
    MERGED = "merged", _("went with a merged member")
    PAUSED = "paused", _("paused")
    RESUMED = "resumed", _("resumed")
    REACTIVATED = "reactivated", _("re-activated")


class StandingQuerySet(models.QuerySet):  # type: ignore[type-arg]  # shared by several models
    """Words about rows whose transaction can be undone."""

    def standing(self) -> "StandingQuerySet":
        """Those that no later transaction has undone."""
        undoing = Txn.objects.filter(reverses=OuterRef("txn_id"), outcome=Outcome.POSTED)
        return self.filter(~Exists(undoing))


class ContractEvent(models.Model):
    """One thing that happened to a contract, with the transaction that moved its value."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="events", verbose_name=_("contract")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=EventKind)
    txn_id = models.UUIDField(_("transaction"), db_index=True)
    from_member = models.ForeignKey(
        Member, models.PROTECT, related_name="+", verbose_name=_("from member")
    )
    to_member = models.ForeignKey(
        Member, models.PROTECT, related_name="+", verbose_name=_("to member")
    )
    noticed_at = models.DateTimeField(
        _("notice reached the shop"),
        help_text=_("From this moment on it holds, whenever it was entered."),
    )
    recorded_at = models.DateTimeField(_("recorded at"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    reason = models.CharField(_("reason"), max_length=200)
    details = models.JSONField(_("details"), encoder=DjangoJSONEncoder, default=dict)

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("event of a contract")
        verbose_name_plural = _("events of contracts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["contract", "txn_id"], name="ledger_contractevent_once_per_txn"
            ),
            models.CheckConstraint(
                condition=~Q(reason=""), name="ledger_contractevent_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.get_kind_display()}"


class RefundCause(models.TextChoices):
    COOLING_OFF = "cooling_off", _("within the days to change one's mind")
    MERCHANT = "merchant", _("the shop's cause")
    MEMBER = "member", _("the member's cause")
    MINOR = "minor", _("bought by a minor")
    TRANSFER = "transfer", _("a transfer that failed")
    CLOSING = "closing", _("the shop closes")


class Refund(models.Model):
    """A contract paid back: the arithmetic as it was shown, who agreed, and what was paid.

    Amounts are in the currency's smallest unit. ``refund`` is before interest; ``settlement`` is
    what the closed lots had cost less ``refund``: positive stays with the shop.
    """

    txn_id = models.UUIDField(_("transaction"), primary_key=True)
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="refunds", verbose_name=_("contract")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="refunds", verbose_name=_("paid to")
    )
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"))
    till = models.ForeignKey(Till, models.PROTECT, null=True, verbose_name=_("till"))
    cause = models.CharField(_("cause"), max_length=12, choices=RefundCause)
    currency = models.CharField(_("currency"), max_length=3)
    paid = models.BigIntegerField(_("paid for the contract"))
    delivered = models.BigIntegerField(_("delivered, by the rule of the cause"))
    deducted = models.BigIntegerField(_("gifts and other deductions"), default=0)
    refund = models.BigIntegerField(_("refund before interest"))
    interest = models.BigIntegerField(_("interest"), default=0)
    closed_cost = models.BigIntegerField(_("cost of the lots closed"))
    settlement = models.BigIntegerField(_("settlement"))
    policy = models.CharField(_("policy"), max_length=80)
    arithmetic = models.JSONField(_("arithmetic"), encoder=DjangoJSONEncoder)
    evidence = models.JSONField(_("evidence"), encoder=DjangoJSONEncoder)
    reason = models.CharField(_("reason"), max_length=200)
    requested_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("approved by")
    )
    terminated_at = models.DateTimeField(_("contract ended at"))
    at = models.DateTimeField(_("at"))
    business_date = models.DateField(_("business date"))
    due_date = models.DateField(_("to be paid by"), null=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(paid__gte=0, delivered__gte=0, deducted__gte=0, interest__gte=0),
                name="ledger_refund_figures_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(refund__gte=0, refund__lte=F("paid")),
                name="ledger_refund_within_paid",
            ),
            models.CheckConstraint(
                condition=Q(closed_cost=F("refund") + F("settlement")),
                name="ledger_refund_and_settlement_are_the_closed_cost",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="ledger_refund_approved_by_another_person",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="ledger_refund_has_a_reason"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date"], name="ledger_refund_store_day"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RefundPayout(models.Model):
    """One way a refund was paid out; the payouts add up to refund and interest."""

    refund = models.ForeignKey(
        Refund, models.PROTECT, related_name="payouts", verbose_name=_("refund")
    )
    line = models.PositiveSmallIntegerField(_("line"))
    tender = models.ForeignKey(TenderType, models.PROTECT, verbose_name=_("tender"))
    amount = models.BigIntegerField(_("amount"))
    reference = models.CharField(_("reference"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["refund", "line"], name="ledger_refundpayout_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=1), name="ledger_refundpayout_amount_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tender_id} {self.amount}"


class HoldQuerySet(models.QuerySet["Hold"]):
    """Words about deposits."""

    def open(self) -> "HoldQuerySet":
        """Neither taken nor released yet."""
        return self.filter(resolved_at__isnull=True)

    def due_at(self, at: object) -> "HoldQuerySet":
        """Open deposits whose time has passed at ``at``."""
        return self.open().filter(expires_at__lte=at)


class Hold(models.Model):
    """A deposit: value set aside until it is taken or released, once.

    ``txn_id`` set it aside against contra hold. The transaction that resolves it has an id made
    from this one, so there can be only one.
    """

    txn_id = models.UUIDField(_("transaction"), primary_key=True)
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="holds", verbose_name=_("member")
    )
    asset = models.ForeignKey(Asset, models.PROTECT, verbose_name=_("asset"))
    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    amount = models.BigIntegerField(_("amount"))
    purpose = models.CharField(_("what for"), max_length=200)
    held_at = models.DateTimeField(_("held at"))
    expires_at = models.DateTimeField(_("released by itself at"))
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    captured = models.BigIntegerField(_("taken"), null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        verbose_name = _("deposit")
        verbose_name_plural = _("deposits")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount__gte=1, amount__lte=MAX_AMOUNT),
                name="ledger_hold_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("held_at")), name="ledger_hold_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True, captured__isnull=True)
                | Q(resolved_at__isnull=False, captured__gte=0, captured__lte=F("amount")),
                name="ledger_hold_takes_no_more_than_it_held",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=Q(resolved_at__isnull=True),
                name="ledger_hold_open",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
