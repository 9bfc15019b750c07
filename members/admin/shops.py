"""Stores, tills and holidays in the admin: the owner sets them up, the others look."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.forms import Form, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from members.admin_permissions import (
    MANAGERS,
    OWNERS,
    READERS,
    OwnStoreFilter,
    RoleAdminMixin,
    dialog_action,
)
from members.forms import StoreForm, TillKeyForm
from members.models import CalendarDay, IssuingEntity, Store, Till, TillKey
from members.operations import issue_till_key, revoke_till_key


@admin.register(IssuingEntity)
class IssuingEntityAdmin(RoleAdminMixin, ModelAdmin):
    """Who owes what was prepaid."""

    view_roles = READERS
    add_roles = change_roles = OWNERS
    list_display = ("name", "code", "registration_number")
    search_fields = ("name", "code")


@admin.register(Store)
class StoreAdmin(RoleAdminMixin, ModelAdmin):
    """The shops."""

    view_roles = READERS
    add_roles = change_roles = OWNERS
    store_path = ""
    form = StoreForm
    list_display = ("name", "code", "country", "currency", "time_zone", "day_cut", "is_open")
    list_select_related = ("entity",)
    search_fields = ("name", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> list[str]:
        """What booked amounts and days rest on stays as it was set up."""
        return ["code", "currency", "time_zone", "day_cut"] if obj else []


@admin.register(CalendarDay)
class CalendarDayAdmin(RoleAdminMixin, ModelAdmin):
    """Holidays and adjusted workdays the built-in calendars do not know."""

    view_roles = READERS
    add_roles = change_roles = delete_roles = OWNERS
    list_display = ("day", "country", "is_rest_day", "name")
    list_filter = ("country", "is_rest_day")
    search_fields = ("name",)
    ordering = ("-day",)


@admin.register(Till)
class TillAdmin(RoleAdminMixin, ModelAdmin):
    """The places where things are rung up."""

    view_roles = READERS
    add_roles = change_roles = MANAGERS
    store_path = "store"
    list_display = ("code", "name", "store", "is_active")
    list_select_related = ("store",)
    list_filter = (OwnStoreFilter, "is_active")
    search_fields = ("code", "name")


@admin.register(TillKey)
class TillKeyAdmin(RoleAdminMixin, ModelAdmin):
    """Keys of tills and machines: made, seen once, revoked, never changed."""

    view_roles = READERS
    add_roles = OWNERS
    store_path = "till__store"
    form = TillKeyForm
    ordering = ("-created",)
    list_display = ("name", "till", "opens", "prefix", "created", "expiry_date", "revoked")
    list_select_related = ("till__store",)
    list_filter = ("revoked",)
    search_fields = ("name", "prefix")
    actions_detail = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: TillKey | None = None) -> tuple[str, ...]:
        """What a key opens is chosen when it is made, and told in words afterwards."""
        return ("till", "name", "opens" if obj else "scopes", "expiry_date")

    @display(description=_("opens"))
    def opens(self, key: TillKey) -> str:
        """The scopes in words."""
        return ", ".join(str(TillKey.Scope(scope).label) for scope in key.scopes)

    def save_model(
        self, request: HttpRequest, obj: TillKey, form: ModelForm[TillKey], change: Any
    ) -> None:
        """Make the key and show its secret, this once."""
        said = form.cleaned_data
        key, secret = issue_till_key(
            till=said["till"],
            name=said["name"],
            scopes=said["scopes"],
            expires_at=said["expiry_date"],
        )
        obj.pk = key.pk
        told = _("The key is %(secret)s – copy it now, it cannot be shown again.")
        messages.warning(request, told % {"secret": secret})

    def actions_of_no_use(self, record: TillKey) -> tuple[str, ...]:
        """A revoked key stays revoked."""
        return ("revoke",) if record.revoked else ()

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever makes keys takes them away."""
        return self.has_add_permission(request)

    @dialog_action(
        _("Revoke"),
        may="revoke",
        title=_("Revoke this key?"),
        warning=_("The till or machine that uses it is shut out at once."),
        done=_("The key was revoked."),
    )
    def revoke(self, request: HttpRequest, form: Form, key: TillKey) -> None:
        """Shut out whoever uses the key."""
        revoke_till_key(key=key)
