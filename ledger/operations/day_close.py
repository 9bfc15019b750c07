"""Close a store's business day: count the drawers, keep the figures, and open the next day.

Tills never wait for a close. From its commit on they book on the next day; what was being written
at that moment still carries the closed day, and the next close takes it in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from common.money import lazy_minor
from ledger.models import (
    DayClose,
    DayCloseEntry,
    DayCloseFigure,
    DayCloseTill,
    TillCount,
)
from ledger.operations.refusals import RequestReused
from ledger.queries.day_close import Drawer, Row, drawers, earliest_open_day, figures, open_rows
from members.models import Store, Till, User


class DayClosedAlready(DomainError):
    code = "day_closed_already"
    message = _(
        "%(day)s is closed already and stays closed. Corrections are booked on the next day."
    )


class DayNotBegun(DomainError):
    code = "day_not_begun"
    message = _("%(day)s has not begun yet. Close it when it is over.")


class EarlierDayOpen(DomainError):
    code = "earlier_day_open"
    message = _("%(day)s is still open. Close it first.")


class CountMissing(DomainError):
    code = "count_missing"
    message = _("Cash went through %(till)s. Count its drawer first.")


class DifferenceUnexplained(DomainError):
    code = "difference_unexplained"
    message = _(
        "In %(till)s %(counted)s was counted, but %(expected)s is expected. "
        "Count again, or write a note."
    )


class FiguresMoved(DomainError):
    code = "figures_moved"
    message = _("Something was booked at %(till)s in the meantime. Look at the figures again.")


class CountNegative(DomainError):
    code = "count_negative"
    message = _("Cash in a drawer is zero or more. Count again, and correct the figure.")


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What was in the drawer of ``till`` (None: entries without a till), in the smallest unit.

    ``expected`` is what the person was shown; the close refuses if it has changed since.
    ``denominations`` maps the value of a note or coin to how many there were.
    """

    till: Till | None
    opening_float: int
    counted: int
    note: str = ""
    expected: int | None = None
    denominations: Mapping[str, int] = field(default_factory=dict)


NO_TILL = _("entries without a till")


@transaction.atomic
def count_till(
    *, request_id: UUID, store: Store, counted: Counted, at: datetime, by: User | None
) -> TillCount:
    """Keep what a clerk counted in a drawer; the latest count of the day is the one that counts.

    A repeated ``request_id`` returns the first count.

    Raises CountNegative, FiguresMoved, DifferenceUnexplained.
    """
    made = TillCount.objects.filter(pk=request_id).first()
    if made:
        return made
    day = store.posting_date(at)
    found = {_key(one.till): one for one in drawers(open_rows(store, day))}
    _check(counted, found.get(_key(counted.till), Drawer(counted.till)), store)
    return TillCount.objects.create(
        pk=request_id,
        store=store,
        till=counted.till,
        business_date=day,
        opening_float=counted.opening_float,
        counted=counted.counted,
        denominations=dict(counted.denominations),
        note=counted.note.strip(),
        by=by,
        at=at,
    )


@transaction.atomic
def close_day(
    *,
    request_id: UUID,
    store: Store,
    day: date,
    counts: Sequence[Counted],
    at: datetime,
    by: User | None,
) -> DayClose:
    """Close ``day``: take in every row of money not yet in a close, and keep what was counted.

    Each till that cash went through needs a count, and each difference a note. Rows of days closed
    before that came late are taken in too. A repeated ``request_id`` returns the first close.

    Raises DayClosedAlready, DayNotBegun, EarlierDayOpen, CountMissing, CountNegative,
    FiguresMoved, DifferenceUnexplained, RequestReused.
    """
    store = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    made = DayClose.objects.filter(pk=request_id).first()
    if made:
        if (made.store_id, made.business_date) != (store.pk, day):
            raise RequestReused(request_id=request_id)
        return made
    _check_day(store, day, at)
    rows = open_rows(store, day)
    tills = _tills(drawers(rows), counts, store)
    close = _write(request_id, store, day, rows, tills, at=at, by=by)
    store.closed_through = day
    store.save(update_fields=["closed_through"])
    return close


def _check_day(store: Store, day: date, at: datetime) -> None:
    if store.closed_through and day <= store.closed_through:
        raise DayClosedAlready(day=lazy_day(day))
    if day > store.business_date(at):
        raise DayNotBegun(day=lazy_day(day))
    earliest = earliest_open_day(store, day)
    if earliest and earliest < day:
        raise EarlierDayOpen(day=lazy_day(earliest))


def _tills(found: Sequence[Drawer], counts: Sequence[Counted], store: Store) -> list[DayCloseTill]:
    """One row for each drawer, unsaved. Raises what a wrong or missing count is refused with."""
    by_till = {_key(one.till): one for one in counts}
    moved = {_key(one.till): one for one in found}
    for drawer in found:
        if _key(drawer.till) not in by_till and (drawer.cash_in or drawer.cash_out):
            raise CountMissing(till=drawer.till or NO_TILL)
    rows = []
    for key, counted in by_till.items():
        drawer = moved.get(key, Drawer(counted.till))
        difference = _check(counted, drawer, store)
        rows.append(
            DayCloseTill(
                till=counted.till,
                opening_float=counted.opening_float,
                cash_in=drawer.cash_in,
                cash_out=drawer.cash_out,
                counted=counted.counted,
                difference=difference,
                denominations=dict(counted.denominations),
                note=counted.note.strip(),
            )
        )
    return rows


def _check(counted: Counted, drawer: Drawer, store: Store) -> int:
    """By how much the count differs from what is expected; positive: too much is there."""
    if counted.counted < 0 or counted.opening_float < 0:
        raise CountNegative
    expected = counted.opening_float + drawer.cash_in - drawer.cash_out
    till = counted.till or NO_TILL
    if counted.expected is not None and counted.expected != expected:
        raise FiguresMoved(till=till)
    if counted.counted != expected and not counted.note.strip():
        raise DifferenceUnexplained(
            till=till,
            counted=lazy_minor(counted.counted, store.currency),
            expected=lazy_minor(expected, store.currency),
        )
    return counted.counted - expected


def _write(
    request_id: UUID,
    store: Store,
    day: date,
    rows: Sequence[Row],
    tills: Sequence[DayCloseTill],
    *,
    at: datetime,
    by: User | None,
) -> DayClose:
    counted = sum(till.counted for till in tills)
    difference = sum(till.difference for till in tills)
    close = DayClose.objects.create(
        pk=request_id,
        store=store,
        business_date=day,
        currency=store.currency,
        expected=counted - difference,
        counted=counted,
        difference=difference,
        late_rows=sum(row.day < day for row in rows),
        by=by,
        at=at,
    )
    for till in tills:
        till.close = close
    DayCloseTill.objects.bulk_create(tills)
    DayCloseFigure.objects.bulk_create(
        DayCloseFigure(close=close, **vars(figure)) for figure in figures(rows)
    )
    DayCloseEntry.objects.bulk_create(
        DayCloseEntry(close=close, kind=row.kind, ref=row.ref) for row in rows
    )
    return close


def _key(till: Till | None) -> int | None:
    return till.pk if till else None
