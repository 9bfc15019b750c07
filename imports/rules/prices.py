"""A bill's total that stands in each of its lines, told by what the lines cost piece by piece.

Nothing else tells such a list from one of lines that cost the same: taken for amounts of lines,
the totals would be booked as often as the bill has lines.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from imports.rules.cells import value_of
from imports.rules.contents import cents_of
from imports.rules.fields import Column
from imports.rules.sheets import Row

NEEDED = frozenset({"source_id", "amount", "quantity"})
# With these nobody has to work out what a line came to.
TOLD = frozenset({"line_amount", "unit_price", "tender_amount"})

type Line = tuple[int, int, int]


def settle_prices(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """The columns of a log of sales, with the price of a piece or a line where it proves totals."""
    fields = {column.field: column.index for column in columns if column.field}
    if not fields.keys() >= NEEDED:
        return columns
    subtotal = _repeated_subtotal(columns, fields, sample)
    if fields.keys() & TOLD - ({"line_amount"} if subtotal else set()):
        return columns
    for column in columns:
        if column.how == "mapping" or column.field not in {"", "list_amount"}:
            continue
        bills = _bills(column.index, fields, sample)
        for field in ("unit_price", "line_amount"):
            if _prove_totals(bills, by_piece=field == "unit_price"):
                priced = replace(column, field=field, how="content", guess="")
                kept = subtotal and replace(subtotal, field="", how="second choice")
                changed = {column: priced, subtotal: kept}
                return [changed.get(one) or one for one in columns]
    return columns


def _repeated_subtotal(
    columns: Sequence[Column], fields: dict[str, int], sample: Sequence[Row]
) -> Column | None:
    """A column called after lines that is the bill's amount again, in each line of every bill."""
    line = next((c for c in columns if c.field == "line_amount" and c.how != "mapping"), None)
    bills = _bills(line.index, fields, sample) if line else []
    is_again = all(price == amount for lines in bills for price, _pieces, amount in lines)
    return line if bills and is_again else None


def _bills(index: int, fields: dict[str, int], sample: Sequence[Row]) -> list[list[Line]]:
    """Price, hundredths of pieces and amount of the lines of bills that have several, all read."""
    bills: dict[str, list[Line]] = defaultdict(list)
    unread = set()
    for row in sample:
        number = value_of(row.cell(fields["source_id"]))
        price, pieces, amount = (
            cents_of(row.cell(place)) for place in (index, fields["quantity"], fields["amount"])
        )
        if price is None or pieces is None or amount is None:
            unread.add(number)
        else:
            bills[number].append((price, pieces, amount))
    return [lines for number, lines in bills.items() if len(lines) > 1 and number not in unread]


def _prove_totals(bills: Iterable[Sequence[Line]], *, by_piece: bool) -> bool:
    """Whether most bills that can be read have one amount in all lines, and it is their sum."""
    proved = [
        _proves([(price, pieces if by_piece else 100, amount) for price, pieces, amount in lines])
        for lines in bills
    ]
    return any(proved) and sum(proved) * 3 >= len(proved) * 2


def _proves(lines: Sequence[Line]) -> bool:
    amounts = {amount for _price, _pieces, amount in lines}
    cost = sum(price * pieces for price, pieces, _amount in lines)
    return len(amounts) == 1 and cost == amounts.pop() * 100 != 0
