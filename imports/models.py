"""Files brought over from another system, kept row by row so that nothing is lost or booked twice.

    batch ──< row ── member
                │
              opening ── txn      what one row opened; the same row again changes only what differs

A row is staged when its file is checked and settled when the import runs; ``key`` names its source
(a card, a phone with its name …) and is the same whenever the file comes again. A mapping remembers
how files with the same header were understood.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import Storage, storages
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.fields.json import KT
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from imports.rules.aliases import KINDS
from imports.rules.guard import weight_of
from imports.rules.together import shown_number
from members.models import Member, Store, User
from members.models.shops import StoreQuerySet


def uploads() -> Storage:
    """Where files wait: a folder no web server serves."""
    return storages["uploads"]


class Kind(models.TextChoices):
    """What a file lists."""

    MEMBERS = "members", _("members")
    SALES = "sales", _("sales")
    VISITS = "visits", _("visits")
    COIN_PLAYS = "coin_plays", _("coin plays")
    DISPENSES = "dispenses", _("coins dispensed")
    CARDS = "cards", _("cards")
    GIFT_CARDS = "gift_cards", _("gift cards")
    TIERS = "tiers", _("tiers")
    STATEMENT = "statement", _("one member's statement")


class SavedMapping(models.Model):
    """How files with one header are understood: columns, values and other choices, by a name."""

    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    # Of the header's names in their order: the same export of the same system has the same one.
    signature = models.CharField(_("signature of the header"), max_length=64, db_index=True)
    choices = models.JSONField(_("mapping"), default=dict)
    store = models.ForeignKey(
        Store, models.PROTECT, related_name="import_mappings", verbose_name=_("store")
    )
    is_shared = models.BooleanField(_("for every store"), default=False)
    created_at = models.DateTimeField(_("made at"))
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("made by")
    )
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("saved mapping")
        verbose_name_plural = _("saved mappings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "name"], name="imports_mapping_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


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
        return self.filter(status__in=ImportBatch.UNFINISHED)

    def to_check(self, silent_since: datetime) -> BatchQuerySet:
        """Files the worker has to read: those nobody reads, or whose reader has gone silent."""
        heard = Q(beat_at__isnull=True) | Q(beat_at__lt=silent_since)
        return self.filter(heard, status=ImportBatch.Status.CHECKING).exclude(upload="")

    def being_undone(self) -> BatchQuerySet:
        """Imports whose undo has not come to its end."""
        return self.filter(status=ImportBatch.Status.UNDOING)

    def newest_first(self) -> BatchQuerySet:
        """The latest import first."""
        return self.order_by("-pk")


class ImportBatch(models.Model):
    """One file, how it was understood, and how far its import has come."""

    class Status(models.TextChoices):
        """Where the import stands."""

        UPLOADED = "uploaded", _("uploaded, not yet checked")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked, nothing booked yet")
        QUEUED = "queued", _("waiting for the worker")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        UNDOING = "undoing", _("being undone")
        UNDO_PAUSED = "undo_paused", _("half undone, paused")
        UNDONE = "undone", _("undone")

    UNFINISHED: ClassVar = (Status.QUEUED, Status.RUNNING)
    # Nothing of these is booked: they may be checked anew or dropped.
    UNBOOKED: ClassVar = (Status.UPLOADED, Status.CHECKING, Status.CHECKED)
    # Somebody reads, books or takes back, or the worker is to.
    ON_THE_WAY: ClassVar = (Status.CHECKING, *UNFINISHED, Status.UNDOING)
    # Nobody is at work, and rows that wait may still be booked.
    AT_REST: ClassVar = (Status.CHECKED, Status.PAUSED, Status.DONE)

    file_name = models.CharField(_("file"), max_length=255)
    # The file as it came, until it is booked or dropped: a change of mind reads it again.
    upload = models.FileField(
        _("file"), storage=uploads, upload_to="imports", max_length=255, blank=True
    )
    mapping = models.ForeignKey(
        SavedMapping,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="batches",
        verbose_name=_("saved mapping"),
    )
    # A corrected file of the bad rows names the import it mends.
    mends = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="mended_by",
        verbose_name=_("corrects import"),
    )
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
    # What the owner says the file must come to: rows, members, and a sum for each kind of value.
    typed_totals = models.JSONField(_("totals typed in"), default=dict, blank=True)
    signed_by = models.ForeignKey(
        User,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("difference accepted by"),
    )
    signed_at = models.DateTimeField(_("difference accepted at"), null=True, blank=True)
    sign_reason = models.TextField(_("why the difference is right"), blank=True)
    status = models.CharField(
        _("status"), max_length=11, choices=Status, default=Status.CHECKING, editable=False
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
    # The worker's last sign of life.
    beat_at = models.DateTimeField(_("last sign of life"), null=True, blank=True)
    is_pause_asked = models.BooleanField(_("asked to pause"), default=False)
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("undone by")
    )
    # Made by a script before it sent the file, so that sending it twice makes one import.
    request_id = models.UUIDField(null=True, unique=True, editable=False)
    # What went back and what was left because it had been used: counts and row numbers.
    undo_report = models.JSONField(_("what was undone"), default=dict, blank=True)

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

    @property
    def upload_weight(self) -> int:
        """How heavy the kept file is, in bytes; nothing where it is gone: the check says that."""
        name, storage = self.upload.name, self.upload.storage
        if not name or not storage.exists(name):
            return 0
        with storage.open(name) as file:
            return weight_of(file)

    @property
    def sheets_together(self) -> list[str]:
        """The sheets whose rows were read as one table; empty where there was one alone."""
        return list(self.plan.get("together") or [])

    def place_of(self, number: int) -> int | str:
        """The number of a row as a person finds it, with its sheet where several were read."""
        return shown_number(number, self.sheets_together)


class RowQuerySet(models.QuerySet["ImportRow"]):
    """Words about rows of a file."""

    def waiting(self) -> RowQuerySet:
        """Rows that are to be booked and are not yet."""
        return self.filter(is_settled=False)

    def standing(self) -> RowQuerySet:
        """Rows whose word still holds: not taken back, nor left after what they changed went back.

        A row that made a member who was left goes on speaking for them.
        """
        gone = Q(undone=ImportRow.Undone.UNDONE)
        made = Q(outcome=ImportRow.Outcome.CREATED)
        return self.exclude(gone | Q(undone=ImportRow.Undone.LEFT) & ~made)

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
    # Those that may have written something.
    CHANGING: ClassVar = (Outcome.CREATED, Outcome.UPDATED, Outcome.MERGED)

    class Decision(models.TextChoices):
        """What somebody decided about a row that waits."""

        NONE = "", pgettext_lazy("decision", "open")
        MERGE = "merge", _("the same person")
        SKIP = "skip", _("leave out")
        NEW = "new", _("a new person")

    class Undone(models.TextChoices):
        """Whether the row was taken back."""

        NO = "", pgettext_lazy("undone", "no")
        UNDONE = "undone", _("taken back")
        LEFT = "left", _("left, for it was used")

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
    # Cells mended on the screen: header → text; the file's own stay in ``raw``.
    fixes = models.JSONField(_("mended cells"), default=dict, blank=True)
    # What this row changed on a member who was there already, as it was before: ``fields``,
    # ``attributes`` and ``external_ids`` (key → old or null), ``tier`` (old id or null, only where
    # changed; ``tier_until`` where it had an end), ``cards_added``, ``consents_added`` (channels);
    # ``openings``: part → ``amount``, ``txn_ids`` and ``batch`` that stood. Null where the row made
    # the member and nothing of its balances stood.
    before = models.JSONField(_("before"), encoder=DjangoJSONEncoder, null=True, blank=True)
    undone = models.CharField(
        _("undone"), max_length=6, choices=Undone, default=Undone.NO, blank=True
    )
    undo_why = models.JSONField(_("why it was left"), default=list, blank=True)
    errors = models.JSONField(_("errors"), default=list)
    warnings = models.JSONField(_("warnings"), default=list)
    why = models.JSONField(_("why"), default=list)
    member = models.ForeignKey(
        Member,
        models.PROTECT,
        db_index=False,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("member"),
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
                condition=Q(decision__in=["", "merge", "skip", "new"]),
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
            models.Index(
                fields=["member"], condition=Q(member__isnull=False), name="imports_row_of_member"
            ),
            models.Index(
                KT("before__refund__sale"),
                condition=Q(before__has_key="refund"),
                name="imports_row_of_refund",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}"

    @property
    def at(self) -> datetime:
        """When the entry of a log happened."""
        return datetime.fromisoformat(self.values["at"])

    @property
    def may_be_asked_again(self) -> bool:
        """Whether somebody decided about the row and nothing of it is booked yet."""
        open_still = {self.Outcome.CREATED, self.Outcome.MERGED, self.Outcome.IGNORED}
        return bool(self.decision) and self.member_id is None and self.outcome in open_still


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
