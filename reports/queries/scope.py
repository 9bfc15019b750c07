"""Which stores a figure speaks of: the one place where a person's stores bound what they read."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from members.models import Store, User


class StoreUnknown(DomainError):
    """No store of this code, or none that the person may see."""

    code = "store_unknown"
    message = _("You see no store with the code %(store)s. Choose one of your stores.")


class CurrenciesDiffer(DomainError):
    """Amounts of several currencies have no sum."""

    code = "currencies_differ"
    message = _("These stores take %(currencies)s, which cannot be added up. Choose one store.")


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The stores in view. ``is_whole`` says that they are all there are."""

    stores: tuple[Store, ...]
    is_whole: bool
    code: str = ""

    @property
    def ids(self) -> list[int]:
        """The stores' ids."""
        return [store.pk for store in self.stores]

    @property
    def currency(self) -> str:
        """The one currency of all stores in view; empty without stores. Raises CurrenciesDiffer."""
        currencies = sorted({store.currency for store in self.stores})
        if len(currencies) > 1:
            raise CurrenciesDiffer(currencies=", ".join(currencies))
        return currencies[0] if currencies else ""

    def last_closed_date(self, at: datetime) -> date:
        """The last business date that is over in every store in view at ``at``."""
        dates = [store.business_date(at) for store in self.stores] or [at.date()]
        return min(dates) - timedelta(days=1)


def whole_scope(code: str = "") -> Scope:
    """The whole business, or its store ``code``. Raises StoreUnknown."""
    return _scope(Store.objects.all(), code, is_whole=True)


def scope_of(user: User, code: str = "") -> Scope:
    """What ``user`` may see: all their stores, or the one with ``code``. Raises StoreUnknown."""
    return _scope(user.visible_stores(), code, is_whole=user.sees_all_stores)


def _scope(stores: Any, code: str, *, is_whole: bool) -> Scope:
    if not code:
        return Scope(stores=tuple(stores.order_by("code")), is_whole=is_whole)
    found = stores.filter(code=code).first()
    if found is None:
        raise StoreUnknown(store=code)
    return Scope(stores=(found,), is_whole=False, code=code)
