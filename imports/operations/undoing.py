"""Takes an import back: what nobody has used since goes, what was used is listed and left.

Rows are taken back group by group, one short transaction each, the last row of the file first, and
each says what became of it. So an undo may stop anywhere and go on; done again it tries once more
what was left.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db import DataError, IntegrityError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override
from psycopg.types.json import Jsonb

from common.errors import DomainError
from common.garbage import own_garbage_alone
from imports.models import ImportBatch, ImportRow
from imports.operations.alone import BatchNotReady, running
from imports.operations.job import Job
from imports.operations.pace import Pace, tills_first
from imports.operations.run import NOT_READ, is_pause_asked
from imports.operations.tiers import TierBook
from imports.operations.undoing_logs import take_back_entries
from imports.operations.undoing_people import PuttingBack, locked_members, put_back, withdraw
from imports.operations.undoing_tiers import take_back_tiers
from imports.operations.undoing_values import Values, take_back_values
from imports.rules import left_standing
from imports.rules.aliases import PEOPLE_KINDS
from imports.rules.findings import Finding
from imports.rules.left_standing import reason
from ledger.operations.posting import retried
from members.models import User

ROWS_AT_A_TIME = 500

Status = ImportBatch.Status
Outcome = ImportRow.Outcome
Undone = ImportRow.Undone
# Some of it may have been booked.
BOOKED = (
    *(Status.PAUSED, Status.DONE, Status.FAILED),
    *(Status.UNDOING, Status.UNDO_PAUSED, Status.UNDONE),
)
# Who was made goes last, when nothing of the file speaks of them any more.
OF_PEOPLE = ((Outcome.UPDATED, Outcome.MERGED), (Outcome.CREATED,))

NOTE = """
UPDATE imports_importrow AS row SET undone = said.undone, undo_why = said.undo_why
FROM jsonb_to_recordset(%s) AS said (id bigint, undone text, undo_why jsonb)
WHERE row.id = said.id
"""


class NothingBooked(DomainError):
    code = "nothing_booked"
    message = _("Nothing of this import is booked yet, so there is nothing to take back.")


@transaction.atomic
def queue_undo(*, batch: ImportBatch, at: datetime, by: User | None) -> ImportBatch:
    """Hand the undo of a batch to the worker; one that is being undone already stays so.

    An undo that was paused goes on.

    Raises NothingBooked, BatchNotReady.
    """
    locked = ImportBatch.objects.select_for_update(no_key=True).get(pk=batch.pk)
    _check(locked)
    if locked.status == Status.UNDO_PAUSED:
        locked.status, locked.undone_by = Status.UNDOING, by
        locked.save(update_fields=["status", "undone_by"])
    elif locked.status != Status.UNDOING:
        _begin(locked, at, by)
    return locked


def undo_batch(
    *, batch: ImportBatch, at: datetime, by: User | None, if_waiting: bool = False
) -> ImportBatch:
    """Take back all of the batch that nobody has used since; done again it tries what was left.

    ``at`` is the moment of all that is posted, in words of the store's language. The worker undoes
    a batch only ``if_waiting``: somebody may have paused the undo since it was found. The batch's
    ``undo_report`` counts rows, members and amounts by part; each row says in ``undone`` and
    ``undo_why`` what became of it.

    Raises NothingBooked, BatchNotReady, BatchRunsAlready.
    """
    speaks = override(batch.store.language)
    with running(batch), own_garbage_alone(), tills_first(), speaks:
        if if_waiting:
            batch.refresh_from_db()
            if batch.status != Status.UNDOING:
                return batch
        queue_undo(batch=batch, at=at, by=by)
        batch.refresh_from_db()
        return _undo(batch, at, by)


def _undo(batch: ImportBatch, at: datetime, by: User | None) -> ImportBatch:
    undoing = _Undoing(Job(batch, at, by))
    parts = OF_PEOPLE if batch.kind in PEOPLE_KINDS else (ImportRow.CHANGING,)
    if all(undoing.is_through(outcomes) for outcomes in parts):
        batch.status, batch.undone_at = Status.UNDONE, at
    else:
        batch.status = Status.UNDO_PAUSED
    batch.beat_at, batch.is_pause_asked = at, False
    batch.save(update_fields=["status", "undone_at", "beat_at", "is_pause_asked"])
    return batch


def _check(batch: ImportBatch) -> None:
    if batch.status in {Status.UPLOADED, Status.CHECKING, Status.CHECKED}:
        raise NothingBooked
    if batch.status not in BOOKED:
        raise BatchNotReady(status=Status(batch.status).label)


def _begin(batch: ImportBatch, at: datetime, by: User | None) -> None:
    """Open the report; what an earlier undo left is tried again."""
    batch.import_rows.filter(undone=Undone.LEFT).update(undone=Undone.NO, undo_why=[])
    report = batch.undo_report or {}
    taken = report.get("taken_back", 0)
    batch.undo_report = {
        "rows": taken + _pending(batch).count(),
        "taken_back": taken,
        "left": 0,
        "values": {"taken_back": report.get("values", {}).get("taken_back", {}), "left": {}},
    }
    batch.status, batch.undone_by, batch.beat_at = Status.UNDOING, by, at
    batch.save(update_fields=["undo_report", "status", "undone_by", "beat_at"])


def _pending(batch: ImportBatch) -> Any:
    return batch.import_rows.filter(
        is_settled=True, outcome__in=ImportRow.CHANGING, undone=Undone.NO
    ).defer(*NOT_READ)


class _Undoing:
    """One pass over a batch."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.tiers = TierBook()
        self.pace = Pace(ROWS_AT_A_TIME)

    def is_through(self, outcomes: Sequence[str]) -> bool:
        """Take back the rows of these outcomes, the last one first; False where it is to pause."""
        rows = _pending(self.job.batch).filter(outcome__in=outcomes).order_by("-number")
        group = list(rows[: self.pace.rows])
        while group:
            if is_pause_asked(self.job.batch):
                return False
            with self.pace.kept():
                self._take_back(group)
            group = list(rows.filter(number__lt=group[-1].number)[: self.pace.rows])
        return True

    def _take_back(self, group: Sequence[ImportRow]) -> None:
        """Take the rows back together; where that fails halve by halve, to leave one alone."""
        try:
            self._in_one(group)
        except (DomainError, IntegrityError, DataError) as error:
            if len(group) == 1:
                self._leave(group[0], str(error).partition("\n")[0])
                return
            middle = len(group) // 2
            self._take_back(group[:middle])
            self._take_back(group[middle:])

    def _leave(self, row: ImportRow, why: str) -> None:
        with transaction.atomic():
            said = {row.number: [reason(left_standing.CouldNotGoBack, why=why)]}
            self._note([row], said, Values())

    @retried
    def _in_one(self, rows: Sequence[ImportRow]) -> None:
        """All of these rows, or none of them."""
        with transaction.atomic():
            self._note(rows, *self._taken_back(rows))

    def _taken_back(self, rows: Sequence[ImportRow]) -> tuple[dict[int, list[Finding]], Values]:
        if self.job.batch.kind in PEOPLE_KINDS:
            return self._people(rows)
        if self.job.batch.kind == "tiers":
            return take_back_tiers(rows), Values()
        # The last balance of a statement may have been opened.
        values = take_back_values(rows, self.job)
        why = {number: list(found) for number, found in values.why.items()}
        for number, found in take_back_entries(rows, self.job).items():
            why.setdefault(number, []).append(found)
        return why, values

    def _people(self, rows: Sequence[ImportRow]) -> tuple[dict[int, list[Finding]], Values]:
        members = locked_members(rows)
        values = take_back_values(rows, self.job)
        why = {row.number: list(values.why.get(row.number, [])) for row in rows}
        made = [row for row in rows if row.outcome == Outcome.CREATED]
        back = PuttingBack(rows, self.job, self.tiers)
        for row in rows:
            if row.outcome != Outcome.CREATED:
                why[row.number] += put_back(row, members.get(row.member_id or 0), back)
        back.write()
        for number, found in withdraw(made, members, self.job).items():
            why[number] += [found] if found not in why[number] else []
        return why, values

    def _note(
        self, rows: Sequence[ImportRow], why: dict[int, list[Finding]], values: Values
    ) -> None:
        """Write what became of the rows, and add it up in the report."""
        for row in rows:
            row.undo_why = why.get(row.number, [])
            row.undone = Undone.LEFT if row.undo_why else Undone.UNDONE
        said = [{"id": row.pk, "undone": row.undone, "undo_why": row.undo_why} for row in rows]
        with connection.cursor() as cursor:
            cursor.execute(NOTE, [cast("Any", Jsonb(said))])
        batch = ImportBatch.objects.select_for_update(no_key=True).get(pk=self.job.batch.pk)
        report, left = batch.undo_report, sum(row.undone == Undone.LEFT for row in rows)
        report["taken_back"] += len(rows) - left
        report["left"] += left
        for name, sums in (("taken_back", values.taken_back), ("left", values.left)):
            total = report["values"][name]
            for part, amount in sums.items():
                total[part] = total.get(part, 0) + amount
        batch.save(update_fields=["undo_report"])
        ImportBatch.objects.filter(pk=batch.pk).update(beat_at=Now())
        self.job.batch.undo_report = report
