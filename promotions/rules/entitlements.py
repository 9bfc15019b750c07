"""The month an entitlement belongs to, and the id of each grant in it."""

from collections.abc import Iterator
from datetime import date, timedelta
from uuid import UUID, uuid5

from common.days import add_months

ENTITLEMENT = UUID("0d5b3d0c-5d3b-5c55-8f0b-7a0f5f3c9e11")
# The month's grant and so many steps up within it.
MOST_STEPS = 8


def period_of(day: date) -> str:
    """The calendar month of a day.

    >>> period_of(date(2026, 2, 14))
    '2026-02'
    """
    return f"{day:%Y-%m}"


def last_day_of_month(day: date) -> date:
    """The last day of the month of ``day``.

    >>> last_day_of_month(date(2028, 2, 3))
    datetime.date(2028, 2, 29)
    """
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def grant_ids(programme_id: int, member_id: int, period: str) -> Iterator[UUID]:
    """The ids of the month's grant and of the steps that follow a better tier, in their order."""
    name = f"entitlement:{programme_id}:{member_id}:{period}"
    yield uuid5(ENTITLEMENT, name)
    for step in range(1, MOST_STEPS):
        yield uuid5(ENTITLEMENT, f"{name}:{step}")
