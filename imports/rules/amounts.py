"""Sums of money and counts out of cells; what cannot be read is refused, never taken for zero."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.cells import text_of
from imports.rules.sheets import UNCALCULATED, Cell

LARGEST = 10**12
CURRENCY_WORDS = re.compile(
    r"(?:cny|rmb|usd|us|hkd|hk|twd|nt|eur|gbp|jpy|aud|sgd|s|a|c|人民币|元|圆|块|円|港币|美元)?\s*[¥￥$€£₩₽฿¤]"
    r"|^(?:cny|rmb|usd|hkd|twd|eur|gbp|jpy|aud|sgd|cad|chf|人民币|港币|美元)\s*"
    r"|\s*(?:cny|rmb|usd|hkd|twd|eur|gbp|jpy|aud|sgd|cad|chf|元整|元|圆|块|円|港币|美元)$",
)
COUNT_WORDS = re.compile(r"\s*(?:次|个|枚|币|分|点|张|瓶|杯|份|课时|pts?|points?|coins?|tokens?)$")
MULTIPLES = {
    "万": Decimal(10_000),
    "萬": Decimal(10_000),
    "千": Decimal(1_000),
    "k": Decimal(1_000),
}
SPACES = re.compile(r"[\s_]+")
THOUSANDS_BY_APOSTROPHE = re.compile(r"\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?")
GROUPED = {mark: re.compile(rf"\d{{1,3}}(?:\{mark}\d{{3}})+") for mark in (",", ".")}
# Groups of two below the first three: 1,00,000.
INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
PLAIN = re.compile(r"\d+(?:\.\d+)?|\.\d+")
DECIMAL_COMMA = re.compile(r"\d,\d{1,2}\Z")
DECIMAL_POINT = re.compile(r"\d\.\d{1,2}\Z")


class BadCell(DomainError):
    """A cell that cannot be right; its row is not booked."""

    message = _("%(text)s cannot be read; correct the cell.")
    code: ClassVar[str] = "bad_cell"


class BadAmount(BadCell):
    code = "bad_amount"
    message = _("%(text)s is not an amount; write it as a number such as 12.50.")


class NegativeAmount(BadCell):
    code = "negative_amount"
    message = _("%(text)s is below zero; a member cannot hold less than nothing.")


class FractionalUnit(BadCell):
    code = "fractional_unit"
    message = _("%(text)s is not a whole number; points, coins and units are counted whole.")


class FormulaWithoutValue(BadCell):
    code = "formula_without_value"
    message = _(
        "The cell holds a formula that was never calculated; open the file in a spreadsheet "
        "program, save it and import it again."
    )


@dataclass(frozen=True, slots=True)
class MoneyStyle:
    """How a column writes money: its decimal mark, what one means (万, cents) and the scale."""

    exponent: int = 2
    decimal_mark: str = "."
    multiple: Decimal = Decimal(1)


def guess_decimal_mark(cells: Iterable[Cell]) -> str:
    """The decimal mark a column of amounts uses, told by those that can only mean one.

    >>> guess_decimal_mark(["1.234,50", "99,90"]), guess_decimal_mark(["1,234.50", "12"])
    (',', '.')
    """
    commas = points = 0
    for cell in cells:
        if isinstance(cell, str):
            text = _bare(cell)[0]
            commas += bool(DECIMAL_COMMA.search(text))
            points += bool(DECIMAL_POINT.search(text))
    return "," if commas > points else "."


def money_of(cell: Cell, style: MoneyStyle) -> int | None:
    """The amount in the currency's smallest unit, negative ones too; ``None`` for a blank cell.

    Raises BadAmount, for more decimals than the currency has too, and FormulaWithoutValue.

    >>> money_of("￥1,280.00", MoneyStyle()), money_of("（12.5）", MoneyStyle())
    (128000, -1250)
    """
    number = _decimal_of(cell, style.decimal_mark)
    if number is None:
        return None
    minor = (number * style.multiple).scaleb(style.exponent)
    if minor != minor.to_integral_value() or abs(minor) > LARGEST:
        raise BadAmount(text=text_of(cell))
    return int(minor)


def count_of(cell: Cell) -> int | None:
    """A whole number of points, coins or units; ``None`` for a blank cell.

    Raises BadAmount, FractionalUnit, FormulaWithoutValue.

    >>> count_of("1,957"), count_of(12.0), count_of("３次")
    (1957, 12, 3)
    """
    counted = COUNT_WORDS.sub("", cell.casefold()) if isinstance(cell, str) else cell
    number = _decimal_of(counted, ".")
    if number is None:
        return None
    if number != number.to_integral_value():
        raise FractionalUnit(text=text_of(cell))
    if abs(number) > LARGEST:
        raise BadAmount(text=text_of(cell))
    return int(number)


def not_negative(amount: int, cell: Cell) -> int:
    """The amount, refused below zero. Raises NegativeAmount."""
    if amount < 0:
        raise NegativeAmount(text=text_of(cell))
    return amount


def _decimal_of(cell: Cell, decimal_mark: str) -> Decimal | None:
    if cell == UNCALCULATED:
        raise FormulaWithoutValue
    if isinstance(cell, bool) or (cell is not None and not isinstance(cell, str | int | float)):
        raise BadAmount(text=text_of(cell))
    # Only an empty cell says nothing: a dash, N/A or NaN may stand for an amount that was lost.
    if not (text := text_of(cell)):
        return None
    if text.startswith("#"):
        raise BadAmount(text=text)
    if isinstance(cell, int | float):
        return _parsed(text, text)
    bare, negative, multiple = _bare(text)
    number = _parsed(_with_decimal_point(bare, decimal_mark), text) * multiple
    return -number if negative else number


def _parsed(digits: str, text: str) -> Decimal:
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise BadAmount(text=text) from None
    if not number.is_finite():
        raise BadAmount(text=text)
    return number


def _bare(text: str) -> tuple[str, bool, Decimal]:
    """Digits and marks alone, whether they are negative, and what one of them means."""
    bare = SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()
    bare = bare.replace("\u2212", "-").replace("\u2013", "-").replace("＋", "+")
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare.strip("()") if negative else bare
    for _round in range(2):
        # A sign may stand before or after the currency.
        if bare[:1] in {"-", "+"} or bare[-1:] == "-":
            negative = negative or "-" in {bare[:1], bare[-1:]}
            bare = bare.strip("+- ")
        bare = CURRENCY_WORDS.sub("", bare).strip()
    bare = bare.replace(" ", "")
    multiple = MULTIPLES.get(bare[-1:], Decimal(1))
    return (bare[:-1] if multiple != 1 else bare), negative, multiple


def _with_decimal_point(bare: str, decimal_mark: str) -> str:
    """The number in the form Decimal reads, or something it refuses."""
    if THOUSANDS_BY_APOSTROPHE.fullmatch(bare):
        bare = bare.replace("'", "").replace("’", "")
    if INDIAN.fullmatch(bare):
        return bare.replace(",", "")
    last_comma, last_point = bare.rfind(","), bare.rfind(".")
    if last_comma >= 0 and last_point >= 0:
        # Both marks: the last one parts off the decimals, whatever the column does.
        decimal_mark = "," if last_comma > last_point else "."
    group = "," if decimal_mark == "." else "."
    whole, _mark, decimals = bare.partition(decimal_mark)
    if group in whole:
        if not GROUPED[group].fullmatch(whole):
            return "?"
        whole = whole.replace(group, "")
    plain = f"{whole}.{decimals}" if decimals else whole
    return plain if PLAIN.fullmatch(plain) else "?"
