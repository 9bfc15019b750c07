"""Control totals: figures the owner types in, and the name under a difference that is accepted.

Nothing is booked while a declared figure and what was accepted differ and nobody has signed for it.
A signature stands for the differences of its moment: other ones want another signature.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import format_units, lazy_minor
from imports.models import ImportBatch
from imports.operations.alone import hold_off_checks, refuse_booked
from imports.queries.controls import controls_of, declarable, unsigned_differences
from imports.rules.aliases import PEOPLE_KINDS
from imports.rules.amounts import LARGEST
from imports.rules.controls import Control, fingerprint_of, name_of
from imports.rules.fields import MONEY_FIELDS
from members.models import User

Status = ImportBatch.Status
REASON_LIMIT = 1_000
lazy_units: Callable[[int], Any] = lazy(format_units, str)


class DifferenceUnsigned(DomainError):
    code = "difference_unsigned"
    message = _(
        "%(what)s should come to %(declared)s and %(accepted)s is accepted: look at the rows left "
        "out, correct them, or accept the difference of %(difference)s by name, with a reason."
    )


class TotalUnknown(DomainError):
    code = "total_unknown"
    message = _("%(what)s is nothing this file adds up; it has %(names)s.")


class TotalWrong(DomainError):
    code = "total_wrong"
    message = _("The total of %(what)s must be a whole number of zero or more.")


class ReasonMissing(DomainError):
    code = "sign_reason_missing"
    message = _("Say why the difference is right; the reason is kept with your name.")


class NothingToSign(DomainError):
    code = "nothing_to_sign"
    message = _("All totals come out; there is no difference to accept.")


@transaction.atomic
def type_totals(*, batch: ImportBatch, totals: Mapping[str, int | None]) -> ImportBatch:
    """Note what the owner says the file must come to; ``None`` takes a figure back.

    Keys are those of ``declarable``; money is in the smallest unit. What was signed is unsigned.
    Raises BatchBusy, BatchWasRun, TotalUnknown, TotalWrong, CheckRunsAlready.
    """
    locked = _open_batch(batch)
    allowed = declarable(locked)
    for what, amount in totals.items():
        # A unit that is in no row yet may be declared all the same.
        if what not in allowed and not (what.startswith("unit:") and locked.kind in PEOPLE_KINDS):
            raise TotalUnknown(what=what, names=", ".join(allowed))
        if amount is not None and not 0 <= amount <= LARGEST:
            raise TotalWrong(what=what)
    whole = locked.typed_totals | dict(totals)
    locked.typed_totals = {what: amount for what, amount in whole.items() if amount is not None}
    _unsign(locked)
    locked.save()
    _show(batch, locked)
    return batch


@transaction.atomic
def sign_off(*, batch: ImportBatch, reason: str, at: datetime, by: User | None) -> ImportBatch:
    """Accept the differences of a batch by name; ``by`` is nobody only on the command line.

    Raises BatchBusy, BatchWasRun, ReasonMissing, NothingToSign, CheckRunsAlready.
    """
    locked = _open_batch(batch)
    reason = reason.strip()[:REASON_LIMIT]
    if not reason:
        raise ReasonMissing
    controls = controls_of(locked)
    if all(control.holds for control in controls):
        raise NothingToSign
    locked.signed_by, locked.signed_at, locked.sign_reason = by, at, reason
    locked.plan = locked.plan | {"signed_for": fingerprint_of(controls)}
    locked.save()
    _show(batch, locked)
    return batch


def refuse_unsigned(batch: ImportBatch, *, explained_is_enough: bool = False) -> None:
    """Refuse to book while a declared total and what was accepted differ, unsigned.

    ``explained_is_enough`` lets differences pass that rows of the report make up wholly, where no
    person is there to sign. Raises DifferenceUnsigned.
    """
    if batch.status not in ImportBatch.UNBOOKED:
        return
    for control in unsigned_differences(batch):
        if not (explained_is_enough and control.is_explained):
            raise difference_of(control, batch.store.currency)


def difference_of(control: Control, currency: str) -> DifferenceUnsigned:
    """The refusal about one figure that does not come out."""
    figures = {
        "declared": control.declared,
        "accepted": control.accepted,
        "difference": control.difference,
    }
    if control.what in MONEY_FIELDS:
        shown = {key: lazy_minor(amount, currency) for key, amount in figures.items()}
    else:
        shown = {key: lazy_units(amount) for key, amount in figures.items()}
    return DifferenceUnsigned(what=control.column or name_of(control.what), **shown)


def _open_batch(batch: ImportBatch) -> ImportBatch:
    locked = ImportBatch.objects.select_for_update(no_key=True, of=("self",)).get(pk=batch.pk)
    refuse_booked(locked)
    hold_off_checks(locked)
    return locked


def _unsign(batch: ImportBatch) -> None:
    batch.signed_by, batch.signed_at, batch.sign_reason = None, None, ""
    batch.plan.pop("signed_for", None)


def _show(batch: ImportBatch, locked: ImportBatch) -> None:
    for name in ("typed_totals", "signed_by", "signed_at", "sign_reason", "plan"):
        setattr(batch, name, getattr(locked, name))
