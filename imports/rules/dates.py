"""Days and moments in every usual writing, spreadsheet serials and Buddhist years among them."""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from imports.rules.amounts import BadCell
from imports.rules.cells import plain_of, text_of, value_of
from imports.rules.clocks import LONGEST_DAY, clock_words, time_after
from imports.rules.day_words import is_unsaid, plain_words, says_no_end, without_until
from imports.rules.sheets import Cell
from imports.rules.word_lists import CELL_WORDS

YEAR_FIRST, MONTH_FIRST, DAY_FIRST = "ymd", "mdy", "dmy"
# Where the year stands first, other days mostly come from a spreadsheet that writes American.
AMERICAN_SPREADSHEETS = frozenset({"CN", "TW", "JP", "KR"})
MONTH_FIRST_COUNTRIES = frozenset({"US", "PH", "PR", "GU", "FM"})
YEAR_FIRST_COUNTRIES = frozenset({"CN", "TW", "HK", "MO", "JP", "KR", "HU", "LT", "MN"})
EPOCH_1900, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
# Serials that can be days a shop has seen or a birth: 1927 to 2099. Four digits are a year.
SERIALS = (10_000, 73_050)
EARLIEST_YEAR, LATEST_YEAR = 1880, 2199
BUDDHIST_YEARS = (2_423, 2_743)
BUDDHIST_LEAD = 543
BUDDHIST, WESTERN, ROC = "buddhist", "western", "roc"
# Year 1 of the Republic of China is 1912.
ROC_BEFORE = 1911
# Two digits up to here are of this Buddhist century, for ends of passes lie ahead.
LATEST_SHORT_BUDDHIST = 94
# Years that mean "no date" in other systems.
NO_DATES = re.compile(
    r"^0{1,4}[-/.]0{1,2}[-/.]0{1,2}|^0001-01-01|^1899-12-3[01]|^1900-01-0[01]|^0$"
)
CHINESE = re.compile(r"(?:(\d{2,4})\s*年\s*)?(\d{1,2})\s*月\s*(?:(\d{1,2})\s*[日号]?)?")
NUMERIC = re.compile(r"(\d{1,4})\s*[-/.,\s]\s*(\d{1,2})\s*[-/.,\s]\s*(\d{1,4})(?!\d)")
COMPACT = re.compile(r"((?:19|20|25)\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
MONTHS = {name: number for number, name in enumerate(CELL_WORDS["months"], start=1)}
MONTH = "|".join(MONTHS)
NAMED = re.compile(
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s\-./]+(?P<month>{MONTH})"
    rf"|(?P<month2>{MONTH})[\s\-./]+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d))"
    r"[\s\-,./]*(?P<year>\d{4}|\d{2}(?!:))?"
)
COMPACT_ROC = re.compile(r"(\d{2,3})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
MONTH_ALONE = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})")
NAMED_WITHOUT_BLANKS = re.compile(
    rf"(\d{{1,2}})({MONTH})(\d{{2,4}})(?!\d)|(\d{{4}})-({MONTH})-(\d{{1,2}})"
)
# Seconds and milliseconds since 1970, from 2001 on.
EPOCH_SECONDS = re.compile(r"([1-4]\d{9})(?:\.\d+)?|([1-4]\d{12})")
DAY_ALONE = re.compile(r"(?P<year>\d{2})?(?P<month>0[1-9]|1[0-2])(?P<day>0[1-9]|[12]\d|3[01])")
WITHOUT_PART = re.compile(
    r"^(?:--|0000[-/.])(?=\d\d?[-/.]\d\d?$)(?!0?0[-/.])|(?<=^\d{4})[-/.]00[-/.]00(?:[ t]00:00.*)?$"
)
WITHOUT_YEAR = re.compile(r"(\d{1,2})[-/.](\d{1,2})")
SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
END_WORDS = re.compile(r"(?:年?底|年?末|月?底|月?末|止|前|截止|到期)$")
YEAR_ALONE = re.compile(r"((?:19|20|24|25)\d{2})年?")
OFFSET = re.compile(
    r"(?<=\d)\s*(?:utc|gmt)?\s*(?P<zone>z|[+-]\d{2}:?\d{2}|utc|gmt)\s*(?:\([^)]*\)?)?\s*$"
)
WEEKDAYS = re.compile(
    r"(?:星期|周|礼拜)[一二三四五六日天]|\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\b\.?,?",
    re.IGNORECASE,
)
LUNAR = re.compile(
    r"农历|阴历|農曆|陰曆|lunar|闰|正月|冬月|腊月|初[一二三四五六七八九十]|廿|[一二三四五六七八九十]月"
)
# Written in numerals to its 日: days of the moon end in 初五 or 廿五.
BY_THE_SUN = re.compile(r"\S{2,4}年\s*[^\W\d正冬腊闰]{1,2}月\s*[^\W\d初廿卅]{1,3}[日号]")


