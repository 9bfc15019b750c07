"""Where a member stands with the shop: tier, tags, and what they agreed to."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models.naming import Named
from members.models.people import Member
from members.models.shops import code_validator
from members.models.staff import User


class TierQuerySet(models.QuerySet["Tier"]):
    """Words about tiers."""

    def lowest_first(self) -> TierQuerySet:
        """From the tier anybody gets up to the best one."""
        return self.order_by("rank")


class Tier(Named):
    """A step of standing: reached in a rolling window, or bought, or given."""

    code = models.CharField(_("code"), max_length=32, unique=True, validators=[code_validator])
    rank = models.PositiveSmallIntegerField(
        _("rank"), unique=True, help_text=_("1 is the lowest tier.")
    )
    min_spend = models.BigIntegerField(
        _("spend to reach it"),
        null=True,
        blank=True,
        help_text=_("In the currency's smallest unit: 100000 is 1,000.00."),
    )
    min_visits = models.PositiveIntegerField(_("visits to reach it"), null=True, blank=True)
    min_points = models.BigIntegerField(_("points to reach it"), null=True, blank=True)
    window_months = models.PositiveSmallIntegerField(_("months that count"), default=12)
    discount_percent = models.PositiveSmallIntegerField(_("percent off"), default=0)
    review_months = models.PositiveSmallIntegerField(_("months between reviews"), default=12)
    grace_days = models.PositiveSmallIntegerField(_("days of grace"), default=30)
    color = models.CharField(_("colour"), max_length=7, blank=True)

    objects = TierQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        constraints = [
            models.CheckConstraint(
                name="members_tier_min_spend_not_negative",
                condition=Q(min_spend__isnull=True) | Q(min_spend__gte=0),
            ),
            models.CheckConstraint(
                name="members_tier_min_points_not_negative",
                condition=Q(min_points__isnull=True) | Q(min_points__gte=0),
            ),
            models.CheckConstraint(
                name="members_tier_discount_is_a_percentage",
                condition=Q(discount_percent__range=(0, 100)),
            ),
            models.CheckConstraint(
                name="members_tier_window_is_some_months",
                condition=Q(window_months__gte=1),
            ),
            models.CheckConstraint(
                name="members_tier_color_is_a_hex_color",
                condition=Q(color="") | Q(color__regex=r"^#[0-9a-fA-F]{6}$"),
            ),
        ]


class TierHoldingQuerySet(models.QuerySet["TierHolding"]):
    """Words about tiers held."""

    def in_force_at(self, at: datetime) -> TierHoldingQuerySet:
        """Holdings whose [since, until) contains ``at``."""
        return self.filter(Q(until__isnull=True) | Q(until__gt=at), since__lte=at)


class TierHolding(models.Model):
    """A tier one member held in [since, until), and why; no end means it goes on."""

    class Source(models.TextChoices):
        """How the tier was come by."""

        EARNED = "earned", pgettext_lazy("tier", "earned")
        BOUGHT = "bought", _("bought")
        GRANTED = "granted", pgettext_lazy("tier", "granted")
        IMPORT = "import", _("brought over from another system")

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="tier_holdings", verbose_name=_("member")
    )
    tier = models.ForeignKey(Tier, models.PROTECT, related_name="holdings", verbose_name=_("tier"))
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=8, choices=Source)
    inputs = models.JSONField(_("what the decision rests on"), default=dict, blank=True)
    decided_by = models.ForeignKey(
        User,
        models.PROTECT,
        db_index=False,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("decided by"),
    )

    objects = TierHoldingQuerySet.as_manager()

    class Meta:
        verbose_name = _("tier held")
        verbose_name_plural = _("tiers held")
        indexes = [
            models.Index(
                KeyTransform("contract", "inputs"),
                name="members_tier_holding_of_sale",
                condition=Q(source="bought"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="members_tier_holding_one_open_per_member",
                fields=["member"],
                condition=Q(until__isnull=True),
            ),
            models.CheckConstraint(
                name="members_tier_holding_ends_after_it_begins",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
            models.CheckConstraint(
                name="members_tier_holding_source_is_known",
                condition=Q(source__in=["earned", "bought", "granted", "import"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} – {self.tier}"


class Tag(Named):
    """A word the shop pins on members."""

    code = models.CharField(_("code"), max_length=32, unique=True, validators=[code_validator])
    color = models.CharField(_("colour"), max_length=7, blank=True)
    members = models.ManyToManyField(Member, through="MemberTag", related_name="tags")

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = [
            models.CheckConstraint(
                name="members_tag_color_is_a_hex_color",
                condition=Q(color="") | Q(color__regex=r"^#[0-9a-fA-F]{6}$"),
            ),
        ]


class MemberTag(models.Model):
    """One tag on one member; nobody as its author means a rule pinned it on."""

    member = models.ForeignKey(Member, models.PROTECT, db_index=False, verbose_name=_("member"))
    tag = models.ForeignKey(Tag, models.PROTECT, verbose_name=_("tag"))
    tagged_at = models.DateTimeField(_("tagged at"))
    tagged_by = models.ForeignKey(
        User,
        models.PROTECT,
        db_index=False,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("tagged by"),
    )

    class Meta:
        verbose_name = _("tag on a member")
        verbose_name_plural = _("tags on members")
        constraints = [
            models.UniqueConstraint(name="members_tag_once_per_member", fields=["member", "tag"]),
        ]

    def __str__(self) -> str:
        return f"{self.member} – {self.tag}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Words about consent."""

    def last_words(self) -> ConsentQuerySet:
        """The line in force for each member and channel: the last one said."""
        return self.order_by("member", "channel", "-at", "-pk").distinct("member", "channel")


class Consent(models.Model):
    """What a member said about one channel; the log only grows and the last word counts."""

    class Channel(models.TextChoices):
        """How a message would reach the member."""

        SMS = "sms", _("text message")
        EMAIL = "email", _("e-mail")
        PHONE = "phone", _("phone call")
        POST = "post", _("letter")
        WECHAT = "wechat", _("WeChat")

    class State(models.TextChoices):
        """Silence is not consent: no line means it was never given."""

        GIVEN = "given", _("given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    member = models.ForeignKey(
        Member, models.PROTECT, db_index=False, related_name="consents", verbose_name=_("member")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    state = models.CharField(_("state"), max_length=12, choices=State)
    at = models.DateTimeField(_("said at"))
    source = models.CharField(_("source"), max_length=60)
    operator = models.ForeignKey(
        User,
        models.PROTECT,
        db_index=False,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("noted by"),
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        indexes = [
            models.Index(
                name="members_consent_latest",
                fields=["member", "channel", "-at", "-id"],
                include=["state"],
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="members_consent_channel_is_known",
                condition=Q(channel__in=["sms", "email", "phone", "post", "wechat"]),
            ),
            models.CheckConstraint(
                name="members_consent_state_is_known",
                condition=Q(state__in=["given", "withdrawn"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} – {self.get_channel_display()}: {self.get_state_display()}"
