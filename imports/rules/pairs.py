"""Two amounts in one cell: 100/20 under 余额（本金/赠送）, parted into two columns of their own."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from imports.rules.aliases import recognise
from imports.rules.cells import text_of
from imports.rules.headers import Header
from imports.rules.sheets import Cell, Row, Sheet, is_blank, trimmed

PAID, GIVEN = frozenset({"stored_value", "stored_value_principal"}), "stored_value_bonus"
BETWEEN = r"\s*[/+、|&和]\s*"
# 余额(本金/赠送), 本金+赠金, Balance (paid/bonus).
NAMED = re.compile(
    rf"(?:^|.*[(\[:])\s*(?P<one>[^()\[\]:/+、|&]+?){BETWEEN}(?P<other>[^()\[\]:/+、|&]+?)[)\]]?"
)
AMOUNT = r"[^\d()+/、|]{0,6}(?P<%s>-?[\d.,']*\d)\s*[^\d()+/、|.]{0,3}"
PAIR = re.compile(rf"{AMOUNT % 'one'}[(+/、|\s]+{AMOUNT % 'other'}\)?")


def parted(sheet: Sheet, header: Header) -> tuple[Sheet, Header]:
    """The sheet with two columns of one amount each instead of one of paid and given amounts.

    These stand behind all others; a cell that is no pair stands in the first of them as it is.
    """
    pairs = [(index, names) for index, name in enumerate(header.names) if (names := parts_of(name))]
    if not pairs:
        return sheet, header
    index, names = pairs[0]
    place = max(len(header.names), sheet.width)
    others = [*header.names, *[""] * (place - len(header.names))]
    others[index] = ""
    groups = header.groups and (*header.groups, *[""] * (place + 2 - len(header.groups)))
    rows = partial(_rows, sheet, header.row, index, place)
    whole = replace(header, names=(*others, *names), groups=groups)
    return replace(sheet, rows=rows, width=place + 2), whole


def parts_of(name: str) -> tuple[str, str] | None:
    """What a column of two amounts calls what was paid and what was given, in this order.

    >>> parts_of("余额（本金/赠送）"), parts_of("Balance (paid + bonus)"), parts_of("本金")
    (('本金', '赠送'), ('paid balance', 'bonus'), None)
    """
    found = NAMED.fullmatch(unicodedata.normalize("NFKC", name))
    if found is None:
        return None
    paid, given = (_named_alone(found[side].strip()) for side in ("one", "other"))
    is_pair = _field(paid) in PAID and _field(given) == GIVEN
    return (paid, given) if is_pair else None


def _named_alone(part: str) -> str:
    """A part by a name that means it where it stands alone."""
    if _field(part) in PAID | {GIVEN}:
        return part
    return f"{part} balance" if part.isascii() else f"{part}余额"


def _field(name: str) -> str:
    match = recognise(name, "members")
    return match.field if match is not None else ""


def pair_in(cell: Cell) -> tuple[str, str] | None:
    """The two amounts of a cell.

    >>> pair_in("100/20"), pair_in("本金¥1,000.50元 + 赠20元"), pair_in("100（赠20）"), pair_in(100)
    (('100', '20'), ('1,000.50', '20'), ('100', '20'), None)
    """
    text = unicodedata.normalize("NFKC", text_of(cell))
    found = PAIR.fullmatch(text) if isinstance(cell, str) else None
    return (found["one"], found["other"]) if found else None


def _rows(sheet: Sheet, header_row: int, index: int, place: int) -> Iterator[Row]:
    for row in sheet.rows():
        cell = row.cell(index)
        if row.number <= header_row or is_blank(cell) or len(row.cells) > place:
            yield row
        else:
            others = [*row.cells, *[None] * (place - len(row.cells))]
            others[index] = None
            # The name of the column once more is none of an amount.
            pair = () if parts_of(text_of(cell)) else pair_in(cell) or (cell,)
            yield Row(row.number, trimmed([*others, *pair]))
