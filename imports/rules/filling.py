"""Fills in what a list says once for several lines: whose bundles they are, which bill they are of.

Programs that merge cells on the screen leave them blank in text. A line is filled only where it can
be nothing but a further line of the row above; whatever might be a row of its own stays as it is.
"""

from collections.abc import Iterable, Sequence

from common.errors import DomainError
from imports.rules import findings
from imports.rules.aliases import HISTORY
from imports.rules.bundles import says_how_many
from imports.rules.cells import value_of
from imports.rules.days_once import Days
from imports.rules.fields import COUNT_FIELDS, MONEY_FIELDS, Column
from imports.rules.file_notes import CardsBelow, DayAsAbove, FilledDown, SameAsAbove
from imports.rules.findings import Finding
from imports.rules.mapping import Plan
from imports.rules.sheets import Row, is_blank
from imports.rules.together import shown_number

NAMES = frozenset({"name", "first_name", "last_name", "phone", "email"})
PERSON = NAMES | {"card", "external_id", "member_number"}
BUNDLE = frozenset({"unit_name", "units", "unit_expires", "bundles"})
COUNTED = frozenset({"units", "unit_expires"})
ACCOUNT = frozenset({"points", "coins"}) | {f for f in MONEY_FIELDS if f.startswith("stored_value")}
OF_CARD = ACCOUNT | BUNDLE | {"card", "card_status", "card_kind", "issued", "", HISTORY}
BILL = frozenset({"source_id", "at", "time", "member", "name", "phone", "card", "email"})
# What a line of a bill says itself; every other field is said of the bill.
LINE = (MONEY_FIELDS | COUNT_FIELDS | {"product", "quantity", "note", "notes"}) | {"", HISTORY}
AMOUNTS = MONEY_FIELDS | COUNT_FIELDS
# Words and marks for what stands above.
DITTO = frozenset({"同上", "同前", "〃", "〞", "″", "ditto", "Ditto", "DITTO", "dito", "idem"})
ROWS_NAMED = 20


