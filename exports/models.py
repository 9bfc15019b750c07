"""Who took what along, when: the evidence of every export, and the file for as long as it is kept.

    export ──< download        restoration

What was asked, by whom and when never changes, and no row is deleted. The file is deleted when the
link to it ends; its checksum stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.core.files.storage import Storage, storages
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.models import User


def kept() -> Storage:
    """Where files wait to be fetched: a folder no web server serves."""
    return storages["uploads"]


class What(models.TextChoices):
    """What is taken along."""

    EVERYTHING = "everything", _("everything")
    MEMBERS = "members", _("members")
    VISITS = "visits", _("visits")
    LEDGER = "ledger", _("ledger")
    AWAY = "away", _("who stays away")


# Lists that anybody may ask the worker for.
OFFERED = (What.MEMBERS, What.VISITS, What.LEDGER)


class Form(models.TextChoices):
    """What kind of file it is."""

    ZIP = "zip", "ZIP"
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class ExportQuerySet(models.QuerySet["Export"]):
    """Words about exports."""

    def visible_to(self, user: User) -> ExportQuerySet:
        """Every export for an owner, one's own for anybody else."""
        if user.is_superuser or user.role == User.Role.OWNER:
            return self
        return self.filter(created_by=user)

    def unfinished(self) -> ExportQuerySet:
        """Exports that have not come to their end."""
        return self.filter(status__in=Export.UNFINISHED)

    def over_at(self, at: datetime) -> ExportQuerySet:
        """Exports whose file is still kept though its time is over."""
        return self.filter(ends_at__lte=at).exclude(file="")

    def newest_first(self) -> ExportQuerySet:
        """The latest export first."""
        return self.order_by("-pk")


class Export(models.Model):
    """One file somebody asked for, what it holds, and how long it may be fetched."""

    class Status(models.TextChoices):
        """Where the export stands."""

        QUEUED = "queued", _("waiting for the worker")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    UNFINISHED: ClassVar = (Status.QUEUED, Status.RUNNING)

    what = models.CharField(pgettext_lazy("export", "what"), max_length=12, choices=What)
    form = models.CharField(_("file type"), max_length=4, choices=Form)
    asked = models.JSONField(_("filter"), default=dict, blank=True)
    stores = models.JSONField(_("stores"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=8)
    created_at = models.DateTimeField(_("asked for at"))
    # Nobody: somebody at the command line of the machine.
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="exports", verbose_name=_("asked for by")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.QUEUED)
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    ends_at = models.DateTimeField(_("to be fetched until"), null=True)
    file = models.FileField(_("file"), storage=kept, upload_to="exports", blank=True)
    rows = models.BigIntegerField(_("rows"), null=True)
    bytes = models.BigIntegerField(_("bytes"), null=True)
    sha256 = models.CharField(_("checksum"), max_length=64, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(what__in=What.values), name="exports_export_what_is_known"
            ),
            models.CheckConstraint(
                condition=Q(what=What.EVERYTHING, form=Form.ZIP)
                | ~Q(what=What.EVERYTHING) & Q(form__in=[Form.CSV, Form.XLSX]),
                name="exports_export_everything_is_a_zip",
            ),
            models.CheckConstraint(
                condition=~Q(status="done") | Q(finished_at__isnull=False, rows__isnull=False),
                name="exports_export_done_says_how_much",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_what_display()} {self.pk}"

    @property
    def file_name(self) -> str:
        """What the file is called when it is fetched."""
        return f"regulars-{self.what}-{self.created_at:%Y-%m-%d}-{self.pk}.{self.form}"

    @property
    def is_unfinished(self) -> bool:
        """Whether the worker still has to do with it."""
        return self.status in self.UNFINISHED

    def is_kept_at(self, at: datetime) -> bool:
        """Whether the file may be fetched at ``at``."""
        return bool(self.file) and self.ends_at is not None and at < self.ends_at


class Download(models.Model):
    """Somebody fetched a file."""

    export = models.ForeignKey(
        Export, models.PROTECT, related_name="downloads", verbose_name=_("export")
    )
    at = models.DateTimeField(_("fetched at"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("fetched by"))

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")

    def __str__(self) -> str:
        return f"{self.export} – {self.by}"


class Restoration(models.Model):
    """This installation was set up from an export of everything."""

    at = models.DateTimeField(_("restored at"))
    # The login at the machine: no user of the shop is there before.
    by = models.CharField(_("restored by"), max_length=100)
    sha256 = models.CharField(_("checksum"), max_length=64)
    made_at = models.DateTimeField(_("export made at"))
    rows = models.BigIntegerField(_("rows"))
    differences = models.IntegerField(_("differences kept"))

    class Meta:
        verbose_name = _("restoration")
        verbose_name_plural = _("restorations")

    def __str__(self) -> str:
        return self.sha256[:12]
