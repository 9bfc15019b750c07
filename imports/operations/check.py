"""Reads a file, judges every row and keeps them all, booking nothing.

The same file may be checked again with other choices, until something of it is booked: cells mended
and decisions taken meanwhile are carried over to the rows they belong to.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import batched
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from babel.numbers import get_currency_precision
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.garbage import own_garbage_alone
from imports.models import ImportBatch, ImportRow, SavedMapping
from imports.operations.alone import checking, refuse_booked
from imports.operations.carrying import CARRIED, Carried
from imports.operations.job import Job
from imports.operations.logs import predict_entries
from imports.operations.mappings import apply_mapping, choices_with
from imports.operations.people import predict
from imports.operations.relating import relate_refunds
from imports.operations.staging import stage
from imports.operations.statements import close_statement
from imports.operations.tiers_table import predict_tiers
from imports.queries.mappings import places_of_mappings, suggest_mapping
from imports.rules import findings
from imports.rules.aliases import PEOPLE_KINDS
from imports.rules.bad_rows import as_numbered_before
from imports.rules.cells import name_key
from imports.rules.checking import Check, CheckedRow, Judge
from imports.rules.choices import CREATE, Choices
from imports.rules.choices import told as read_told
from imports.rules.duplicates import OnDuplicate, Outcome, fingerprint
from imports.rules.entries import identity_of, may_begin_anew, on_its_day
from imports.rules.file_notes import StoresUnknown, TextDamaged
from imports.rules.guessing import KindUnknown
from imports.rules.headers import HeaderNotFound
from imports.rules.judging import judge_member
from imports.rules.judging_cards import judge_card
from imports.rules.judging_logs import judge_entry
from imports.rules.judging_statement import judge_line
from imports.rules.judging_tiers import judge_tier
from imports.rules.kept_plans import kept
from imports.rules.mapping import Plan, alike_in, make_plan, signature_in
from imports.rules.previews import about_file
from imports.rules.reading import open_book
from imports.rules.sheets import Book, FileUnreadable, Sheet
from imports.rules.together import shown_number
from members.models import Store, User

ROWS_AT_A_TIME = 1_000
# Unknown stores named in the note about them.
NAMED = 20
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


class FileGone(DomainError):
    code = "file_gone"
    message = _("The file is no longer kept here; upload it again.")


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
    EncodingUnknown, HeaderNotFound, KindUnknown, ColumnMissing, SheetUnknown, SheetsDiffer,
    TooMuchTogether.
    """
    choices = choices or Choices()
    refuse_unknown_policy(on_duplicate)
    with open_book(path, encoding=choices.encoding, delimiter=choices.delimiter) as book:
        if saved := _saved_for(book, choices, kind, store, by):
            kind, balance = saved.kind, choices.balance
            choices = Choices.from_json(choices_with(saved, choices.as_json()))
            choices = replace(choices, balance=balance or choices.balance)
        stores = _stores_named(store, by, is_scripted=False)
        plan, sheet = _planned(book, file_name, store, choices, kind=kind, stores=stores)
        batch = ImportBatch.objects.create(
            mapping=saved,
            file_name=file_name[-255:],
            sha256=_checksum(path),
            store=store,
            kind=plan.kind,
            choices=choices.as_json(),
            on_duplicate=on_duplicate,
            balance=plan.balance,
            plan=_understood(book, plan, choices),
            created_at=at,
            created_by=by,
        )
        _stage_all(batch, sheet, Stager(batch, plan, Job(batch, at, by)))
    return batch


def refuse_unknown_policy(name: str) -> None:
    """Raise PolicyUnknown for a way to treat duplicates that there is not."""
    if name not in list(OnDuplicate):
        raise PolicyUnknown(name=name)


