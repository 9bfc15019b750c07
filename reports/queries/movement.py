"""How what is owed changed over some days: opening, every line, closing, in amount and in cost."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ledger.models import Asset
from reports.queries.activity import fetch
from reports.queries.scope import Scope
from reports.rules.value_lines import Line, Movement, Sum, line_of, part_of

# Lots stand with the store that issued them, whoever holds them and wherever they are used.
MOVED = """
SELECT moved.asset_id, moved.origin, moved.is_paid, moved.contra, moved.kind,
       moved.business_date < %(start)s AS before, store.currency,
       sum(moved.amount)::bigint, sum(moved.cost)::bigint
FROM ledger_value AS moved JOIN members_store AS store ON store.id = moved.issued_id
WHERE moved.business_date < %(end)s AND (%(whole)s OR moved.issued_id = ANY(%(stores)s))
GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


@dataclass(frozen=True)
class Period:
    """Business dates: ``start`` is in it, ``end`` is not."""

    start: date
    end: date


@dataclass(frozen=True, order=True)
class Kept:
    """What an equation is about: one part of one asset, and the currency its cost is in."""

    asset_id: int
    currency: str
    part: str


def movement(period: Period, scope: Scope) -> dict[Kept, Movement]:
    """The equation of each asset and part that the stores in view issued."""
    kinds = dict(Asset.objects.values_list("pk", "kind"))
    currencies = dict(Asset.objects.exclude(currency="").values_list("pk", "currency"))
    opening: dict[Kept, Sum] = defaultdict(Sum)
    lines: dict[Kept, dict[Line, Sum]] = defaultdict(lambda: defaultdict(Sum))
    for asset, origin, is_paid, contra, kind, before, currency, amount, cost in _moved(
        period, scope
    ):
        part = part_of(kinds[asset], origin, is_paid=is_paid)
        kept = Kept(asset, currencies.get(asset, currency), part)
        moved = Sum(amount, cost)
        if before:
            opening[kept] += moved
        else:
            lines[kept][line_of(contra, kind)] += moved
    return {
        kept: Movement(opening[kept], _ordered(lines[kept]))
        for kept in sorted(opening.keys() | lines.keys(), key=_order)
    }


def _order(kept: Kept) -> tuple[int, str, bool, str]:
    """Asset by asset, principal before bonus."""
    return kept.asset_id, kept.currency, kept.part != "principal", kept.part


def _moved(period: Period, scope: Scope) -> Iterable[tuple]:  # type: ignore[type-arg]
    return fetch(
        MOVED,
        {
            "start": period.start,
            "end": period.end,
            "whole": scope.is_whole,
            "stores": scope.ids,
        },
    )


def _ordered(lines: dict[Line, Sum]) -> dict[Line, Sum]:
    return {line: lines[line] for line in Line if lines.get(line)}