class Filler:
    """Goes down a sheet row by row; ``forget`` where something else stands between two rows."""

    def __init__(self, plan: Plan) -> None:
        self.columns = [(column, _field(column)) for column in plan.columns]
        fields = {field for _column, field in self.columns}
        self.are_people = plan.kind in {"members", "cards"} and bool(fields & NAMES)
        self.are_bills = plan.kind == "sales" and {"source_id", "at"} <= fields
        leading = NAMES if self.are_people else {"source_id"} if self.are_bills else set()
        # Where a row of its own says something.
        self.leading = [column.index for column, field in self.columns if field in leading]
        at = plan.column("at")
        self.days = Days(at) if at and plan.days_go_down else None
        self.above: Row | None = None
        self.together = plan.together
        # The row that names whom or what the lines below it are of, and bundles met since.
        self.head = 0
        self.bundles: set[tuple[str, ...]] = set()
        self.filled: list[int] = []
        self.cards: list[int] = []
        self.same: list[int] = []

    def forget(self) -> None:
        """No row below belongs to one above."""
        self.above = None
        if self.days is not None:
            self.days.forget()

    def of(self, row: Row) -> tuple[Row, int | None]:
        """The row with what it leaves out, and the number of the row that says it, if any."""
        full, below = self._of(row)
        if self.days is not None:
            full = self.days.of(full)
            self.above = full if self.above is not None else None
        return full, below

    def _of(self, row: Row) -> tuple[Row, int | None]:
        above = self.above if self.above and self.above.number + 1 == row.number else None
        if above is not None and not DITTO.isdisjoint(row.cells):
            return self._as_above(row, above)
        self.above = row
        cells, width = row.cells, len(row.cells)
        names_itself = any(i < width and not is_blank(cells[i]) for i in self.leading)
        if names_itself or above is None or not self.leading:
            self.head, self.bundles = row.number, set()
            return row, None
        return self._below(row, above)

    def _as_above(self, row: Row, above: Row) -> tuple[Row, int | None]:
        """A row with 同上 in cells that add up nothing; the same person if their name is so."""
        cells = list(row.cells)
        fields = set()
        for column, field in self.columns:
            told = column.index < min(len(cells), len(above.cells))
            if told and cells[column.index] in DITTO and field not in AMOUNTS:
                cells[column.index] = above.cells[column.index]
                fields.add(field)
        if fields:
            self.same.append(row.number)
        self.above = Row(row.number, tuple(cells))
        if fields & NAMES:
            return self.above, self.head
        self.head, self.bundles = row.number, set()
        return self.above, None

    def _below(self, row: Row, above: Row) -> tuple[Row, int | None]:
        """A row without a name or number of its own, right below another one."""
        said, said_above = self._said(row), self._said(above)
        self.bundles.add(_bundle(said_above))
        if self._goes_on(said, said_above):
            self.above = self._completed(row, above)
            self.filled.append(row.number)
            return self.above, self.head
        if self._is_lone_card(said, said_above):
            self.cards.append(row.number)
        self.head, self.bundles = row.number, set()
        return row, None

    def notes(self) -> list[Finding]:
        """What is to be said of the sheet once all rows are through."""
        names = [column.header for column, field in self.columns if field in self._key]
        said: list[DomainError] = []
        if self.filled:
            said.append(
                FilledDown(
                    rows=rows_listed(self.filled, self.together),
                    names=", ".join(filter(None, names)),
                )
            )
        if self.days is not None and self.days.filled:
            rows = rows_listed(self.days.filled, self.together)
            said.append(DayAsAbove(name=self.days.column.header, rows=rows))
        if self.same:
            said.append(SameAsAbove(rows=rows_listed(self.same, self.together)))
        if self.cards:
            said.append(CardsBelow(rows=rows_listed(self.cards, self.together)))
        return [findings.finding(note) for note in said]

    @property
    def _key(self) -> frozenset[str]:
        return PERSON if self.are_people else BILL

    def _said(self, row: Row) -> dict[str, list[str]]:
        """Texts of a row by field, in the order of the columns."""
        said: dict[str, list[str]] = {}
        for column, field in self.columns:
            if text := value_of(row.cell(column.index)):
                said.setdefault(field, []).append(text)
        return said

    def _goes_on(self, said: dict[str, list[str]], above: dict[str, list[str]]) -> bool:
        return self._is_bundle(said, above) if self.are_people else self._is_line(said, above)

    def _is_bundle(self, said: dict[str, list[str]], above: dict[str, list[str]]) -> bool:
        """Another bundle of the person above: nothing else is said, save the same balance again."""
        if said.keys() - BUNDLE - ACCOUNT - {"", HISTORY, "notes"} or not above.keys() & PERSON:
            return False
        if any(said[field] != above.get(field) for field in said.keys() & ACCOUNT):
            return False
        names_it = "bundles" in said or ("unit_name" in said and said.keys() & COUNTED)
        names_it = names_it or all(map(says_how_many, said.get("unit_name", [""])))
        return bool(names_it) and _bundle(said) not in self.bundles

    def _is_line(self, said: dict[str, list[str]], above: dict[str, list[str]]) -> bool:
        """Another line of the bill above, which alone says when and to whom."""
        if said.keys() - LINE or not said.keys() & {"product", "line_amount"}:
            return False
        has_own_amount = any(field == "line_amount" for _column, field in self.columns)
        if has_own_amount and said.get("amount", above.get("amount")) != above.get("amount"):
            return False
        return {"source_id", "at"} <= above.keys()

    def _is_lone_card(self, said: dict[str, list[str]], above: dict[str, list[str]]) -> bool:
        """A card without a name below somebody who has one: theirs, or nobody's."""
        lone = "card" in said and not said.keys() - OF_CARD
        return self.are_people and lone and "card" in above and bool(above.keys() & NAMES)

    def _completed(self, row: Row, above: Row) -> Row:
        cells = [*row.cells, *[None] * (len(above.cells) - len(row.cells))]
        for column, field in self.columns:
            goes_down = field in PERSON | {"store"} if self.are_people else field not in LINE
            if goes_down and column.index < len(above.cells) and not value_of(cells[column.index]):
                cells[column.index] = above.cells[column.index]
        return Row(row.number, tuple(cells))


def _field(column: Column) -> str:
    """The field of a column; a second name or phone serves those who have no first one."""
    return column.guess if column.how == "second choice" and column.guess else column.field


def _bundle(said: dict[str, list[str]]) -> tuple[str, ...]:
    """What tells one bundle of a person from another."""
    return tuple(
        "|".join(said.get(field, ())) for field in ("unit_name", "unit_expires", "bundles")
    )


def rows_listed(rows: Iterable[int], together: Sequence[str]) -> str:
    """The first of some rows as a person finds them.

    >>> rows_listed([2, 2_000_003], ["Jan", "Feb"])
    'Jan!2, Feb!3'
    """
    return named([str(shown_number(row, together)) for row in rows])


def named(texts: Sequence[str]) -> str:
    """The first of some texts, each once."""
    once = list(dict.fromkeys(texts))
    return ", ".join(once[:ROWS_NAMED]) + (" …" if len(once) > ROWS_NAMED else "")
