"""What an undo took back and what it left, ready for a screen or a script."""

from typing import Any

from imports.models import ImportBatch, ImportRow
from imports.rules.findings import sentence


def undo_report_of(batch: ImportBatch) -> dict[str, Any]:
    """The report of an undo as plain JSON; sentences are in the reader's language.

    ``rows`` = ``taken_back`` + ``left`` when it is finished; ``values`` are amounts by part in the
    smallest unit, where an amount the import had lowered counts as negative. ``left_rows`` has a
    line for each reason.
    """
    said: dict[str, Any] = batch.undo_report or {}
    return {
        "batch": batch.pk,
        "status": batch.status,
        "kind": batch.kind,
        "store": batch.store.code,
        "file": batch.file_name,
        "rows": said.get("rows", 0),
        "taken_back": said.get("taken_back", 0),
        "left": said.get("left", 0),
        "values": said.get("values", {"taken_back": {}, "left": {}}),
        "left_rows": _left_rows(batch),
    }


def _left_rows(batch: ImportBatch) -> list[dict[str, Any]]:
    rows = batch.import_rows.filter(undone=ImportRow.Undone.LEFT).order_by("number")
    return [
        {"row": batch.place_of(number), "code": why["code"], "message": sentence(why)}
        for number, reasons in rows.values_list("number", "undo_why").iterator()
        for why in reasons
    ]
