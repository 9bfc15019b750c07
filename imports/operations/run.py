"""Runs a checked batch: groups of rows are booked one transaction each, so it may stop and go on.

Progress is written with each of them. A group in which one row is refused is halved and booked
again until that row stands alone, so that one bad row never takes others with it.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from common.errors import DomainError
from common.garbage import own_garbage_alone
from imports.models import ImportBatch, ImportRow
from imports.operations.alone import BatchNotReady, running
from imports.operations.job import Job
from imports.operations.logs import book_entries
from imports.operations.pace import Pace, tills_first
from imports.operations.payments import ways_named_in
from imports.operations.people import book_people
from imports.operations.staging import write_back
from imports.operations.tiers import TierBook
from imports.operations.tiers_table import book_tiers
from imports.operations.told import make_told
from imports.operations.totals import refuse_unsigned
from imports.rules import findings
from imports.rules.aliases import PEOPLE_KINDS
from ledger.operations.posting import TRANSIENT
from ledger.operations.refusals import AlreadyUsed
from members.models import User
from members.operations import MemberClosed

ROWS_AT_A_TIME = 1_000
# So often is a row tried again that somebody else was at in the same moment.
TRIALS = 3
# What booking does not look at, and a wide row's greater part.
NOT_READ = ("raw", "amounts", "warnings", "fixes", "undo_why")

SETTLED = ("is_settled", "outcome", "member_id", "why", "errors", "before")

Status = ImportBatch.Status
Outcome = ImportRow.Outcome
NOT_TO_RUN = (
    *(Status.UPLOADED, Status.CHECKING),
    *(Status.UNDOING, Status.UNDO_PAUSED, Status.UNDONE),
)


class NothingToRun(DomainError):
    code = "nothing_to_run"
    message = _(
        "This import is done, and no row of it waits: nothing was booked once more. Correct rows "
        "or decide about them first."
    )


@transaction.atomic
def queue_batch(*, batch: ImportBatch) -> ImportBatch:
    """Hand a checked batch to the worker; one that is on its way or done already stays there.

    Raises BatchNotReady, DifferenceUnsigned.
    """
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    if locked.status in ImportBatch.UNFINISHED or is_settled(locked):
        return locked
    if locked.status in NOT_TO_RUN:
        raise BatchNotReady(status=Status(locked.status).label)
    refuse_unsigned(locked)
    locked.status, locked.problem = Status.QUEUED, None
    locked.save(update_fields=["status", "problem"])
    ImportBatch.objects.filter(pk=batch.pk).update(beat_at=Now())
    return locked


def run_batch(
    *, batch: ImportBatch, at: datetime, by: User | None, if_waiting: bool = False
) -> ImportBatch:
    """Book every row that waits; a finished batch in which none waits is left as it is.

    ``at`` is the moment of all that is booked, in words of the store's language. Without a
    person, on the command line, differences pass that listed rows make up wholly; a person signs
    for every one. The worker runs a batch only ``if_waiting``: somebody may have paused it since
    it was found. Raises BatchNotReady, BatchRunsAlready, DifferenceUnsigned, MayNotOpenStores.
    """
    speaks = override(batch.store.language)
    with running(batch), own_garbage_alone(), tills_first(), speaks:
        is_begun = _begin(batch, at, by, if_waiting=if_waiting)
        return _run(batch, at, by) if is_begun else batch


def refuse_settled(batch: ImportBatch) -> None:
    """Raise NothingToRun for a finished batch in which no row waits."""
    if is_settled(batch):
        raise NothingToRun


def is_settled(batch: ImportBatch) -> bool:
    """Whether the batch is done and no row of it waits to be booked."""
    return batch.status == Status.DONE and not batch.import_rows.waiting().exists()


@transaction.atomic
def _begin(batch: ImportBatch, at: datetime, by: User | None, *, if_waiting: bool) -> bool:
    """Let the batch run, as it stands under its lock: nobody else moves it meanwhile.

    Returns whether there is anything to run.
    """
    batch.refresh_from_db(from_queryset=ImportBatch.objects.select_for_update(no_key=True))
    if if_waiting and batch.status not in ImportBatch.UNFINISHED:
        return False
    refuse_unsigned(batch, explained_is_enough=by is None)
    if batch.status in NOT_TO_RUN:
        raise BatchNotReady(status=Status(batch.status).label)
    if is_settled(batch):
        return False
    make_told(batch=batch, by=by)
    batch.status, batch.started_at = Status.RUNNING, batch.started_at or at
    # What the check settled asks for no work.
    batch.rows_done = batch.rows - batch.import_rows.waiting().count()
    batch.save(update_fields=["status", "started_at", "rows_done"])
    ImportBatch.objects.filter(pk=batch.pk).update(beat_at=Now())
    return True


def _run(batch: ImportBatch, at: datetime, by: User | None) -> ImportBatch:
    job = Job(batch, at, by)
    tiers = TierBook()
    tiers.ensure(_tier_names(batch))
    job.ways = ways_named_in(batch)
    pace = Pace(ROWS_AT_A_TIME)
    while group := _next_group(batch, pace.rows):
        if is_pause_asked(batch):
            return _pause(batch)
        _plan_anew()
        with pace.kept():
            _book_group(group, job, tiers)
    batch.status, batch.finished_at, batch.rows_done = Status.DONE, at, batch.rows
    batch.is_pause_asked = False
    batch.save(update_fields=["status", "finished_at", "rows_done", "is_pause_asked"])
    return batch


def is_pause_asked(batch: ImportBatch) -> bool:
    """Whether somebody wants the work on a batch to stop before its next group."""
    return ImportBatch.objects.filter(pk=batch.pk, is_pause_asked=True).exists()


def _pause(batch: ImportBatch) -> ImportBatch:
    """Stop before the next group; queueing the batch again goes on with it."""
    batch.status, batch.is_pause_asked = Status.PAUSED, False
    batch.save(update_fields=["status", "is_pause_asked"])
    return batch


def _plan_anew() -> None:
    """Forget plans made while the tables were small.

    In an empty shop the first postings are planned as scans of whole tables, and the session keeps
    such a plan until the tables are analysed: hundreds of times too slow after some thousand rows.
    """
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")


def _tier_names(batch: ImportBatch) -> Iterator[str]:
    named = batch.import_rows.waiting().filter(values__has_key="tier")
    return named.values_list("values__tier", flat=True).distinct().iterator()


def _next_group(batch: ImportBatch, most: int) -> list[ImportRow]:
    """The next rows that wait; rows of one person or bill are never parted."""
    waiting = batch.import_rows.waiting().order_by("root", "number").defer(*NOT_READ)
    group = list(waiting[:most])
    if len(group) == most:
        last = group[-1]
        group += waiting.filter(root=last.root, number__gt=last.number)
    return group


def _book_group(
    group: Sequence[ImportRow], job: Job, tiers: TierBook, *, trials: int = TRIALS
) -> None:
    try:
        with transaction.atomic():
            _book(group, job, tiers)
            _settle(group)
            _count(group, job.batch)
    except (DomainError, IntegrityError, DataError, OperationalError) as error:
        if isinstance(error, OperationalError) and not _is_race(error):
            raise
        # What was written on the rows, and assets made for them, went in the database alone.
        job.assets.clear()
        fresh = ImportRow.objects.filter(pk__in=[row.pk for row in group]).defer(*NOT_READ)
        rows = list(fresh.order_by("root", "number"))
        parts = _halves(rows, job) or ([rows] if trials and _is_race(error) else [])
        for part in parts:
            _book_group(part, job, tiers, trials=trials - (len(parts) == 1))
        if not parts:
            if isinstance(error, OperationalError):
                raise
            _refuse(rows, error)
            _count(rows, job.batch)


def _is_race(error: Exception) -> bool:
    """Whether somebody else was at the same rows or people: what they left is looked at anew."""
    state = getattr(error.__cause__, "sqlstate", None)
    return isinstance(error, IntegrityError | MemberClosed) or state in TRANSIENT


def _halves(rows: Sequence[ImportRow], job: Job) -> list[Sequence[ImportRow]]:
    """The rows in two parts; none for one person's row, or for a bill, which is never parted."""
    middle = len(rows) // 2
    if job.batch.kind not in PEOPLE_KINDS:
        cuts = [n for n in range(1, len(rows)) if rows[n].root != rows[n - 1].root]
        middle = min(cuts, key=lambda n: abs(n - middle), default=0)
    return [rows[:middle], rows[middle:]] if middle else []


