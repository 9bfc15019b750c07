"""Units that are left to a member, and passes that end on a day, put together from a row's cells.

Name, count and last day stand in columns of their own, once or several times, or together in one
cell. A pass without a count (月卡, "unlimited") is one unit that ends on its day.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from imports.rules.amounts import LARGEST, OUT_OF
from imports.rules.cells import plain_of
from imports.rules.dates import DateStyle, last_day_of
from imports.rules.day_words import says_no_end
from imports.rules.findings import BadBundle
from imports.rules.han_numbers import NUMERALS, number_of

NAME_LIMIT, LONGEST_LIST = 40, 2_000
UNNAMED_UNIT = "units"
UNLIMITED = re.compile(
    r"不限次?数?|无限次?|任意次|unlimited|∞|безлимит|unbegrenzt|illimit|ilimitad|sınırsız",
    re.IGNORECASE,
)
COUNTED = r"(?:次|个|张|瓶|杯|份|课时|节|小时|件|uses?|visits?|units?|x)?"
LAST_DAY = re.compile(
    r"[\s(（\[,，]*(?:有效期至?|有效至|到期日?期?|截止日?期?|至|valid\s+until|valid\s+to|expires?(?:\s+on)?"
    r"|expiry|until|exp\.?)\s*[:：]?\s*(?P<day>[\d./\-年月日\s]{6,}\d日?)\s*[)）\]]?\s*$",
    re.IGNORECASE,
)
# 2027-01-31到期: the day may stand in front of the word.
DAY_FIRST = re.compile(
    r"[\s(（\[,，]*(?P<day>\d{4}[./\-年]\d{1,2}[./\-月]\d{1,2}日?)\s*"
    r"(?:日?(?:到期|截止|过期|失效|前有效|止))\s*[)）\]]?\s*$"
)
# What may stand before words that say there is no last day, and what leads to such words.
BREAK = re.compile(r"[\s,，(\[]+")
END_LABEL = re.compile(
    r"^(?:有效期至?|有效至|到期日?期?|截止日?期?|valid(?:\s+until)?|expires?|expiry)\s*[:：]?\s*(?=\S)",
    re.IGNORECASE,
)
SAID = re.compile(
    r"(?P<name>.*?)(?:[\s:：*×(（\[]|(?<=\s)x(?=\s*\d))*(?:剩余|余|剩|还剩|left|remaining)?[\s:：*×]*"
    rf"(?P<count>\d+|不限次?|无限次?|unlimited)\s*{COUNTED}\s*(?:left|remaining)?[)）\]]*",
    re.IGNORECASE,
)
# 剩3次 names no unit; 洗车 3/10 and 已用7次 do not say what is left.
LEFT_ALONE = re.compile(r"(?:还?剩余?|余)\s*\d")
NO_NAME = re.compile(
    r"\d\s*[/／]$|^(?:已|共|总|用|购买|used|total)|(?:已用|用了|已消|共|used)$", re.IGNORECASE
)
# Longer texts are looked at no further for the name of a unit.
LONGEST_NAMED = 200
# 洗车3次, 洗车:剩3次: a count with the name of its unit; 剩余3次(洗车) has it behind.
NAMED_COUNT = re.compile(
    r"(?<!\d)(?P<name>[^\W\d_]{2,20})[\s:：]*(?:还?剩余?|余)?\s*\d+\s*[次张节]"
)
NAME_BEHIND = re.compile(
    r"(?:还?剩余?|余)?\s*(\d+\s*[次张节])\s*[(:]?\s*((?![已未剩共有左])[^\W\d_]{2,20})\s*\)?"
)
# 精洗:3,打蜡:2 — names with their counts, and nothing else.
LIST_OF_COUNTS = re.compile(
    r"(?:(?!总|共|合计|已|剩|余|left|used|total)[^\W\d_]{2,20}\s*[:：]\s*\d+\s*(?:[;；,，、|]\s*|$))+"
)
NAMES_NOTHING = re.compile(r"(?:还?剩余?|已用?|[总合]?共计?|余|可用|用了|原有)*")
# 剩余七次: a numeral counts where it is parted from the name and followed by what it counts.
NUMERAL = re.compile(
    rf"(?<=[剩余\s:：×*(（\[])([{NUMERALS}]+)(?=\s*(?:次|个|张|瓶|杯|份|课时|节|小时|件))"
)
PARTS = re.compile(
    r"\s*[;；\n、|+]\s*|\s*[,，](?!\s*(?:有效|到期|截止|至|永久|长期|valid|exp|until|never))\s*"
)


@dataclass(frozen=True, slots=True)
class Lot:
    """So much of a unit, usable through its last day (ISO form) where it has one."""

    name: str
    count: int
    last_day: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One cell about bundles: ``what`` is name, count or last_day; ``unit`` is in its header."""

    index: int
    what: str
    unit: str
    said: Any
    header: str


