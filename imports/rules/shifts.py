"""Lines between the rows of a log that a till prints at the end of a shift, and its headings."""

import re
from collections.abc import Sequence
from itertools import islice

from imports.rules.cells import text_of
from imports.rules.sheets import Cell, is_blank
from imports.rules.spellings import folded

# Enough for who has the shift, since when, and what was in the drawer.
MOST_CELLS = 4
LONGEST_WORD = 40
# Words of a line that adds up: only where its figures prove it.
ADDS_UP = re.compile(
    r"[小合总累]计|[计計]$|小结|结算|[班日]结|交班|班次|[早中午晚夜白]班|total|summe|somme|schicht|\bshift|turno|equipe"
    r"|итог|всего|смен|합계|계$|교대|シフト|早番|遅番|รวม|กะ|tong|toplam|razem|celkem|jumlah"
)
HEADING = re.compile(
    r"(?:[上中下]午|晚上|午前|午後|[早中午晚夜白大小]班|[甲乙丙a-d]班|第?[一二三\d]班|班次|交班|接班|当班|[早中午晚]市|收银员|值班|备用金"
    r"|钱箱|(?:(?:morning|day|late|early|night|evening|first|second) )?shift"
    r"|schicht|fruhschicht|spatschicht|turno|equipe|смена|кассир|cashier|kassierer|caissier|cajer[oa]|シフト|早番|遅番|担当|교대|กะ)"
    r"(?:[\s:：(（\d]|[a-d]$|$)"
    r"|(?:交班|接班|当班|备用金|钱箱)[^\d:：]{1,6}[:：]",
)
# A row that begins so is an entry.
MOMENT = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T]\d")
LABELLED = re.compile(r"[^\d:：]{1,12}[:：]")


def may_be_no_entry(cell: Cell) -> bool:
    """Whether the row with this cell for its moment may be a line between the entries."""
    return not isinstance(cell, str) or MOMENT.match(cell) is None


def says_shift(cells: Sequence[Cell]) -> bool:
    """Whether a row names a shift or who has it, each cell behind a label, and is no entry.

    >>> says_shift(("早班", None)), says_shift(("收银员：小李", "备用金：500"))
    (True, True)
    >>> says_shift(("早班", "13800138000")), says_shift(("班小雨",)), says_shift(("晚班", 5))
    (False, False, False)
    """
    filled = list(islice((cell for cell in cells if not is_blank(cell)), MOST_CELLS + 1))
    if not filled or len(filled) > MOST_CELLS or not all(isinstance(one, str) for one in filled):
        return False
    first, *rest = (folded(text_of(cell)).strip() for cell in filled)
    return bool(HEADING.match(first)) and all(map(LABELLED.match, rest))


def may_add_up(cells: Sequence[Cell]) -> bool:
    """Whether a row has a word of one that adds up, which its figures have to prove.

    >>> may_add_up(("小李 小计", 5)), may_add_up(("Schichtsumme", 5)), may_add_up(("A1", "C1", 5))
    (True, True, False)
    """
    texts = (text_of(cell) for cell in cells if isinstance(cell, str) and not is_blank(cell))
    words = [folded(text).strip() for text in islice(texts, 2) if len(text) <= LONGEST_WORD]
    return any(map(ADDS_UP.search, words))