def check_batch(*, batch: ImportBatch, at: datetime, by: User | None) -> ImportBatch:
    """Read the file of a batch that waits and judge its rows, or judge them anew.

    Where the file cannot be understood the batch is back at its upload with the problem noted, and
    the refusal is raised: CheckRunsAlready, BatchBusy, BatchWasRun, FileGone, and what
    ``check_file`` raises.
    """
    with checking(batch):
        _begin(batch)
        choices, kind = told(batch)
        try:
            with open_book(
                Path(batch.upload.path), encoding=choices.encoding, delimiter=choices.delimiter
            ) as book:
                before = {key: batch.plan.get(key) for key in ("rows_of", CARRIED)}
                batch.plan = about_file(book) | before
                saved = _saved_for(book, choices, kind, batch.store, by)
                if saved is not None and batch.mapping_id is None:
                    apply_mapping(batch=batch, mapping=saved, at=at)
                    choices, kind = told(batch)
                stores = _stores_named(batch.store, by, is_scripted=batch.request_id is not None)
                plan, sheet = _planned(
                    book, batch.file_name, batch.store, choices, kind=kind, stores=stores
                )
                # What was said of rows of other sheets says nothing of these.
                is_same = before["rows_of"] in (None, _rows_of(plan))
                carried = Carried(batch) if is_same else None
                batch.kind, batch.balance = plan.kind, plan.balance
                batch.plan = _understood(book, plan, choices)
                _clear(batch, carried)
                stager = Stager(batch, plan, Job(batch, at, by), carried)
                sheet = _numbered(sheet, batch)
                _stage_all(batch, carried.on(sheet, plan) if carried else sheet, stager)
        except DomainError as error:
            batch.status, batch.problem = ImportBatch.Status.UPLOADED, error.as_dict()
            batch.save(update_fields=["status", "problem", "plan"])
            raise
    return batch


@transaction.atomic
def _clear(batch: ImportBatch, carried: Carried | None) -> None:
    """Take the rows away, keeping what was said of them: a check that is cut off begins again."""
    batch.plan[CARRIED] = carried.as_json() if carried else {}
    batch.save(update_fields=["plan"])
    batch.import_rows.all().delete()


def _saved_for(
    book: Book, choices: Choices, kind: str | None, store: Store, by: User | None
) -> SavedMapping | None:
    """The saved mapping for files with this header.

    None where somebody has spoken about the columns or words of this very file.
    """
    if choices.columns or choices.values:
        return None
    kinds = [kind] if kind else []
    is_told = choices.sheet is not None or choices.header_row is not None
    for place in [{}, *([] if is_told else places_of_mappings(store=store, user=by))]:
        signature = signature_in(book, replace(choices, **place))
        if signature and (
            found := suggest_mapping(signature=signature, store=store, user=by, kinds=kinds)
        ):
            return found
    return None


def _numbered(sheet: Sheet, batch: ImportBatch) -> Sheet:
    """Corrected rows keep the numbers they had in the file they came from."""
    if batch.mends is None or sheet.parts:
        return sheet
    names = batch.mends.sheets_together
    numbered = as_numbered_before(sheet, names)
    if numbered is not sheet:
        batch.plan["together"] = names
    return numbered


def told(batch: ImportBatch) -> tuple[Choices, str | None]:
    """What the owner said about the file: the choices, and the kind where it was named."""
    said = dict(batch.choices)
    kind = said.pop("kind", None)
    return Choices.from_json(said), kind or None


@transaction.atomic
def _begin(batch: ImportBatch) -> None:
    batch.refresh_from_db(from_queryset=ImportBatch.objects.select_for_update(no_key=True))
    refuse_booked(batch)
    if not batch.upload or not Path(batch.upload.path).is_file():
        raise FileGone
    batch.status, batch.problem, batch.rows_done = ImportBatch.Status.CHECKING, None, 0
    # Whoever signed a difference signed that one.
    batch.signed_by, batch.signed_at, batch.sign_reason = None, None, ""
    batch.save()


