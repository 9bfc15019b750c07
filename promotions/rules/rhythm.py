"""Whether a member has stayed away longer than their own rhythm says."""

from datetime import date
from decimal import Decimal

LAPSED_AFTER_DAYS = 90
FEWEST_VISIT_DAYS = 4
SHORTEST_DAYS = 14


def is_overdue(
    today: date, *, last_visit: date, visit_days: int, median_gap_days: Decimal | None
) -> bool:
    """Idle for more than three of their usual gaps, and 14 days; from four visit days on.

    >>> is_overdue(date(2026, 5, 31), last_visit=date(2026, 5, 1), visit_days=4,
    ...            median_gap_days=Decimal("9.5"))
    True
    """
    if visit_days < FEWEST_VISIT_DAYS or median_gap_days is None:
        return False
    return (today - last_visit).days > max(Decimal(SHORTEST_DAYS), 3 * median_gap_days)


def is_lapsed(today: date, *, last_visit: date) -> bool:
    """No visit for more than 90 days.

    >>> is_lapsed(date(2026, 4, 1), last_visit=date(2026, 1, 1))
    False
    """
    return (today - last_visit).days > LAPSED_AFTER_DAYS
