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
from imports.rules.sheets import Cell, Row

ASKED = "asked"
# What shopkeepers note where a card's number would stand: 储值500剩320, 已退卡.
TOLD_ON_CARD = re.compile(r"剩|余|[次元]|储值?\d|退卡|\d\s*(?:left|visits?)\b", re.IGNORECASE)


def asked_by_name(columns: list[Column], kind: str) -> list[Column]:
    """Names somewhat like a known one are asked about, unless another column is that already."""
    taken = {column.field for column in columns}
    taken |= {"name"} if "first_name" in taken else set()
    result = []
    for column in columns:
        like = suggest(column.header, kind) if column.how == "unmapped" and column.header else None
        if like is not None and (like.field not in taken or like.field in SEVERAL):
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
    if column.field or column.guess:
        return column
    if not SAYS_NOTHING.fullmatch(column.header):
        # Money of a name nobody knows, where no column is known for a balance.
        is_money = not taken & MONEY_FIELDS and contents.are_amounts(cells)
        is_open = is_money and column.how == "unmapped"
        return replace(column, how=ASKED, guess="stored_value") if is_open else column
    if days := contents.days_in(cells, style):
        guess = "birthday" if contents.are_births(days) else "joined"
        return column if guess in taken else replace(column, how=ASKED, guess=guess)
    if contents.are_amounts(cells):
        return replace(column, how=ASKED, guess="stored_value")
    return column


def _contradicted(column: Column, cells: Sequence[Cell]) -> str:
    """What a column may be whose cells are not what its name says; empty where they are."""
    if column.field == "phone" and column.how != "content" and _holds_no_phones(cells):
        return "phone"
    if column.field == "card" and _holds_no_cards(column, cells):
        return "tier"
    if column.field == "points" and contents.are_fractions(cells):
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
