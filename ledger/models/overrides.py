"""A rule was over-ridden: which one, for whom, by whom and why."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.models import Member, Store, User


class OverRide(models.Model):
    """One rule set aside for one request, written before the request is carried out.

    ``request_id`` is the id of the transaction or sale, so that either leads to the other; where
    none was posted the request was refused for another reason.
    """

    request_id = models.UUIDField(_("request"))
    rule = models.CharField(_("rule"), max_length=40)
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="over_rides", verbose_name=_("member")
    )
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"))
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("asked by")
    )
    approved_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", verbose_name=_("approved by")
    )
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("over-ride")
        verbose_name_plural = _("over-rides")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request_id", "rule"], name="ledger_override_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="ledger_override_has_a_reason"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "at"], name="ledger_override_store_at"),
        ]

    def __str__(self) -> str:
        return str(self.request_id)
