"""What a person would have to be asked about a column: its name or its cells leave a doubt."""

import re
from collections.abc import Sequence
from dataclasses import replace

from imports.rules import contents
from imports.rules.aliases import suggest
from imports.rules.cells import value_of
from imports.rules.contents import SAYS_NOTHING, cells_of, share, values_of
from imports.rules.dates import DateStyle, guess_order
from imports.rules.fields import MONEY_FIELDS, SEVERAL, Column
from imports.rules.han import simplified
from imports.rules.sheets import Cell, Row

ASKED = "asked"
# What shopkeepers note where a card's number would stand: 储值500剩320, 已退卡.
TOLD_ON_CARD = re.compile(r"剩|余|[次元]|储值?\d|退卡|\d\s*(?:left|visits?)\b", re.IGNORECASE)

# Words in a name nobody knows that may speak of what somebody holds, surer ones first.
MAY_BE_HELD = (
    (re.compile(r"积分|点数|score|points?\b", re.IGNORECASE), "points"),
    (
        re.compile(
            r".[次节]数?\W*$|stamps?\b|sessions?\b|[(（[【](?:[杯扎瓶罐份串局场]"
            r"|glass(?:es)?|cups?|bottles?|pints?|uses?|washes|units?)[)）\]】]$",
            re.IGNORECASE,
        ),
        "units",
    ),
    (
        re.compile(r"余|剩|还有|结存|期末|balance|\bbal\b|\bleft\b|remain", re.IGNORECASE),
        "stored_value",
    ),
)
# What is as well off as it stands: nobody is asked about a name that is only like one of these.
KEPT_AS_WELL = frozenset(
    (
        *("address", "address_2", "district", "city", "state", "region", "postcode", "country"),
        *("notes", "note", "occupation", "education", "channel", "sequence", "time", "sku"),
    )
)
# 剩余天数, 最后余次日期: counted, but nothing that is held.
NO_VALUE = re.compile(r"天数?\W*$|日期?\W*$|时间\W*$|\b(?:days?|date)\b|彩票|ticket", re.IGNORECASE)
# 余额300 in a column of remarks.
TOLD_LEFT = re.compile(r"(?:还?剩余?|余额?)\s*[:：]?\s*\d+(?:\.\d+)?\s*元?$")
# Small counts under the name of a service may be what is left of it.
SERVICE = re.compile(
    r"洗|剪|吹|烫|染|护理|护肤|面部|肩颈|推拿|按摩|美甲|美睫|打蜡|抛光|镀膜|保养|艾灸|足疗|课"
)

SMALL_COUNTS = frozenset({None, *range(0, 10_000, 100)})


def asked_by_name(columns: list[Column], kind: str) -> list[Column]:
    """Names somewhat like a known one are asked about, unless another column is that already."""
    taken = {column.field for column in columns}
    taken |= {"name"} if "first_name" in taken else set()
    result = []
    for column in columns:
        like = suggest(column.header, kind) if column.how == "unmapped" and column.header else None
        if column.how == ASKED and column.guess == "card" and "card" in taken:
            result.append(replace(column, how="second choice", guess=""))
        elif like is None or like.field in KEPT_AS_WELL:
            result.append(column)
        elif like.field not in taken or like.field in SEVERAL:
            result.append(replace(column, how=ASKED, score=like.score, guess=like.field))
        else:
            result.append(column)
    return result


def asked_by_content(
    columns: list[Column], kind: str, sample: Sequence[Row], country: str
) -> list[Column]:
    """Columns whose cells say otherwise than their header, or whose header says nothing."""
    if kind != "members":
        return columns
    taken = {column.field for column in columns}
    style = DateStyle(guess_order([], country))
    columns = [_asked(column, sample, taken, style) for column in columns]
    # "State" may be that of the account, and no part of where somebody lives.
    return [
        replace(column, field="", how="content")
        if column.field == "state" and share(values_of(column.index, sample), contents.is_standing)
        else column
        for column in columns
    ]


def _asked(column: Column, sample: Sequence[Row], taken: set[str], style: DateStyle) -> Column:
    cells = cells_of(column.index, sample)
    if guess := _contradicted(column, cells):
        return replace(column, field="", how=ASKED, guess=guess)
    if column.field or column.guess or not cells:
        return column
    if SAYS_NOTHING.fullmatch(column.header):
        guess = _nameless(cells, style)
        return column if guess in taken | {""} else replace(column, how=ASKED, guess=guess)
    if column.how != "unmapped":
        return column
    guess = _may_hold(column, cells)
    if not guess and not taken & MONEY_FIELDS and contents.are_amounts(cells):
        # Money of a name nobody knows, where no column is known for a balance.
        guess = "stored_value"
    return replace(column, how=ASKED, guess=guess) if guess else column


def _nameless(cells: Sequence[Cell], style: DateStyle) -> str:
    """What days or amounts may be whose column has no name; empty for neither."""
    if days := contents.days_in(cells, style):
        return "birthday" if contents.are_births(days) else "joined"
    return "stored_value" if contents.are_amounts(cells) else ""


def _may_hold(column: Column, cells: Sequence[Cell]) -> str:
    """What numbers under a name nobody knows may be, where it speaks of something that is left."""
    amounts = [contents.cents_of(cell) for cell in cells]
    texts = [value_of(cell) for cell in cells]
    if NO_VALUE.search(column.header):
        return ""
    if all(map(TOLD_LEFT.match, texts)):
        return "stored_value"
    if sum(amount is not None for amount in amounts) * 5 < len(cells) * 4:
        return "bundles" if contents.are_bundles(cells) else ""
    if SERVICE.search(column.header) and all(amount in SMALL_COUNTS for amount in amounts):
        return "units"
    return next((field for words, field in MAY_BE_HELD if words.search(_words(column.header))), "")


def _words(header: str) -> str:
    return simplified(header).replace("_", " ")


def _contradicted(column: Column, cells: Sequence[Cell]) -> str:
    """What a column may be whose cells are not what its name says; empty where they are."""
    if column.field == "phone" and column.how != "content" and _holds_no_phones(cells):
        return "phone"
    if column.field == "card" and _holds_no_cards(column, cells):
        return "tier"
    if column.field == "points" and column.how != "content" and contents.are_fractions(cells):
        return "stored_value"
    return ""


def _holds_no_cards(column: Column, cells: Sequence[Cell]) -> bool:
    """Whether a column called a card holds words, or one with a like name holds days."""
    texts = [value_of(cell) for cell in cells]
    words = [text for text in texts if not text.isascii() and not any(map(str.isdigit, text))]
    if texts and sum(bool(TOLD_ON_CARD.search(text)) for text in texts) * 2 > len(texts):
        return True
    if column.how == "likeness" and texts:
        return words == texts or all(map(contents.is_day, texts))
    return bool(words) and words == texts


def _holds_no_phones(cells: Sequence[Cell]) -> bool:
    """Whether a column called a phone holds names of another sort, WeChat ids for one."""
    texts = [value_of(cell) for cell in cells]
    digits = [len(re.sub(r"\D", "", text)) for text in texts]
    return len(texts) >= 5 and sum(count >= 7 for count in digits) * 5 < len(texts)