def lots_of(pieces: Iterable[Piece], *, counted: bool) -> tuple[list[Lot], list[Piece]]:
    """The lots that the cells of a row speak of, and the cells that say nothing by themselves.

    ``counted`` says that the file has a column of counts without a name of its own: a name without
    a count then stands for nothing, and elsewhere for a pass if it has a last day.
    """
    ordered = sorted(pieces, key=lambda piece: piece.index)
    named = [piece for piece in ordered if piece.unit]
    lots = _named_lots(named)
    alone: list[Piece] = []
    groups = _groups([piece for piece in ordered if not piece.unit])
    shared = groups[0].get("last_day") if len(groups) == 1 else None
    for group in groups:
        lot = _lot(group, counted=counted)
        if lot is not None:
            lots.append(lot)
        elif not (named and group.get("last_day") is shared):
            alone += group.values()
    if shared is not None and named:
        lots = [lot if lot.last_day else Lot(lot.name, lot.count, shared.said) for lot in lots]
    return lots, alone


def _groups(pieces: Iterable[Piece]) -> list[dict[str, Piece]]:
    """Cells that stand side by side; a second one of a kind begins the next bundle."""
    groups: list[dict[str, Piece]] = []
    for piece in pieces:
        if not groups or piece.what in groups[-1]:
            groups.append({})
        groups[-1][piece.what] = piece
    return groups


def _lot(group: dict[str, Piece], *, counted: bool) -> Lot | None:
    name = str(group["name"].said) if "name" in group else ""
    last_day = str(group["last_day"].said) if "last_day" in group else ""
    if "count" in group:
        return Lot(name[:NAME_LIMIT] or UNNAMED_UNIT, group["count"].said, last_day)
    if name and "last_day" in group and not counted:
        return Lot(name[:NAME_LIMIT], 1, last_day)
    return None


def _named_lots(pieces: list[Piece]) -> list[Lot]:
    """Lots whose columns carry the name of the unit: 洗车剩余次数 beside 洗车到期日."""
    days = {piece.unit: str(piece.said) for piece in pieces if piece.what == "last_day"}
    counts = [piece for piece in pieces if piece.what == "count"]
    lots = [Lot(p.unit[:NAME_LIMIT], p.said, days.pop(p.unit, "")) for p in counts]
    # A last day without any count beside it is that of a pass.
    return lots + [Lot(unit[:NAME_LIMIT], 1, day) for unit, day in days.items()]


def lots_in(text: str, style: DateStyle) -> list[Lot]:
    """The lots one cell lists. Raises BadBundle for a part that says no count.

    >>> lots_in("洗衣次数 剩余 7 到期 2027-01-01；干洗 3次", DateStyle())
    [Lot(name='洗衣次数', count=7, last_day='2027-01-01'), Lot(name='干洗', count=3, last_day='')]
    >>> lots_in("Car wash x5 (expires 2027-01-01), Wax: 2 left", DateStyle())
    [Lot(name='Car wash', count=5, last_day='2027-01-01'), Lot(name='Wax', count=2, last_day='')]
    >>> lots_in("洗车5次（长期有效）", DateStyle()), lots_in("Gym, never expires", DateStyle())
    ([Lot(name='洗车', count=5, last_day='')], [Lot(name='Gym', count=1, last_day='')])
    >>> lots_in("洗车5次（2027-01-31到期）", DateStyle())
    [Lot(name='洗车', count=5, last_day='2027-01-31')]
    >>> lots_in("三人烤鱼 剩余十二次", DateStyle())
    [Lot(name='三人烤鱼', count=12, last_day='')]
    """
    if len(text) > LONGEST_LIST:
        raise BadBundle(text=text)
    plain = NUMERAL.sub(_in_digits, unicodedata.normalize("NFKC", text).strip())
    return [_lot_in(plain_of(_name_first(part)), style) for part in PARTS.split(plain) if part]


