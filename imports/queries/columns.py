"""The columns of a file as far as they are known: from its check, else from its first rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from imports.models import ImportBatch
from imports.rules.aliases import SECRET, SURE_OF_VALUE, VALUE_FIELDS, recognise
from imports.rules.amounts import PLAIN
from imports.rules.dates import WESTERN
from imports.rules.day_choices import (
    LUNAR,
    LUNAR_COUNTRIES,
    Day,
    Way,
    ways_of_order,
    ways_of_year,
)
from imports.rules.fields import COUNT_FIELDS, DATE_FIELDS, MONEY_FIELDS, Column
from imports.rules.kept_plans import plan_kept
from imports.rules.mapping import Plan
from imports.rules.number_choices import (
    discount_taken,
    ways_of_discount,
    ways_of_mark,
    ways_of_scale,
)

SAMPLES = 3
ROWS_LOOKED_AT = 60
SAMPLE_LENGTH = 40
# One cell that may be read in two ways may stand far below.
ROWS_OF_WAYS = 400


@dataclass(frozen=True, slots=True)
class Open:
    """In which ways a column may be read, and the one it is read by; empty where by none."""

    taken: str
    ways: Sequence[Way[Day] | Way[int]]


def columns_of(batch: ImportBatch) -> list[dict[str, Any]]:
    """Each column: index, header, field, how, score, unit, and up to three samples of its cells.

    ``ways`` are those in which its cells may be read, where there are several, by what a mapping
    calls them: ``dates``, ``years``, ``marks``, ``scales`` and ``discounts``.
    """
    if batch.plan.get("columns"):
        return _from_check(batch)
    return _from_preview(batch)


def _from_check(batch: ImportBatch) -> list[dict[str, Any]]:
    rows = list(batch.import_rows.order_by("number").values_list("raw", flat=True)[:ROWS_OF_WAYS])
    plan = plan_kept(kept) if (kept := batch.plan.get("kept")) else None
    return [
        column
        | {"samples": _samples(row.get(column["header"], "") for row in rows[:ROWS_LOOKED_AT])}
        | {"ways": _ways(batch, plan, column["index"], rows) if plan else {}}
        for column in batch.plan["columns"]
        if column["field"] != SECRET
    ]


def _ways(
    batch: ImportBatch, plan: Plan, index: int, rows: Sequence[Mapping[str, str]]
) -> dict[str, Open]:
    """How the cells of a column may be read."""
    column = next(one for one in plan.columns if one.index == index)
    texts = [text for row in rows if (text := row.get(column.header))]
    if column.field in DATE_FIELDS:
        found = _of_days(plan, column.field, texts, (batch.checked_at or batch.created_at).date())
    elif column.field == "tier_discount":
        ways = ways_of_discount(texts, column)
        found = {"discounts": Open(discount_taken(ways, column) if ways else "", ways)}
    elif column.field in MONEY_FIELDS | COUNT_FIELDS:
        found = _of_numbers(plan, column, texts, batch)
    else:
        found = {}
    return {name: one for name, one in found.items() if one.ways}


def _of_days(plan: Plan, field: str, texts: Sequence[str], latest: date) -> dict[str, Open]:
    style = plan.date_style(field)
    years: list[Way[Day]] = ways_of_year(texts, field, style, latest)
    if texts and field == "birthday" and plan.country in LUNAR_COUNTRIES:
        years = [*(years or [Way(WESTERN)]), Way(LUNAR)]
    return {
        "dates": Open(style.order, ways_of_order(texts, field, style, latest)),
        "years": Open(style.calendar, years),
    }


def _of_numbers(
    plan: Plan, column: Column, texts: Sequence[str], batch: ImportBatch
) -> dict[str, Open]:
    is_text = batch.plan.get("format") in {None, "csv", "tsv"}
    # What looks like a number in a workbook is one, whatever the mark.
    written = [text for text in texts if is_text or not PLAIN.fullmatch(text)]
    is_told = column.header in (batch.choices.get("marks") or {})
    found = {
        "marks": Open(
            plan.decimal_mark(column), ways_of_mark(written, plan, column, is_told=is_told)
        )
    }
    scale = f"{column.multiple.normalize():f}"
    return found | {"scales": Open(scale, ways_of_scale(texts, plan, column))}


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
