"""What the cells of a column look like: a second opinion on what its header says."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from common.errors import DomainError
from common.phones import BadPhone, PhoneLostDigits, to_e164
from imports.rules.amounts import MoneyStyle, guess_decimal_mark, money_of
from imports.rules.card_words import UNISSUED, status_of
from imports.rules.cells import LONGEST_SAID, gender_of, value_of
from imports.rules.dates import DateStyle, day_of
from imports.rules.fields import EMAIL, Column
from imports.rules.sheets import Cell, Row
from imports.rules.spellings import normalise

# What a column of states is called, whatever they are of.
STATES = frozenset({"状态", "狀態", "status", "state"})
CONTENT_AGREES = 0.8
CELLS_LOOKED_AT = 60
# In most lists people were born before this year and joined after it.
BORN_BEFORE = 2005
MOST_TIERS = 12
TIER_WORD = re.compile(
    r"会员|普通|银卡|金卡|白金|铂金|黑金|钻石|黑卡|铜卡|至尊|尊享|贵宾|vip|银|金|钻|星级|[一二三四五六七八九]级"
    r"|gold|silver|bronze|platinum|diamond|basic|standard|premium|regular|classic|elite|member|level\s?\d|lv\s?\d",
    re.IGNORECASE,
)
MONEY_LOOK = re.compile(
    r"[-+(（]?\s*(?:[¥￥$€£₩฿]|rmb|cny|usd)?\s*[\d,' ]+\.\d{2}\s*[)）]?\s*(?:元)?", re.IGNORECASE
)
DATE_LOOK = re.compile(
    r"\d{4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{1,2}[\s-][A-Za-z]{3}"
)
STEP_LOOK = re.compile(r"(?:lv|level|v|vip)?\s*\.?\s*\d{1,3}", re.IGNORECASE)
PASS_WORD = re.compile(
    r"\d+\s*[次节张]|次卡|[月季年周]卡|课程|课包|套餐|疗程|回数券|회권|\bpass\b|sessions?|visits?|\d+\s*-?\s*pack|bundle|karnet|абонемент",
    re.IGNORECASE,
)
# 洗车:3次, 剩2张, Massage: 4, 3 left.
BUNDLE_LOOK = re.compile(
    r"(?:剩余?|余)\s*\d|\d\s*[次节](?!卡)|\d+\s*(?:left|remaining)\b|[^\W\d]\s*[:：]\s*\d+\s*$",
    re.IGNORECASE,
)
LOOKED_INTO = 200
ORDER_LOOK = re.compile(r"#\s?\w*\d+|[A-Z]{0,4}[-_]?\d{3,}(?:[-_]\d+)?")
STANDINGS = frozenset(
    (
        *("enabled", "disabled", "invited", "declined", "member", "guest", "active", "inactive"),
        *("candidate", "blocked", "verified", "unverified", "pending", "excluded", "subscribed"),
        *("正常", "启用", "禁用", "停用", "有效", "无效", "冻结"),
    )
)
# Headers that only count columns say nothing about them.
SAYS_NOTHING = re.compile(
    r"^(?:column|col|field|unnamed|untitled|header|feld|spalte|colonne|columna|campo"
    r"|列|字段|栏|未命名|无标题|项目|自定义字段|备用|其他)?[\s:_]*\d*$",
    re.IGNORECASE,
)


def cells_of(index: int, sample: Sequence[Row]) -> list[Cell]:
    """Cells of a column that say something, of long ones the beginning."""
    cells = (row.cells[index] for row in sample if index < len(row.cells))
    return [
        cell[:LONGEST_SAID] if isinstance(cell, str) else cell for cell in cells if value_of(cell)
    ]


def values_of(index: int, sample: Sequence[Row]) -> list[str]:
    """The texts of a column that say something."""
    return [value_of(cell) for cell in cells_of(index, sample)]


def share(values: Sequence[Any], agrees: Callable[[Any], bool]) -> bool:
    """Whether nearly all of a column looks so; three cells at least have to be there."""
    looked = values[:CELLS_LOOKED_AT]
    return len(looked) >= 3 and sum(map(agrees, looked)) >= len(looked) * CONTENT_AGREES


def is_phone(text: str, country: str) -> bool:
    """Whether a text is a phone number beyond doubt.

    >>> is_phone("138 0013 8000", "CN"), is_phone("000080", "CN")
    (True, False)
    """
    digits = re.sub(r"\D", "", text)
    if len(digits) < 8 or (country == "CN" and not re.search(r"1[3-9]\d{9}$", digits)):
        return False
    try:
        to_e164(text, country)
    except (BadPhone, PhoneLostDigits):
        return False
    return True


def is_day_alone(text: str) -> bool:
    """Whether a text is a day, and says no time of it.

    >>> [is_day_alone(text) for text in ("2025-03-01", "2025-03-01 10:00", "2025-03-01 00:00:00")]
    [True, False, True]
    """
    return ":" not in text.removesuffix("00:00:00").removesuffix("00:00")


def is_day(text: str) -> bool:
    """Whether a text begins with a day.

    >>> is_day("01/05/2027"), is_day("2027-01-05 10:00"), is_day("0000123")
    (True, True, False)
    """
    return bool(DATE_LOOK.match(text))


def is_step(text: str) -> bool:
    """Whether a text counts a step of standing.

    >>> is_step("LV3"), is_step("2"), is_step("金卡")
    (True, True, False)
    """
    return bool(STEP_LOOK.fullmatch(text))


def is_order_number(text: str) -> bool:
    """Whether a text is the number of an order and nobody's name.

    >>> is_order_number("#1001"), is_order_number("SO-20240305"), is_order_number("Ann 5")
    (True, True, False)
    """
    return bool(ORDER_LOOK.fullmatch(text))


def is_standing(text: str) -> bool:
    """Whether a text says how an account stands.

    >>> is_standing("Disabled"), is_standing("MA")
    (True, False)
    """
    return text.casefold() in STANDINGS


def is_email(text: str) -> bool:
    """Whether a text is an e-mail address."""
    return bool(EMAIL.fullmatch(text))


def counts_up(values: Sequence[str]) -> bool:
    """Whether a column only numbers the rows.

    >>> counts_up(["1", "2", "3"]), counts_up(["8801", "7003"])
    (True, False)
    """
    numbers = [int(text) for text in values if text.isdigit() and not text.startswith("0")]
    steady = all(later > sooner for sooner, later in pairwise(numbers))
    return len(numbers) == len(values) and steady and (not numbers or numbers[0] <= 1000)


def are_tiers(values: Sequence[str]) -> bool:
    """Whether a column holds a handful of words that tiers are called by.

    >>> are_tiers(["金卡", "银卡", "金卡"]), are_tiers(["张金", "李银", "王"])
    (True, False)
    """
    words = {text for text in values[:CELLS_LOOKED_AT] if not text.isdigit()}
    few = len(words) <= min(MOST_TIERS, max(2, len(values) * 2 // 3))
    return few and share(values, lambda text: bool(TIER_WORD.search(text)))


def are_passes(values: Sequence[str]) -> bool:
    """Whether half of a column's words are what passes and bundles are called.

    >>> are_passes(["精洗10次卡", "储值卡"]), are_passes(["金卡", "银卡"])
    (True, False)
    """
    return bool(values) and 2 * sum(bool(PASS_WORD.search(v)) for v in values) >= len(values)


def are_bundles(cells: Sequence[Cell]) -> bool:
    """Whether every text of a column says how much is left of something.

    >>> are_bundles(["洗车:3次;打蜡:2次", "Massage (3 left)"]), are_bundles(["10:30", "3"])
    (True, False)
    """
    return all(BUNDLE_LOOK.search(value_of(cell)[:LOOKED_INTO]) for cell in cells)


def are_genders(values: Sequence[str]) -> bool:
    """Whether a column says men and women in words, not in numbers.

    >>> are_genders(["男", "女", "女"]), are_genders(["1", "2", "1"])
    (True, False)
    """
    return share(values, lambda text: not text.isdigit() and gender_of(text) in {"M", "F"})


def days_in(cells: Sequence[Cell], style: DateStyle) -> list[date]:
    """The days of a column that is one of dates, empty for any other one."""

    def looks(cell: Cell) -> bool:
        return isinstance(cell, date | datetime) or (
            isinstance(cell, str) and bool(DATE_LOOK.match(value_of(cell)))
        )

    if not share(cells, looks):
        return []
    days = []
    for cell in cells[:CELLS_LOOKED_AT]:
        try:
            day = day_of(cell, style)
        except DomainError:
            continue
        if day is not None:
            days.append(day)
    return days


def are_births(days: Sequence[date]) -> bool:
    """Whether most of the days lie so far back that people were born on them."""
    return sorted(days)[len(days) // 2].year < BORN_BEFORE


def are_amounts(cells: Sequence[Cell]) -> bool:
    """Whether a column is money by its look: two decimals or a currency on nearly every number.

    >>> are_amounts(["¥12.50", "100.00", "0.00"]), are_amounts(["12", "30", "7"])
    (True, False)
    """

    def looks(cell: Cell) -> bool:
        if isinstance(cell, float):
            return not cell.is_integer() and round(cell, 2) == cell
        return isinstance(cell, str) and bool(MONEY_LOOK.fullmatch(value_of(cell)))

    return share(cells, looks)


def are_fractions(cells: Sequence[Cell]) -> bool:
    """Whether most numbers of a column are not whole, so that it counts no points."""
    looked = [cell for cell in cells[:CELLS_LOOKED_AT] if cents_of(cell) is not None]
    return (
        len(looked) >= 5
        and sum((cents_of(cell) or 0) % 100 != 0 for cell in looked) * 5 >= len(looked) * 3
    )


def cents_of(cell: Cell) -> int | None:
    """A cell as money of two decimals, ``None`` where it is none."""
    try:
        return money_of(cell, MoneyStyle(decimal_mark=guess_decimal_mark([cell])))
    except DomainError:
        return None


def states_of_cards(columns: Sequence[Column], sample: Sequence[Row]) -> list[Column]:
    """A column of states beside cards is theirs where it says that some are not sold yet."""
    fields = {column.field for column in columns}
    if "card" not in fields or "card_status" in fields:
        return list(columns)
    return [
        replace(column, field="card_status", how="content")
        if not column.field and normalise(column.header) in STATES and _are_of_cards(column, sample)
        else column
        for column in columns
    ]


def _are_of_cards(column: Column, sample: Sequence[Row]) -> bool:
    said = {status_of(text) for text in values_of(column.index, sample)}
    return UNISSUED in said and None not in said