class BadDate(BadCell):
    code = "bad_date"
    message = _("%(text)s is not a date; write it like 2024-05-31.")
    if_empty = _("The row says no date; write it like 2024-05-31.")


@dataclass(frozen=True, slots=True)
class DateStyle:
    """How a column writes days: the order of all-number dates, the first serial, and the zone."""

    order: str = YEAR_FIRST
    serials_from_1904: bool = False
    # Where a day begins of which only the moment is told.
    zone: str = "UTC"
    # Which calendar short years are counted by.
    calendar: str = WESTERN


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
    return order_of(cells, country)[0]


def order_of(cells: Iterable[Cell], country: str) -> tuple[str, bool]:
    """The order of a column, and whether its own cells say so or leave no doubt.

    >>> order_of(["03/04/2024", "05/06/2024"], "CN"), order_of(["2024-03-04"], "CN")
    (('mdy', False), ('ymd', True))
    """
    votes: Counter[str] = Counter()
    doubtful = short = 0
    for cell in cells:
        found = NUMERIC.match(day_text(cell)) if isinstance(cell, str) else None
        if not found or len(found[1]) >= 3:
            continue
        orders = _possible_orders(found)
        short += len(found[3]) <= 2
        doubtful += len(orders) > 1 and found[1] != found[2]
        if len(orders) == 1:
            votes[orders[0]] += 1
    usual = _usual_order(country, short=bool(short), year_last=bool(doubtful))
    best = votes.most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return usual, not doubtful
    return best[0][0], True


def _usual_order(country: str, *, short: bool, year_last: bool) -> str:
    if country in MONTH_FIRST_COUNTRIES:
        return MONTH_FIRST
    if country not in YEAR_FIRST_COUNTRIES:
        return DAY_FIRST
    if short or not year_last:
        return YEAR_FIRST
    return MONTH_FIRST if country in AMERICAN_SPREADSHEETS else DAY_FIRST


def _possible_orders(found: re.Match[str]) -> list[str]:
    first, second, third = (int(part) for part in found.groups())
    # Nobody parts the month before the day with full stops.
    is_dotted = len(found[3]) > 2 and "." in found[0]
    possible = {
        YEAR_FIRST: len(found[3]) <= 2 and 1 <= second <= 12 and 1 <= third <= 31,
        DAY_FIRST: 1 <= first <= 31 and 1 <= second <= 12,
        MONTH_FIRST: 1 <= first <= 12 and 1 <= second <= 31 and not (is_dotted and second <= 12),
    }
    return [order for order, is_possible in possible.items() if is_possible]


def is_doubtful(cell: Cell) -> bool:
    """Whether a day could be read with day and month the other way round.

    >>> is_doubtful("03/04/2024"), is_doubtful("25/04/2024"), is_doubtful("2024/03/04")
    (True, False, False)
    """
    found = NUMERIC.match(day_text(cell)) if isinstance(cell, str) else None
    if not found or len(found[1]) >= 3 or found[1] == found[2]:
        return False
    return len(_possible_orders(found)) > 1


def day_of(cell: Cell, style: DateStyle) -> date | None:
    """The day a cell names, its time of day left aside; ``None`` for a blank one.

    A moment told with its offset is on the day it was in the column's zone.

    Raises BadDate.

    >>> [day_of(text, DateStyle()).isoformat() for text in ("2018年4月24日", "24.04.2018", "43214")]
    ['2018-04-24', '2018-04-24', '2018-04-24']
    """
    if (epoch := _epoch(cell)) is not None:
        return epoch.astimezone(ZoneInfo(style.zone)).date()
    if (found := _day_and_rest(cell, style)) is None:
        return None
    day, rest = found
    if (offset := OFFSET.search(rest)) is None:
        return day
    at = _at_offset(_at_time(day, rest, text_of(cell)), offset["zone"])
    return at.astimezone(ZoneInfo(style.zone)).date()


def day_alone(cell: Cell, style: DateStyle) -> date | None:
    """The day a cell names that says nothing else; ``None`` for any other. Raises BadDate.

    >>> day_alone("2024年3月1日", DateStyle()), day_alone("2024-03-01 10:00", DateStyle())
    (datetime.date(2024, 3, 1), None)
    """
    if SERIAL.fullmatch(text_of(cell)) or (found := _day_and_rest(cell, style)) is None:
        return None
    day, rest = found
    is_alone = not rest.strip(" ,()日号") or rest == "00:00:00"
    return day if is_alone else None


