"""A plan as plain JSON and back, so that a row can be judged anew without the file it came from."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from decimal import Decimal
from typing import Any

from imports.rules.fields import Column
from imports.rules.headers import Header
from imports.rules.mapping import Plan


def kept(plan: Plan) -> dict[str, Any]:
    """The whole plan, ready for a JSON column."""
    whole: dict[str, Any] = _plain(asdict(plan))
    return whole


def plan_kept(data: Mapping[str, Any]) -> Plan:
    """The plan that ``kept`` wrote. Raises KeyError and TypeError where it wrote no such thing."""
    said = {name.name: data[name.name] for name in fields(Plan) if name.name in data}
    header = {key: _tuple(value) for key, value in data["header"].items()}
    columns = tuple(
        Column(**(column | {"multiple": Decimal(column["multiple"])})) for column in data["columns"]
    )
    marks = {int(index): mark for index, mark in data["decimal_marks"].items()}
    return Plan(**(said | {"header": Header(**header), "columns": columns, "decimal_marks": marks}))


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value