def _planned(
    book: Book,
    file_name: str,
    store: Store,
    choices: Choices,
    *,
    kind: str | None,
    stores: Collection[str],
) -> tuple[Plan, Sheet]:
    try:
        return make_plan(
            book,
            choices,
            kind=kind,
            country=store.country,
            currency=store.currency,
            exponent=get_currency_precision(store.currency),
            zone=store.time_zone,
            day_cut=timedelta(hours=store.day_cut.hour, minutes=store.day_cut.minute),
            stores=stores,
            entity=store.entity.code,
        )
    except (HeaderNotFound, KindUnknown) as error:
        # A text called a workbook is welcome when it is a table; otherwise it is a broken workbook.
        if book.delimiter and file_name.lower().endswith(WORKBOOK_NAMES):
            raise FileUnreadable from error
        raise


def _rows_of(plan: Plan) -> list[str]:
    """The sheets whose rows are read."""
    return list(plan.together) or [plan.sheet]


def _understood(book: Book, plan: Plan, choices: Choices) -> dict[str, Any]:
    # Text has no sheets, and its file is named already.
    sheet = {"sheet": None} if book.delimiter else {"alike": alike_in(book, choices)}
    return (
        about_file(book) | plan.as_json() | sheet | {"kept": kept(plan), "rows_of": _rows_of(plan)}
    )


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@own_garbage_alone()
def _stage_all(batch: ImportBatch, sheet: Sheet, stager: "Stager") -> None:
    check = Check(sheet, stager.plan, stager.judge, stager.job.policy)
    for chunk in batched(check.rows(), ROWS_AT_A_TIME):
        stage(stager.rows(chunk))
        batch.rows_done += len(chunk)
        ImportBatch.objects.filter(pk=batch.pk).update(rows_done=batch.rows_done, beat_at=Now())
    if batch.kind in {"sales", "statement"}:
        relate_refunds(batch, stager.job)
    if batch.kind == "statement":
        close_statement(batch, stager.plan)
    batch.rows, batch.rows_done = check.count, 0
    # Corrected rows have gaps between their numbers, where nothing stood.
    batch.ignored_rows = [] if batch.mends_id else check.ignored
    batch.plan["declared_rows"] = check.declared_rows
    batch.plan["notes"] = [*check.notes, *stager.notes()]
    batch.plan.pop(CARRIED, None)
    batch.control = check.control()
    batch.status, batch.checked_at = ImportBatch.Status.CHECKED, stager.job.at
    batch.save()


class Stager:
    """Makes rows of a batch out of checked ones, with what the database makes of them."""

    def __init__(
        self, batch: ImportBatch, plan: Plan, job: Job, carried: "Carried | None" = None
    ) -> None:
        self.batch, self.plan, self.job, self.carried = batch, plan, job, carried
        self.judge = _judge_for(plan, job)
        is_scripted = batch.request_id is not None
        self.stores = _stores_named(batch.store, job.by, is_scripted=is_scripted)
        self.keys = SourceKeys(batch)
        self.unknown_stores: Counter[str] = Counter()

    def rows(self, checked: Iterable[CheckedRow]) -> list[ImportRow]:
        """The rows, ready to be staged."""
        together = self.batch.sheets_together
        rows = [_row(self.batch, _placed(one, together), self.keys) for one in checked]
        for row in rows:
            self.unknown_stores[_settle_store(row, self.plan, self.stores)] += 1
        if self.batch.kind in PEOPLE_KINDS:
            predict(rows, self.job)
        elif self.batch.kind == "tiers":
            predict_tiers(rows, self.job)
        else:
            predict_entries(rows, self.job)
        if self.carried is not None:
            self.carried.to(rows)
        return rows

    def notes(self) -> list[findings.Finding]:
        """What is to be said of the file as a whole, once all rows are judged."""
        named = {name: count for name, count in self.unknown_stores.items() if name}
        unknown = StoresUnknown(names=", ".join(list(named)[:NAMED]), rows=sum(named.values()))
        damaged = [TextDamaged()] if self.batch.plan.get("damaged_characters") else []
        return [findings.finding(note) for note in [*damaged, *([unknown] if named else [])]]


