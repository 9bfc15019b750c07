"""The columns of a file as far as they are known: from its check, else from its first rows."""

from itertools import islice
from typing import Any

from imports.models import ImportBatch
from imports.rules.aliases import SECRET, SURE_OF_VALUE, VALUE_FIELDS, recognise

SAMPLES = 3
ROWS_LOOKED_AT = 60
SAMPLE_LENGTH = 40


def columns_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """Each column: index, header, field, how, score, unit, and up to three samples of its cells."""
    if batch.plan.get("columns"):
        return _from_check(batch)
    return _from_preview(batch)


def _from_check(batch: ImportBatch) -> list[dict[str, Any]]:
    rows = [row.raw for row in batch.import_rows.order_by("number")[:ROWS_LOOKED_AT]]
    return [
        column | {"samples": _samples(row.get(column["header"], "") for row in rows)}
        for column in batch.plan["columns"]
        if column["field"] != SECRET
    ]


def _samples(texts: Any) -> list[str]:
    told = dict.fromkeys(text[:SAMPLE_LENGTH] for text in texts if text)
    return list(islice(told, SAMPLES))


def _from_preview(batch: ImportBatch) -> list[dict[str, Any]]:
    """By name alone, where the check has stopped at a column that is missing."""
    sheets = batch.plan.get("sheets") or []
    sheets = [one for one in sheets if one["name"] == batch.choices.get("sheet")] or sheets
    rows: list[list[Any]] = max((sheet["rows"] for sheet in sheets), key=len, default=[])
    wanted = batch.choices.get("header_row")
    header = next((row for row in rows if row[0] == wanted), None) or _widest(rows)
    if header is None:
        return []
    below = [row for row in rows if row[0] > header[0]]
    return [
        _by_name(index, name, batch.choices.get("kind") or batch.kind)
        | {"samples": _samples(row[index + 1] for row in below if len(row) > index + 1)}
        for index, name in enumerate(header[1:])
        if name
    ]


def _widest(rows: list[list[Any]]) -> list[Any] | None:
    """The first row that has as many cells as any."""
    most = max((sum(map(bool, row[1:])) for row in rows), default=0)
    return next((row for row in rows if sum(map(bool, row[1:])) == most), None)


def _by_name(index: int, name: str, kind: str) -> dict[str, Any]:
    match = recognise(name, kind)
    if match is None:
        return {"index": index, "header": name, "field": "", "how": "unmapped", "unit": ""}
    unsure = match.is_either or (match.field in VALUE_FIELDS and match.score < SURE_OF_VALUE)
    how = "asked" if unsure else "name" if match.score == 100 else "likeness"
    field = "" if unsure else match.field
    return {"index": index, "header": name, "field": field, "how": how, "unit": match.unit}
