"""Figures as drawings: plain chart options, made of numbers only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from common.days import month_no, month_of
from reports.queries.use_up import Forecast
from reports.rules.rows import Row
from reports.rules.use_up import HORIZON
from reports.rules.wording import period
from reports.rules.words import value_word

ABOVE = ("new", "continuing", "resurrected")


def composition_chart(rows: Sequence[Row]) -> dict[str, Any]:
    """Stacked bars by month: new, continuing and resurrected above zero, dormant below."""
    months = sorted({row["month"] for row in rows})
    values: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        values[row["part"]][row["month"]] = row["value"] or 0
    names = part_names()
    series = [
        _bars(names[part], [values[part].get(month, 0) for month in months]) for part in ABOVE
    ]
    series.append(_bars(names["dormant"], [-values["dormant"].get(month, 0) for month in months]))
    return {
        "xAxis": {
            "type": "category",
            "data": [period(date.fromisoformat(month)) for month in months],
        },
        "yAxis": {"type": "value"},
        "legend": {},
        "series": series,
    }


def stacked_bars(names: Sequence[str], parts: Mapping[str, Sequence[int]]) -> dict[str, Any]:
    """One lying bar for each name, made of the parts; the first name on top."""
    return {
        "xAxis": {"type": "value"},
        "yAxis": {"type": "category", "data": list(names), "inverse": True},
        "legend": {},
        "series": [
            {"name": part, "type": "bar", "stack": "all", "data": list(values)}
            for part, values in parts.items()
        ],
    }


def waterfall(
    opening: int, steps: Sequence[tuple[str, int]], *, first: str, last: str
) -> dict[str, Any]:
    """From the opening to the closing, each step hanging where the one before it ended."""
    base, up, down, level = [0], [0], [0], opening
    for _label, step in steps:
        base.append(min(level, level + step))
        up.append(max(step, 0))
        down.append(max(-step, 0))
        level += step
    whole = [opening, *(0 for _step in steps), level]
    names = [first, *(name for name, _step in steps), last]
    series = (("", base, True), (first + " / " + last, whole, False), ("+", up, False))
    return {
        "xAxis": {"type": "category", "data": names, "axisLabel": {"interval": 0, "rotate": 30}},
        "yAxis": {"type": "value"},
        "legend": {"show": False},
        "series": [
            _step(name, [*data, 0][: len(names)], hidden=hidden)
            for name, data, hidden in (*series, ("−", down, False))
        ],
    }


def outlook_chart(as_of: date, found: Forecast) -> dict[str, Any]:
    """Expected use month by month, and the slowest and fastest way it may go."""
    first = month_no(as_of) + 1
    ways = (
        (_("as a rule"), found.expected),
        (_("slowest"), found.slow),
        (_("fastest"), found.fast),
    )
    return {
        "xAxis": {
            "type": "category",
            "data": [period(month_of(first + step)) for step in range(HORIZON)],
        },
        "yAxis": {"type": "value"},
        "legend": {},
        "series": [
            {"name": name, "type": "line", "data": list(way.used), "showSymbol": False}
            for name, way in ways
            if way
        ],
    }


def _step(name: str, data: list[int], *, hidden: bool) -> dict[str, Any]:
    """One layer of a waterfall; the hidden one carries the others."""
    bar = {"name": name, "type": "bar", "stack": "all", "data": data}
    unseen = {"itemStyle": {"color": "transparent"}, "tooltip": {"show": False}, "silent": True}
    return bar | unseen if hidden else bar


def part_names() -> dict[str, str]:
    """What the parts of a month's members are called."""
    return {part: value_word("part", part) for part in ("active", *ABOVE, "dormant")}


def _bars(name: str, data: list[int]) -> dict[str, Any]:
    return {"name": name, "type": "bar", "stack": "members", "data": data}