def _count(rows: Sequence[ImportRow], batch: ImportBatch) -> None:
    """Note how far the import has come, and that it is alive."""
    batch.rows_done += len(rows)
    ImportBatch.objects.filter(pk=batch.pk).update(rows_done=batch.rows_done, beat_at=Now())


def _refuse(rows: Sequence[ImportRow], error: Exception) -> None:
    """Settle rows that cannot be booked, with the reason."""
    outcome = Outcome.ERROR
    refusal: DomainError = findings.RowFailed(why=str(error))
    if isinstance(error, AlreadyUsed):
        outcome, refusal = Outcome.FLAGGED, findings.BalanceUsedSince()
    elif not isinstance(error, DomainError):
        refusal = findings.RowFailed(why=str(error).partition("\n")[0])
    for row in rows:
        row.outcome = outcome
        said = row.errors if outcome == Outcome.ERROR else row.why
        said.append(findings.finding(refusal))
    _settle(rows)


def _book(rows: Sequence[ImportRow], job: Job, tiers: TierBook) -> None:
    for row in rows:
        # What the check foresaw is decided anew: the shop has gone on since.
        if row.outcome != Outcome.MERGED and not row.values.get("takes_off"):
            row.outcome, row.why = Outcome.CREATED, []
    if job.batch.kind in PEOPLE_KINDS:
        book_people(rows, job, tiers)
    elif job.batch.kind == "tiers":
        book_tiers(rows, job)
    else:
        book_entries(rows, job)


def _settle(rows: Sequence[ImportRow]) -> None:
    """Note what became of the rows, all in one statement."""
    for row in rows:
        row.is_settled = True
    write_back(rows, SETTLED)
