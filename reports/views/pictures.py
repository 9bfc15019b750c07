"""Figures as drawings: plain chart options, made of numbers only."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from reports.rules.rows import Row
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


def part_names() -> dict[str, str]:
    """What the parts of a month's members are called."""
    return {part: value_word("part", part) for part in ("active", *ABOVE, "dormant")}


def _bars(name: str, data: list[int]) -> dict[str, Any]:
    return {"name": name, "type": "bar", "stack": "members", "data": data}
