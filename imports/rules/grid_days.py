"""Days that stand in a row or down a column of a sign-in sheet, however short they are written."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from imports.rules.cells import plain_of, text_of
from imports.rules.dates import BadDate, DateStyle, day_alone
from imports.rules.day_lines import WEEKDAY
from imports.rules.sheets import Cell, Row, Sheet, is_blank

LEAST_DAYS = 3
# Plain numbers that count up may number anything.
LEAST_NUMBERS = 5
LONGEST_DAY = 12
LEAP_YEAR = 2024
DAY_NUMBER = re.compile(r"(\d{1,2})\s*[日号號]?")
MONTH_AND_DAY = re.compile(r"(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号號]?")
YEAR_AND_MONTH = re.compile(r"(?<!\d)(20\d\d)\s*[年\-/.]\s*(\d{1,2})(?!\d)")
NAMED_MONTH = re.compile(r"([^\W\d]{3,9})\.?\s+(20\d\d)(?!\d)")
YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
MONTH = re.compile(r"(?<!\d)(\d{1,2})\s*月(?:份)?(?!\s*\d)")


def run_of_days(cells: Sequence[Cell]) -> tuple[int, int] | None:
    """The longest run of columns (the end excluded) headed by days that go up."""
    best, start = (0, 0), 0
    while start < len(cells):
        end = start
        while end < len(cells) and parts_of_day(cells[end]) and _goes_up(cells[start : end + 1]):
            end += 1
        best = max(best, (start, end), key=lambda run: run[1] - run[0])
        start = max(end, start + 1)
    heads = cells[best[0] : best[1]]
    are_plain = all(text_of(cell).isdecimal() for cell in heads)
    return best if len(heads) >= (LEAST_NUMBERS if are_plain else LEAST_DAYS) else None


def parts_of_day(cell: Cell) -> tuple[int, ...]:
    """Year, month and day, two numbers of month and day, or the day alone; empty for no day."""
    if isinstance(cell, datetime | date):
        return (cell.year, cell.month, cell.day)
    if isinstance(cell, bool) or is_blank(cell) or (isinstance(cell, float) and cell % 1):
        return ()
    text = plain_of(text_of(cell))
    text = WEEKDAY.sub(" ", text).strip(" ()\n,、").removesuffix(".0")
    if found := DAY_NUMBER.fullmatch(text):
        return (int(found[1]),) if 1 <= int(found[1]) <= 31 else ()
    if found := MONTH_AND_DAY.fullmatch(text):
        one, other = int(found[1]), int(found[2])
        return (one, other) if 1 <= min(one, other) <= 12 and max(one, other) <= 31 else ()
    if len(text) >= len("1/3/2025") and (day := _day(text)):
        return (day.year, day.month, day.day)
    is_named = any(map(str.isalpha, text)) and len(text) <= LONGEST_DAY
    day = _day(f"{text} {LEAP_YEAR}") if is_named else None
    return (day.month, day.day) if day else ()


def _day(text: str) -> date | None:
    try:
        return day_alone(text, DateStyle())
    except BadDate:
        return None


def _goes_up(cells: Sequence[Cell]) -> bool:
    told = [parts_of_day(cell) for cell in cells[-2:]]
    if len(told) == 1:
        return True
    before, after = told
    if len(before) != len(after):
        return False
    if len(before) != 2:
        return before < after or (len(before) == 1 and after == (1,) and before[0] >= 28)
    return before != after


def month_said(sheet: Sheet, top: Sequence[Row], number: int, told: str) -> tuple[int, int]:
    """The one year and the one month that titles and the name of the sheet say; 0 for none.

    What they leave out is ``told``: 2025 or 2025-03.
    """
    year, month = _month_above(sheet, top, number)
    told_year, _mark, told_month = told.partition("-")
    return year or int(told_year or 0), month or int(told_month or 0)


def _month_above(sheet: Sheet, top: Sequence[Row], number: int) -> tuple[int, int]:
    titles = [text_of(cell) for row in top if row.number < number for cell in row.cells]
    texts = [plain_of(text) for text in [*titles, sheet.name]]
    pairs = {(int(y), int(m)) for text in texts for y, m in YEAR_AND_MONTH.findall(text)}
    for text in texts:
        named = (_day(f"1 {name} {year}") for name, year in NAMED_MONTH.findall(text))
        pairs |= {(day.year, day.month) for day in named if day}
    pairs = {(year, month) for year, month in pairs if 1 <= month <= 12}
    if len(pairs) == 1:
        return pairs.pop()
    years = {int(year) for text in texts for year in YEAR.findall(text)}
    months = {int(month) for text in texts for month in MONTH.findall(text)}
    months |= {day.month for text in texts if text.isalpha() and (day := _day(f"1 {text} 2024"))}
    return _only(years), _only(months)


def _only(found: set[int]) -> int:
    return found.pop() if len(found) == 1 else 0


def days_of(cells: Sequence[Cell], said: tuple[int, int]) -> list[str] | None:
    """The day of each column; ``None`` where the year or the month is not known."""
    parts = [parts_of_day(cell) for cell in cells]
    year, month = said
    if len(parts[0]) == 3:
        return [date(*one).isoformat() for one in parts]
    if not year or (len(parts[0]) == 1 and not month):
        return None
    if len(parts[0]) == 1:
        pairs = [(month, one[0]) for one in parts]
    else:
        pairs = [(one[0], one[1]) for one in parts]
        if not _may_be_months(pairs):
            pairs = [(day, month) for month, day in pairs]
    return _in_years(pairs, year, goes_on=len(parts[0]) == 1)


def _may_be_months(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether the first numbers are the months: they stay longer than the days do."""
    valid = all(1 <= month <= 12 and 1 <= day <= 31 for month, day in pairs)
    return valid and len({month for month, _day in pairs}) <= len({day for _month, day in pairs})


def _in_years(pairs: Sequence[tuple[int, int]], year: int, *, goes_on: bool) -> list[str]:
    """Days in the order of the columns; where they begin again the next month or year begins.

    A ready-made sheet has a 31st in every month: nobody can have come on it.
    """
    days: list[tuple[int, int, int]] = []
    later = 0
    for month, day in pairs:
        begins_again = bool(days) and days[-1][1:] >= ((days[-1][1] if goes_on else month), day)
        later += begins_again
        months = month - 1 + later if goes_on else month - 1 + 12 * later
        days.append((year + months // 12, months % 12 + 1, day))
    return [f"{year}-{month:02}-{day:02}" for year, month, day in days]
