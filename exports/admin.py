"""Exports in the admin: who took what along and who fetched it, for owners and auditors to read."""

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from exports.models import Download, Export, Restoration
from members.admin_permissions import ReadOnlyMixin
from members.models import User

TOLD = (User.Role.OWNER, User.Role.AUDITOR)


class DownloadInline(ReadOnlyMixin, TabularInline):
    """Who fetched the file."""

    model = Download
    view_roles = TOLD
    extra = 0
    fields = readonly_fields = ("at", "by")


@admin.register(Export)
class ExportAdmin(ReadOnlyMixin, ModelAdmin):
    """Every export, the newest first."""

    view_roles = TOLD
    list_display = ("what", "form", "created_at", "created_by", "status", "rows", "sha256")
    list_filter = ("what", "status")
    list_select_related = ("created_by",)
    fields = (
        "what", "form", "asked", "stores", "created_at", "created_by", "status", "finished_at",
        "ends_at", "rows", "bytes", "sha256",
    )  # fmt: skip
    readonly_fields = fields
    inlines = (DownloadInline,)


@admin.register(Restoration)
class RestorationAdmin(ReadOnlyMixin, ModelAdmin):
    """From which export the shop was set up, by whom."""

    view_roles = TOLD
    list_display = ("at", "by", "made_at", "rows", "differences", "sha256")
    fields = readonly_fields = list_display
