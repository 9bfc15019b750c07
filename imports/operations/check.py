"""Reads a file, judges every row and keeps them all, booking nothing."""

import hashlib
from collections import Counter
from datetime import datetime
from functools import partial
from itertools import batched
from pathlib import Path
from uuid import UUID, uuid5

from babel.numbers import get_currency_precision
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import ImportBatch, ImportRow
from imports.operations.job import Job
from imports.operations.logs import predict_entries
from imports.operations.people import predict
from imports.operations.staging import stage
from imports.rules.cells import name_key
from imports.rules.checking import Check, CheckedRow, Judge
from imports.rules.duplicates import OnDuplicate, Outcome
from imports.rules.headers import HeaderNotFound
from imports.rules.judging import judge_member
from imports.rules.judging_logs import judge_entry
from imports.rules.mapping import Choices, KindUnknown, Plan, make_plan
from imports.rules.reading import open_book
from imports.rules.sheets import Book, FileUnreadable, Sheet
from members.models import Store, User

ROWS_AT_A_TIME = 1_000
WORKBOOK_NAMES = (".xlsx", ".xlsm", ".xls")
# What a source row is known by never changes: it names what was booked in all years to come.
SOURCES = UUID("6d1f5b1e-55a0-5a53-9d0c-6f3a7f0e9b21")
FOUND = {
    Outcome.RIGHT: ImportRow.Outcome.CREATED,
    Outcome.MERGED: ImportRow.Outcome.MERGED,
    Outcome.FLAGGED: ImportRow.Outcome.FLAGGED,
    Outcome.IGNORED: ImportRow.Outcome.IGNORED,
    Outcome.ERROR: ImportRow.Outcome.ERROR,
}


class PolicyUnknown(DomainError):
    code = "policy_unknown"
    message = _("%(name)s is no way to treat duplicates; choose flag, merge or skip.")


def check_file(
    *,
    path: Path,
    file_name: str,
    store: Store,
    at: datetime,
    by: User | None,
    kind: str | None = None,
    choices: Choices | None = None,
    on_duplicate: str = "flag",
) -> ImportBatch:
    """Judge a file and stage its rows; the batch says what an import would do, and may be run.

    ``kind`` is guessed when left out. ``at`` is also the last moment an entry of a log can have.

    Raises PolicyUnknown and what reading and planning raise: FileUnreadable, FileEmpty,
    FileEncrypted, FileTooLarge, UnpacksTooLarge, HasDocumentType, StrayCell, ParsingTooHeavy,
    EncodingUnknown, HeaderNotFound, KindUnknown, ColumnMissing, SheetUnknown.
    """
    choices = choices or Choices()
    if on_duplicate not in list(OnDuplicate):
        raise PolicyUnknown(name=on_duplicate)
    with open_book(path, encoding=choices.encoding) as book:
        plan, sheet = _planned(book, file_name, store, choices, kind)
        batch = ImportBatch.objects.create(
            file_name=file_name[-255:],
            sha256=_checksum(path),
            store=store,
            kind=plan.kind,
            choices=choices.as_json(),
            on_duplicate=on_duplicate,
            balance=plan.balance,
            plan=plan.as_json() | _about_file(book),
            created_at=at,
            created_by=by,
        )
        _stage_all(batch, sheet, plan, Job(batch, at, by))
    return batch


def _planned(
    book: Book, file_name: str, store: Store, choices: Choices, kind: str | None
) -> tuple[Plan, Sheet]:
    try:
        return make_plan(
            book,
            choices,
            kind=kind,
            country=store.country,
            currency=store.currency,
            exponent=get_currency_precision(store.currency),
        )
    except (HeaderNotFound, KindUnknown) as error:
        # A text called a workbook is welcome when it is a table; otherwise it is a broken workbook.
        if book.delimiter and file_name.lower().endswith(WORKBOOK_NAMES):
            raise FileUnreadable from error
        raise


