"""Columns of a list for people: what each is called, what it holds, and what its numbers count."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from common.guarding import guard

type Value = str | int | Decimal | date | datetime | None

# A cell of a workbook holds no more characters.
LONGEST_IN_A_WORKBOOK = 32_767


@dataclass(frozen=True, slots=True)
class Column:
    """One column; numbers of ``digits`` decimals come in their smallest unit.

    ``adds_up`` says that the sum of the column is worth proving.
    """

    heading: str
    kind: str = "text"
    digits: int = 0
    unit: str = ""
    adds_up: bool = False

    def number(self, value: Value) -> Value:
        """A number in the unit of the column, anything else as it is.

        >>> Column("Balance", digits=2).number(1050)
        Decimal('10.50')
        """
        if isinstance(value, int) and self.digits:
            return Decimal(value).scaleb(-self.digits)
        return value

    def about(self) -> dict[str, str]:
        """The column as the manifest lists it."""
        unit = {"unit": self.unit} if self.unit else {}
        return {"name": self.heading, "type": self.kind} | unit


def text_of(value: Value) -> str:
    """A value as it stands in a file of text; what could run is guarded.

    >>> text_of(Decimal("-10.50")), text_of(date(2026, 5, 11)), text_of(None), text_of("@home")
    ('-10.50', '2026-05-11', '', "'@home")
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return guard(value) if isinstance(value, str) else str(value)
