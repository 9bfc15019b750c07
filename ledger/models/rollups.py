"""What reports read instead of raw history: activity per day and month, facts per member.

A row with no store speaks of all stores together. Rows are rebuilt per member by
``refresh_members`` and the check ``rollups_equal_raw`` proves them against visits, sales and
plays.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from members.models import Member, Store


class Activity(models.Model):
    """The sums both rollups keep; amounts in the smallest unit, voided rows left out."""

    member = models.ForeignKey(Member, models.PROTECT, db_index=False, related_name="+")
    store = models.ForeignKey(Store, models.PROTECT, null=True, db_index=False, related_name="+")
    visits = models.IntegerField(default=0)
    orders = models.IntegerField(default=0)
    amount = models.BigIntegerField(default=0)
    plays = models.IntegerField(default=0)
    coins = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class MemberDay(Activity):
    """One member on one business date."""

    business_date = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "business_date", "store"],
                name="ledger_memberday_once",
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "business_date"], name="ledger_memberday_store_day"),
        ]


class MemberMonth(Activity):
    """One member in one calendar month; ``month_no`` is year * 12 + month - 1."""

    month_no = models.IntegerField()
    visit_days = models.IntegerField(default=0)
    purchase_days = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "month_no", "store"],
                name="ledger_membermonth_once",
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "month_no"], name="ledger_membermonth_store"),
        ]


class MemberFacts(models.Model):
    """What is known of one member's rhythm over all stores, as of ``refreshed_at``."""

    member = models.OneToOneField(
        Member, models.PROTECT, primary_key=True, related_name="facts", verbose_name=_("member")
    )
    first_visit = models.DateField(_("first visit"), null=True)
    last_visit = models.DateField(_("last visit"), null=True)
    visit_days = models.IntegerField(_("visit days"), default=0)
    first_purchase = models.DateField(_("first purchase"), null=True)
    last_purchase = models.DateField(_("last purchase"), null=True)
    purchase_days = models.IntegerField(_("purchase days"), default=0)
    orders = models.IntegerField(_("orders"), default=0)
    spend = models.BigIntegerField(_("spend"), default=0)
    median_gap_days = models.DecimalField(
        _("usual days between visits"), max_digits=7, decimal_places=1, null=True
    )
    r_score = models.SmallIntegerField(null=True)
    f_score = models.SmallIntegerField(null=True)
    m_score = models.SmallIntegerField(null=True)
    p_alive = models.DecimalField(max_digits=7, decimal_places=6, null=True)
    refreshed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("member facts")
        verbose_name_plural = _("member facts")
        indexes: ClassVar = [
            models.Index(fields=["last_visit"], name="ledger_facts_last_visit"),
            models.Index(fields=["first_visit"], name="ledger_facts_first_visit"),
        ]


class DirtyMember(models.Model):
    """A member whose rollups are out of date.

    Written with the activity, removed by the refresh.
    """

    member = models.OneToOneField(
        Member, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("member")
    )
    marked_at = models.DateTimeField()
