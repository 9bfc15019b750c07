"""What is wrong with cells before anybody asks what they mean: errors, no value, lost characters.

A spreadsheet's error in a column that counts makes the row wrong; in one that is only kept it is
worth a word.
"""

from common.errors import DomainError
from imports.rules import findings
from imports.rules.aliases import HISTORY, SECRET
from imports.rules.amounts import FormulaWithoutValue
from imports.rules.cell_marks import UNNAMED_ERROR
from imports.rules.cells import text_of
from imports.rules.mapping import Plan
from imports.rules.row_readers import Judged
from imports.rules.sheets import UNCALCULATED, Row

ERRORS = frozenset(
    (
        *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#BUSY!"),
        UNNAMED_ERROR,
    )
)
ONLY_KEPT = frozenset({"", HISTORY, SECRET, "ignore", "sequence"})
LOST = "\ufffd"


def note_damage(row: Row, plan: Plan, judged: Judged) -> None:
    """Add to the errors and warnings of a row what its cells suffer from."""
    if not any(isinstance(cell, str) and (cell[:1] == "#" or LOST in cell) for cell in row.cells):
        return
    blamed = {found["column"] for found in judged.errors}
    for column in plan.columns:
        text = text_of(row.cell(column.index))
        refusal = _refusal(text)
        if refusal is None or (column.header and column.header in blamed):
            continue
        is_wrong = column.field not in ONLY_KEPT and not isinstance(refusal, findings.LostCharacter)
        said = judged.errors if is_wrong else judged.warnings
        said.append(findings.finding(refusal, column.header))


def _refusal(text: str) -> DomainError | None:
    if text == UNCALCULATED:
        return FormulaWithoutValue()
    if text.upper() in ERRORS:
        return findings.CellError(text=text)
    return findings.LostCharacter() if LOST in text else None