def _about_file(book: Book) -> dict[str, str | None]:
    about = {"encoding": book.encoding, "format": book.format}
    # Text has no sheets, and its file is named already.
    return about | ({"sheet": None} if book.delimiter else {})


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stage_all(batch: ImportBatch, sheet: Sheet, plan: Plan, job: Job) -> None:
    check = Check(sheet, plan, _judge_for(plan, job), job.policy)
    stores = _stores_by_name(batch.store, job.by)
    keys = SourceKeys(batch)
    for chunk in batched(check.rows(), ROWS_AT_A_TIME):
        rows = [_row(batch, checked, keys) for checked in chunk]
        for row in rows:
            _settle_store(row, plan, stores)
        if batch.kind == "members":
            predict(rows, job)
        else:
            predict_entries(rows, job)
        stage(rows)
        batch.rows_done += len(rows)
        batch.save(update_fields=["rows_done"])
    batch.rows, batch.rows_done = check.count, 0
    batch.ignored_rows = check.ignored
    batch.control = [{"index": index, **total.as_dict()} for index, total in check.totals.items()]
    batch.status, batch.checked_at = ImportBatch.Status.CHECKED, job.at
    batch.save()


def _judge_for(plan: Plan, job: Job) -> Judge:
    store = job.batch.store
    if plan.kind == "members":
        return partial(judge_member, plan=plan, today=store.business_date(job.at))
    return partial(judge_entry, plan=plan, zone=store.zone, latest=job.at)


class SourceKeys:
    """Names each row by its source, the same whenever the file comes again, corrected or not."""

    def __init__(self, batch: ImportBatch) -> None:
        self.prefix = f"{batch.store.entity_id}|{batch.kind}"
        if batch.kind != "members":
            self.prefix += f"|{batch.store_id}"
        self.seen: Counter[str] = Counter()

    def of(self, checked: CheckedRow) -> UUID:
        """The key of the next row."""
        source = _source_of(checked)
        self.seen[source] += 1
        return uuid5(SOURCES, f"{self.prefix}|{source}|{self.seen[source]}")


def _source_of(checked: CheckedRow) -> str:
    """The surest thing a row is known by."""
    values = checked.judged.values
    name = name_key(values.get("name", ""))
    said = {
        "id": values.get("source_id"),
        "card": values.get("card"),
        **values.get("external_ids", {}),
        "phone": f"{phone}|{name}" if (phone := values.get("phone")) else None,
        "email": f"{email}|{name}" if (email := values.get("email")) else None,
        "name": name,
    }
    by_itself = f"row:{checked.key.hex()}"
    return next((f"{what}:{text}" for what, text in said.items() if text), by_itself)


def _row(batch: ImportBatch, checked: CheckedRow, keys: SourceKeys) -> ImportRow:
    outcome = FOUND[checked.outcome]
    root = checked.other if checked.outcome == Outcome.MERGED else None
    return ImportRow(
        batch=batch,
        number=checked.number,
        root=checked.number if root is None else root,
        key=keys.of(checked),
        outcome=outcome,
        is_repeated=checked.is_repeated,
        is_settled=checked.outcome not in {Outcome.RIGHT, Outcome.MERGED},
        values=checked.judged.values | ({"same_as": checked.other} if checked.other else {}),
        amounts={str(index): amount for index, amount in checked.judged.amounts.items()},
        raw=checked.raw,
        errors=checked.judged.errors,
        warnings=checked.judged.warnings,
        why=checked.found,
    )


def _stores_by_name(store: Store, by: User | None) -> dict[str, Store]:
    """Stores of the same entity that a file may name, as far as the person's scope goes."""
    stores = Store.objects.filter(entity=store.entity)
    if by is not None:
        stores = stores.filter(pk__in=Store.objects.visible_to(by))
    return {name_key(name): found for found in stores for name in (found.code, found.name)}


def _settle_store(row: ImportRow, plan: Plan, stores: dict[str, Store]) -> None:
    """The store a row names; a name nobody knows is kept with the row as it stands."""
    named = row.values.pop("store", "")
    if not named:
        return
    store = stores.get(name_key(named))
    if store is not None:
        row.values["store_pk"] = store.pk
    else:
        kept = row.values.setdefault("attributes" if plan.kind == "members" else "extra", {})
        kept[plan.header_of("store")] = named
