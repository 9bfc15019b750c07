"""What all judges of rows share: each cell goes to the reader of its field, refusals are noted."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from common.errors import DomainError
from imports.rules.cells import text_of
from imports.rules.choices import LEAVE
from imports.rules.fields import Column
from imports.rules.findings import Finding, TextTooLong, finding
from imports.rules.legends import in_words
from imports.rules.mapping import Plan
from imports.rules.sheets import Cell, Row

# What is left of a long number in a spreadsheet that took it for one to calculate with.
LOST_DIGITS = re.compile(r"\d(?:\.\d+)?e\+\d{2,3}", re.IGNORECASE)


@dataclass(slots=True)
class Judged:
    """One row read: ``values`` are plain JSON, money in minor units, days in ISO form."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    # What each column of amounts says (column from 0 → signed amount), for control totals.
    amounts: dict[int, int] = field(default_factory=dict)
    # Columns of money, points and coins: what a second row of the same account says again.
    of_account: set[int] = field(default_factory=set)
    # The row above that names the person, where this one is a further line of it.
    below: int | None = None

    @property
    def is_right(self) -> bool:
        """Whether the row may be booked as far as it alone can tell."""
        return not self.errors


class RowReader:
    """The cells of one row, each handed to the reader of its field."""

    # Functions, not bound methods: a row that held its own methods would live until the collector
    # came by.
    READERS: ClassVar[dict[str, Callable[[Any, Column, Cell], None]]] = {}

    def __init__(self, row: Row, plan: Plan) -> None:
        self.row, self.plan = row, plan
        self.result = Judged(row.number)
        self.values = self.result.values
        # Cells that are kept as they stand, by their header.
        self.kept: dict[str, str] = {}

    def _read_as_told(self, column: Column, cell: Cell) -> None:
        """Read a cell by the owner's word for its word; one that is left is kept as it stands."""
        cell = in_words(column.header, cell)
        told = self.plan.told_of(column.field, text_of(cell))
        if told is None:
            self._read(column, cell)
        elif told.action == LEAVE:
            self._keep(column, cell)
        else:
            self._read(column, told.name)

    def _read(self, column: Column, cell: Cell) -> None:
        reader = self.READERS.get(column.field)
        try:
            if reader is not None:
                reader(self, column, cell)
            else:
                self._text(column, cell)
        except DomainError as refusal:
            self._wrong(refusal, column.header)

    def _text(self, column: Column, cell: Cell) -> None:
        """A cell of a field without a reader."""
        self._keep(column, cell)

    def _keep(self, column: Column, cell: Cell) -> None:
        self.kept[column.shown] = text_of(cell)

    def _fits(self, column: Column, cell: Cell, text: str, limit: int) -> bool:
        """Whether there is room for a text of the cell; a longer one is kept whole, and told."""
        if len(text) <= limit:
            return True
        self._warn(TextTooLong(), column.header)
        self._keep(column, cell)
        return False

    def _warn(self, refusal: DomainError, header: str = "") -> None:
        self.result.warnings.append(finding(refusal, header))

    def _wrong(self, refusal: DomainError, header: str) -> None:
        self.result.errors.append(finding(refusal, header))