def last_day_of(cell: Cell, style: DateStyle) -> date | None:
    """The last day a cell names, of a month or year too; ``None`` where there is none.

    Raises BadDate.

    >>> [last_day_of(text, DateStyle()) for text in ("永久有效", "No expiry", "9999-12-31")]
    [None, None, None]
    >>> last_day_of("2024年2月", DateStyle()), last_day_of("2024年底", DateStyle())
    (datetime.date(2024, 2, 29), datetime.date(2024, 12, 31))
    """
    text = value_of(cell)
    if not text or says_no_end(text):
        return None
    if not isinstance(cell, date):
        cell = without_until(plain_of(cell)) if isinstance(cell, str) else cell
        folded = END_WORDS.sub("", day_text(cell))
        if found := YEAR_ALONE.fullmatch(folded.removesuffix("年") + "年"):
            return day_in_year(_year(found[1], style), 12, 31, text)
        if (month := _month_alone(folded, text, style)) is not None:
            return month.replace(day=monthrange(month.year, month.month)[1])
    return day_of(cell, style)


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
    if (epoch := _epoch(cell)) is not None:
        return epoch
    if (found := _day_and_rest(cell, style)) is None:
        return None
    day, rest = found
    if value_of(clock):
        rest = clock_words(clock)
        if time_after(rest) is None and not set(rest) & set("-/年"):
            raise BadDate(text=text_of(clock))
    offset = OFFSET.search(rest)
    at = _at_time(day, rest, text_of(cell))
    return _at_offset(at, offset["zone"]) if offset else at


def _epoch(cell: Cell) -> datetime | None:
    """The moment a count of seconds or milliseconds since 1970 names."""
    if isinstance(cell, bool | date | datetime) or cell is None:
        return None
    found = EPOCH_SECONDS.fullmatch(text_of(cell))
    if not found or COMPACT.fullmatch(found[0]):
        return None
    seconds = int(found[1]) if found[1] else int(found[2]) / 1_000
    return datetime.fromtimestamp(seconds, tz=UTC)


def birthday_of(cell: Cell, style: DateStyle, latest: date) -> Birthday | None:
    """A birthday with or without its year, or the words of a lunar one; ``None`` for a blank cell.

    ``latest`` is the last day of birth; a two-digit year is read before it. Raises BadDate.

    >>> birthday_of("8月15日", DateStyle(), date(2026, 1, 1))
    Birthday(year=None, month=8, day=15, lunar='')
    >>> birthday_of("农历八月十五", DateStyle(), date(2026, 1, 1)).lunar
    '农历八月十五'
    """
    # --05-12 and 0000-05-12 leave the year out, 1990-00-00 all but the year.
    text = WITHOUT_PART.sub("", value_of(cell))
    if not text or NO_DATES.match(text) or is_unsaid(text):
        return None
    if LUNAR.search(text.casefold()) and not BY_THE_SUN.fullmatch(text):
        return Birthday(lunar=text[:40])
    folded = day_text(text)
    if short := DAY_ALONE.fullmatch(folded):
        said = "-".join(part for part in short.groups() if part)
        return birthday_of(said, replace(style, order=YEAR_FIRST), latest)
    if (partly := _partly_known(folded, text, style)) is not None:
        return partly
    day = day_of(cell, style)
    if day is None:
        return None
    if day > latest and day.year - 100 >= EARLIEST_YEAR and not re.search(r"\d{4}", text):
        day = day.replace(year=day.year - 100)
    if day > latest:
        raise BadDate(text=text)
    return Birthday(day.year, day.month, day.day)


def _partly_known(folded: str, text: str, style: DateStyle) -> Birthday | None:
    """A birthday of which only the year, the month or the day without a year is told."""
    if found := YEAR_ALONE.fullmatch(folded):
        return Birthday(year=_year(found[1], style))
    if (month := _month_alone(folded, text, style)) is not None:
        return Birthday(year=month.year, month=month.month)
    return _without_year(text, style)


def _without_year(text: str, style: DateStyle) -> Birthday | None:
    folded = day_text(text)
    if (found := CHINESE.fullmatch(folded)) and not found[1] and found[3]:
        month, day = int(found[2]), int(found[3])
    elif found := WITHOUT_YEAR.fullmatch(folded):
        month, day = int(found[1]), int(found[2])
        if style.order == DAY_FIRST or month > 12 >= day:
            month, day = day, month
    elif (found := NAMED.fullmatch(folded)) and not found["year"]:
        month, day = _month_name(found), int(found["day"] or found["day2"])
    else:
        return None
    # The 29th of February is somebody's birthday.
    day_in_year(2000, month, day, text)
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
    folded = day_text(text)
    for reader in (_chinese, _numeric, _compact, _named, _serial):
        if found := reader(folded, style, text):
            return found
    raise BadDate(text=text)


