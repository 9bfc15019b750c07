"""Birthdays kept by the lunar calendar: read as people say them, found on the solar one.

Two rules are ours, as families keep them: born on the 30th of a month that has only 29 days this
year, the birthday is the 29th; born in a leap month, it is kept in the ordinary month of that
number whenever the year has no such leap month.
"""

import re
import unicodedata
from datetime import date, timedelta
from functools import cache
from typing import NamedTuple

from lunar_python import LunarYear

FIRST_YEAR, LAST_YEAR = 1901, 2098
# The Julian day of the day before 0001-01-01, from which Python counts its days.
JULIAN_DAY_ZERO = 1_721_425

MONTHS = {
    "正": 1, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "十": 10, "十一": 11, "冬": 11, "十二": 12, "腊": 12, "臘": 12,
}  # fmt: skip
DIGITS = "一二三四五六七八九"
SAID = re.compile(
    r"(?:农历|農曆|阴历|陰曆|旧历|lunar)?(?:[\d〇零一二三四五六七八九]{4}[年\-/.])?"
    r"(?P<leap>[闰閏]?)(?P<month>\d{1,2}|[一二三四五六七八九十正冬腊臘]{1,2})"
    r"[月\-/.](?P<day>\d{1,2}|[初一二三四五六七八九十廿卅]{1,3})[日号]?",
    re.IGNORECASE,
)


class LunarDay(NamedTuple):
    """A day of the lunar year."""

    month: int
    day: int
    is_leap: bool = False


def read_lunar_day(said: str) -> LunarDay | None:
    """The lunar day in a text such as 八月十五, 闰六月初一 or 农历8-15; ``None`` if there is none.

    A year before it is left aside.

    >>> read_lunar_day("腊月廿三"), read_lunar_day("闰六月初一")
    (LunarDay(month=12, day=23, is_leap=False), LunarDay(month=6, day=1, is_leap=True))
    >>> read_lunar_day("农历1990-8-15") == read_lunar_day("一九九〇年八月十五")
    True
    """
    found = SAID.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", said)))
    if found is None:
        return None
    month = MONTHS.get(found["month"]) or _number(found["month"])
    day = _number(found["day"].removeprefix("初"))
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return None
    return LunarDay(month, day, bool(found["leap"]))


def _number(text: str) -> int:
    """1 to 39 in digits or Chinese numerals; 0 for anything else."""
    if text.isdecimal():
        return int(text)
    found = re.fullmatch(rf"([二三]?十|廿十?|卅十?)?([{DIGITS}]?)", text)
    if not text or found is None:
        return 0
    tens = {"": 0, "十": 10, "二": 20, "廿": 20, "三": 30, "卅": 30}[(found[1] or "")[:1]]
    return tens + (DIGITS.index(found[2]) + 1 if found[2] else 0)


def next_lunar_birthday(
    day: date, *, lunar_month: int, lunar_day: int, is_leap: bool = False
) -> date:
    """The first solar date from ``day`` on (itself included) that is the lunar birthday.

    Serves 1901 to 2098; raises ValueError beyond and for a day
    no lunar month has.

    >>> next_lunar_birthday(date(2026, 1, 1), lunar_month=8, lunar_day=15)
    datetime.date(2026, 9, 25)
    >>> next_lunar_birthday(date(2026, 1, 1), lunar_month=6, lunar_day=1, is_leap=True)
    datetime.date(2026, 7, 14)
    """
    if not (1 <= lunar_month <= 12 and 1 <= lunar_day <= 30):
        raise ValueError("no such lunar day")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError("a year without lunar tables")
    # The lunar year begins in January or February: on the first days it is still the one before.
    year = day.year - 1
    while (kept := _kept_in(year, lunar_month, lunar_day, is_leap=is_leap)) < day:
        year += 1
    return kept


def _kept_in(year: int, month: int, day: int, *, is_leap: bool) -> date:
    months = _months(year)
    first, length = (is_leap and months.get(-month)) or months[month]
    return first + timedelta(days=min(day, length) - 1)


@cache
def _months(year: int) -> dict[int, tuple[date, int]]:
    """The lunar year's months by number, a leap month negative: first day and number of days."""
    return {
        month.getMonth(): (
            date.fromordinal(int(month.getFirstJulianDay()) - JULIAN_DAY_ZERO),
            month.getDayCount(),
        )
        for month in LunarYear.fromYear(year).getMonthsInYear()
    }
