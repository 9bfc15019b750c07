"""Who was where and when: visits, machines, coin plays, coins paid out by dispensers.

``business_date`` is the local date in the store's zone after its day cut and ``month_no`` is year
* 12 + month - 1; both are stored when the row is written and never derived in a report. A void
keeps the row.
"""

from datetime import date, datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Member, Named, Store, User


class ActivityQuerySet[Row: models.Model](models.QuerySet[Row]):
    """Words shared by visits and sales.

    ``completed`` rows ``of`` a member ``between`` two business dates.
    """

    def completed(self) -> Self:
        return self.filter(voided_at__isnull=True)

    def of(self, member: Member) -> Self:
        return self.filter(member=member)

    def between(self, start: date, end: date) -> Self:
        """Rows with start <= business_date < end."""
        return self.filter(business_date__gte=start, business_date__lt=end)

    def before(self, at: datetime) -> Self:
        return self.filter(at__lt=at)


class VisitSource(models.TextChoices):
    WALKED_IN = "walked_in", _("walked in")
    BOOKED = "booked", _("booked")
    PLATFORM = "platform", _("platform")
    FRIEND = "friend", _("brought by a friend")
    IMPORTED = "imported", _("imported")


class Visit(models.Model):
    """A member was in the store at a time."""

    member = models.ForeignKey(
        Member, models.PROTECT, db_index=False, related_name="visits", verbose_name=_("member")
    )
    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    at = models.DateTimeField(_("at"))
    business_date = models.DateField(_("business date"))
    month_no = models.IntegerField()
    source = models.CharField(
        _("source"), max_length=12, choices=VisitSource, default=VisitSource.WALKED_IN
    )
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    request_id = models.UUIDField(null=True, unique=True)
    source_key = models.CharField(max_length=120, blank=True)
    operator = models.ForeignKey(
        User, models.PROTECT, null=True, db_index=False, verbose_name=_("operator")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
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

    objects = ActivityQuerySet["Visit"].as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        indexes: ClassVar = [
            models.Index(fields=["member", "business_date"], name="ledger_visit_member_day"),
            models.Index(fields=["store", "business_date"], name="ledger_visit_store_day"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "source_key"],
                condition=~Q(source_key=""),
                name="ledger_visit_source_key_once",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | ~Q(void_reason=""),
                name="ledger_visit_void_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.business_date} {self.member_id}"


class MachineMode(models.TextChoices):
    TOKEN = "token", _("takes tokens")
    CARD = "card", _("debits the member's card")


class Machine(Named):
    """An arcade machine.

    In card mode a play debits the member's coins; a token machine only logs.
    """

    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"))
    code = models.CharField(_("code"), max_length=40)
    kind = models.CharField(_("kind"), max_length=40, blank=True)
    mode = models.CharField(_("mode"), max_length=8, choices=MachineMode, default=MachineMode.TOKEN)
    coins_per_play = models.PositiveSmallIntegerField(_("coins per play"), default=1)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("machine")
        verbose_name_plural = _("machines")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "code"], name="ledger_machine_code_once"),
        ]

    def __str__(self) -> str:
        return self.label


class CoinPlay(models.Model):
    """Coins that one machine took at one time; ``source_id``, the controller's, counts once.

    ``shortfall`` is what a card-mode play could not take from the wallet; it stays on a list
    until settled.
    """

    machine = models.ForeignKey(
        Machine, models.PROTECT, db_index=False, related_name="plays", verbose_name=_("machine")
    )
    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="coin_plays",
        verbose_name=_("member"),
    )
    card_number = models.CharField(_("card number"), max_length=64, blank=True)
    coins = models.IntegerField(_("coins"))
    at = models.DateTimeField(_("at"))
    business_date = models.DateField(_("business date"))
    month_no = models.IntegerField()
    source_id = models.CharField(_("source id"), max_length=120)
    batch = models.CharField(_("batch"), max_length=80, blank=True)
    txn_id = models.UUIDField(_("transaction"), null=True)
    shortfall = models.IntegerField(_("shortfall"), default=0)
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        verbose_name = _("coin play")
        verbose_name_plural = _("coin plays")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["machine", "source_id"], name="ledger_coinplay_source_once"
            ),
            models.CheckConstraint(
                condition=Q(coins__gte=1), name="ledger_coinplay_coins_positive"
            ),
            models.CheckConstraint(
                condition=Q(shortfall__gte=0), name="ledger_coinplay_shortfall_not_negative"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["machine", "at"], name="ledger_coinplay_machine_at"),
            models.Index(
                fields=["member", "business_date"],
                condition=Q(member__isnull=False),
                name="ledger_coinplay_member_day",
            ),
            models.Index(fields=["store", "business_date"], name="ledger_coinplay_store_day"),
            models.Index(
                fields=["store", "at"],
                condition=Q(shortfall__gt=0, settled_at__isnull=True),
                name="ledger_coinplay_shortfalls",
            ),
        ]

    def __str__(self) -> str:
        return self.source_id


class Dispense(models.Model):
    """Coins that a dispenser paid out, as its log says.

    ``due`` and ``paid_out`` differ when it jammed.
    """

    store = models.ForeignKey(Store, models.PROTECT, db_index=False, verbose_name=_("store"))
    terminal = models.CharField(_("terminal"), max_length=60)
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        null=True,
        db_index=False,
        related_name="dispenses",
        verbose_name=_("member"),
    )
    card_number = models.CharField(_("card number"), max_length=64, blank=True)
    at = models.DateTimeField(_("at"))
    business_date = models.DateField(_("business date"))
    month_no = models.IntegerField()
    due = models.IntegerField(_("coins due"))
    paid_out = models.IntegerField(_("coins paid out"))
    status = models.CharField(_("status"), max_length=40, blank=True)
    operator_name = models.CharField(_("operator"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    source_key = models.CharField(max_length=120)
    txn_id = models.UUIDField(_("transaction"), null=True)

    class Meta:
        verbose_name = _("coin dispense")
        verbose_name_plural = _("coin dispenses")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "source_key"], name="ledger_dispense_source_once"
            ),
            models.CheckConstraint(
                condition=Q(due__gte=0, paid_out__gte=0), name="ledger_dispense_not_negative"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date"], name="ledger_dispense_store_day"),
            models.Index(
                fields=["member", "business_date"],
                condition=Q(member__isnull=False),
                name="ledger_dispense_member_day",
            ),
        ]

    def __str__(self) -> str:
        return self.source_key
