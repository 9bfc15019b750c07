"""Staff in the admin: owners let people in, assign them and shut them out."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import Form, ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from members.admin_permissions import (
    OWNERS,
    READERS,
    OwnStoreFilter,
    RoleAdminMixin,
    dialog_action,
    operator_of,
)
from members.forms import NewPasswordForm, StaffChangeForm, StaffCreationForm
from members.models import User
from members.operations import assign_staff, create_staff, deactivate_staff, reactivate_staff

# A role is one word on the user; groups of permissions would be a second truth beside it.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)


@admin.register(User)
class StaffAdmin(RoleAdminMixin, UserAdmin, ModelAdmin):
    """Whoever works here, or did."""

    view_roles = READERS
    add_roles = change_roles = OWNERS
    store_path = "stores"
    form = StaffChangeForm
    add_form = StaffCreationForm
    change_password_form = NewPasswordForm
    ordering = ("username",)
    list_display = ("username", "display_name", "role", "is_active", "last_login")
    list_filter = (OwnStoreFilter, ("role", ChoicesDropdownFilter), "is_active")
    search_fields = ("username", "display_name")
    filter_horizontal = ()
    autocomplete_fields = ("member",)
    readonly_fields = ("is_active", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password", "display_name", "email", "language")}),
        (_("Work"), {"fields": ("role", "stores", "member", "is_active")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "classes": ("wide",),
                "fields": (
                    "username", "password1", "password2", "display_name", "role", "stores",
                    "language", "email",
                ),
            },
        ),
    )  # fmt: skip
    actions_detail = ("deactivate", "reactivate")

    def in_scope(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Each colleague once, however many stores are shared."""
        return super().in_scope(request, queryset).distinct()

    def save_model(
        self, request: HttpRequest, obj: User, form: ModelForm[User], change: Any
    ) -> None:
        """Create through the verb; of somebody who works here, save the rest and assign."""
        said = form.cleaned_data
        work = {"role": said["role"], "stores": said["stores"]}
        if change:
            plain = {name for name in said if name not in {*work, "password"}}
            obj.save(update_fields=plain)
            assign_staff(user=obj, **work)
            return
        names = ("username", "display_name", "language", "email")
        user = create_staff(
            **{name: said[name] for name in names}, password=said["password1"], **work
        )
        obj.pk = user.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Nothing is left to save: the verbs set the stores."""

    def actions_of_no_use(self, record: User) -> tuple[str, ...]:
        """One leaves or comes back, not both."""
        return ("reactivate",) if record.is_active else ("deactivate",)

    def has_leave_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Owners shut people out and let them in again."""
        return self.has_change_permission(request)

    @dialog_action(
        _("Deactivate"),
        may="leave",
        title=_("Deactivate this person?"),
        warning=_("They are logged out at once. Their name stays on everything they did."),
        done=_("The person was deactivated."),
    )
    def deactivate(self, request: HttpRequest, form: Form, user: User) -> None:
        """Shut somebody out."""
        deactivate_staff(user=user, by=operator_of(request))

    @dialog_action(
        _("Reactivate"),
        may="leave",
        title=_("Let this person in again?"),
        warning=_("They get the role and the stores they had."),
        done=_("The person can log in again."),
    )
    def reactivate(self, request: HttpRequest, form: Form, user: User) -> None:
        """Let somebody in again."""
        reactivate_staff(user=user)
