"""Sums of money and counts out of cells; what cannot be read is refused, never taken for zero."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError, Text
from imports.rules.cells import LONGEST_SAID, plain_of, text_of
from imports.rules.currencies import currency_in
from imports.rules.han_numbers import NUMERALS, in_digits
from imports.rules.sheets import UNCALCULATED, Cell

LARGEST = 10**12
# Codes and words that may stand before or after a number, and signs with what may lead them.
CODES = (
    "cny|rmb|usd|hkd|mop|twd|ntd|eur|gbp|jpy|krw|aud|nzd|sgd|cad|chf|thb|myr|idr|php|vnd|inr|aed|zar|brl|mxn"
    "|pln|czk|sek|nok|dkk|huf|try|tl|rub|uah|kzt|ron|lei|ils|sar|qar|kwd|egp|dhs?|vnđ|đ|won|원|人民币|港币|港元|美元|欧元|英镑|日元|台币|新台币|元整|元正|元|圆整|圆|块钱|块|円"
    '|euros?|dollars?|pounds?|baht|บาท|kr|ft|rm|rp|rs|zł|kč|лв|руб|р|грн|тг|درهم|ريال|د.إ|ر.س|ש"ח|שח'
)
CURRENCY_WORDS = re.compile(
    rf"(?:{CODES}|us|hk|nt|s|a|c|r|jp|cn)?\.?\s*[¥￥$€£₩₽฿¤₹₫₱₺₴₪₸]|^(?:{CODES})\.?\s*|\s*(?:{CODES})\.?$"
)
DEBIT_OR_CREDIT = re.compile(r"\s*(?<![a-z])(dr|cr)\.?$|^(dr|cr)(?![a-z])\.?\s*")
# 12元5角, 12块5, 3角.
YUAN_WORDS = re.compile(
    r"(?:(?P<yuan>\d+)\s*[元块圆])?\s*"
    r"(?:(?P<jiao>\d)\s*(?:[角毛]|(?<=[元块圆]\d)(?=$)))?\s*(?:(?P<fen>\d)\s*分)?"
)
COUNTED = (
    "次|人次|个|枚|币|分|点|张|瓶|杯|份|课时|堂|节|回|回数|件|套|支|罐|听|桶|盒|袋|包|餐|顿|位"
)
COUNT_WORDS = re.compile(
    rf"\s*(?:{COUNTED}|ポイント|p"
    r"|회|개|장|점|포인트|ครั้ง|แต้ม|คะแนน|buổi|lần|điểm|шт|раз|pts?|points?|coins?|tokens?|visits?|sessions?|uses?|left|remaining)\.?"
    r"(?:\s+(?:left|remaining))?$"
)
# 半瓶, 两张半: no whole number; 三块半: fifty cents beside it.
HALF_OF_ONE = re.compile(rf"(?:[\d{NUMERALS}]+\s*(?:{COUNTED})?)?半(?:{COUNTED})?")
HALF_YUAN = re.compile(r"(?<=[元块圆])半$")
# Somebody's dash, or one.
MAYBE_A_DASH = "一"
# 剩3次/共10次: what there was to begin with, behind what is left.
OUT_OF = re.compile(
    r"(?<=\d)(?P<word>次|张|节|回|堂)?\s*[/,(]?\s*(?:总?共|总计?)\s*\d+\s*(?(word)(?P=word))\s*\)?$"
)
# 共10次剩4次: the same, in front of it.
OUT_OF_BEFORE = re.compile(r"^(?:总?共|总计?)\s*\d+\s*[次张节回堂]?\s*[/,，(]?\s*(?=还?剩|余)")
# Words that say of a number that it is what is left.
LEFT = re.compile(
    r"^(?:还?剩余?|余额?|结余|现余|left|balance|saldo|solde|残り?|остаток)\s*:?\s*(?=[¥$€£₩฿]?\s?\d)"
)
# 500/- of rupees and shillings: no cents.
INDIAN_END = re.compile(r"(?<=\d)\s?/[-=]$")
# 25,- and 12.--: no cents.
NO_CENTS = re.compile(r"(?<=\d)(?P<mark>[.,])\s?(?:-{1,2}|—)$")
MULTIPLES = {
    "亿": Decimal(100_000_000),
    "億": Decimal(100_000_000),
    "w": Decimal(10_000),
    "百": Decimal(100),
    "万": Decimal(10_000),
    "萬": Decimal(10_000),
    "千": Decimal(1_000),
    "k": Decimal(1_000),
}
THOUSANDS_BY_APOSTROPHE = re.compile(r"\d{1,3}(?:['’]\d{3})+(?:[.,]\d+)?")
# A group that begins with a nought is no group: 0,500 is half of one.
GROUPED = {mark: re.compile(rf"[1-9]\d{{0,2}}(?:\{mark}\d{{3}})+") for mark in (",", ".")}
GROUPED_BY_SPACE = re.compile(r"[1-9]\d{0,2}(?: \d{3})+(?:[.,]\d+)?")
# Groups of two below the first three: 1,00,000.
INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
PLAIN = re.compile(r"\d+(?:\.\d+)?|\.\d+")
DECIMAL_COMMA = re.compile(r"\d,\d{1,2}\Z|\d\.\d{3},\d+\Z|\d\.\d{3}\.\d{3}\Z")
DECIMAL_POINT = re.compile(r"\d\.\d{1,2}\Z|\d,\d{3}\.\d+\Z|\d,\d{3},\d{3}\Z")


class BadCell(DomainError):
    """A cell that cannot be right; its row is not booked."""

    message = _("%(text)s cannot be read; correct the cell.")
    # What is to be said where the cell is empty.
    if_empty: ClassVar[Text] = ""
    code: ClassVar[str] = "bad_cell"

    def __str__(self) -> str:
        is_empty = self.if_empty and not self.params.get("text")
        return str(self.if_empty) if is_empty else super().__str__()


class BadAmount(BadCell):
    code = "bad_amount"
    message = _("%(text)s is no amount or count; write it as a number such as 7 or 12.50.")
    if_empty = _("The row says no amount; write it as a number such as 12.50.")


class AmbiguousAmount(BadAmount):
    code = "ambiguous_amount"
    message = _(
        "%(text)s can be read in more than one way; write it in digits, such as 12 or 12.50."
    )


class OtherCurrency(BadCell):
    code = "other_currency"
    message = _("%(text)s is not in %(currency)s, the currency of the store; convert it.")


class NegativeAmount(BadCell):
    code = "negative_amount"
    message = _("%(text)s is below zero; a member cannot hold less than nothing.")


class FractionalUnit(BadCell):
    code = "fractional_unit"
    message = _(
        "%(text)s is not a whole number; points, coins and units are counted whole: correct the "
        "cell, or say under Columns how many of ours one of theirs is, or that the column is money."
    )


class FormulaWithoutValue(BadCell):
    code = "formula_without_value"
    message = _(
        "The cell holds a formula that was never calculated; open the file in a spreadsheet "
        "program, save it and import it again."
    )


@dataclass(frozen=True, slots=True)
class MoneyStyle:
    """How a column writes money: its decimal mark, what one means (万, cents) and the scale.

    With a ``currency`` amounts in another one are refused.
    """

    exponent: int = 2
    decimal_mark: str = "."
    multiple: Decimal = Decimal(1)
    currency: str = ""


def guess_decimal_mark(cells: Iterable[Cell], usual: str = ".") -> str:
    """The decimal mark a column of amounts uses, told by those that can only mean one.

    ``usual`` is the mark of the country, where the column does not say.

    >>> guess_decimal_mark(["1.234,50", "99,90"]), guess_decimal_mark(["1,234.50", "12"])
    (',', '.')
    >>> guess_decimal_mark(["1.234"], ","), guess_decimal_mark(["1,234"], ".")
    (',', '.')
    """
    commas = points = 0
    for cell in cells:
        if isinstance(cell, str):
            text = _bare(cell)[0]
            commas += bool(DECIMAL_COMMA.search(text))
            points += bool(DECIMAL_POINT.search(text))
    if commas == points:
        return usual
    return "," if commas > points else "."


def money_of(cell: Cell, style: MoneyStyle) -> int | None:
    """The amount in the currency's smallest unit, negative ones too; ``None`` for a blank cell.

    Raises BadAmount, for more decimals than the currency has too, OtherCurrency and
    FormulaWithoutValue.

    >>> money_of("￥1,280.00", MoneyStyle()), money_of("（12.5）", MoneyStyle())
    (128000, -1250)
    >>> money_of("12元5角", MoneyStyle()), money_of("1.2万", MoneyStyle())
    (1250, 1200000)
    """
    number = _decimal_of(cell, style.decimal_mark)
    if number is None:
        return None
    is_plain = not isinstance(cell, str) or PLAIN.fullmatch(cell)
    if style.currency and not is_plain and currency_in(str(cell)) not in {"", style.currency}:
        raise OtherCurrency(text=text_of(cell), currency=style.currency)
    minor = (number * style.multiple).scaleb(style.exponent)
    if minor != minor.to_integral_value() or abs(minor) > LARGEST:
        raise BadAmount(text=text_of(cell))
    return int(minor)


def count_of(cell: Cell, decimal_mark: str = ".", multiple: Decimal = Decimal(1)) -> int | None:
    """A whole number of points, coins or units; ``None`` for a blank cell.

    ``decimal_mark`` says which mark parts no thousands, ``multiple`` what one means.

    Raises BadAmount, FractionalUnit, FormulaWithoutValue.

    >>> count_of("1,957"), count_of(12.0), count_of("３次")
    (1957, 12, 3)
    >>> count_of("12.5", multiple=Decimal(10)), count_of("120.00")
    (125, 120)
    """
    counted = _without_count_words(cell) if isinstance(cell, str) else cell
    number = _decimal_of(counted, decimal_mark)
    if number is None:
        return None
    number *= multiple
    if number != number.to_integral_value():
        raise FractionalUnit(text=text_of(cell))
    if abs(number) > LARGEST:
        raise BadAmount(text=text_of(cell))
    return int(number)


def _without_count_words(cell: str) -> str:
    if cell == UNCALCULATED:
        return cell
    text = text_of(cell)
    if "半" in text and HALF_OF_ONE.fullmatch(text):
        raise FractionalUnit(text=text)
    plain = OUT_OF_BEFORE.sub("", _plainly(text).casefold())
    return COUNT_WORDS.sub("", OUT_OF.sub(r"\g<word>", plain))


def _plainly(text: str) -> str:
    """The text with numerals of other scripts in digits. Raises BadAmount, AmbiguousAmount."""
    if len(text) > LONGEST_SAID:
        raise BadAmount(text=text)
    digits = in_digits(HALF_YUAN.sub("5角", unicodedata.normalize("NFKC", text)))
    if digits is None or text == MAYBE_A_DASH:
        raise AmbiguousAmount(text=text)
    return digits


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
    if PLAIN.fullmatch(text) and ("." not in text or decimal_mark == "."):
        return _parsed(text, text)
    bare, negative, multiple = _bare(_plainly(text))
    if (number := _yuan_and_jiao(bare)) is None:
        plain = _with_decimal_point(bare, decimal_mark)
        number = _parsed(plain, text) * multiple
    return -number if negative else number


def _yuan_and_jiao(bare: str) -> Decimal | None:
    """An amount told in 元, 角 and 分, ``None`` for any other."""
    found = YUAN_WORDS.fullmatch(bare) if bare[-1:] in "角毛分" or "块" in bare else None
    # 5分 alone may be five points.
    if not found or not (found["yuan"] or found["jiao"]):
        return None
    yuan, jiao, fen = (Decimal(found[key] or 0) for key in ("yuan", "jiao", "fen"))
    return yuan + jiao / 10 + fen / 100


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
    bare = plain_of(text.replace("_", " ")).casefold()
    bare = LEFT.sub("", _western_digits(bare), count=1)
    bare = bare.replace("\u2212", "-").replace("\u2013", "-").replace("＋", "+")
    bare = f"-{bare[1:].lstrip()}" if bare[:1] in {"负", "負"} else bare
    negative = bare.startswith("(") and bare.endswith(")")
    bare = bare.strip("()") if negative else bare
    if side := DEBIT_OR_CREDIT.search(bare):
        negative = negative or "dr" in side[0]
        bare = DEBIT_OR_CREDIT.sub("", bare).strip()
    for _round in range(2):
        # A sign may stand before or after the currency.
        bare = INDIAN_END.sub("", NO_CENTS.sub(r"\g<mark>00", bare))
        if bare[:1] in {"-", "+"} or bare[-1:] == "-":
            negative = negative or "-" in {bare[:1], bare[-1:]}
            bare = bare.strip("+- ")
        bare = CURRENCY_WORDS.sub("", bare, count=1).strip()
    multiple = MULTIPLES.get(bare[-1:], Decimal(1))
    return (bare[:-1].rstrip() if multiple != 1 else bare), negative, multiple


def _western_digits(text: str) -> str:
    """Digits of any script as those of ASCII, and the marks that stand between Arabic ones."""
    if text.isascii():
        return text
    digits = (str(unicodedata.decimal(sign, sign)) for sign in text)
    return "".join(digits).replace("٫", ".").replace("٬", ",")


def _with_decimal_point(bare: str, decimal_mark: str) -> str:
    """The number in the form Decimal reads, or something it refuses."""
    if GROUPED_BY_SPACE.fullmatch(bare):
        # Blanks part the thousands, so that any mark parts off the decimals.
        return bare.replace(" ", "").replace(",", ".")
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
