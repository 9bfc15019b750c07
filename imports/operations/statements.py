"""Closes the statement of one member: its balances follow on each other, and the last may open.

Nothing of a statement changes a balance, unless the owner says that its last balance is to be
brought over.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

from imports.models import ImportBatch, ImportRow, Opening
from imports.operations.job import Job
from imports.operations.openings import book
from imports.queries.matching import known_to
from imports.rules import findings
from imports.rules.amounts import NegativeAmount
from imports.rules.mapping import Plan

Outcome = ImportRow.Outcome
PART = "stored_value_principal"


def close_statement(batch: ImportBatch, plan: Plan) -> None:
    """Warn where a balance does not follow on the one before; note the balance to be opened."""
    rows = [
        row
        for row in batch.import_rows.filter(is_repeated=False).order_by("number")
        if row.values.get("balance") is not None and "at" in row.values
    ]
    if rows and _at(rows[0]) > _at(rows[-1]):
        rows.reverse()
    for before, row in pairwise(rows):
        if before.values["balance"] + row.values.get("change", 0) != row.values["balance"]:
            row.warnings.append(
                findings.finding(findings.BalanceBreaks(), plan.header_of("balance"))
            )
    if rows and plan.opens_balance:
        _open_last(rows[-1], plan)
    ImportRow.objects.bulk_update(
        rows, ["warnings", "errors", "values", "outcome", "is_settled"], batch_size=500
    )


def _at(row: ImportRow) -> datetime:
    return datetime.fromisoformat(row.values["at"])


def _open_last(row: ImportRow, plan: Plan) -> None:
    balance = row.values["balance"]
    if balance < 0:
        refusal = findings.finding(NegativeAmount(text=str(balance)), plan.header_of("balance"))
        row.errors.append(refusal)
        row.outcome, row.is_settled = Outcome.ERROR, True
        return
    row.values |= {"balances": {PART: balance}, "stated": [PART], "opens": True}
    if row.outcome == Outcome.IGNORED:
        # Neither a bill nor a visit: the balance is all there is to book of it.
        known = Opening.objects.filter(key=row.key).exists()
        row.outcome, row.is_settled = Outcome.UNCHANGED if known else Outcome.CREATED, False


def open_balances(rows: Sequence[ImportRow], job: Job) -> set[int]:
    """Open the last balance of a statement; returns the numbers of rows that moved value.

    A member whose balance came from elsewhere keeps that one, and the row says so.
    """
    moved: set[int] = set()
    for row in rows:
        if not row.values.get("opens") or row.member is None:
            continue
        others = Opening.objects.filter(member=row.member, part=PART, amount__gt=0)
        if others.exclude(key=row.key).exists():
            row.why.append(findings.finding(findings.OpenedBefore()))
        else:
            moved |= book([row], known=known_to([row], job.batch), job=job)
    return moved
