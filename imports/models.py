"""Files brought over from another system, kept row by row so that nothing is lost or booked twice.

    batch ──< row ── member
                │
              opening ── txn      what one row opened; the same row again changes only what differs

A row is staged when its file is checked and settled when the import runs; ``key`` names its source
(a card, a phone with its name …) and is the same whenever the file comes again.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from imports.rules.aliases import KINDS
from members.models import Member, Store, User
from members.models.shops import StoreQuerySet


class Kind(models.TextChoices):
    """What a file lists."""

    MEMBERS = "members", _("members")
    SALES = "sales", _("sales")
    VISITS = "visits", _("visits")
    COIN_PLAYS = "coin_plays", _("coin plays")
    DISPENSES = "dispenses", _("coins dispensed")


class BatchQuerySet(models.QuerySet["ImportBatch"]):
    """Words about imports."""

    def visible_to(self, user: User) -> BatchQuerySet:
        """Imports into stores whose records the user may see."""
        return self.filter(store__in=Store.objects.visible_to(user))

    def into(self, stores: StoreQuerySet) -> BatchQuerySet:
        """Imports into these stores."""
        return self.filter(store__in=stores)

    def unfinished(self) -> BatchQuerySet:
        """Imports somebody started that have not come to their end."""
        return self.filter(status__in=[ImportBatch.Status.QUEUED, ImportBatch.Status.RUNNING])

    def newest_first(self) -> BatchQuerySet:
        """The latest import first."""
        return self.order_by("-pk")


class ImportBatch(models.Model):
    """One file, how it was understood, and how far its import has come."""

    class Status(models.TextChoices):
        """Where the import stands."""

        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked, nothing booked yet")
        QUEUED = "queued", _("waiting for the worker")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    file_name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(_("checksum"), max_length=64)
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="import_batches", verbose_name=_("store")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    choices = models.JSONField(_("mapping"), default=dict, blank=True)
    on_duplicate = models.CharField(_("duplicates"), max_length=8, default="flag")
    balance = models.CharField(_("a balance is"), max_length=12, default="principal")
    # How the file was understood: encoding, sheet, header_row, columns.
    plan = models.JSONField(_("understood as"), default=dict, blank=True)
    ignored_rows = models.JSONField(_("rows left out"), default=list, blank=True)
    # Per column of amounts: what the file's own totals row says.
    control = models.JSONField(_("control totals"), default=list, blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=Status, default=Status.CHECKING, editable=False
    )
    problem = models.JSONField(_("problem"), null=True, blank=True)
    rows = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)
    created_at = models.DateTimeField(_("uploaded at"))
    created_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=sorted(KINDS)), name="imports_batch_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(on_duplicate__in=["flag", "merge", "skip"]),
                name="imports_batch_policy_is_known",
            ),
            models.CheckConstraint(
                condition=Q(balance__in=["principal", "bonus"]),
                name="imports_batch_balance_is_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-id"], name="imports_batch_of_store"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.file_name}"


class RowQuerySet(models.QuerySet["ImportRow"]):
    """Words about rows of a file."""

    def waiting(self) -> RowQuerySet:
        """Rows that are to be booked and are not yet."""
        return self.filter(is_settled=False)

    def accepted(self) -> RowQuerySet:
        """Rows whose amounts count: each account once."""
        return self.filter(outcome__in=ImportRow.ACCEPTED, is_repeated=False)


class ImportRow(models.Model):
    """One row of the table: what it said, what it was found to be, and whose it became."""

    class Outcome(models.TextChoices):
        """What became of the row, or will when the import runs."""

        CREATED = "created", _("created")
        UPDATED = "updated", _("updated")
        UNCHANGED = "unchanged", _("unchanged")
        MERGED = "merged", _("merged")
        FLAGGED = "flagged", _("waits for a decision")
        IGNORED = "ignored", _("left out")
        ERROR = "error", _("error")

    ACCEPTED: ClassVar = (Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.MERGED)

    class Decision(models.TextChoices):
        """What somebody decided about a row that waits."""

        NONE = "", pgettext_lazy("decision", "open")
        MERGE = "merge", _("the same person")
        SKIP = "skip", _("leave out")

    batch = models.ForeignKey(
        ImportBatch, models.CASCADE, db_index=False, related_name="import_rows"
    )
    number = models.PositiveIntegerField(_("row"))
    # The first row of the same person or bill; rows of one root are booked together.
    root = models.PositiveIntegerField(_("belongs to row"))
    key = models.UUIDField()
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    is_repeated = models.BooleanField(_("repeats another row"), default=False)
    is_settled = models.BooleanField(default=False)
    decision = models.CharField(
        _("decision"), max_length=8, choices=Decision, default=Decision.NONE, blank=True
    )
    values = models.JSONField(_("read as"), encoder=DjangoJSONEncoder)
    amounts = models.JSONField(_("amounts by column"), default=dict)
    raw = models.JSONField(_("as in the file"))
    errors = models.JSONField(_("errors"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)
    why = models.JSONField(_("why"), default=list)
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("member")
    )

    objects = RowQuerySet.as_manager()

    class Meta:
        verbose_name = _("imported row")
        verbose_name_plural = _("imported rows")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "number"], name="imports_row_number_once"),
            models.CheckConstraint(
                condition=Q(
                    outcome__in=[
                        *("created", "updated", "unchanged", "merged"),
                        *("flagged", "ignored", "error"),
                    ]
                ),
                name="imports_row_outcome_is_known",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["", "merge", "skip"]),
                name="imports_row_decision_is_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["batch", "root", "number"],
                condition=Q(is_settled=False),
                name="imports_row_waiting",
            ),
            models.Index(
                fields=["key"], condition=Q(member__isnull=False), name="imports_row_key_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}"


class Opening(models.Model):
    """How much of one asset a source row has opened so far, and by which transactions."""

    key = models.UUIDField()
    part = models.CharField(max_length=60)
    amount = models.BigIntegerField(_("amount"))
    version = models.PositiveIntegerField(default=1)
    member = models.ForeignKey(Member, models.PROTECT, related_name="+")
    # Those that stand: taking the amount back reverses each of them.
    txn_ids = ArrayField(models.UUIDField())
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="openings")

    class Meta:
        verbose_name = _("imported balance")
        verbose_name_plural = _("imported balances")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "part"], name="imports_opening_part_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="imports_opening_amount_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}/{self.part}"
