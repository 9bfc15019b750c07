"""What a lot is limited to, in words."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from common.calendars import DayKind
from ledger.models import Lot, ProductCategory
from members.models import Store


def limits_in_words(lots: Iterable[Lot]) -> dict[int, str]:
    """Lot → where, on which days and for what it can be used; empty where nothing limits it.

    Two queries at most; ``scope`` should have been selected with the lots.
    """
    limited = {lot.pk: lot.scope for lot in lots if lot.scope}
    stores = _names(
        Store.objects.all(), {pk for scope in limited.values() for pk in scope.store_ids}
    )
    goods = _names(
        ProductCategory.objects.all(), {pk for s in limited.values() for pk in s.category_ids}
    )
    return {
        pk: " · ".join(
            [
                *(_in(stores, scope.store_ids)),
                *(_on(kind) for kind in scope.day_kinds),
                *(_in(goods, scope.category_ids)),
            ]
        )
        for pk, scope in limited.items()
    }


def _names(rows: QuerySet[Any], wanted: set[int]) -> dict[int, str]:
    return {row.pk: str(row) for row in rows.filter(pk__in=wanted)} if wanted else {}


def _in(names: dict[int, str], ids: Iterable[int]) -> list[str]:
    named = [names[pk] for pk in ids if pk in names]
    return [", ".join(named)] if named else []


def _on(kind: str) -> str:
    return _("on workdays") if kind == DayKind.WORKDAY else _("on weekends and holidays")
