"""Two records of one person made one: which rows followed, so that it can be taken back."""

from typing import ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.models import Member, Store, User


class Merge(models.Model):
    """One member went into another. Its id is that of the transaction that moved the value, if any.

    ``moved`` lists, per table and column, the rows that named the merged member and name the
    survivor now; ``before`` and ``after`` are the survivor's fields that changed.
    """

    id = models.UUIDField(_("id"), primary_key=True)
    survivor = models.ForeignKey(
        Member, models.PROTECT, related_name="merges", verbose_name=_("stays")
    )
    merged = models.ForeignKey(
        Member, models.PROTECT, related_name="merged_by", verbose_name=_("goes")
    )
    store = models.ForeignKey(Store, models.PROTECT, related_name="+", verbose_name=_("store"))
    has_txn = models.BooleanField(_("moved value"))
    moved = models.JSONField(_("rows that followed"), default=dict)
    before = models.JSONField(_("before"), encoder=DjangoJSONEncoder, default=dict)
    after = models.JSONField(_("after"), encoder=DjangoJSONEncoder, default=dict)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("undone by")
    )
    undo_reason = models.CharField(_("undone because"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("merge of members")
        verbose_name_plural = _("merges of members")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(survivor=F("merged")), name="ledger_merge_is_of_two_members"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="ledger_merge_has_a_reason"),
            models.UniqueConstraint(
                fields=["merged"],
                condition=Q(undone_at__isnull=True),
                name="ledger_merge_once_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged} → {self.survivor}"
