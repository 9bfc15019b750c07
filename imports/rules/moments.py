"""The moment of a log where it is told in two columns, or in one that is called a time."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from imports.rules import contents
from imports.rules.aliases import recognise
from imports.rules.clocks import is_clock
from imports.rules.contents import is_day_alone, values_of
from imports.rules.fields import Column
from imports.rules.sheets import Row
from imports.rules.spellings import normalise

# What is taken off the names of a day and a clock, to see whether they go together.
MOMENT = re.compile(r"(?:日期|时间|时刻|钟点|日|date|time|datum|uhrzeit|zeit|hora|heure)$")
BUSINESS_DAY = re.compile(
    r"^(?:营业|业务|记账|会计|结算|班次)日|business|accounting|trading|comercial|contable|geschaftst|[营營営]業?日|영업일"
)


def moments_called_time(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """Where no column is named after a moment: one called Time that says the day, or days."""
    times = [column for column in columns if column.field == "time"]
    if not times or any(column.field == "at" for column in columns):
        return columns
    open_ones = [column for column in columns if not column.field and column.how != "mapping"]
    days = [column for column in (*times, *open_ones) if _all(column, sample, contents.is_day)]
    if len(days) != 1:
        return columns
    return [
        replace(column, field="at", how="content", guess="") if column is days[0] else column
        for column in columns
    ]


def day_beside_clock(columns: list[Column], kind: str, sample: Sequence[Row]) -> list[Column]:
    """Where a moment is told in two columns: the time of day, and the day it belongs to."""
    ats = [column for column in columns if _may_be_at(column, kind)]
    clocks = [column for column in ats if _nearly_all(column, sample, is_clock)]
    days = [column for column in ats if column not in clocks and values_of(column.index, sample)]
    clock = next((column for column in columns if column.field == "time"), None)
    at = next((column for column in ats if column.field == "at"), None)
    if clock is None and clocks and (at in clocks or _all(at, sample, is_day_alone)):
        clock = clocks[0]
    if at is None or clock is None or not days:
        return columns
    day = _day_of_clock(days, at, clock)
    changed = {
        at.index: replace(at, field="", how="second choice"),
        clock.index: replace(clock, field="time", how="content"),
        day.index: replace(day, field="at", how="content" if day is not at else at.how),
    }
    return [changed.get(column.index, column) for column in columns]


def _may_be_at(column: Column, kind: str) -> bool:
    if column.field == "at":
        return True
    match = recognise(column.header, kind) if column.how == "second choice" else None
    return match is not None and match.field == "at"


def _day_of_clock(days: Sequence[Column], at: Column, clock: Column) -> Column:
    """The day that is named as the clock is; a business day goes on past midnight."""
    stem = MOMENT.sub("", normalise(clock.header))
    alike = [day for day in days if stem and MOMENT.sub("", normalise(day.header)) == stem]
    of_calendar = [day for day in days if not is_business_day(day.header)]
    chosen = [day for day in (alike or of_calendar or days) if day is at]
    return (chosen or alike or of_calendar or list(days))[0]


def is_business_day(header: str) -> bool:
    """Whether a column is named after the shop's own day, which goes on past midnight.

    >>> is_business_day("营业日期"), is_business_day("Business date"), is_business_day("日期")
    (True, True, False)
    """
    return bool(BUSINESS_DAY.search(normalise(header)))


def _all(column: Column | None, sample: Sequence[Row], agrees: Callable[[str], bool]) -> bool:
    values = values_of(column.index, sample) if column is not None else []
    return bool(values) and all(map(agrees, values))


def _nearly_all(column: Column, sample: Sequence[Row], agrees: Callable[[str], bool]) -> bool:
    """Whether hardly a cell of a column says otherwise: a line between the rows may."""
    values = values_of(column.index, sample)
    agree = sum(map(agrees, values))
    return agree > 0 and agree >= len(values) * contents.CONTENT_AGREES
