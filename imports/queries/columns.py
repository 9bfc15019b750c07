"""The columns of a file as far as they are known: from its check, else from its first rows."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from imports.models import ImportBatch
from imports.rules.aliases import SECRET, SURE_OF_VALUE, VALUE_FIELDS, recognise
from imports.rules.dates import WESTERN, DateStyle
from imports.rules.day_choices import LUNAR_COUNTRIES, ways_of_order, ways_of_year
from imports.rules.fields import DATE_FIELDS

SAMPLES = 3
ROWS_LOOKED_AT = 60
SAMPLE_LENGTH = 40
# One day that may be read in two ways may stand far below.
ROWS_OF_DAYS = 400


def columns_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """Each column: index, header, field, how, score, unit, and up to three samples of its cells.

    One of days has ``days`` beside, where they may be read in several ways: ``orders`` and
    ``calendars`` with an example each, the ``order`` and ``calendar`` it was read by, and whether
    it ``may_be_lunar``.
    """
    if batch.plan.get("columns"):
        return _from_check(batch)
    return _from_preview(batch)


def _from_check(batch: ImportBatch) -> list[dict[str, Any]]:
    rows = list(batch.import_rows.order_by("number").values_list("raw", flat=True)[:ROWS_OF_DAYS])
    return [
        column
        | {"samples": _samples(row.get(column["header"], "") for row in rows[:ROWS_LOOKED_AT])}
        | _days(batch, column, rows)
        for column in batch.plan["columns"]
        if column["field"] != SECRET
    ]


def _days(
    batch: ImportBatch, column: Mapping[str, Any], rows: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """How the days of a column may be read."""
    field, kept = column["field"], batch.plan.get("kept")
    texts = [text for row in rows if (text := row.get(column["header"]))]
    if field not in DATE_FIELDS or not kept or not texts:
        return {}
    order, calendar = kept["orders"][field], kept["calendars"].get(field, WESTERN)
    style = DateStyle(order, kept["serials_from_1904"], kept["zone"], calendar)
    latest: date = (batch.checked_at or batch.created_at).date()
    days = {
        "order": order,
        "calendar": calendar,
        "orders": ways_of_order(texts, field, style, latest),
        "calendars": ways_of_year(texts, field, style, latest),
        "may_be_lunar": field == "birthday" and kept["country"] in LUNAR_COUNTRIES,
    }
    is_open = days["orders"] or days["calendars"] or days["may_be_lunar"]
    return {"days": days} if is_open else {}


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
