"""The columns of a file and what kind of thing each field holds."""

import re
from dataclasses import dataclass
from decimal import Decimal

from imports.rules.aliases import HISTORY, SECRET

MONEY_FIELDS = frozenset(
    {"stored_value", "stored_value_principal", "stored_value_bonus", "stored_value_total"}
    | {"amount", "list_amount", "discount", "tax", "refunded", "line_amount", "tender_amount"}
    | {"amount_in", "amount_out", "balance", "min_spend", "unit_price"}
)
# Amounts that are no parts of a sum: a threshold, a price, the balance after each line.
NOT_SUMMED = frozenset({"balance", "min_spend", "unit_price"})
COUNT_FIELDS = frozenset({"points", "coins", "units", "due", "paid_out", "difference"})
DATE_FIELDS = frozenset({"joined", "birthday", "unit_expires", "at", "issued", "tier_until"})
SEVERAL = frozenset(
    {"units", "unit_name", "unit_expires", "bundles", "tender_amount", HISTORY, SECRET}
    | {"external_id"}
)
EMAIL = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;]{2,}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file; ``field`` is empty where it is only kept."""

    index: int
    header: str
    field: str
    how: str
    score: int = 0
    multiple: Decimal = Decimal(1)
    unit: str = ""
    # What bare numbers of a column of discounts tell, where the owner said so.
    discounts: str = ""
    # What the column may be, where nobody is sure: it is kept as it stands until somebody says so.
    guess: str = ""

    @property
    def shown(self) -> str:
        """What the column is called where somebody reads it."""
        return self.header or f"column {self.index + 1}"