def _month_alone(text: str, shown: str, style: DateStyle) -> date | None:
    """The first day of a month that is told without a day."""
    if found := CHINESE.fullmatch(text):
        return (
            day_in_year(_year(found[1], style), int(found[2]), 1, shown)
            if not found[3] and found[1]
            else None
        )
    if found := MONTH_ALONE.fullmatch(text):
        year, month = found[1] or found[4], found[2] or found[3]
        return day_in_year(_year(year, style), int(month), 1, shown)
    return None


@lru_cache(maxsize=4_096, typed=True)
def day_text(cell: Cell) -> str:
    """A day as it is read: small letters, numerals in digits, no day of the week."""
    text = plain_of(text_of(cell)).casefold()
    return plain_words(WEEKDAYS.sub(" ", text).strip(" ,()"))


def _chinese(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    found = CHINESE.match(text)
    if not found or not found[1]:
        return None
    return day_in_year(_year(found[1], style), int(found[2]), int(found[3] or 1), shown), text[
        found.end() :
    ]


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
            return day_in_year(_year(year, style), int(month), int(day), shown), text[found.end() :]
    raise BadDate(text=shown)


def _compact(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    found = COMPACT.fullmatch(text.split(" ", maxsplit=1)[0].removesuffix(".0"))
    if not found:
        return _compact_short(text, style, shown)
    year, month, day, hour, minute, second = found.groups()
    rest = f"{hour}:{minute}:{second or '00'}" if hour else text.partition(" ")[2]
    return day_in_year(_year(year, style), int(month), int(day), shown), rest


def _compact_short(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    """A day of the Republic without marks: 1100305."""
    found = COMPACT_ROC.fullmatch(text) if style.calendar == ROC else None
    if not found:
        return None
    return day_in_year(_year(found[1], style), int(found[2]), int(found[3]), shown), ""


def _named(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    if tight := NAMED_WITHOUT_BLANKS.match(text):
        parts = tight.groups()
        words = parts[:3] if parts[0] else parts[:2:-1]
        text = " ".join(words) + text[tight.end() :]
    found = NAMED.match(text)
    if not found or not found["year"]:
        return None
    day = int(found["day"] or found["day2"])
    return day_in_year(_year(found["year"], style), _month_name(found), day, shown), text[
        found.end() :
    ]


def _month_name(found: re.Match[str]) -> int:
    return MONTHS[found["month"] or found["month2"]]


def _serial(text: str, style: DateStyle, shown: str) -> tuple[date, str] | None:
    if not SERIAL.fullmatch(text) or not SERIALS[0] <= float(text) <= SERIALS[1]:
        return None
    days, _point, _fraction = text.partition(".")
    epoch = EPOCH_1904 if style.serials_from_1904 else EPOCH_1900
    seconds = round(float(text) % 1 * 86_400) % 86_400
    clock = f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}"
    return epoch + timedelta(days=int(days)), clock


def _year(text: str, style: DateStyle) -> int:
    year = int(text)
    if style.calendar == ROC and len(text) <= 3:
        return year + ROC_BEFORE
    if len(text) <= 2:
        return short_year(year, is_buddhist=style.calendar == BUDDHIST)
    return year - BUDDHIST_LEAD if BUDDHIST_YEARS[0] <= year <= BUDDHIST_YEARS[1] else year


def short_year(year: int, *, is_buddhist: bool) -> int:
    """The year that two digits stand for.

    >>> [short_year(year, is_buddhist=True) for year in (64, 99)], short_year(64, is_buddhist=False)
    ([2021, 1956], 2064)
    """
    if is_buddhist:
        return year + (2500 if year <= LATEST_SHORT_BUDDHIST else 2400) - BUDDHIST_LEAD
    return year + (2000 if year < 70 else 1900)


def day_in_year(year: int, month: int, day: int, shown: str = "") -> date:
    """The day, where there is one in the years a shop has to do with. Raises BadDate."""
    try:
        found = date(year, month, day)
    except ValueError:
        raise BadDate(text=shown or f"{year}-{month}-{day}") from None
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise BadDate(text=shown)
    return found


def _at_time(day: date, rest: str, shown: str) -> datetime:
    """The moment of the time that stands behind a day; midnight where there is none."""
    passed = time_after(rest)
    if passed is not None and passed >= LONGEST_DAY:
        raise BadDate(text=shown)
    return datetime.combine(day, time(0)) + (passed or timedelta(0))


def _at_offset(at: datetime, offset: str) -> datetime:
    digits = re.sub(r"[^\d]", "", offset)
    sign = -1 if offset.startswith("-") else 1
    lead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:])) if digits else timedelta(0)
    return (at - sign * lead).replace(tzinfo=UTC)
