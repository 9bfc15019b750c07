"""What is to be said of a sheet as a whole by what it is, whatever its rows say."""

from collections import Counter

from imports.rules import findings
from imports.rules.aliases import PEOPLE_KINDS, recognise
from imports.rules.file_notes import (
    HiddenRows,
    MarksUnfolded,
    PeopleUnfolded,
    ReadBelow,
    StoresAbove,
    StruckRows,
    TwiceSideBySide,
)
from imports.rules.filling import named, rows_listed
from imports.rules.findings import Finding
from imports.rules.headers import Header
from imports.rules.mapping import Plan
from imports.rules.sheets import Sheet

# Columns that say who somebody is and stand twice: more than one is no accident.
LEAST_TWICE = 2


def notes_of(sheet: Sheet, header: Header, plan: Plan) -> list[Finding]:
    """Notes about rows that nobody sees, and about lines that say the store of other rows."""
    said: list[Finding] = []
    if hidden := [number for number in sheet.hidden_rows if number > header.row]:
        said.append(findings.finding(HiddenRows(rows=rows_listed(hidden, plan.together))))
    if struck := [number for number in sheet.struck_rows if number > header.row]:
        said.append(findings.finding(StruckRows(rows=rows_listed(struck, plan.together))))
    if lines := [number for number in sheet.store_lines if number > header.row]:
        names = named([sheet.store_lines[number] for number in lines])
        note = StoresAbove(names=names, rows=rows_listed(lines, plan.together))
        said.append(findings.finding(note))
    return said


def side_by_side(sheet: Sheet, plan: Plan) -> list[Finding]:
    """A note where a table to save paper goes on in columns beside its first ones."""
    if sheet.days_across:
        row = plan.header.row + 1
        rows = {"step": sheet.step, "number": sheet.step + row, "row": row}
        if sheet.people_across:
            return [findings.finding(PeopleUnfolded(people=sheet.people_across, **rows))]
        return [findings.finding(MarksUnfolded(days=sheet.days_across, **rows))]
    if sheet.beside > 1:
        row = plan.header.row + 1
        note = ReadBelow(tables=sheet.beside, step=sheet.step, example=sheet.step + row, row=row)
        return [findings.finding(note)]
    if plan.kind not in PEOPLE_KINDS or any(plan.header.groups):
        return []
    counts = Counter(filter(None, plan.header.names))
    twice = {
        name: match.field
        for name, count in counts.items()
        if count > 1 and (match := recognise(name, plan.kind)) is not None
    }
    if len(set(twice.values()) & {"name", "phone", "card"}) < LEAST_TWICE:
        return []
    return [findings.finding(TwiceSideBySide(names=", ".join(twice)))]
