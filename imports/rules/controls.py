"""Control totals: what a file or its owner declares against what was read and what was accepted.

declared = accepted is proof. Where they differ, the rows that were left out may explain it: wholly
(they add up to the difference), or not at all, and then nobody knows what is missing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from babel.numbers import get_currency_precision
from django.utils.translation import gettext_lazy as _

from common.errors import Text
from common.money import format_minor, format_units
from imports.rules.amounts import MoneyStyle, count_of, guess_decimal_mark, money_of, not_negative
from imports.rules.field_words import field_word
from imports.rules.fields import MONEY_FIELDS
from imports.rules.together import shown_number

SHOWN_ROWS = 200
FROM_FILE, TYPED = "file", "typed"
NAMES: dict[str, Text] = {
    "rows": _("rows"),
    "members": _("members"),
    "stored_value_principal": _("balance paid in"),
    "stored_value_bonus": _("balance given as bonus"),
    "points": _("points"),
    "coins": _("coins"),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row whose amount was read and not accepted; ``outcome`` says why."""

    row: int
    outcome: str
    amount: int
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOuts:
    """The rows that do not count, the first of them of each reason; ``sums`` are of all."""

    rows: list[LeftOut] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Control:
    """One declared figure beside what came of it; amounts in the smallest unit.

    ``what`` is rows, members, a part of a balance, ``unit:NAME``, or the field of a log's column.
    ``found`` adds up every row that could be read. ``unread`` are rows whose cell says no amount.
    """

    what: str
    column: str
    source: str
    declared: int
    found: int
    accepted: int
    left_out: LeftOuts = field(default_factory=LeftOuts)
    unread: tuple[int, ...] = ()
    # The sheet that says it of itself, and all that were read as one.
    sheet: str = ""
    together: Sequence[str] = ()

    @property
    def difference(self) -> int:
        """What was declared and not accepted; negative where more was accepted."""
        return self.declared - self.accepted

    @property
    def holds(self) -> bool:
        """Whether all that was declared was accepted, and nothing else."""
        return self.difference == 0

    @property
    def is_explained(self) -> bool:
        """Whether rows that are listed make up the whole difference.

        >>> rows = LeftOuts([LeftOut(26, "flagged", 1500)], {"flagged": 1500})
        >>> Control("points", "积分", "file", 9500, 9600, 8000, rows).is_explained
        True
        >>> Control("points", "积分", "file", 9999, 9600, 8000, rows).is_explained
        False
        """
        if self.holds or self.declared == self.found:
            return True
        if self.what == "rows" and self.source == FROM_FILE:
            # Footers count pages and people as well; only a person can tell.
            return True
        if self.unread and self.difference > 0:
            return True
        return self.difference in _sums_of(self.left_out.sums.values())

    def as_dict(self) -> dict[str, Any]:
        """The control as a report and a screen show it."""
        return {
            "what": self.what,
            "column": self.column,
            "sheet": self.sheet,
            "source": self.source,
            "declared": self.declared,
            "found": self.found,
            "accepted": self.accepted,
            "difference": self.difference,
            "holds": self.holds,
            "is_explained": self.is_explained,
            "left_out": [
                {
                    "row": shown_number(one.row, self.together),
                    "outcome": one.outcome,
                    "amount": one.amount,
                    "codes": list(one.codes),
                }
                for one in self.left_out.rows[:SHOWN_ROWS]
            ],
            "unread": [shown_number(row, self.together) for row in self.unread[:SHOWN_ROWS]],
        }


def _sums_of(by_reason: Iterable[int]) -> set[int]:
    """What rows left out for the same reason add up to, each reason in or out."""
    sums = list(by_reason)
    return {sum(some) for size in range(1, len(sums) + 1) for some in combinations(sums, size)}


def name_of(what: str) -> Text:
    """What a figure counts, in the reader's language; a unit by its own name."""
    if what.startswith("unit:"):
        return what.removeprefix("unit:")
    return NAMES.get(what) or field_word(what)


def figure_of(what: str, amount: int, currency: str) -> str:
    """An amount of ``what`` in its smallest unit as a person reads it: money, or a count."""
    return format_minor(amount, currency) if what in MONEY_FIELDS else format_units(amount)


def figure_in(text: str, what: str, currency: str) -> int | None:
    """What somebody typed as the total of ``what``, in the smallest unit; None for nothing.

    Raises BadAmount, AmbiguousAmount, OtherCurrency, FractionalUnit.

    >>> figure_in("￥1.5万", "stored_value_principal", "CNY"), figure_in("1,200次", "points", "CNY")
    (1500000, 1200)
    """
    if what not in MONEY_FIELDS:
        return count_of(text)
    mark = guess_decimal_mark([text])
    return money_of(text, MoneyStyle(get_currency_precision(currency), mark, currency=currency))


def figures_in(said: Mapping[str, int | str], currency: str) -> dict[str, int]:
    """Totals by name in the smallest unit: numbers are that already, texts are what people write.

    Raises BadAmount, AmbiguousAmount, OtherCurrency, FractionalUnit, NegativeAmount.

    >>> figures_in({"rows": 2, "stored_value_principal": "1234.50", "points": "1,200"}, "CNY")
    {'rows': 2, 'stored_value_principal': 123450, 'points': 1200}
    """
    read = {
        what: figure_in(figure, what, currency) if isinstance(figure, str) else figure
        for what, figure in said.items()
    }
    return {
        what: not_negative(amount, str(said[what]))
        for what, amount in read.items()
        if amount is not None
    }


def fingerprint_of(controls: Sequence[Control]) -> str:
    """What a signature stands for: the same differences have the same text."""
    return ";".join(
        f"{one.source}:{one.what}:{one.column}{one.sheet}={one.difference}"
        for one in controls
        if not one.holds
    )