def _judge_for(plan: Plan, job: Job) -> Judge:
    store = job.batch.store
    today = store.business_date(job.at)
    if plan.kind == "members":
        return partial(judge_member, plan=plan, today=today)
    if plan.kind in PEOPLE_KINDS:
        return partial(judge_card, plan=plan, today=today)
    if plan.kind == "tiers":
        return partial(judge_tier, plan=plan)
    if plan.kind == "statement":
        return partial(judge_line, plan=plan, zone=store.zone, latest=job.at, who=plan.who)
    return partial(judge_entry, plan=plan, zone=store.zone, latest=job.at)


class SourceKeys:
    """Names each row by its source, the same whenever the file comes again, corrected or not."""

    def __init__(self, batch: ImportBatch) -> None:
        self.prefix = f"{batch.store.entity_id}|{batch.kind}"
        self.is_log = batch.kind not in PEOPLE_KINDS | {"tiers"}
        if self.is_log:
            self.prefix += f"|{batch.store_id}"
        self.seen: Counter[str] = Counter()

    def of(self, checked: CheckedRow) -> UUID:
        """The key of the next row."""
        source = _source_of(checked)
        if self.is_log and checked.is_repeated:
            # What is counted once must not shift the count of what follows.
            source += f"|repeats|{checked.number}"
        self.seen[source] += 1
        return uuid5(SOURCES, f"{self.prefix}|{source}|{self.seen[source]}")


def _source_of(checked: CheckedRow) -> str:
    """The surest thing a row is known by."""
    values = checked.judged.values
    name = name_key(values.get("name", ""))
    said = {
        "id": _of_source(values),
        "card": values.get("card"),
        **values.get("external_ids", {}),
        "phone": f"{phone}|{name}" if (phone := values.get("phone")) else None,
        "email": f"{email}|{name}" if (email := values.get("email")) else None,
        "name": name,
    }
    if known := next((f"{what}:{text}" for what, text in said.items() if text), None):
        return known
    # By itself: the same row has the same name wherever it stands in its file.
    return f"row:{(identity_of(values) if 'who' in values else fingerprint(values)).hex()}"


def _of_source(values: dict[str, Any]) -> str | None:
    number = values.get("source_id")
    if number and "at" in values and may_begin_anew(number):
        return on_its_day(number, datetime.fromisoformat(values["at"]))
    return number


def _placed(checked: CheckedRow, names: Sequence[str]) -> CheckedRow:
    """Where several sheets are read, other rows are told with the name of theirs."""
    if names:
        for found in [*checked.found, *checked.judged.warnings]:
            if isinstance(other := found["params"].get("other"), int):
                found["params"] = found["params"] | {"other": shown_number(other, names)}
    return checked


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


def _stores_named(store: Store, by: User | None, *, is_scripted: bool) -> dict[str, Store]:
    """Stores of the same entity that a file may name, as far as its sender's scope goes."""
    stores = Store.objects.filter(entity=store.entity)
    if is_scripted:
        # A script's key acts in one store.
        stores = stores.filter(pk=store.pk)
    if by is not None:
        stores = stores.filter(pk__in=Store.objects.visible_to(by))
    return {name_key(name): found for found in stores for name in (found.code, found.name)}


def _settle_store(row: ImportRow, plan: Plan, stores: dict[str, Store]) -> str:
    """The store a row names; returns a name nobody knows, which is kept with the row."""
    named: str = row.values.pop("store", "")
    if not named:
        return ""
    store = stores.get(name_key(named))
    if store is not None:
        row.values["store_pk"] = store.pk
        return ""
    kept = row.values.setdefault("attributes" if plan.kind in PEOPLE_KINDS else "extra", {})
    kept[plan.header_of("store")] = named
    if named in _stores_to_make(plan):
        row.values["store_to_make"] = named
        return ""
    if plan.kind not in PEOPLE_KINDS:
        # History of another store is counted in the wrong one unless somebody looks.
        refusal = findings.UnknownStore(text=named)
        row.warnings.append(findings.finding(refusal, plan.header_of("store")))
    return named


def _stores_to_make(plan: Plan) -> set[str]:
    """Names of stores the owner wants opened when the import runs."""
    said = map(read_told, plan.values.get("store", {}).values())
    return {one.name for one in said if one.action == CREATE}
