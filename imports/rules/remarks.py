"""Headings and remarks between the rows of a table: one text alone, which is nobody's row."""

import re
from collections.abc import Collection, Sequence
from itertools import islice

from imports.rules.cells import text_of
from imports.rules.sheets import Area, Cell, Row, is_blank

# A name merged over two cells may be a name; nobody's is wider.
WIDE = 3
LONGEST_SHOWN = 20
SENTENCE = re.compile(r"[，。；！？](?!\s*$)|。\s*$|^(?:\S+\s+){6}")
# 老客户, Gold members: a group of people, and no one of them.
PEOPLE = re.compile(
    r"\S{1,8}(?:会员|會員|会員|客户|客戶|顾客|顧客|学员)|.{2,30}\b(?:members|customers|clients|guests|kunden|mitglieder"
    r"|clientes|socios|clienti|membros)",
    re.IGNORECASE,
)
LEAST_LETTERS = 8
LABELLED = re.compile(
    r"(?:注意|说明|備註|备注|提示|提醒|温馨提示|特别说明|附注|备忘|note|notes|n\.?b\.?|hinweis|achtung|nota|remarque|"
    r"หมายเหตุ|備考|注記|ご注意|примечание|lưu ý|ghi chú|참고|비고)\s*[:：]|[※◆■●▶◇□★☆]",
    re.IGNORECASE,
)
# Of the sum above, these rows say the parts.
OF_WHICH = re.compile(
    r"\s*(?:其中|内[:：含]|内訳|うち|of which|including|davon|dont\b"
    r"|de los cuales|di cui|ในจำนวนนี้|в том числе)",
    re.IGNORECASE,
)


def is_remark(row: Row, wide: Collection[int], first: int = 0) -> bool:
    """Whether a row has one text alone that is a sentence, labelled or marked, or merged ``wide``.

    ``first`` is the first column of the table (from 0): in the others a sentence is somebody's.

    >>> [is_remark(Row(2, (text,)), ()) for text in ("以下为老会员，余额不变", "※ 3月", "张三")]
    [True, True, False]
    >>> is_remark(Row(2, ("2023年转入", None)), {2}), is_remark(Row(2, ("Gold members", 5)), {2})
    (True, False)
    """
    filled = list(islice((cell for cell in row.cells if not is_blank(cell)), 2))
    if len(filled) != 1 or not isinstance(filled[0], str):
        return False
    text = text_of(filled[0])
    if row.number in wide:
        return True
    is_sentence = PEOPLE.fullmatch(text) or (len(text) >= LEAST_LETTERS and SENTENCE.search(text))
    at_first = any(not is_blank(cell) for cell in row.cells[: first + 1])
    return at_first and bool(LABELLED.match(text) or is_sentence)


def wide_rows(merged: Sequence[Area]) -> frozenset[int]:
    """Rows in which one cell is merged over as many columns as nobody's name is."""
    return frozenset(
        area.first_row
        for area in merged
        if area.last_column - area.first_column + 1 >= WIDE and area.first_row == area.last_row
    )


def says_of_which(cells: Sequence[Cell]) -> bool:
    """Whether a row below a sum says a part of it: 其中：金卡, davon bar.

    >>> says_of_which(("其中：金卡", 5)), says_of_which((None, "of which cash", 5))
    (True, True)
    """
    first = next((cell for cell in cells if not is_blank(cell)), None)
    return isinstance(first, str) and bool(OF_WHICH.match(text_of(first)))


def shown_short(cells: Sequence[Cell]) -> str:
    """As much of a remark as tells it from others."""
    text = " ".join(text_of(next(cell for cell in cells if not is_blank(cell))).split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
