"""Saved mappings: those a person may use, and the one a file's header asks for."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q

from imports.models import SavedMapping
from members.models import Store, User


def mappings_for(user: User | None, store: Store | None = None) -> list[SavedMapping]:
    """Saved mappings of the stores a person sees and those shared with every store, by name.

    ``store`` leaves only those that may be used for it. Without a person, as on the command line,
    every store is seen.
    """
    mappings = SavedMapping.objects.select_related("store", "created_by")
    if user is not None:
        seen = Store.objects.visible_to(user)
        mappings = mappings.filter(Q(is_shared=True) | Q(store__in=seen))
    if store is not None:
        mappings = mappings.filter(Q(is_shared=True) | Q(store=store))
    return list(mappings.order_by("name", "pk"))


def places_of_mappings(*, store: Store, user: User | None) -> list[dict[str, Any]]:
    """Where mappings for a store look for the header, each place once, as ``Choices`` name it.

    Those that leave it to the reader name none.
    """
    places = (
        {name: said for name in ("sheet", "header_row") if (said := mapping.choices.get(name))}
        for mapping in mappings_for(user, store)
    )
    return [
        dict(place) for place in dict.fromkeys(tuple(place.items()) for place in places) if place
    ]


def suggest_mapping(
    *, signature: str, store: Store, user: User | None, kinds: Iterable[str] = ()
) -> SavedMapping | None:
    """The saved mapping for files with this header: the store's own first, then the latest used.

    ``signature`` is ``plan["signature"]`` of a batch; ``kinds`` leaves only those of these kinds.
    """
    usable = {mapping.pk for mapping in mappings_for(user, store)}
    found = SavedMapping.objects.filter(pk__in=usable, signature=signature)
    if kinds:
        found = found.filter(kind__in=list(kinds))
    nearest = found.order_by(F("used_at").desc(nulls_last=True), "-created_at", "-pk")
    return min(nearest, key=lambda mapping: mapping.store_id != store.pk, default=None)
