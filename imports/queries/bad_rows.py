"""The rows that were not booked, as a workbook to correct and bring again."""

from io import BytesIO

import xlsxwriter

from imports.models import ImportBatch, ImportRow
from imports.rules.bad_rows import ROW_IN_FILE, WHY_NOT
from imports.rules.findings import sentence

# Nothing a cell holds is ever computed or linked.
PLAIN = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}


def bad_rows_workbook(batch: ImportBatch) -> bytes:
    """An xlsx of rows in error and rows that wait: each as in the file, its number, and why."""
    headers = [column["header"] for column in batch.plan.get("columns", []) if column["header"]]
    rows = batch.import_rows.filter(
        outcome__in=[ImportRow.Outcome.ERROR, ImportRow.Outcome.FLAGGED]
    ).order_by("number")
    out = BytesIO()
    with xlsxwriter.Workbook(out, PLAIN) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, [*headers, str(ROW_IN_FILE), str(WHY_NOT)])
        for line, row in enumerate(rows.iterator(), start=1):
            texts = row.raw | row.fixes
            cells = [texts.get(header, "") for header in headers]
            why = " ".join(sentence(found) for found in [*row.errors, *row.why])
            sheet.write_row(line, 0, [*cells, batch.place_of(row.number), why])
    return out.getvalue()
