"""Days that stand on a line above the rows of a log, taken down to each of these rows.

A till's journal prints the day once, then bills with nothing but a time. Such a day goes into a
column of its own, or into the column of days where that is empty. It ends where a total of the day
stands, and with the next day.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from itertools import islice

from imports.rules.aliases import recognise
from imports.rules.cells import text_of
from imports.rules.clocks import is_clock
from imports.rules.contents import CONTENT_AGREES, is_day
from imports.rules.dates import BadDate, DateStyle, day_alone
from imports.rules.guessing import KindUnknown, guess_kind
from imports.rules.han import says_han
from imports.rules.headers import Header, bears_data
from imports.rules.no_rows import is_subtotals_row, is_totals_row
from imports.rules.sheets import Cell, Row, Sheet, is_blank

ROWS_LOOKED_AT = 400
# No line of a day says more than its day, the weekday and the shift.
MOST_CELLS = 3
LONGEST_LINE = 60
LEAST_FILLED = 2
LOGS = ("sales", "visits", "coin_plays", "dispenses")
LABEL = re.compile(
    r"^(?:(?:营业|业务|交易|销售|消费|记账|统计|班次|签到|上课|报表)?(?:日期|日)|日付|営業日"
    r"|날짜|영업일|วันที่|(?:business|trading|sales|report|class)? ?(?:date|day)"
    r"|datum|tag|fecha|data|jour|дата|ngày)\s*[:：]\s*",
    re.IGNORECASE,
)
WEEKDAY = re.compile(
    r"(?:星期|周|礼拜|週|曜日?)[一二三四五六日天]|[月火水木金土日]曜日?|(?<=\()[月火水木金土日一二三四五六월화수목금토일](?=\))|[월화수목금토일]요일"
    r"|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?"
    r"|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|lundi|mardi|mercredi|jeudi|vendredi"
    r"|samedi|dimanche|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo|luned[ìi]|marted[ìi]|mercoled[ìi]"
    r"|gioved[ìi]|venerd[ìi]|sabato|domenica|segunda|ter[çc]a|quarta|quinta|sexta)(?:-feira)?\b"
    r"|\b(?:mo|di|mi|do|fr|sa|so|lun|mer|jeu|ven|sam|dim|jue|vie|dom|пн|вт|ср|чт|пт|сб|вс)\b\.?"
    r"|\b(?:понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|thứ \w+|chủ nhật)\b",
    re.IGNORECASE,
)
SHIFT = re.compile(
    r"[早中午晚夜白]班|[早中午晚]市|(?:morning|late|early|night|evening) shift", re.IGNORECASE
)
ORNAMENTS = " =*#~—–_【】〔〕[]()《》<>"
NEEDS_YEAR = re.compile(r"\d{1,2}\s*月\s*\d{1,2}\s*[日号]?")
YEAR = re.compile(r"(?<!\d)(20\d\d)(?=\s*[年\-/.])")
# A total of these words is that of the day.
OF_THE_DAY = re.compile(r"日[合总小]?计|[当本单每]日|day|tages|jour|día|dia|giorno|день|日計")


def under_their_days(sheet: Sheet, header: Header) -> tuple[Sheet, Header]:
    """The sheet with the day of each line in the rows below it, where its rows say no day."""
    top = list(islice(sheet.rows(), ROWS_LOOKED_AT + header.row))
    above = [row for row in top if row.number <= header.row]
    rows = [row for row in top if row.number > header.row]
    year = _year_above(sheet, above)
    lines = {row.number for row in rows if day_said(row.cells, year)}
    first = _day_above(sheet, [row for row in above if row.number < header.row], year)
    if not lines and first is None:
        return sheet, header
    rest = [row for row in rows if row.number not in lines and bears_data(row, header)]
    names = [*header.names, *[""] * (max(map(len, (r.cells for r in rest)), default=0))]
    column = _empty_days(header, rest)
    if not rest or (column is None and _say_their_day(header, rest)):
        return sheet, header
    if not lines and not _has_clocks(rest, len(names)):
        return sheet, header
    dated = header if column is not None else _with_column(header)
    if not _is_log(dated):
        return sheet, header
    place = len(header.names) if column is None else column
    into = partial(_rows, sheet, header, place, first, year, is_new=column is None)
    return replace(sheet, rows=into, days_above=True), dated


def day_said(cells: Sequence[Cell], year: str = "") -> str | None:
    """The day a row says that says nothing else; ``year`` is that of days without one.

    >>> day_said(("2024-03-01 星期五", None)), day_said(("日期：", "2024/3/1", "周五"))
    ('2024-03-01', '2024/3/1')
    >>> day_said(("=== 3月1日 早班 ===",), "2024"), day_said(("2024-03-01", "张三"))
    ('2024年3月1日', None)
    """
    filled = list(islice((cell for cell in cells if not is_blank(cell)), MOST_CELLS + 1))
    if not filled or len(filled) > MOST_CELLS:
        return None
    return _day_in(" ".join(map(_text, filled)), year)


def _text(cell: Cell) -> str:
    day = cell.date() if isinstance(cell, datetime) else cell
    return day.isoformat() if isinstance(day, date) else text_of(cell)


def _day_in(text: str, year: str = "") -> str | None:
    if len(text) > LONGEST_LINE or not any(map(str.isdigit, text)):
        return None
    bare = WEEKDAY.sub(" ", unicodedata.normalize("NFKC", text)).strip(ORNAMENTS)
    words = (
        SHIFT.sub(" ", LABEL.sub("", bare)).strip(f"{ORNAMENTS},、:|-").removesuffix(".").strip()
    )
    if year and NEEDS_YEAR.fullmatch(words):
        words = f"{year}年{words}"
    try:
        return words if words and day_alone(words, DateStyle()) else None
    except BadDate:
        return None


def _year_above(sheet: Sheet, above: Sequence[Row]) -> str:
    """The one year that the titles and the name of a sheet say, empty otherwise."""
    texts = [sheet.name, *(text_of(cell) for row in above for cell in row.cells)]
    years = {year for text in texts for year in YEAR.findall(text)}
    return years.pop() if len(years) == 1 else ""


def _day_above(sheet: Sheet, above: Sequence[Row], year: str) -> str | None:
    """The one day of all rows, which a title, a label or the name of the sheet says."""
    said = {day for row in above if (day := _labelled(row.cells) or day_said(row.cells, year))}
    said = said or {day for day in [_day_in(sheet.name, year)] if day}
    return said.pop() if len(said) == 1 else None


def _labelled(cells: Sequence[Cell]) -> str | None:
    """The day behind a label such as 营业日期, in its cell or in the next one."""
    texts = [_text(cell) for cell in cells if not is_blank(cell)]
    for text, after in zip(texts, [*texts[1:], ""], strict=True):
        if LABEL.match(text):
            return _day_in(text) or _day_in(after)
        if LABEL.fullmatch(f"{text}:"):
            return _day_in(after)
    return None


def _empty_days(header: Header, rows: Sequence[Row]) -> int | None:
    """A column of days (from 0) that has nothing in the rows."""
    for index, name in enumerate(header.names):
        match = recognise(name, "sales") if name else None
        is_day = match is not None and match.field == "at"
        if is_day and all(index >= len(row.cells) or is_blank(row.cells[index]) for row in rows):
            return index
    return None


def _say_their_day(header: Header, rows: Sequence[Row]) -> bool:
    """Whether some column that is named after a moment holds days."""
    for index, name in enumerate(header.names):
        match = recognise(name, "sales") if name else None
        if match is None or match.field not in {"at", "time"}:
            continue
        cells = (row.cells[index] for row in rows if index < len(row.cells))
        if any(not is_blank(cell) and is_day(_text(cell)) for cell in cells):
            return True
    return False


def _has_clocks(rows: Sequence[Row], width: int) -> bool:
    """Whether a column holds times of day, and hardly anything else."""
    for index in range(width):
        cells = [row.cells[index] for row in rows if index < len(row.cells)]
        texts = [text_of(cell) for cell in cells if not is_blank(cell)]
        clocks = sum(":" in text and is_clock(text) for text in texts)
        if clocks and clocks >= len(texts) * CONTENT_AGREES:
            return True
    return False


def _is_log(header: Header) -> bool:
    try:
        return guess_kind(header.names) in LOGS
    except KindUnknown:
        return False


def _with_column(header: Header) -> Header:
    """The header with a column of days behind the others."""
    is_han = any(map(says_han, header.names))
    name = "日期" if is_han else "Date"
    name = f"{name} (2)" if name in header.names else name
    groups = header.groups and (
        *header.groups,
        *[""] * (len(header.names) - len(header.groups)),
        "",
    )
    return replace(header, names=(*header.names, name), groups=groups)


def _rows(
    sheet: Sheet, header: Header, place: int, first: str | None, year: str, *, is_new: bool
) -> Iterator[Row]:
    day = first
    for row in sheet.rows():
        cells = row.cells
        if row.number > header.row:
            if said := day_said(cells, year):
                day, cells = said, (said,)
            elif labelled := _day_of_title(cells):
                day, cells = labelled, (labelled,)
            elif is_totals_row(cells) and _ends_a_day(row):
                day = None
            elif day and bears_data(row, header):
                cells = _with_day(cells, place, day, is_new=is_new)
        yield Row(row.number, cells)


def _day_of_title(cells: Sequence[Cell]) -> str | None:
    """The day of a title that stands once more between the rows."""
    texts = [text_of(cell) for cell in cells if not is_blank(cell)]
    return _labelled(cells) if any(LABEL.match(text) for text in texts) else None


def _ends_a_day(row: Row) -> bool:
    text = " ".join(text_of(cell).casefold() for cell in row.cells if isinstance(cell, str))
    return not is_subtotals_row(row.cells) or bool(OF_THE_DAY.search(text))


def _with_day(cells: Sequence[Cell], place: int, day: str, *, is_new: bool) -> tuple[Cell, ...]:
    before = [*cells[:place], *[None] * (place - len(cells))]
    return (*before, day, *cells[place if is_new else place + 1 :])
