"""Closes the statements of members: its balances follow on each other, and the last may open.

Nothing of a statement changes a balance, unless the owner says that its last balance is to be
brought over.
"""

from collections.abc import Sequence
from itertools import pairwise

from imports.models import ImportBatch, ImportRow, Opening
from imports.operations.job import Job
from imports.operations.openings import book
from imports.operations.staging import write_back
from imports.queries.matching import known_to
from imports.rules import findings
from imports.rules.amounts import NegativeAmount
from imports.rules.mapping import Plan
from imports.rules.whose import called

Outcome = ImportRow.Outcome
PART = "stored_value_principal"


def close_statement(batch: ImportBatch, plan: Plan) -> None:
    """Warn where a balance does not follow on the one before; note the balance to be opened."""
    rows = [
        row
        for row in batch.import_rows.filter(is_repeated=False).order_by("number")
        if row.values.get("balance") is not None and "at" in row.values
    ]
    accounts: dict[str, list[ImportRow]] = {}
    for row in rows:
        accounts.setdefault(called(row.values.get("who", {})), []).append(row)
    for lines in accounts.values():
        _close(lines, plan)
    write_back(rows, ["warnings", "errors", "values", "outcome", "is_settled"])


def _close(lines: list[ImportRow], plan: Plan) -> None:
    """Follow the balance of one account from line to line."""
    if lines[0].at > lines[-1].at:
        lines.reverse()
    for before, row in pairwise(lines):
        if before.values["balance"] + row.values.get("change", 0) != row.values["balance"]:
            found = findings.finding(findings.BalanceBreaks(), plan.header_of("balance"))
            row.warnings.append(found)
    if plan.opens_balance:
        _open_last(lines[-1], plan)


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
