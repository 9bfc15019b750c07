"""What stores use of each other's promises: issued in one, used in another, and who owes whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from django.db.models import Q

from ledger.models import Contra
from members.models import Store
from reports.queries.activity import fetch
from reports.queries.movement import Period
from reports.queries.scope import Scope

USED = """
SELECT issued_id, store_id, -sum(cost)::bigint, sum(list_value)::bigint
FROM ledger_value
WHERE contra = %(used)s AND issued_id <> store_id
      AND business_date >= %(start)s AND business_date < %(end)s
      AND (%(whole)s OR issued_id = ANY(%(stores)s) OR store_id = ANY(%(stores)s))
GROUP BY 1, 2
HAVING sum(cost) <> 0 OR sum(list_value) <> 0
"""


@dataclass(frozen=True)
class Delivered:
    """What ``used`` delivered on lots that ``issued`` was paid for.

    ``cost`` is what members had paid for it, ``list_value`` its price before reductions, both in
    the currency of ``issued``; returned goods are taken off.
    """

    issued: Store
    used: Store
    cost: int
    list_value: int

    @property
    def currency(self) -> str:
        """The currency in which it was paid."""
        return self.issued.currency

    @property
    def between_entities(self) -> bool:
        """Whether two legal persons have to settle it."""
        return self.issued.entity_id != self.used.entity_id


@dataclass(frozen=True)
class Claim:
    """What one side has to get of all others (negative: to give)."""

    name: str
    currency: str
    cost: int
    list_value: int


def delivered_elsewhere(period: Period, scope: Scope) -> list[Delivered]:
    """Pairs of stores with at least one of those in view, largest cost first."""
    params = {
        "used": Contra.REVENUE.value,
        "start": period.start,
        "end": period.end,
        "whole": scope.is_whole,
        "stores": scope.ids,
    }
    found = fetch(USED, params)
    stores = _stores({row[0] for row in found} | {row[1] for row in found})
    pairs = [Delivered(stores[a], stores[b], cost, value) for a, b, cost, value in found]
    return sorted(pairs, key=lambda pair: (-pair.cost, pair.issued.code, pair.used.code))


def claims_of_stores(pairs: Iterable[Delivered]) -> list[Claim]:
    """What each store has to get; all of them sum to zero in each currency."""
    return _claims(pairs, lambda store: store.name)


def claims_of_entities(pairs: Iterable[Delivered]) -> list[Claim]:
    """The same between the legal persons; what stays inside one of them is left out."""
    return _claims((pair for pair in pairs if pair.between_entities), _entity)


def _entity(store: Store) -> str:
    return store.entity.name


def _claims(pairs: Iterable[Delivered], name: Callable[[Store], str]) -> list[Claim]:
    sums: dict[tuple[str, str], list[int]] = defaultdict(partial(list, (0, 0)))
    for pair in pairs:
        for store, sign in ((pair.used, 1), (pair.issued, -1)):
            found = sums[name(store), pair.currency]
            found[0] += sign * pair.cost
            found[1] += sign * pair.list_value
    return [Claim(*key, *found) for key, found in sorted(sums.items())]


def _stores(ids: set[int]) -> dict[int, Store]:
    return {
        store.pk: store for store in Store.objects.filter(Q(pk__in=ids)).select_related("entity")
    }
