"""Money set aside for what members have prepaid, as the owner enters it: rows with a day, kept."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models.policies import DatedQuerySet
from ledger.models.value import MAX_AMOUNT
from members.models import IssuingEntity


class Reserve(models.Model):
    """What one issuing entity has set aside from a day on, in the currency's smallest unit."""

    entity = models.ForeignKey(IssuingEntity, models.PROTECT, verbose_name=_("issuing entity"))
    currency = models.CharField(_("currency"), max_length=3)
    in_force_from = models.DateField(_("from"))
    amount = models.BigIntegerField(_("set aside"))
    note = models.CharField(
        _("where it is"), max_length=200, blank=True, help_text=_("Bank and account, or insurance.")
    )

    objects = DatedQuerySet.as_manager()

    class Meta:
        verbose_name = _("reserve")
        verbose_name_plural = _("reserves")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entity", "currency", "in_force_from"], name="ledger_reserve_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=MAX_AMOUNT),
                name="ledger_reserve_amount_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"),
                name="ledger_reserve_currency_is_three_capitals",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.in_force_from.isoformat()}"
