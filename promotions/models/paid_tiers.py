"""A tier that is bought for some months."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models.value import MAX_AMOUNT
from members.models import Tier
from promotions.models.offers import PrepaidOffer, offer_rules


class PaidTier(PrepaidOffer):
    """``tier`` for ``months``, for ``price``. What is sold is days: each day of it is delivered."""

    tier = models.ForeignKey(Tier, models.PROTECT, related_name="+", verbose_name=_("tier"))
    price = models.BigIntegerField(_("price"))
    months = models.PositiveSmallIntegerField(_("months"), default=12)

    class Meta:
        verbose_name = _("paid membership")
        verbose_name_plural = _("paid memberships")
        constraints: ClassVar = [
            *offer_rules("paidtier"),
            models.CheckConstraint(
                name="promotions_paidtier_price_within_limit",
                condition=Q(price__gte=1, price__lte=MAX_AMOUNT),
            ),
            models.CheckConstraint(
                name="promotions_paidtier_lasts_some_months",
                condition=Q(months__gte=1, months__lte=120),
            ),
        ]
