"""What somebody decides about rows that wait; the next run of their batch carries it out."""

from django.db import transaction
from django.db.models import F, PositiveIntegerField
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.models import ImportBatch, ImportRow
from imports.operations.alone import refuse_busy
from imports.rules.duplicates import MAY_BE_NEW, may_be_new

Outcome = ImportRow.Outcome
Decision = ImportRow.Decision


class RowNotWaiting(DomainError):
    code = "row_not_waiting"
    message = _("Nobody has to decide about row %(number)s any more.")


class NotSomebodyNew(DomainError):
    code = "not_somebody_new"
    message = _(
        "Row %(number)s cannot be a person of its own: a phone or a card belongs to one member. "
        "Take it for the same person, leave it out, or correct it."
    )


@transaction.atomic
def decide_row(*, row: ImportRow, decision: str) -> ImportRow:
    """Note what somebody decided about a row that waits; the next run of its batch carries it out.

    ``decision`` is an ImportRow.Decision: merge books the row on the member it collides with, new
    makes a member of its own, skip leaves it out. Raises RowNotWaiting, NotSomebodyNew, BatchBusy.
    """
    _at_rest(row.batch_id)
    locked = ImportRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if locked.outcome != Outcome.FLAGGED:
        raise RowNotWaiting(number=locked.batch.place_of(locked.number))
    carry_out(locked, decision)
    locked.save(update_fields=["decision", "outcome", "is_settled", "root"])
    return locked


@transaction.atomic
def ask_again(*, row: ImportRow) -> ImportRow:
    """Let a row wait once more that was decided about and is not booked yet.

    Raises RowNotWaiting, BatchBusy.
    """
    _at_rest(row.batch_id)
    locked = ImportRow.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if not locked.may_be_asked_again:
        raise RowNotWaiting(number=locked.batch.place_of(locked.number))
    locked.decision, locked.outcome = Decision.NONE, Outcome.FLAGGED
    locked.is_settled, locked.root = True, locked.number
    locked.save(update_fields=["decision", "outcome", "is_settled", "root"])
    return locked


def carry_out(row: ImportRow, decision: str) -> None:
    """Set on a flagged row what a decision makes of it; saves nothing. Raises NotSomebodyNew."""
    row.decision = Decision(decision)
    if row.decision == Decision.SKIP:
        row.outcome, row.is_settled = Outcome.IGNORED, True
    elif row.decision == Decision.NEW:
        if not may_be_new(row.why):
            raise NotSomebodyNew(number=row.batch.place_of(row.number))
        row.outcome, row.is_settled, row.root = Outcome.CREATED, False, row.number
    else:
        row.outcome, row.is_settled = Outcome.MERGED, False
        row.root = row.values.get("same_as") or row.number


def _at_rest(batch_id: int) -> None:
    """Keep the batch from being checked or run meanwhile. Raises BatchBusy."""
    refuse_busy(ImportBatch.objects.select_for_update(no_key=True).get(pk=batch_id))


@transaction.atomic
def decide_all(*, batch: ImportBatch, decision: str, code: str = "") -> int:
    """Decide about every row of a batch that waits, or those that wait for one reason.

    Only rows that may be persons of their own become new ones. Returns how many rows that were.
    Raises BatchBusy.
    """
    _at_rest(batch.pk)
    rows = batch.import_rows.filter(outcome=Outcome.FLAGGED)
    if code:
        rows = rows.filter(why__0__code=code)
    if Decision(decision) == Decision.SKIP:
        return rows.update(decision=Decision.SKIP, outcome=Outcome.IGNORED, is_settled=True)
    if Decision(decision) == Decision.NEW:
        return rows.filter(why__0__code__in=MAY_BE_NEW).update(
            decision=Decision.NEW, outcome=Outcome.CREATED, is_settled=False, root=F("number")
        )
    other = Cast(KT("values__same_as"), PositiveIntegerField())
    return rows.update(
        decision=Decision.MERGE,
        outcome=Outcome.MERGED,
        is_settled=False,
        root=Coalesce(other, F("number")),
    )
