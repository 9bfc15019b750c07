"""What a number stands for where the header itself says so: 取消区分 (0:通常、1:取消)."""

import re
import unicodedata
from functools import lru_cache

from imports.rules.cells import text_of
from imports.rules.sheets import Cell
from imports.rules.spellings import normalise

ENTRY = re.compile(r"(?<!\d)(\d{1,2})\s*[:=→]+\s*([^\s\d,;/、，；()]+)")
# Written by a till whose published list of them is as long as this.
PUBLISHED = {
    "取引区分": "1:通常 2:入金 3:出金 4:預かり金 5:預かり金返金 6:ポイント加算 7:ポイント減算"
    " 8:ポイント失効 10:取置き 11:チップ 13:マイル加算 14:マイル減算"
    " 15:バリューカード入金 16:領収証"
}


@lru_cache(maxsize=4_096)
def legend_of(header: str) -> dict[str, str]:
    """Number → word, as a header lists them in brackets; empty where it does not.

    >>> legend_of("性別（0：不明、1：男性、2：女性）")["2"], legend_of("取引区分")["8"]
    ('女性', 'ポイント失効')
    """
    text = unicodedata.normalize("NFKC", header)
    _name, _bracket, listed = text.partition("(")
    found = dict(ENTRY.findall(listed or PUBLISHED.get(normalise(header), "")))
    return found if len(found) > 1 else {}


def in_words(header: str, cell: Cell) -> Cell:
    """A cell with the word its number stands for, where the header says one.

    >>> in_words("状态(0:正常 1:作废)", 1.0), in_words("状态", "1")
    ('作废', '1')
    """
    legend = legend_of(header)
    return legend.get(text_of(cell).removesuffix(".0"), cell) if legend else cell
