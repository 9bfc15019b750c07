"""Makes what the owner said a word of the file stands for, before the first row is booked."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import ImportBatch
from imports.rules.cells import name_key
from imports.rules.choices import CREATE, told
from members.models import Store, User
from members.operations import create_store

POINT_AT_STORE = """
UPDATE imports_importrow
SET values = (values - 'store_to_make' || jsonb_build_object('store_pk', %(store)s::int))
    #- ARRAY['attributes', %(header)s] #- ARRAY['extra', %(header)s]
WHERE batch_id = %(batch)s AND NOT is_settled AND values->>'store_to_make' = %(name)s
"""


class MayNotOpenStores(DomainError):
    code = "import_may_not_open_stores"
    message = _(
        "The file is to open the store %(name)s, and only somebody who works for every store may "
        "do that: pick a store instead, or ask the owner to run the import."
    )


@transaction.atomic
def make_told(*, batch: ImportBatch, by: User | None) -> list[Store]:
    """Open the stores that the choices of a batch create, and point its rows at them.

    They take place, money and zone from the store of the import. Returns those that were made; a
    second call makes none. Raises MayNotOpenStores and what ``create_store`` raises.
    """
    names = list(dict.fromkeys(_stores_to_make(batch)))
    made = []
    known = {name_key(n): s for s in Store.objects.all() for n in (s.code, s.name)}
    for name in names:
        store = known.get(name_key(name))
        if store is None:
            if by is not None and not by.sees_all_stores:
                raise MayNotOpenStores(name=name)
            store = _open(name, batch.store)
            made.append(store)
        _point_rows_at(store, name, batch)
    return made


def _stores_to_make(batch: ImportBatch) -> Iterator[str]:
    for said in (batch.choices.get("values") or {}).get("store", {}).values():
        if (word := told(said)).action == CREATE:
            yield word.name


def _open(name: str, like: Store) -> Store:
    return create_store(
        code=_free_code(),
        name=name,
        country=like.country,
        currency=like.currency,
        time_zone=like.time_zone,
        language=like.language,
        day_cut=like.day_cut,
        entity=like.entity,
    )


def _free_code() -> str:
    taken = set(Store.objects.values_list("code", flat=True))
    number = len(taken) + 1
    while f"store-{number}" in taken:
        number += 1
    return f"store-{number}"


def _point_rows_at(store: Store, name: str, batch: ImportBatch) -> None:
    headers = [c["header"] for c in batch.plan.get("columns", []) if c["field"] == "store"]
    facts = {"store": store.pk, "header": (headers or [""])[0], "batch": batch.pk, "name": name}
    with connection.cursor() as cursor:
        cursor.execute(POINT_AT_STORE, facts)
