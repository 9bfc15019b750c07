"""Days and moments in every usual writing, spreadsheet serials and Buddhist years among them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

from imports.rules.amounts import BadCell
from imports.rules.cells import text_of, value_of
from imports.rules.sheets import Cell

YEAR_FIRST, MONTH_FIRST, DAY_FIRST = "ymd", "mdy", "dmy"
MONTH_FIRST_COUNTRIES = frozenset({"US", "PH", "PR", "GU", "FM"})
YEAR_FIRST_COUNTRIES = frozenset({"CN", "TW", "HK", "MO", "JP", "KR", "HU", "LT", "MN"})
EPOCH_1900, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
# Serials that can be days a shop has seen or a birth: 1927 to 2099. Four digits are a year.
SERIALS = (10_000, 73_050)
EARLIEST_YEAR, LATEST_YEAR = 1880, 2199
BUDDHIST_YEARS = (2_423, 2_743)
BUDDHIST_LEAD = 543
# Years that mean "no date" in other systems.
NO_DATES = re.compile(
    r"^0{1,4}[-/.]0{1,2}[-/.]0{1,2}|^0001-01-01|^1899-12-3[01]|^1900-01-0[01]|^0$"
)
CHINESE = re.compile(r"(?:(\d{2,4})\s*年\s*)?(\d{1,2})\s*月\s*(?:(\d{1,2})\s*[日号]?)?")
NUMERIC = re.compile(r"(\d{1,4})\s*[-/.,\s]\s*(\d{1,2})\s*[-/.,\s]\s*(\d{1,4})(?!\d)")
COMPACT = re.compile(r"((?:19|20|25)\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
NAMED = re.compile(
    r"(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s\-./]+(?P<month>[a-zäéû]{3,9})\.?"
    r"|(?P<month2>[a-zäéû]{3,9})\.?[\s\-./]+(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?!\d))"
    r"[\s\-,./]*(?P<year>\d{4}|\d{2}(?!:))?"
)
WITHOUT_YEAR = re.compile(r"(\d{1,2})[-/.](\d{1,2})")
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
YEAR_ALONE = re.compile(r"(?:19|20)\d{2}年?")
TIME = re.compile(
    r"(?P<am>上午|早上|凌晨)?(?P<pm>下午|晚上|中午)?\s*(?P<hour>\d{1,2})\s*[:时點点]\s*(?P<minute>\d{1,2})?"
    r"(?:\s*[:分]\s*(?P<second>\d{1,2})?(?:[.,]\d+)?)?\s*[秒分]?\s*(?P<half>[ap]\.?m\.?)?",
)
OFFSET = re.compile(r"(?<=\d)\s*(?P<zone>z|[+-]\d{2}:?\d{2}|utc|gmt)\s*$")
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar janvier enero",
            "feb february februar février febrero",
            "mar march märz mars marzo",
            "apr april avril abril",
            "may mai mayo",
            "jun june juni juin junio",
            "jul july juli juillet julio",
            "aug august août agosto",
            "sep sept september septembre septiembre",
            "oct october okt oktober octobre octubre",
            "nov november novembre noviembre",
            "dec december dez dezember décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
WEEKDAYS = re.compile(
    r"(?:星期|周|礼拜)[一二三四五六日天]|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b\.?,?",
    re.IGNORECASE,
)
LUNAR = re.compile(
    r"农历|阴历|農曆|陰曆|lunar|闰|正月|冬月|腊月|初[一二三四五六七八九十]|廿|[一二三四五六七八九十]月"
)


class BadDate(BadCell):
    code = "bad_date"
    message = _("%(text)s is not a date; write it like 2024-05-31.")


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a column writes days: the order of an all-number date, and where serials begin."""

    order: str = YEAR_FIRST
    serials_from_1904: bool = False


