"""What one column of a file adds up to, beside what the file itself says of it."""

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class ColumnTotal:
    """What one column adds up to; amounts in the smallest unit, signed.

    ``file_total`` is what the file's own totals row says, if it says anything readable.
    """

    column: str
    meaning: str
    rows: int = 0
    file_total: int | None = None
    # Since the last totals row, and what the subtotals said up to it.
    section: int = 0
    subtotals: int | None = None
    # Whether what the file says was what the rows above it come to.
    is_proved: bool = False

    def add(self, amount: int) -> None:
        """Count the amount of a row."""
        self.rows += amount
        self.section += amount

    def declare(self, said: int, *, is_part: bool) -> None:
        """Note what a totals row says: a part of the table, or all of it so far.

        A row that comes to what stands since the last one is a subtotal, whatever it is called.
        """
        self.is_proved = said == self.rows
        if is_part and self.is_proved and self.section:
            # Carried forward to the next page: all rows so far.
            self.subtotals, self.file_total, self.section = said, None, 0
            return
        if is_part and not self.section and self.subtotals is not None:
            # The total of a day whose shifts were added up one by one.
            return
        if is_part or (said == self.section != self.rows):
            if self.subtotals is None:
                # What looked like the total before was the one of the first page.
                self.subtotals, self.file_total = self.file_total or 0, None
            self.subtotals += said
        else:
            self.file_total = said
        self.section = 0

    def comes_to(self, said: int) -> bool:
        """Whether the rows since the last sum, or all of them, add up to so much."""
        return said in (self.section, self.rows)

    def end_page(self) -> None:
        """Rows that stand on a further page are not in the total of the pages before it."""
        if self.is_proved and self.file_total is not None and not self.section:
            self.subtotals, self.file_total = self.file_total, None

    def close(self) -> None:
        """At the end of the table its subtotals are its total, where no row stands below them."""
        if self.file_total is None and self.section == 0:
            self.file_total = self.subtotals

    def as_dict(self) -> dict[str, Any]:
        """Which column it is, and what the file says of it."""
        return {"column": self.column, "field": self.meaning, "file_total": self.file_total}
