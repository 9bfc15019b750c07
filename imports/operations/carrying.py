"""Brings what was said of single rows over to another check of their file."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from imports.models import ImportBatch, ImportRow
from imports.operations.deciding import carry_out
from imports.rules.cells import text_of
from imports.rules.mapping import Plan
from imports.rules.sheets import Row, Sheet, trimmed

# Where a batch's plan keeps what was said of its rows until the check that carries it ends.
CARRIED = "carried"


class Carried:
    """Cells mended and decisions taken, by row number, brought over to a new check."""

    def __init__(self, batch: ImportBatch) -> None:
        rows = batch.import_rows.exclude(fixes={}, decision="")
        # Of a check that was cut off before it came to all of its rows.
        said = batch.plan.get(CARRIED) or {"fixes": {}, "decisions": {}}
        self.fixes: dict[int, dict[str, str]] = {int(n): one for n, one in said["fixes"].items()}
        self.decisions: dict[int, tuple[str, Any]] = {
            int(n): (decision, same_as) for n, (decision, same_as) in said["decisions"].items()
        }
        self.originals: dict[int, dict[str, str]] = {}
        for row in rows.only("number", "fixes", "decision", "values").iterator():
            if row.fixes:
                self.fixes[row.number] = row.fixes
            if row.decision:
                self.decisions[row.number] = row.decision, row.values.get("same_as")

    def as_json(self) -> dict[str, Any]:
        """What was said, as a plan keeps it."""
        return {"fixes": self.fixes, "decisions": self.decisions}

    def on(self, sheet: Sheet, plan: Plan) -> Sheet:
        """The sheet with the mended cells in it."""
        places = {column.header: column.index for column in plan.columns if column.header}
        return replace(
            sheet,
            rows=lambda: (self._mended(row, places) for row in sheet.rows()),
            parts=tuple(self.on(part, plan) for part in sheet.parts),
        )

    def _mended(self, row: Row, places: dict[str, int]) -> Row:
        fixes = self.fixes.get(row.number)
        if not fixes:
            return row
        cells = list(row.cells) + [None] * (max(places.values(), default=0) + 1 - len(row.cells))
        for header, text in fixes.items():
            if (index := places.get(header)) is not None:
                self.originals.setdefault(row.number, {})[header] = text_of(row.cell(index))
                cells[index] = text
        return Row(row.number, trimmed(cells))

    def to(self, rows: Iterable[ImportRow]) -> None:
        """Note the fixes, put the file's own cells back, and decide as was decided before."""
        for row in rows:
            if fixes := self.fixes.get(row.number):
                row.fixes = fixes
                row.raw = as_in_the_file(row.raw, self.originals.get(row.number, {}))
            decision, same_as = self.decisions.get(row.number, ("", None))
            is_open = bool(decision) and row.outcome == ImportRow.Outcome.FLAGGED
            if is_open and row.values.get("same_as") == same_as:
                carry_out(row, decision)


def as_in_the_file(raw: dict[str, str], originals: dict[str, str]) -> dict[str, str]:
    """The row's cells with those that were mended as the file has them; blank ones left out."""
    return {header: text for header, text in (raw | originals).items() if text}
