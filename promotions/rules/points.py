"""How many points a bill earns, and when they can be used and end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from common.days import add_months


@dataclass(frozen=True, kw_only=True)
class Earning:
    """``points`` for every ``per_amount`` of money, times ``percent``: whole numbers throughout."""

    points: int
    per_amount: int
    percent: int = 100


@dataclass(frozen=True, kw_only=True)
class Charged:
    """A line of a bill: what was charged, and whether it earns."""

    value: int
    earns: bool = True


def points_part(earning: Earning, lines: Sequence[Charged], total: int) -> tuple[int, int]:
    """The fraction (numerator, denominator) of the money in a bill that becomes points.

    Money is whatever paid, less what bonus paid. It is spread evenly over the bill, so lines that
    earn nothing take their part of it with them. ``total`` is what was to be paid after rounding.

    >>> points_part(Earning(points=1, per_amount=100), [Charged(value=5000)], 5000)
    (500000, 50000000)
    """
    eligible = min(total, sum(line.value for line in lines if line.earns))
    return eligible * earning.points * earning.percent, total * earning.per_amount * 100


def points_for_sale(earning: Earning, lines: Sequence[Charged], *, total: int, money: int) -> int:
    """Points for a bill of ``total`` of which ``money`` was paid with money; rounded down once.

    ``money`` is what came by tenders other than stored value, and the cost of the stored value
    drawn: what had been paid for it. Bonus has cost nothing and earns nothing.

    >>> earning = Earning(points=1, per_amount=100, percent=150)
    >>> points_for_sale(earning, [Charged(value=19900)], total=19900, money=19900)
    298
    """
    part, whole = points_part(earning, lines, total)
    return money * part // whole if whole else 0


def available_on(day: date, return_window_days: int) -> date:
    """The first business day on which points earned on ``day`` can be used.

    >>> available_on(date(2026, 5, 1), 7)
    datetime.date(2026, 5, 8)
    """
    return day + timedelta(days=return_window_days)


def last_valid_day(day: date, expiry_months: int | None) -> date | None:
    """The last day of points earned on ``day``: a month's end, so that one month is one lot.

    >>> last_valid_day(date(2026, 5, 17), 12)
    datetime.date(2027, 5, 31)
    """
    if expiry_months is None:
        return None
    return add_months(day.replace(day=1), expiry_months + 1) - timedelta(days=1)
