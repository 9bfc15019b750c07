"""How a member proves to be the one who spends: a PIN, a code sent to their phone, their word.

Neither a PIN nor a code is kept in clear. A message waits here until a gateway has taken it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models.people import Member
from members.models.shops import Store
from members.models.staff import User


class MemberPin(models.Model):
    """The secret number a member types at the counter, hashed, and the wrong tries at it."""

    member = models.OneToOneField(
        Member, models.PROTECT, primary_key=True, related_name="pin", verbose_name=_("member")
    )
    hash = models.CharField(max_length=200)
    set_at = models.DateTimeField(_("set at"))
    failures = models.PositiveSmallIntegerField(_("wrong tries"), default=0)
    locked_until = models.DateTimeField(_("locked until"), null=True)

    class Meta:
        verbose_name = _("PIN")
        verbose_name_plural = _("PINs")
        constraints = [
            models.CheckConstraint(name="members_pin_is_hashed", condition=Q(hash__contains="$")),
        ]

    def __str__(self) -> str:
        return str(self.member)


class OneTimeCodeQuerySet(models.QuerySet["OneTimeCode"]):
    """Words about codes."""

    def live_at(self, at: datetime) -> OneTimeCodeQuerySet:
        """Codes that may still be used: neither used nor over."""
        return self.filter(used_at__isnull=True, sent_at__lte=at, expires_at__gt=at)


class OneTimeCode(models.Model):
    """Six digits sent to a member's phone, hashed; good once and for minutes."""

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="codes", verbose_name=_("member")
    )
    hash = models.CharField(max_length=200)
    sent_at = models.DateTimeField(_("sent at"))
    expires_at = models.DateTimeField(_("good until"))
    failures = models.PositiveSmallIntegerField(_("wrong tries"), default=0)
    used_at = models.DateTimeField(_("used at"), null=True)
    asked_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, verbose_name=_("asked for by")
    )

    objects = OneTimeCodeQuerySet.as_manager()

    class Meta:
        verbose_name = _("one-time code")
        verbose_name_plural = _("one-time codes")
        constraints = [
            models.CheckConstraint(
                name="members_code_ends_after_it_was_sent",
                condition=Q(expires_at__gt=F("sent_at")),
            ),
            models.CheckConstraint(name="members_code_is_hashed", condition=Q(hash__contains="$")),
        ]

    def __str__(self) -> str:
        return str(self.member)


class OutgoingText(models.Model):
    """A short message on its way to a phone; its words go as soon as nobody needs them."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="+", verbose_name=_("member"))
    phone = models.CharField(_("phone"), max_length=16)
    text = models.CharField(_("text"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("written at"))
    expires_at = models.DateTimeField(_("of use until"))
    sent_at = models.DateTimeField(_("handed to the gateway at"), null=True)
    failure = models.CharField(_("what went wrong"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("text message")
        verbose_name_plural = _("text messages")
        indexes = [
            models.Index(name="members_text_waiting", fields=["created_at"], condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return str(self.member)


class DebitProof(models.Model):
    """That a debit above the store's limit was the member's will: how it was shown, who saw it.

    ``request_id`` is the operation's; trying it again needs no new proof. ``value`` is in the
    currency's smallest unit.
    """

    class Way(models.TextChoices):
        """What convinced."""

        PIN = "pin", _("PIN")
        CODE = "code", _("one-time code")
        OVERRIDE = "override", _("a manager's word")

    request_id = models.UUIDField(primary_key=True)
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="debit_proofs", verbose_name=_("member")
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    value = models.BigIntegerField(_("value"))
    way = models.CharField(_("shown by"), max_length=8, choices=Way)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(
        User, models.PROTECT, related_name="+", null=True, verbose_name=_("seen by")
    )

    class Meta:
        verbose_name = _("proof of a debit")
        verbose_name_plural = _("proofs of debits")
        constraints = [
            models.CheckConstraint(
                name="members_debitproof_override_says_who_and_why",
                condition=~Q(way="override") | Q(by__isnull=False) & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="members_debitproof_way_is_known",
                condition=Q(way__in=["pin", "code", "override"]),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
