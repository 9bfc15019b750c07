"""Times of day as tills write them: before and after noon in several tongues, and past midnight."""

import re
from datetime import timedelta

from imports.rules.cells import plain_of, text_of
from imports.rules.sheets import Cell

# A business day that ends in the small hours counts on: 24:30, 25:10.
LONGEST_DAY = timedelta(hours=30)
HALF = timedelta(hours=12)
BEFORE_NOON = r"上午|早上|早晨|清晨|凌晨|午前|오전"
AFTER_NOON = r"下午|晚上|傍晚|中午|午後|오후"
# 中午11:45 is a quarter to noon, 中午1:05 is past it.
NOON, NOON_BEGINS = "中午", 10
TIME = re.compile(
    rf"(?P<am>{BEFORE_NOON})?(?P<pm>{AFTER_NOON})?\s*(?P<hour>\d{{1,2}})\s*[:时時點点시]\s*(?P<minute>\d{{1,2}})?"
    r"(?:\s*[:分분]\s*(?P<second>\d{1,2})?(?:[.,]\d+)?)?\s*[秒分초]?\s*(?P<half>[ap]\.?\s?m\.?)?",
)
# Without a colon an hour is known only where nothing else can stand.
ALONE = re.compile(
    rf"(?:{BEFORE_NOON}|{AFTER_NOON})?\s*\d{{1,2}}\s*[:时時點点시.h]\s*\d{{0,2}}(?:\s*[:分분.]\s*\d{{0,2}}(?:[.,]\d+)?)?"
    r"\s*[秒分초]?\s*(?:[ap]\.?\s?m\.?)?(?:\s*uhr)?|0?\.\d+"
)
HOUR_ALONE = re.compile(r"(\d{1,2})\s*[.h]\s*(\d{2})?(?:[.m](\d{2}))?(?=\D*$)")
TWELVE_HOURS = re.compile(r"(\d{1,2})\s*([ap])\.?m\.?")


def is_clock(text: str) -> bool:
    """Whether a text is a time of day without a day.

    >>> [is_clock(text) for text in ("10:00:05", "0.4166", "下午 2:05", "25:10", "14h05")]
    [True, True, True, True, True]
    >>> is_clock("2024-03-05 10:00")
    False
    """
    return bool(ALONE.fullmatch(_folded(text)) or TWELVE_HOURS.fullmatch(_folded(text)))


def clock_words(clock: Cell) -> str:
    """The time a cell of its own says, in words that ``time_after`` reads.

    >>> clock_words(0.5), clock_words("14h05"), clock_words("2 PM")
    ('12:0:0', '14:05', '2:00 pm')
    """
    text = _folded(text_of(clock))
    if re.fullmatch(r"0?\.\d+|0", text):
        seconds = round(float(text) * 86_400) % 86_400
        return f"{seconds // 3600}:{seconds // 60 % 60}:{seconds % 60}"
    if found := TWELVE_HOURS.fullmatch(text):
        return f"{found[1]}:00 {found[2]}m"
    if ":" in text or (found := HOUR_ALONE.match(text)) is None:
        return text
    return ":".join(part for part in (found[1], found[2] or "00", found[3]) if part)


def time_after(rest: str) -> timedelta | None:
    """How long after midnight a time is that a text says; ``None`` where it says none.

    >>> str(time_after("下午2:05")), str(time_after("24:30")), time_after("")
    ('14:05:00', '1 day, 0:30:00', None)
    """
    rest = rest.lstrip("t ,日")
    found = TIME.search(rest) or TIME.search(clock_words(rest))
    if not found:
        return None
    hour, minute, second = (int(found[key] or 0) for key in ("hour", "minute", "second"))
    if minute > 59 or second > 59:
        return LONGEST_DAY
    passed = timedelta(hours=hour, minutes=minute, seconds=second)
    half = (found["half"] or "")[:1]
    is_before_noon = found["pm"] == NOON and hour >= NOON_BEGINS
    if (found["pm"] or half == "p") and hour < 12 and not is_before_noon:
        return passed + HALF
    is_morning = found["am"] or half == "a"
    return passed - HALF if is_morning and hour == 12 else passed


def _folded(text: str) -> str:
    return plain_of(text).casefold()
