"""What only shows once every row of a log is staged: which bill a refund belongs to.

A refund names its bill by the bill's number, or carries the same number itself. One without a
number belongs to the one earlier bill of the same member over the same amount, if there is exactly
one. It stays left out as a purchase; when its bill is booked, it is taken off that bill.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

from imports.models import ImportBatch, ImportRow
from imports.operations.job import Job
from imports.operations.returns import ON_RECORD, taken_before
from imports.operations.staging import write_back
from imports.queries.listed import Listed
from imports.rules import findings
from imports.rules.entries import on_its_day
from ledger.models import Sale

Outcome = ImportRow.Outcome
REFUNDS = UUID("2b1f4f5e-6f0a-5c66-9d0e-0f5a3a1c7d42")
NOT_READ = ("raw", "amounts", "errors", "warnings", "fixes", "undo_why")
FOUND = ("key", "outcome", "root", "is_settled", "values", "why")


def relate_refunds(batch: ImportBatch, job: Job) -> None:
    """Give each refund of the batch its bill, in the file or on record, as far as it has one."""
    refunds = list(
        batch.import_rows.filter(outcome=Outcome.IGNORED, is_repeated=False, values__is_refund=True)
        .exclude(values__is_cancelled=True)
        .defer(*NOT_READ)
    )
    if not refunds:
        return
    _name(refunds, batch)
    bills = _bills_by_number(batch, refunds)
    alone = [row for row in refunds if not _belongs(row, bills)]
    came = taken_before(alone)
    alone = _not_on_record(alone, job, came)
    _match_by_amount(batch, alone)
    write_back(refunds, FOUND)


def _name(refunds: Sequence[ImportRow], batch: ImportBatch) -> None:
    """Keys by which a refund is known in whatever file it comes: its bill, moment and amount."""
    counts: Counter[str] = Counter()
    for row in refunds:
        number = (numbers_of(row) or [repr(row.values.get("who"))])[-1]
        store = row.values.get("store_pk", batch.store_id)
        source = f"refund|{store}|{number}|{row.values['at']}|{row.values.get('amount')}"
        counts[source] += 1
        row.key = uuid5(REFUNDS, f"{source}|{counts[source]}")


def numbers_of(row: ImportRow) -> list[str]:
    """What the bill of a refund may be numbered, the surest first."""
    values = row.values
    if named := values.get("refund_of"):
        return [named]
    own = values.get("source_id")
    return [on_its_day(own, row.at), own] if own else []


def _accepted(batch: ImportBatch) -> Any:
    accepted = batch.import_rows.filter(outcome__in=ImportRow.ACCEPTED, is_repeated=False)
    return accepted.defer(*NOT_READ)


def _bills_by_number(
    batch: ImportBatch, refunds: Iterable[ImportRow]
) -> dict[tuple[int | None, str], ImportRow]:
    numbers = {number for row in refunds for number in numbers_of(row)}
    rows = _accepted(batch).filter(values__source_id__in=numbers).order_by("-number")
    return {(row.values.get("store_pk"), row.values["source_id"]): row for row in rows}


def _belongs(row: ImportRow, bills: dict[tuple[int | None, str], ImportRow]) -> bool:
    """Whether the bill is in the file, and not on record already."""
    store = row.values.get("store_pk")
    found = (bills.get((store, number)) for number in numbers_of(row))
    bill = next(filter(None, found), None)
    if bill is None or bill.outcome in ON_RECORD:
        return False
    _join(row, bill)
    return True


def _join(row: ImportRow, bill: ImportRow) -> None:
    """Book the refund with its bill: rows of one root are booked together."""
    row.root, row.is_settled = bill.root, False
    row.values |= {"takes_off": True, "same_as": bill.root}
    shown = bill.values.get("source_id") or str(row.batch.place_of(bill.root))
    row.why = [findings.finding(findings.RefundTakenOff(bill=shown))]


def _not_on_record(rows: Sequence[ImportRow], job: Job, came: set[UUID]) -> list[ImportRow]:
    """Give refunds their bills that came with an earlier file, and return those that have none."""
    numbers = Listed({number for row in rows for number in numbers_of(row)})
    sales = Sale.objects.completed().filter(external_ref__in=numbers).only("store", "external_ref")
    bills = {(sale.store_id, sale.external_ref): sale for sale in sales}
    alone = []
    for row in rows:
        store = job.store_of(row.values.get("store_pk")).pk
        found = (bills.get((store, number)) for number in numbers_of(row))
        if sale := next(filter(None, found), None):
            _take_off(row, sale, is_done=row.key in came)
        else:
            alone.append(row)
    return alone


def _take_off(row: ImportRow, sale: Sale, *, is_done: bool) -> None:
    """Let the refund change a bill on record, once."""
    row.outcome = Outcome.UNCHANGED if is_done else Outcome.UPDATED
    row.is_settled = False
    row.values |= {"takes_off": True, "of_bill": str(sale.pk)}
    row.why = [findings.finding(findings.RefundTakenOff(bill=sale.external_ref))]


def _match_by_amount(batch: ImportBatch, refunds: Sequence[ImportRow]) -> None:
    named = [row for row in refunds if row.values.get("who") and _may_be_of_another(row)]
    if not named:
        return
    who = [row.values["who"] for row in named]
    bills: dict[str, list[ImportRow]] = defaultdict(list)
    for bill in _accepted(batch).filter(values__who__in=who):
        bills[_alike(bill)].append(bill)
    taken: set[int] = set()
    for row in named:
        fitting = [bill for bill in bills[_alike(row)] if bill.at <= row.at]
        if len(fitting) == 1 and fitting[0].number not in taken:
            taken.add(fitting[0].number)
            _join(row, fitting[0])


def _may_be_of_another(row: ImportRow) -> bool:
    """Whether a refund may belong to a bill it does not name; a refunded bill is nobody else's."""
    is_a_bill = row.values.get("is_state") and row.values.get("source_id")
    return not row.values.get("refund_of") and not is_a_bill


def _alike(row: ImportRow) -> str:
    values = row.values
    said = (values["who"], abs(values.get("amount") or 0), values.get("product"))
    return repr((*said, values.get("store_pk")))
