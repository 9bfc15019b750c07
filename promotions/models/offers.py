"""What every offer has, the top-up offer, and what the house allows at all.

Days are business dates of the store that sells; a last day is inclusive, as people say it.
"""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Terms
from ledger.models.value import MAX_AMOUNT
from members.models import IssuingEntity, Named, Store, Tier
from members.models.shops import code_validator
from promotions.rules.gifts import validate_gifts


class SpendOrder(models.TextChoices):
    """What a member with principal and bonus spends first."""

    PRINCIPAL_FIRST = "principal_first", _("principal first")
    BONUS_FIRST = "bonus_first", _("bonus first")
    PRO_RATA = "pro_rata", _("both in proportion")


# The lower priority is drawn first; equal ones are drawn in proportion.
PRIORITIES = {
    SpendOrder.PRINCIPAL_FIRST: (50, 60),
    SpendOrder.BONUS_FIRST: (60, 50),
    SpendOrder.PRO_RATA: (50, 50),
}


class InForceQuerySet(models.QuerySet[Any]):
    """Words about what stores offer for a time."""

    def in_force(self, store: Store, day: date) -> "InForceQuerySet":
        """What holds in ``store`` on its business day ``day``, tiers aside."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gte=day),
            Q(stores=store) | Q(stores__isnull=True),
            entity=store.entity_id,
            currency=store.currency,
            is_active=True,
        ).distinct()


class Offer(Named):
    """Abstract: what is sold where, when and to whom. No stores or no tiers: all of them."""

    entity = models.ForeignKey(
        IssuingEntity, models.PROTECT, related_name="+", verbose_name=_("issuing entity")
    )
    code = models.CharField(_("code"), max_length=40, unique=True, validators=[code_validator])
    currency = models.CharField(_("currency"), max_length=3)
    stores = models.ManyToManyField(
        Store,
        related_name="+",
        blank=True,
        verbose_name=_("stores"),
        help_text=_("Empty: every store of the issuing entity."),
    )
    tiers = models.ManyToManyField(
        Tier,
        related_name="+",
        blank=True,
        verbose_name=_("tiers"),
        help_text=_("Empty: every member."),
    )
    valid_from = models.DateField(_("first day on sale"), null=True, blank=True)
    valid_until = models.DateField(_("last day on sale"), null=True, blank=True)
    is_active = models.BooleanField(_("on sale"), default=True)

    objects = InForceQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label


class PrepaidOffer(Offer):
    """Abstract: an offer that is paid now and used later, so that its sale is a contract."""

    terms = models.ForeignKey(
        Terms,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("terms"),
        help_text=_(
            "The newest version in force is kept with each sale. Empty: those of the promotion "
            "policy."
        ),
    )
    gifts = models.JSONField(
        _("gifts"),
        default=list,
        blank=True,
        help_text=_("One a line: name | Chinese name | quantity | list value of all of them."),
    )
    refunds_at_price_paid = models.BooleanField(
        _("a refund counts what was used at the price paid"),
        default=False,
        help_text=_(
            "Better for the member: even where they end the contract themselves, what they used "
            "counts at the price they paid for it, not at the list price. Kept with each sale; a "
            "later change touches no contract."
        ),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """Refuse gifts that are none."""
        super().clean()
        validate_gifts(self.gifts)


def offer_rules(name: str) -> list[models.CheckConstraint]:
    """The constraints every offer table keeps; ``name`` is the table's short name."""
    return [
        models.CheckConstraint(
            name=f"promotions_{name}_ends_after_it_begins",
            condition=Q(valid_from__isnull=True)
            | Q(valid_until__isnull=True)
            | Q(valid_until__gte=F("valid_from")),
        ),
        models.CheckConstraint(
            name=f"promotions_{name}_currency_is_three_capitals",
            condition=Q(currency__regex=r"^[A-Z]{3}$"),
        ),
    ]


class TopUpOffer(PrepaidOffer):
    """Pay ``pays``, have ``pays`` + ``bonus`` to spend; amounts in the smallest unit."""

    pays = models.BigIntegerField(_("member pays"))
    bonus = models.BigIntegerField(_("bonus on top"), default=0)
    spend_order = models.CharField(
        _("spend order"),
        max_length=16,
        choices=SpendOrder,
        default=SpendOrder.PRINCIPAL_FIRST,
        help_text=_("What the member sees as left; a refund is the same in every order."),
    )
    principal_expires_days = models.PositiveSmallIntegerField(
        _("principal expires after days"),
        null=True,
        blank=True,
        help_text=_("Empty: never. Many places forbid that what was paid expires."),
    )
    bonus_expires_days = models.PositiveSmallIntegerField(
        _("bonus expires after days"), null=True, blank=True, help_text=_("Empty: never.")
    )
    is_once_per_member = models.BooleanField(_("once per member"), default=False)

    class Meta:
        verbose_name = _("top-up offer")
        verbose_name_plural = _("top-up offers")
        constraints: ClassVar = [
            *offer_rules("topupoffer"),
            models.CheckConstraint(
                name="promotions_topupoffer_pays_something",
                condition=Q(pays__gte=1, pays__lte=MAX_AMOUNT),
            ),
            models.CheckConstraint(
                name="promotions_topupoffer_bonus_not_negative",
                condition=Q(bonus__gte=0, bonus__lte=MAX_AMOUNT),
            ),
            models.CheckConstraint(
                name="promotions_topupoffer_spend_order_is_known",
                condition=Q(spend_order__in=SpendOrder.values),
            ),
        ]


class PromotionPolicy(models.Model):
    """What one issuing entity allows; without a row the defaults of the columns hold."""

    entity = models.OneToOneField(
        IssuingEntity,
        models.PROTECT,
        primary_key=True,
        related_name="promotion_policy",
        verbose_name=_("issuing entity"),
    )
    allows_free_top_up = models.BooleanField(
        _("top-ups of any amount"),
        default=True,
        help_text=_("Without an offer, and so without a bonus."),
    )
    stored_value_buys_bundles = models.BooleanField(_("stored value buys bundles"), default=False)
    stored_value_buys_coins = models.BooleanField(_("stored value buys coins"), default=False)
    cooling_off_days = models.PositiveSmallIntegerField(
        _("days to change one's mind"),
        default=7,
        help_text=_(
            "So long after a prepaid sale the whole payment goes back on request; "
            "never shorter than the policy of the store's jurisdiction says."
        ),
    )

    terms = models.ForeignKey(
        Terms,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("terms"),
        help_text=_("Of top-ups without an offer, and of offers that name none."),
    )
    minors_pay_up_to = models.BigIntegerField(
        _("a minor may prepay alone up to"),
        default=0,
        help_text=_(
            "In the currency's smallest unit; above it a guardian has to agree. Below the age at "
            "which the policy of the jurisdiction calls a purchase void, a guardian always has to."
        ),
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="promotions_policy_minors_pay_within_limit",
                condition=Q(minors_pay_up_to__gte=0, minors_pay_up_to__lte=MAX_AMOUNT),
            ),
        ]
        verbose_name = _("promotion policy")
        verbose_name_plural = _("promotion policies")

    def __str__(self) -> str:
        return str(self.entity)
