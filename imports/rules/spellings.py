"""The letters and digits of a column's name in one form, in which names are compared."""

import re
import unicodedata
from functools import lru_cache

from imports.rules.cells import LONGEST_SAID
from imports.rules.han import simplified
from imports.rules.sheets import visible

BRACKETS = r"[(\[<{【〔《「『]([^)\]>}】〕》」』]*)[)\]>}】〕》」』]"
BRACKETED = re.compile(BRACKETS)
NOT_A_WORD = re.compile(r"[\W_]+")
# Letters that come apart into no plain one and its mark.
PLAIN_LETTERS = str.maketrans("đıł", "dil")


def normalise(header: str) -> str:
    r"""The letters and digits of a header, in one form.

    >>> normalise(" Ｅ-mail\u200b  Address "), normalise("手机号（必填）*"), normalise("Téléphone")
    ('emailaddress', '手机号', 'telephone')
    """
    return _normalised(header[:LONGEST_SAID])


@lru_cache(maxsize=4_096)
def _normalised(header: str) -> str:
    text = folded(header)
    return NOT_A_WORD.sub("", BRACKETED.sub("", text)) or NOT_A_WORD.sub("", text)


def folded(header: str) -> str:
    """A header in small plain letters, its signs and brackets as they are."""
    text = visible(unicodedata.normalize("NFKC", header[:LONGEST_SAID])).casefold()
    if not text.isascii():
        text = text.translate(PLAIN_LETTERS)
        split = unicodedata.normalize("NFD", text)
        bare = "".join(mark for mark in split if not "\u0300" <= mark <= "\u036f")
        text = simplified(unicodedata.normalize("NFC", bare))
    return text