def _name_first(part: str) -> str:
    found = NAME_BEHIND.fullmatch(part[:LONGEST_NAMED])
    return f"{found[2]} {found[1]}" if found and len(part) <= LONGEST_NAMED else part


def names_its_units(text: str) -> bool:
    """Whether a cell of counts names the units it counts.

    >>> [names_its_units(text) for text in ("洗车:3次;打蜡:2次", "剩余3次(洗车)", "精洗:3,打蜡:2")]
    [True, True, True]
    >>> [names_its_units(text) for text in ("还剩3次", "3次", "剩余:3")]
    [False, False, False]
    """
    plain = unicodedata.normalize("NFKC", text[:LONGEST_NAMED]).strip()
    named = NAMED_COUNT.search(plain)
    if named and not NAMES_NOTHING.fullmatch(named["name"]):
        return True
    return bool(NAME_BEHIND.fullmatch(plain) or LIST_OF_COUNTS.fullmatch(plain))


def _in_digits(found: re.Match[str]) -> str:
    number = number_of(found[0])
    return found[0] if number is None else str(number)


def _lot_in(part: str, style: DateStyle) -> Lot:
    ends = LAST_DAY.search(part) or DAY_FIRST.search(part)
    last_day = last_day_of(ends["day"].strip(), style) if ends else None
    until = last_day.isoformat() if last_day else ""
    bare = part[: ends.start()] if ends else part
    if lot := _counted(bare, until):
        return lot
    if ends and last_day and not SAID.fullmatch(bare):
        return Lot(bare.strip()[:NAME_LIMIT], 1, until)
    if not ends and (endless := _before_no_end(part)):
        return _counted(endless, "") or Lot(endless[:NAME_LIMIT], 1)
    raise BadBundle(text=part)


def _counted(text: str, until: str) -> Lot | None:
    found = SAID.fullmatch(OUT_OF.sub(r"\g<word>", text))
    name = found["name"].strip(" :：-") if found else ""
    if found and not name and LEFT_ALONE.match(text.strip()):
        name = UNNAMED_UNIT
    if not found or not name or says_how_many(name) or NO_NAME.search(name):
        return None
    count = int(found["count"]) if found["count"].isdigit() else 1
    return Lot(name[:NAME_LIMIT], count, until) if count <= LARGEST else None


def _before_no_end(part: str) -> str:
    """The part without closing words that say it never ends; empty where there are none."""
    for gap in BREAK.finditer(part):
        if says_no_end(END_LABEL.sub("", part[gap.end() :].rstrip(" )]"))):
            return part[: gap.start()].strip()
    return ""


def says_how_many(text: str) -> bool:
    """Whether a cell tells a count or a last day beside the name of a bundle.

    >>> says_how_many("洗衣 剩余 7 次"), says_how_many("101 瓶啤酒"), says_how_many("洗衣卡")
    (True, False, False)
    """
    plain = plain_of(text)
    ends = LAST_DAY.search(plain) or DAY_FIRST.search(plain)
    return bool(ends or re.search(r"剩|余\s*\d|left|remaining", plain))


def as_units(lots: Iterable[Lot]) -> dict[str, dict[str, Any]]:
    """Name → count, and ``expires`` for its one last day or ``lots`` where there are several.

    >>> as_units([Lot("洗车", 5, "2027-01-01"), Lot("洗车", 2, "2027-06-01")])["洗车"]["count"]
    7
    """
    held: dict[str, dict[str, int]] = {}
    for lot in lots:
        days = held.setdefault(lot.name, {})
        days[lot.last_day] = days.get(lot.last_day, 0) + lot.count
    units: dict[str, dict[str, Any]] = {}
    for name, counts in held.items():
        units[name] = {"count": sum(counts.values())}
        days = {day: count for day, count in counts.items() if count} or counts
        if len(days) > 1:
            units[name]["lots"] = [[count, day] for day, count in sorted(days.items())]
        elif last_day := next(iter(days)):
            units[name]["expires"] = last_day
    return units


def has_ended(lot: Lot, today: date) -> bool:
    """Whether the last day of a lot is over.

    >>> has_ended(Lot("洗车", 5, "2020-01-01"), date(2020, 1, 2))
    True
    """
    return bool(lot.last_day) and date.fromisoformat(lot.last_day) < today
