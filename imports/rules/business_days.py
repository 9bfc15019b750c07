"""Where the day of a log is the shop's own: it goes on past midnight until the day's cut."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from imports.rules.cells import text_of, value_of
from imports.rules.clocks import clock_words, is_clock, time_after
from imports.rules.contents import is_day_alone
from imports.rules.days_once import day_of_cell
from imports.rules.fields import Column
from imports.rules.moments import is_business_day
from imports.rules.sheets import Cell, Row

# Nobody's evening begins before.
EVENING = timedelta(hours=18)


def says_business_days(columns: Sequence[Column], sample: Sequence[Row], cut: timedelta) -> bool:
    """Whether a clock before the cut is of the night after the day beside it.

    The column of days says so by its name, or its rows by their order: 00:40 follows 23:30.
    """
    by_field = {column.field: column for column in columns}
    at, clock = by_field.get("at"), by_field.get("time")
    if at is None or clock is None or not cut:
        return False
    return is_business_day(at.header) or _goes_on_past_midnight(at, clock, sample, cut)


def says_days_alone(columns: Sequence[Column], sample: Sequence[Row]) -> bool:
    """Whether no row of a log says a time of day."""
    at = next((column.index for column in columns if column.field == "at"), None)
    if at is None:
        return False
    texts = [text for row in sample if (text := value_of(row.cell(at)))]
    return all(is_day_alone(text) and not is_clock(text) for text in texts)


def on_its_day(at: datetime, *, has_clock: bool, is_business_day: bool, cut: timedelta) -> datetime:
    """The moment in the calendar of what a log says on a day of the shop's.

    Without a clock it is the beginning of that day. ``at`` is the wall clock.

    >>> night, cut = datetime(2025, 3, 1, 1, 30), timedelta(hours=4)
    >>> on_its_day(night, has_clock=True, is_business_day=True, cut=cut).isoformat()
    '2025-03-02T01:30:00'
    >>> day = datetime(2025, 3, 1)
    >>> on_its_day(day, has_clock=False, is_business_day=False, cut=cut).isoformat()
    '2025-03-01T04:00:00'
    """
    passed = timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)
    if not has_clock:
        return at if passed else at + cut
    return at + timedelta(days=1) if is_business_day and passed < cut else at


def _goes_on_past_midnight(
    at: Column, clock: Column, sample: Sequence[Row], cut: timedelta
) -> bool:
    """Whether clocks of one day go up, and on from the evening to before the cut."""
    told = [(day_of_cell(row.cell(at.index)), _time(row.cell(clock.index))) for row in sample]
    ups = downs = nights = 0
    for (day, before), (other, after) in pairwise(told):
        if not day or day != other or before is None or after is None:
            continue
        is_night = before >= EVENING and after < cut
        nights += is_night
        ups += before < after
        downs += before > after and not is_night
    return nights > 0 and ups > downs


def _time(cell: Cell) -> timedelta | None:
    return time_after(clock_words(cell)) if is_clock(text_of(cell)) else None
