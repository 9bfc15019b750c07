"""What each drawer of the store should hold at the end of the day, and what was counted in it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.models import DayClose, TillCount
from ledger.queries.day_close import (
    Drawer,
    FigureOf,
    Row,
    drawers,
    earliest_open_day,
    figures,
    last_counts,
    open_rows,
)
from members.models import Store, Till

RECENT = 31


@dataclass(frozen=True, kw_only=True)
class DrawerSheet:
    """One till: its figures by person, and what its drawer began the day with."""

    drawer: Drawer
    money: Sequence[FigureOf]
    sold: Sequence[FigureOf]
    began_with: int
    last: TillCount | None

    @property
    def key(self) -> str:
        """What its fields in a form are called by; 0 stands for entries without a till."""
        return str(self.drawer.till.pk) if self.drawer.till else "0"

    @property
    def moved(self) -> int:
        """Cash in less cash out."""
        return self.drawer.cash_in - self.drawer.cash_out

    @property
    def difference(self) -> int:
        """What was counted last less what should be there by now; zero where nobody counted."""
        return self.last.counted - self.began_with - self.moved if self.last else 0


@dataclass(frozen=True, kw_only=True)
class DaySheet:
    """The day that is to be closed, drawer by drawer."""

    day: date
    drawers: Sequence[DrawerSheet]
    late: int
    is_closed: bool

    def of(self, till: Till | None) -> "DaySheet":
        """The same for one till alone."""
        mine = [one for one in self.drawers if one.drawer.till == till]
        return DaySheet(day=self.day, drawers=mine, late=0, is_closed=self.is_closed)


def day_sheet(store: Store, today: date, tills: Sequence[Till]) -> DaySheet:
    """The earliest day of ``store`` that is still open, up to ``today``.

    Every till of the store has a sheet, used or not; entries without a till only where there are
    any. A day that is closed already has no drawers.
    """
    is_closed = store.closed_through is not None and store.closed_through >= today
    day = earliest_open_day(store, today) or today
    rows = [] if is_closed else open_rows(store, day)
    used = {_key(one.till): one for one in drawers(rows)}
    unused = [Drawer(till) for till in tills if till.pk not in used]
    found = [] if is_closed else [*used.values(), *unused]
    began, counts = last_counts(store), _last_counts(store, day)
    return DaySheet(
        day=day,
        drawers=[_sheet(one, rows, began, counts) for one in sorted(found, key=_place)],
        late=sum(row.day < day for row in rows),
        is_closed=is_closed,
    )


def past_closes(store: Store) -> Sequence[DayClose]:
    """The latest closes, newest first, at most 31."""
    closes = DayClose.objects.filter(store=store).select_related("by")
    return list(closes.order_by("-business_date")[:RECENT])


def _sheet(
    drawer: Drawer,
    rows: Sequence[Row],
    began: Mapping[int | None, int],
    counts: Mapping[int | None, TillCount],
) -> DrawerSheet:
    key = _key(drawer.till)
    mine = figures(row for row in rows if _key(row.till) == key)
    last = counts.get(key)
    return DrawerSheet(
        drawer=drawer,
        money=_ordered(one for one in mine if one.tender),
        sold=_ordered(one for one in mine if not one.tender),
        began_with=last.opening_float if last else began.get(key, 0),
        last=last,
    )


def _ordered(found: Iterable[FigureOf]) -> list[FigureOf]:
    return sorted(
        found,
        key=lambda one: (str(one.operator or ""), one.what, getattr(one.tender, "position", 0)),
    )


def _last_counts(store: Store, day: date) -> dict[int | None, TillCount]:
    counts = TillCount.objects.filter(store=store, business_date=day).select_related("by")
    return {count.till_id: count for count in counts.order_by("at")}


def _place(drawer: Drawer) -> tuple[bool, str]:
    """Tills by their code, entries without one last."""
    return drawer.till is None, drawer.till.code if drawer.till else ""


def _key(till: Till | None) -> int | None:
    return till.pk if till else None
