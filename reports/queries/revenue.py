"""What moved, row by row for the accountant's books: every day, store, asset, origin, contra."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from ledger.models import Asset
from members.models import Store
from reports.queries.movement import Kept, Period
from reports.queries.scope import Scope
from reports.rules.value_lines import Line, Sum, line_of, part_of

MOVED = """
SELECT business_date, store_id, issued_id, asset_id, origin, is_paid, contra, kind,
       sum(amount)::bigint, sum(cost)::bigint
FROM ledger_value
WHERE business_date >= %(start)s AND business_date < %(end)s
      AND (%(whole)s OR issued_id = ANY(%(stores)s))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
HAVING sum(amount) <> 0 OR sum(cost) <> 0
ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
"""


@dataclass(frozen=True)
class Booked:
    """One row of the file; ``store`` is where it happened, ``issued`` who had sold it."""

    day: date
    store: Store
    issued: Store
    asset: Asset
    origin: str
    part: str
    contra: int
    line: Line
    moved: Sum

    @property
    def kept(self) -> Kept:
        """The equation of the board that the row belongs to."""
        return Kept(self.asset.pk, self.asset.currency or self.issued.currency, self.part)


@dataclass
class Totals:
    """What the rows of a file add up to, gathered while they are written."""

    rows: int
    sums: dict[Kept, Sum]

    @classmethod
    def none(cls) -> "Totals":
        """Nothing written yet."""
        return cls(0, defaultdict(Sum))

    def add(self, row: Booked) -> None:
        """Count one more row."""
        self.rows += 1
        self.sums[row.kept] += row.moved


def booked(period: Period, scope: Scope) -> Iterator[Booked]:
    """The rows of a period in the order of days; their sums are the movement's, exactly."""
    stores = Store.objects.select_related("entity").in_bulk()
    assets = Asset.objects.select_related("entity").in_bulk()
    params: dict[str, Any] = {
        "start": period.start,
        "end": period.end,
        "whole": scope.is_whole,
        "stores": scope.ids,
    }
    with connection.chunked_cursor() as cursor:
        cursor.execute(MOVED, params)
        for day, store, issued, asset, origin, is_paid, contra, kind, amount, cost in cursor:
            yield Booked(
                day,
                stores[store],
                stores[issued],
                assets[asset],
                origin,
                part_of(assets[asset].kind, origin, is_paid=is_paid),
                contra,
                line_of(contra, kind),
                Sum(amount, cost),
            )
