"""Other tables in the sheet of a table: known by a header of their own, told once, never mixed in.

A header that means the same is that of the table once more, and its rows are read on, in whatever
order its columns stand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import recognise
from imports.rules.cells import text_of
from imports.rules.headers import Header, names_columns
from imports.rules.sheets import Cell, Row, is_blank
from imports.rules.spellings import normalise

NAMES_SHOWN = 6


class OtherTable(DomainError):
    code = "other_table"
    message = _(
        "Another table stands in the same sheet: row %(header)s names its columns (%(names)s), "
        "rows %(first)s–%(last)s are its own. They are not read here: import the file once more "
        "and say that the column names stand in row %(header)s."
    )


class OfOtherTable(DomainError):
    code = "of_other_table"
    message = _("The row belongs to another table, whose columns row %(header)s names.")


@dataclass(slots=True)
class Other:
    """One of them: the row of its header, the names of its columns, its first and last row."""

    header: int
    names: list[str]
    rows: list[int] = field(default_factory=list)


class Tables:
    """Goes down a sheet: says of which table each row is."""

    def __init__(self, header: Header, kind: str) -> None:
        self.header, self.kind = header, kind
        self.others: list[Other] = []
        self.other: Other | None = None
        # Where the columns of the table stand since its header was met in another order.
        self.order: list[int] = []
        self.fields = {i: self._meaning(name) for i, name in enumerate(header.names) if name}

    def begins(self, row: Row, *, is_apart: bool) -> bool:
        """Whether a row names columns: of the table once more, or of another one.

        ``is_apart`` says that no row of a table stands right above it.
        """
        if not names_columns(row.cells, is_apart=is_apart):
            return False
        names = {i: text_of(cell) for i, cell in enumerate(row.cells) if not is_blank(cell)}
        fields = {index: self._meaning(name) for index, name in names.items()}
        order = self._order(fields)
        if order is None:
            self.begin_other(row)
        else:
            self.begin_again([] if order == sorted(self.fields) else order)
        return True

    def begin_other(self, row: Row) -> None:
        """Another table begins below this row, its header."""
        names = [text_of(cell) for cell in row.cells if not is_blank(cell)]
        self.other = Other(row.number, names)
        self.others.append(self.other)

    def begin_again(self, order: Sequence[int] = ()) -> None:
        """The rows below are of the table, whose columns stand in this order."""
        self.other, self.order = None, list(order)

    def ordered(self, row: Row) -> Row:
        """The row of the table with its cells where the table has them."""
        if not self.order:
            return row
        cells: list[Cell] = [None] * len(self.header.names)
        for own, at in zip(sorted(self.fields), self.order, strict=True):
            cells[own] = row.cell(at)
        return Row(row.number, tuple(cells))

    def _order(self, fields: dict[int, str]) -> list[int] | None:
        """For each named column of the table where it stands now; none where others are named."""
        if all(self.fields.get(index) == said for index, said in fields.items()):
            # A page may begin with fewer names over the same columns.
            return sorted(self.fields) if len(fields) * 2 > len(self.fields) else None
        wanted, said = list(self.fields.values()), list(fields.values())
        if len(set(wanted)) < len(wanted) or sorted(wanted) != sorted(said):
            return None
        at = {name: index for index, name in fields.items()}
        return [at[self.fields[index]] for index in sorted(self.fields)]

    def _meaning(self, name: str) -> str:
        match = recognise(name, self.kind)
        sure = match is not None and match.field and match.score == 100 and not match.unit
        return match.field if match is not None and sure else normalise(name)

    def notes(self, placed: Any) -> Iterator[OtherTable]:
        """What is to be said of each other table that has rows; ``placed`` shows a row number."""
        for other in self.others:
            if other.rows:
                yield OtherTable(
                    header=placed(other.header),
                    names=", ".join(other.names[:NAMES_SHOWN]),
                    first=placed(other.rows[0]),
                    last=placed(other.rows[-1]),
                )
