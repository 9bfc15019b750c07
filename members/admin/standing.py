"""Tiers, tags and the shop's own questions in the admin."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from common.money import format_minor
from members.admin_permissions import MANAGERS, OWNERS, READERS, RoleAdminMixin
from members.forms import TierForm
from members.models import AttributeDefinition, Tag, Tier
from members.queries import house_currency


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
    form = TierForm
    ordering = ("rank",)
    list_display = (
        "named", "code", "rank", "shown_spend", "min_visits", "min_points", "window_months",
        "discount_percent",
    )  # fmt: skip

    @display(description=_("spend to reach it"))
    def shown_spend(self, tier: Tier) -> str:
        """As money, where all stores take one currency."""
        currency = house_currency()
        if tier.min_spend is None or not currency:
            return str(tier.min_spend or "")
        return format_minor(tier.min_spend, currency)

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
