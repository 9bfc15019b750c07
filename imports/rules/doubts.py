"""Says of a day that it may be another one, where its column does not tell how it writes days."""

from collections.abc import Iterator
from datetime import date

from common.errors import DomainError
from imports.rules import findings
from imports.rules.cells import text_of
from imports.rules.dates import is_doubtful
from imports.rules.mapping import Plan
from imports.rules.sheets import Cell
from imports.rules.short_years import has_short_year


def doubts(field_name: str, cell: Cell, day: date, plan: Plan) -> Iterator[DomainError]:
    """What is to be said of a cell of a field that was read as ``day``, if anything."""
    said = {"text": text_of(cell), "day": day.isoformat()}
    if field_name in plan.doubtful_dates and is_doubtful(cell):
        yield findings.DoubtfulDate(**said)
    if field_name in plan.doubtful_years and has_short_year(cell, plan.date_style(field_name)):
        yield findings.DoubtfulYear(**said)
