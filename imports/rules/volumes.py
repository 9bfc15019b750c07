"""What a tap poured, in millilitres, however its log measures it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

from imports.rules.amounts import AmbiguousAmount, MoneyStyle, money_of
from imports.rules.cells import plain_of, text_of, value_of
from imports.rules.fields import Column
from imports.rules.sheets import Cell, Row

POURED = frozenset({"due", "paid_out", "difference"})
MILLILITRES = {
    **dict.fromkeys(("ml", "毫升", "mls", "мл", "cc"), Decimal(1)),
    **dict.fromkeys(("cl", "厘升", "сл"), Decimal(10)),
    **dict.fromkeys(("dl", "дл"), Decimal(100)),
    **dict.fromkeys(
        (
            "l",
            "lt",
            "ltr",
            "litre",
            "litres",
            "liter",
            "liters",
            "升",
            "公升",
            "л",
            "リットル",
            "리터",
        ),
        Decimal(1_000),
    ),
}
# A pint is what the country says it is.
PINTS = {"US": Decimal("473.176"), "GB": Decimal("568.261"), "IE": Decimal("568.261")}
PINT = frozenset({"pt", "pts", "pint", "pints", "品脱"})
OUNCES_IN_A_PINT = {"US": 16, "GB": 20, "IE": 20}
OUNCE = frozenset({"oz", "floz", "盎司"})
NAMES = "|".join(sorted({*MILLILITRES, *PINT, *OUNCE, "fl oz"}, key=len, reverse=True))
IN_A_CELL = re.compile(rf"(?<=[\d.,\s])({NAMES})\.?$")
IN_A_HEADER = re.compile(rf"[(\[/_\s]({NAMES})[)\]]?\s*$|^({NAMES})$")
# Finer than any meter.
DECIMALS = 6


def settle_volumes(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """The columns of a pour log, each with the unit its header or its cells say."""
    return [
        replace(column, unit=_unit_of(column, sample)) if column.field in POURED else column
        for column in columns
    ]


def volume_of(cell: Cell, unit: str, decimal_mark: str, country: str) -> int | None:
    """Whole millilitres, half of one rounded up; ``unit`` is that of cells which say none.

    Raises BadAmount, and AmbiguousAmount where the unit, or its size, is not known.

    >>> volume_of("0.48 L", "", ".", "CN"), volume_of(498.5, "ml", ".", "CN")
    (480, 499)
    >>> volume_of("1 pt", "", ".", "GB"), volume_of("0,33", "l", ",", "DE")
    (568, 330)
    """
    text = plain_of(text_of(cell)).casefold()
    own = IN_A_CELL.search(text)
    number = text[: own.start()] if own else cell
    amount = money_of(number, MoneyStyle(DECIMALS, decimal_mark))
    if amount is None:
        return None
    size = _size(own[1] if own else unit, country)
    if size is None:
        raise AmbiguousAmount(text=text_of(cell))
    return int((Decimal(amount).scaleb(-DECIMALS) * size).to_integral_value(ROUND_HALF_UP))


def _size(unit: str, country: str) -> Decimal | None:
    name, pint = unit.replace(" ", ""), PINTS.get(country)
    if name in PINT:
        return pint
    if name in OUNCE:
        return pint / OUNCES_IN_A_PINT[country] if pint else None
    return MILLILITRES.get(name)


def _unit_of(column: Column, sample: Sequence[Row]) -> str:
    """The unit in a header, else the one that all cells with a unit have; ? where they differ."""
    if found := IN_A_HEADER.search(plain_of(column.header).casefold()):
        return found[1] or found[2]
    cells = (row.cells[column.index] for row in sample if column.index < len(row.cells))
    texts = (plain_of(value_of(cell)).casefold() for cell in cells)
    units = {found[1] for text in texts if (found := IN_A_CELL.search(text))}
    return "" if not units else units.pop() if len(units) == 1 else "?"
