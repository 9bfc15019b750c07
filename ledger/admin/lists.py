"""Lists of long tables: a stretch of days at a time, found by exact keys that an index serves."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from common.edges import read_uuid
from members.admin_permissions import READERS, ReadOnlyMixin, operator_of

DEFAULT_PERIOD = "31"
PERIODS = {
    "1": _("today and yesterday"),
    "7": _("last 7 days"),
    DEFAULT_PERIOD: _("last 31 days"),
    "92": _("last 3 months"),
    "366": _("last 12 months"),
    "all": _("all"),
}


class PeriodFilter(DropdownFilter):
    """The last month unless told otherwise: nobody opens a list to read ten years of bills."""

    title = _("period")
    parameter_name = "period"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterator[tuple[str, Any]]:
        """How far back."""
        yield from PERIODS.items()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows since so many days ago; all of them while searching for one."""
        chosen = self.value() or (None if request.GET.get("q") else DEFAULT_PERIOD)
        if chosen not in PERIODS or chosen == "all":
            return queryset
        since = timezone.now().date() - timedelta(days=int(chosen))
        return queryset.filter(business_date__gte=since)


class HistoryMixin(ReadOnlyMixin):
    """Rows of stores that are written by verbs only; managers, owners and auditors read them."""

    view_roles: Collection[str] = READERS
    store_path = "store"
    sortable_by: tuple[str, ...] = ()
    # Exact lookups that an index serves; a number or id that is none finds nothing.
    exact_keys: tuple[str, ...] = ("member__number",)
    uuid_keys: tuple[str, ...] = ()
    search_fields = ("pk",)

    def in_scope(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Name the stores even to those who see all: the index of a store's days serves it."""
        if self.store_path != "store":
            return super().in_scope(request, queryset)
        return queryset.filter(store__in=list(operator_of(request).visible_stores()))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the first key that finds something; asked one by one, each by its own index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        as_uuid = read_uuid(term)
        keys = self.uuid_keys if as_uuid else self.exact_keys
        for key in keys:
            found = queryset.filter(**{key: as_uuid or term})
            if found.exists():
                return found, False
        return queryset.none(), False


def short(record: Model) -> str:
    """The beginning of a long id, enough to tell rows apart."""
    return str(record.pk)[:8]
