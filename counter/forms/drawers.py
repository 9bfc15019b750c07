"""What was counted in a drawer, as typed: a sum, or so many of each note and coin."""

from django.http import QueryDict

from counter.forms.reading import read_amount, read_count, text_of
from counter.queries.drawers import DrawerSheet
from counter.rules.denominations import counted_from, denominations
from ledger.operations.day_close import Counted


def read_counted(typed: QueryDict, sheet: DrawerSheet, currency: str) -> Counted | None:
    """The count of one drawer; None where nothing was typed for it.

    Notes and coins, where typed, win over the sum. Raises AmountMissing, NotAWholeNumber and what
    ``parse_minor`` raises.
    """
    key = sheet.key
    pieces = {
        value: read_count(text)
        for value in denominations(currency)
        if (text := text_of(typed, f"d-{key}-{value}"))
    }
    total = text_of(typed, f"counted-{key}")
    if not pieces and not total:
        return None
    opening = text_of(typed, f"opening-{key}")
    began = read_amount(opening, currency) if opening else 0
    seen = text_of(typed, f"seen-{key}")
    return Counted(
        till=sheet.drawer.till,
        opening_float=began,
        counted=counted_from(pieces) if pieces else read_amount(total, currency),
        note=text_of(typed, f"note-{key}"),
        expected=began + int(seen) if seen.lstrip("-").isdecimal() else None,
        denominations={str(value): count for value, count in pieces.items()},
    )
