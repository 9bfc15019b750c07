"""Mends cells of a row on the screen: the row is judged anew, its own cells stay as they came."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import ImportBatch, ImportRow
from imports.operations.alone import refuse_busy
from imports.operations.carrying import as_in_the_file
from imports.operations.check import Stager
from imports.operations.job import Job
from imports.rules.checking import Check, CheckedRow
from imports.rules.duplicates import Outcome as Found
from imports.rules.findings import Finding
from imports.rules.kept_plans import plan_kept
from imports.rules.mapping import Plan
from imports.rules.row_readers import Judged
from imports.rules.sheets import Row, Sheet, trimmed
from members.models import User

Outcome = ImportRow.Outcome
# What is wrong with one cell alone: only another text in that cell mends it.
OF_A_CELL = frozenset(
    {
        "bad_phone",
        "phone_lost_digits",
        "card_lost_digits",
        "bad_cell",
        "bad_amount",
        "ambiguous_amount",
        "negative_amount",
    }
    | {"fractional_unit", "formula_without_value", "bad_date"}
)
# Rows of one file that may be the same person or bill are looked up by these.
KNOWN_BY = ("phone", "card", "email", "name", "source_id")
OTHERS_LOOKED_AT = 200
CHANGED = (
    *("root", "key", "outcome", "is_repeated", "is_settled", "decision", "values", "amounts"),
    *("fixes", "errors", "warnings", "why"),
)


class RowBooked(DomainError):
    code = "row_booked"
    message = _("Row %(number)s is booked already; change the member instead.")


class RowLeads(DomainError):
    code = "row_leads"
    message = _(
        "Other rows belong to row %(number)s; correct it in the file and upload that once more."
    )


class ColumnNotInFile(DomainError):
    code = "column_not_in_file"
    message = _("The file has no column %(name)s.")


class PlanNotKept(DomainError):
    code = "plan_not_kept"
    message = _("How this file was read is no longer known; upload it again to correct its rows.")


@transaction.atomic
def fix_row(
    *, row: ImportRow, cells: Mapping[str, str], at: datetime, by: User | None
) -> ImportRow:
    """Put other texts into cells of a row (header → text) and judge the row anew, booking nothing.

    A text that is what the file says takes an earlier fix back. Raises RowBooked, RowLeads,
    ColumnNotInFile, BatchBusy, PlanNotKept.
    """
    batch = (
        ImportBatch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("store__entity")
        .get(pk=row.batch_id)
    )
    row = ImportRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    _refuse(batch, row)
    plan = _plan_of(batch)
    known = {column.header for column in plan.columns} | set(row.raw)
    for name in cells:
        if name not in known:
            raise ColumnNotInFile(name=name)
    before = row.errors
    row.fixes = _fixes(row, cells)
    stager = Stager(batch, plan, Job(batch, at, by))
    checked = _judged_among_others(row, plan, stager)
    _keep_what_was_not_mended(checked, before, row.fixes)
    _take_over(row, stager.rows([checked])[0])
    row.save(update_fields=CHANGED)
    return row


def _plan_of(batch: ImportBatch) -> Plan:
    if "kept" not in batch.plan:
        raise PlanNotKept
    return plan_kept(batch.plan["kept"])


def _refuse(batch: ImportBatch, row: ImportRow) -> None:
    refuse_busy(batch)
    if row.member_id is not None or (row.is_settled and row.outcome in ImportRow.ACCEPTED):
        raise RowBooked(number=batch.place_of(row.number))
    others = batch.import_rows.filter(root=row.number).exclude(pk=row.pk)
    if others.exists():
        raise RowLeads(number=batch.place_of(row.number))


def _fixes(row: ImportRow, cells: Mapping[str, str]) -> dict[str, str]:
    fixes = row.fixes | {header: text.strip() for header, text in cells.items()}
    return {header: text for header, text in fixes.items() if text != row.raw.get(header, "")}


def _judged_among_others(row: ImportRow, plan: Plan, stager: Stager) -> CheckedRow:
    """The row as the check finds it after every other row that may be of the same person."""
    judged = stager.judge(_cells(row, plan))
    others = _others(row, judged)
    sheet = Sheet(name="", rows=lambda: _in_turn([*others, row], plan))
    check = Check(sheet, plan, stager.judge, stager.job.policy)
    last = None
    for checked in check.rows():
        last = checked
    if last is None or last.number != row.number:
        # It reads as a footer or a totals row now.
        return CheckedRow(row.number, Found.IGNORED, judged, row.raw)
    return last


def _others(row: ImportRow, judged: Judged) -> list[ImportRow]:
    said = judged.values | judged.values.get("who", {})
    asked = Q(pk__isnull=True)
    for name in KNOWN_BY:
        if text := said.get(name):
            asked |= Q(**{f"values__{name}": text})
    rows = ImportRow.objects.filter(asked, batch=row.batch_id).exclude(pk=row.pk)
    rows = rows.exclude(outcome=Outcome.ERROR).order_by("number")
    return list(rows[:OTHERS_LOOKED_AT])


def _in_turn(rows: list[ImportRow], plan: Plan) -> Iterator[Row]:
    for row in rows:
        yield _cells(row, plan)


def _cells(row: ImportRow, plan: Plan) -> Row:
    """The row as its file had it, with the fixes in it."""
    texts = row.raw | row.fixes
    places = {column.shown: column.index for column in plan.columns}
    for header in texts:
        if header not in places and header.startswith("column "):
            places[header] = int(header.removeprefix("column ")) - 1
    cells: list[Any] = [None] * (max(places.values(), default=0) + 1)
    for header, text in texts.items():
        if header in places:
            cells[places[header]] = text or None
    return Row(row.number, trimmed(cells))


def _keep_what_was_not_mended(
    checked: CheckedRow, before: list[Finding], fixes: Mapping[str, str]
) -> None:
    """A cell that lost its digits or its formula stays wrong, though its text looks right."""
    now = checked.judged.errors
    for found in before:
        if found["code"] in OF_A_CELL and found["column"] not in fixes and found not in now:
            now.append(found)
    if now:
        checked.outcome, checked.other, checked.found = Found.ERROR, None, []
        checked.is_repeated = False


def _take_over(row: ImportRow, fresh: ImportRow) -> None:
    raw = row.raw
    for name in CHANGED:
        if name not in {"fixes", "decision"}:
            setattr(row, name, getattr(fresh, name))
    row.raw, row.decision = as_in_the_file(raw, {}), ImportRow.Decision.NONE
