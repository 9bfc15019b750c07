"""Tiers, tags and the shop's own questions in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from members.admin_permissions import MANAGERS, OWNERS, READERS, RoleAdminMixin
from members.models import AttributeDefinition, Tag, Tier


class NamedAdmin(RoleAdminMixin, ModelAdmin):
    """What readers know by name and few name; a clerk meets it on the member, not as a list."""

    view_roles = READERS
    search_fields: tuple[str, ...] = ("code", "name", "name_zh")

    @display(description=_("name"))
    def named(self, record: Tier | Tag | AttributeDefinition) -> str:
        """The name in the reader's language."""
        return record.label


@admin.register(Tier)
class TierAdmin(NamedAdmin):
    """The steps of standing, lowest first."""

    add_roles = change_roles = OWNERS
    ordering = ("rank",)
    list_display = (
        "named", "code", "rank", "min_spend", "min_visits", "min_points", "window_months",
        "discount_percent",
    )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: Tier | None = None) -> list[str]:
        """Imports and rules know a tier by its code."""
        return ["code"] if obj else []


@admin.register(Tag)
class TagAdmin(NamedAdmin):
    """The words the shop pins on members."""

    add_roles = change_roles = MANAGERS
    list_display = ("named", "code", "color")


@admin.register(AttributeDefinition)
class AttributeDefinitionAdmin(NamedAdmin):
    """What this shop asks its members."""

    add_roles = change_roles = OWNERS
    search_fields = ("key", "name", "name_zh")
    list_display = ("named", "key", "kind")

    def get_readonly_fields(
        self, request: HttpRequest, obj: AttributeDefinition | None = None
    ) -> list[str]:
        """The answers are stored under the key, written as the kind says."""
        return ["key", "kind"] if obj else []