@dataclass(frozen=True, slots=True)
class Birthday:
    """A birthday as far as it is known; ``lunar`` keeps the words of one told by the moon."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    lunar: str = ""


def guess_order(cells: Iterable[Cell], country: str) -> str:
    """Order of day and month in a column, told by parts above twelve, else by the country.

    >>> guess_order(["03/04/2024", "25/04/2024"], "US"), guess_order(["03/04/2024"], "US")
    ('dmy', 'mdy')
    """
    votes: Counter[str] = Counter()
    for cell in cells:
        found = NUMERIC.match(_folded(cell)) if isinstance(cell, str) else None
        if found and len(found[1]) < 3:
            first, second = int(found[1]), int(found[2])
            votes[DAY_FIRST] += first > 12 >= second and len(found[3]) == 4
            votes[MONTH_FIRST] += second > 12 >= first
    if votes[DAY_FIRST] != votes[MONTH_FIRST]:
        return DAY_FIRST if votes[DAY_FIRST] > votes[MONTH_FIRST] else MONTH_FIRST
    if country in MONTH_FIRST_COUNTRIES:
        return MONTH_FIRST
    return YEAR_FIRST if country in YEAR_FIRST_COUNTRIES else DAY_FIRST


def day_of(cell: Cell, style: DateStyle) -> date | None:
    """The day a cell names, its time of day left aside; ``None`` for a blank one.

    Raises BadDate.

    >>> [day_of(text, DateStyle()).isoformat() for text in ("2018年4月24日", "24.04.2018", "43214")]
    ['2018-04-24', '2018-04-24', '2018-04-24']
    """
    if (found := _day_and_rest(cell, style)) is None:
        return None
    return found[0]


def moment_of(cell: Cell, style: DateStyle, clock: Cell = None) -> datetime | None:
    """The wall-clock moment a cell names, with the time from ``clock`` where it stands apart.

    Naive unless the cell itself names its offset. Raises BadDate.

    >>> moment_of("2018-04-24 09:05", DateStyle())
    datetime.datetime(2018, 4, 24, 9, 5)
    >>> moment_of("4/24/2018", DateStyle("mdy"), "9:05 PM").hour
    21
    """
    if isinstance(cell, datetime) and clock is None:
        return cell
    if (found := _day_and_rest(cell, style)) is None:
        return None
    day, rest = found
    if value_of(clock):
        rest = _time_words(clock)
    offset = OFFSET.search(rest)
    at = datetime.combine(day, _time_of(rest, text_of(cell)))
    return _at_offset(at, offset["zone"]) if offset else at


def birthday_of(cell: Cell, style: DateStyle, latest: date) -> Birthday | None:
    """A birthday with or without its year, or the words of a lunar one; ``None`` for a blank cell.

    ``latest`` is the last day of birth; a two-digit year is read before it. Raises BadDate.

    >>> birthday_of("8月15日", DateStyle(), date(2026, 1, 1))
    Birthday(year=None, month=8, day=15, lunar='')
    >>> birthday_of("农历八月十五", DateStyle(), date(2026, 1, 1)).lunar
    '农历八月十五'
    """
    text = value_of(cell)
    if not text or NO_DATES.match(text):
        return None
    if LUNAR.search(text.casefold()):
        return Birthday(lunar=text[:40])
    if YEAR_ALONE.fullmatch(text):
        return Birthday(year=int(text[:4]))
    if without_year := _without_year(text, style):
        return without_year
    day = day_of(cell, style)
    if day is None:
        return None
    if day > latest and day.year - 100 >= EARLIEST_YEAR and not re.search(r"\d{4}", text):
        day = day.replace(year=day.year - 100)
    if day > latest:
        raise BadDate(text=text)
    return Birthday(day.year, day.month, day.day)


def _without_year(text: str, style: DateStyle) -> Birthday | None:
    folded = _folded(text)
    if (found := CHINESE.fullmatch(folded)) and not found[1] and found[3]:
        month, day = int(found[2]), int(found[3])
    elif found := WITHOUT_YEAR.fullmatch(folded):
        month, day = int(found[1]), int(found[2])
        if style.order == DAY_FIRST or month > 12 >= day:
            month, day = day, month
    elif (found := NAMED.fullmatch(folded)) and not found["year"] and _month_name(found):
        month, day = _month_name(found), int(found["day"] or found["day2"])
    else:
        return None
    # The 29th of February is somebody's birthday.
    _checked(2000, month, day, text)
    return Birthday(None, month, day)


def _day_and_rest(cell: Cell, style: DateStyle) -> tuple[date, str] | None:
    """The day, and the text behind it where a time may stand."""
    if isinstance(cell, datetime):
        return cell.date(), cell.strftime("%H:%M:%S")
    if isinstance(cell, date):
        return cell, ""
    text = value_of(cell)
    if not text or NO_DATES.match(text):
        return None
    if isinstance(cell, bool):
        raise BadDate(text=text)
    folded = _folded(text)
    for reader in (_chinese, _numeric, _compact, _named, _serial):
        if found := reader(folded, style, text):
            return found
    raise BadDate(text=text)


def _folded(cell: Cell) -> str:
    text = unicodedata.normalize("NFKC", text_of(cell)).casefold()
    return WEEKDAYS.sub(" ", text).strip(" ,()")


def _chinese(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    found = CHINESE.match(text)
    if not found or not found[1]:
        return None
    return _checked(_year(found[1]), int(found[2]), int(found[3] or 1), shown), text[found.end() :]


def _numeric(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    found = NUMERIC.match(text)
    if not found:
        return None
    parts = found.groups()
    first, second, third = parts
    candidates = {
        YEAR_FIRST: (first, second, third),
        DAY_FIRST: (third, second, first),
        MONTH_FIRST: (third, first, second),
    }
    if len(first) >= 3:
        orders = [YEAR_FIRST]
    elif len(third) >= 3:
        orders = (
            [MONTH_FIRST, DAY_FIRST] if style.order == MONTH_FIRST else [DAY_FIRST, MONTH_FIRST]
        )
    else:
        orders = [style.order, DAY_FIRST, MONTH_FIRST]
    for order in orders:
        year, month, day = candidates[order]
        # Where the column's order cannot be meant, another one may be.
        if 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
            return _checked(_year(year), int(month), int(day), shown), text[found.end() :]
    raise BadDate(text=shown)


def _compact(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    found = COMPACT.fullmatch(text.split(" ", maxsplit=1)[0].removesuffix(".0"))
    if not found:
        return None
    year, month, day, hour, minute, second = found.groups()
    rest = f"{hour}:{minute}:{second or '00'}" if hour else text.partition(" ")[2]
    return _checked(_year(year), int(month), int(day), shown), rest


def _named(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    found = NAMED.match(text)
    if not found or not found["year"] or not _month_name(found):
        return None
    day = int(found["day"] or found["day2"])
    return _checked(_year(found["year"]), _month_name(found), day, shown), text[found.end() :]


def _month_name(found: re.Match[str]) -> int:
    return MONTHS.get(found["month"] or found["month2"], 0)


def _serial(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    if not SERIAL.fullmatch(text) or not SERIALS[0] <= float(text) <= SERIALS[1]:
        return None
    days, _point, _fraction = text.partition(".")
    epoch = EPOCH_1904 if style.serials_from_1904 else EPOCH_1900
    seconds = round(float(text) % 1 * 86_400) % 86_400
    clock = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}"
    return epoch + timedelta(days=int(days)), clock


def _year(text: str) -> int:
    year = int(text)
    if len(text) <= 2:
        return year + (2000 if year < 70 else 1900)
    return year - BUDDHIST_LEAD if BUDDHIST_YEARS[0] <= year <= BUDDHIST_YEARS[1] else year


def _checked(year: int, month: int, day: int, shown: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise BadDate(text=shown) from None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise BadDate(text=shown)
    return found


def _time_words(clock: Cell) -> str:
    if isinstance(clock, float | int) and not isinstance(clock, bool) and 0 <= clock < 1:
        seconds = round(clock * 86_400) % 86_400
        return f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}"
    return _folded(clock)


def _time_of(rest: str, shown: str) -> time:
    found = TIME.search(rest.lstrip("t ,日"))
    if not found:
        return time(0)
    hour, minute, second = (int(found[key] or 0) for key in ("hour", "minute", "second"))
    afternoon = found["pm"] or (found["half"] or "").startswith("p")
    morning = found["am"] or (found["half"] or "").startswith("a")
    if afternoon and hour < 12:
        hour += 12
    elif morning and hour == 12:
        hour = 0
    try:
        return time(hour, minute, second)
    except ValueError:
        raise BadDate(text=shown) from None


def _at_offset(at: datetime, offset: str) -> datetime:
    digits = re.sub(r"[^\d]", "", offset)
    sign = -1 if offset.startswith("-") else 1
    lead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) if digits else timedelta(0)
    return (at - sign * lead).replace(tzinfo=UTC)
