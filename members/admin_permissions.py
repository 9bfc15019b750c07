"""Who may do what in the admin: by role, inside the person's stores, and nothing unless said so.

Django's own table of permissions is not asked: a role is one word on the user, and what it may do
to a record stands beside the record's admin. Every ModelAdmin and inline of the product mixes
``RoleAdminMixin`` in first; one that forgets to name roles shows nothing to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.db.models import Field, Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

from common.edges import has_role
from common.errors import DomainError
from members.models import User

OWNERS = (User.Role.OWNER,)
MANAGERS = (User.Role.MANAGER, User.Role.OWNER)
WORKERS = (User.Role.CLERK, *MANAGERS)
READERS = (User.Role.AUDITOR, *MANAGERS)
EVERYBODY = (User.Role.AUDITOR, *WORKERS)
NOBODY: tuple[User.Role, ...] = ()


def operator_of(request: HttpRequest) -> User:
    """Who is at work: the admin lets nobody in who is not staff."""
    return cast("User", request.user)


class RoleAdminMixin:
    """Permissions by role and rows by store, for a ModelAdmin or an inline.

    ``store_path`` is the lookup from the record to its store ("" for the store itself); ``None``
    says that the record belongs to the whole business. What a form offers of another record is
    what that record's own admin would list for the same person.
    """

    view_roles: Collection[str] = NOBODY
    add_roles: Collection[str] = NOBODY
    change_roles: Collection[str] = NOBODY
    delete_roles: Collection[str] = NOBODY
    store_path: str | None = None
    admin_site: Any
    get_object: Callable[[HttpRequest, str], Any]

    # A full count of a table of millions takes longer than the page it adorns.
    paginator = InfinitePaginator
    show_full_result_count = False
    ordering: tuple[str, ...] = ("-pk",)
    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the person meets the record in the menu."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person's role reads the record."""
        return has_role(request.user, {*self.view_roles, *self.change_roles})

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person's role makes such records."""
        return has_role(request.user, self.add_roles)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person's role changes the record."""
        return has_role(request.user, self.change_roles)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person's role deletes the record."""
        return has_role(request.user, self.delete_roles)

    def reaches(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the record is in the person's scope; a dialog knows only its key."""
        if obj is None or isinstance(obj, Model):
            return True
        return self.get_object(request, str(obj)) is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows of the person's stores; every page, search and form starts from them."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        return self.in_scope(request, queryset)

    def in_scope(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Those rows of the queryset that lie in the person's stores."""
        user = operator_of(request)
        if self.store_path is None or user.sees_all_stores:
            return queryset
        return queryset.filter(**{f"{self.store_path or 'pk'}__in": user.visible_stores()})

    def formfield_for_foreignkey(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer, and take, only what the person may see of the other record."""
        self._offer_only_visible(db_field, request, kwargs)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Offer, and take, only what the person may see of the other records."""
        self._offer_only_visible(db_field, request, kwargs)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def _offer_only_visible(
        self, db_field: Field[Any, Any], request: HttpRequest, kwargs: dict[str, Any]
    ) -> None:
        site = self.admin_site
        target = db_field.related_model
        if "queryset" not in kwargs and site.is_registered(target):
            kwargs["queryset"] = site.get_model_admin(target).get_queryset(request)

    def actions_of_no_use(self, record: Any) -> Collection[str]:
        """Names of detail actions that make no sense for this record as it is."""
        return ()

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list[Any]:
        """The actions the person may take on the record, and that make sense now."""
        offered: list[Any] = super().get_actions_detail(request, object_id)
        record = self.get_object(request, object_id) if offered else None
        no_use = self.actions_of_no_use(record) if record else ()
        return [each for each in offered if each.method.original_function_name not in no_use]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a refused save as a red message on the same page; nothing of it is kept."""
        try:
            page: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())
        return page


class ReadOnlyMixin(RoleAdminMixin):
    """History: it is read, and nothing else, by whoever reads records of its kind."""

    view_roles: Collection[str] = READERS


type Verb[A] = Callable[[A, HttpRequest, Any, Any], object]
type DialogAction[A] = Callable[[A, HttpRequest, Form, str], HttpResponse]


def dialog_action[A](
    name: Any,
    *,
    may: str,
    done: Any,
    title: Any = None,
    warning: Any = None,
    form: type[Form] | None = None,
    button: Any = None,
) -> Callable[[Verb[A]], DialogAction[A]]:
    """Make a dialog action of a method that gets the record: do it, say ``done`` or the refusal.

    The admin's ``has_<may>_permission`` guards it. Title and button say ``name`` unless told.
    Only a confirmed POST does anything.
    """
    dialog = {
        "title": title or name,
        "description": warning,
        "form_class": form,
        "form_submit_text": button or name,
    }

    def decorate(verb: Verb[A]) -> DialogAction[A]:
        @wraps(verb)
        def act(admin: Any, request: HttpRequest, form: Form, object_id: str) -> HttpResponse:
            record: Model | None = admin.get_object(request, object_id)
            if record is None:
                raise Http404
            try:
                verb(admin, request, form, record)
            except DomainError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, done)
            options = admin.opts
            page = f"admin:{options.app_label}_{options.model_name}_change"
            # The dialog is swapped in by htmx; only this header leaves it for the whole page.
            return HttpResponse(headers={"HX-Redirect": reverse(page, args=[record.pk])})

        guarded: DialogAction[A] = action(description=name, permissions=[may], dialog=dialog)(act)
        return guarded

    return decorate


class OwnStoreFilter(DropdownFilter):
    """Narrow a list to one of the person's stores; follows the admin's ``store_path``."""

    title = _("store")
    parameter_name = "in_store"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, str]]:
        """The person's stores by name."""
        self.store_path = model_admin.store_path
        for store in operator_of(request).visible_stores().order_by("name"):
            yield str(store.pk), store.name

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of the chosen store; anything that is no store of theirs finds none."""
        chosen = self.value()
        if not chosen:
            return queryset
        if chosen not in dict(self.lookup_choices):
            return queryset.none()
        return queryset.filter(**{self.store_path or "pk": chosen})
