"""What one cell says: text as a person reads it, and the words that mean there is nothing.

Numbers that stand for text (cards, phones) lose what the spreadsheet added and keep what it kept.
"""

import re
import unicodedata
from datetime import datetime
from functools import lru_cache

from common.guarding import unguard
from imports.rules.sheets import Cell, visible
from imports.rules.word_lists import CELL_WORDS

BLANK_WORDS = frozenset(CELL_WORDS["blank"]["words"])
# No amount, day, phone or name of a column is longer; what lies beyond is prose.
LONGEST_SAID = 300
FORMULA_STARTS = ("=", "@", "+", "-")
NUMERIC_LOOK = re.compile(r"[+\-]?[$¥￥€£₩฿]?[\d\s().,/\-]*")
GENDERS = CELL_WORDS["genders"]
CONSENTS = {word: state for state, words in CELL_WORDS["consent"].items() for word in words}
_GENDER_OF = {word: gender for gender, words in GENDERS.items() for word in words}


def text_of(cell: Cell) -> str:
    r"""The cell as text: no padding, nothing invisible, no apostrophe that only meant "text".

    >>> text_of("\t'0080 "), text_of(18600214796.0), text_of(316.98000000000002)
    ('0080', '18600214796', '316.98')
    """
    if isinstance(cell, str):
        return _shown(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        return _number_text(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell.isoformat()


# Each cell of a row is asked for several times.
@lru_cache(maxsize=2_048)
def _shown(text: str) -> str:
    # Nearly every text is just what a person sees of it.
    if text.isprintable() and text[:1].isalnum() and text[-1:] != " ":
        return text
    return _without_text_mark(visible(text).strip())


def _number_text(number: float) -> str:
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        number = int(number)
    # Fifteen digits are what a spreadsheet shows; the rest is binary noise.
    return str(number) if isinstance(number, int) else format(number, ".15g")


def _without_text_mark(text: str) -> str:
    """Without the leading apostrophe, or the ="…" some exports wrap numbers in."""
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        return text[2:-1].strip()
    if (told := unguard(text)) != text:
        return told
    if text[:1] in {"'", "’", "`"} and len(text) > 1 and not text.endswith(text[0]):
        return text[1:].strip()
    return text


def value_of(cell: Cell) -> str:
    """The text of a cell, empty where its word means that there is nothing.

    >>> value_of("无"), value_of(" N/A "), value_of(0)
    ('', '', '0')
    """
    text = text_of(cell)
    return "" if text.casefold() in BLANK_WORDS else text


def plain_of(text: str) -> str:
    r"""As much of a text as says anything, in signs of usual width, its blanks single.

    >>> plain_of(" １２　元 \n 5角 ")
    '12 元 5角'
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())[:LONGEST_SAID]


def code_of(cell: Cell) -> str:
    """A card number or another system's number: leading zeros live, a float's tail does not.

    >>> code_of("000080"), code_of("10086.0"), code_of("ＶＩＰ 01")
    ('000080', '10086', 'VIP 01')
    """
    text = unicodedata.normalize("NFKC", value_of(cell))
    return re.sub(r"(?<=\d)\.0+\Z", "", text) if text.count(".") == 1 else text


def looks_like_formula(cell: Cell) -> bool:
    """Whether a spreadsheet would compute the text if an export wrote it as it stands.

    >>> looks_like_formula("=2+5"), looks_like_formula("-12.50"), looks_like_formula("@note")
    (True, False, True)
    """
    if not isinstance(cell, str):
        return False
    if cell[:1].isalnum():
        return False
    text = visible(cell).strip()
    wrapped = text.startswith('="') and text.endswith('"')
    return text.startswith(FORMULA_STARTS) and not wrapped and not NUMERIC_LOOK.fullmatch(text)


def gender_of(cell: Cell) -> str | None:
    """``"M"``, ``"F"``, ``"X"``, ``""`` where nobody says, ``None`` for a word not known.

    >>> gender_of("女"), gender_of("保密"), gender_of("Male"), gender_of("金卡")
    ('F', '', 'M', None)
    """
    return _GENDER_OF.get(value_of(cell).casefold()) if value_of(cell) else ""


def consent_of(cell: Cell) -> str | None:
    """``"given"``, ``"withdrawn"``, or ``None`` where nothing was said.

    >>> consent_of("subscribed"), consent_of("unsubscribed"), consent_of("unknown")
    ('given', 'withdrawn', None)
    """
    word = re.sub(r"[\s_-]+", "", value_of(cell).casefold())
    return CONSENTS.get(word)


def name_key(name: str) -> str:
    """The form in which names are compared: case, width, blanks and full stops aside.

    >>> name_key("Kofi  Larkspur") == name_key("kofi larkspur"), name_key("张 三")
    (True, '张三')
    """
    folded = visible(unicodedata.normalize("NFKC", name)).casefold()
    return re.sub(r"[\s.,·•’'\-]+", "", folded)


def in_one_line(name: str) -> str:
    r"""A name that was wrapped in its cell.

    >>> in_one_line("Ann\nLee"), in_one_line("欧阳\n小明"), in_one_line("Ann  Lee")
    ('Ann Lee', '欧阳小明', 'Ann  Lee')
    """
    parts = [part.strip() for part in name.splitlines() if part.strip()]
    return ("" if all(map(_is_han, parts)) else " ").join(parts)


def full_name(first: str, last: str) -> str:
    """Given and family name in the order their script puts them.

    >>> full_name("Kofi", "Larkspur"), full_name("栋杰", "吕"), full_name("Ann Lee", "Lee")
    ('Kofi Larkspur', '吕栋杰', 'Ann Lee')
    """
    if not first or not last or first.endswith(f" {last}"):
        return first or last
    return last + first if _is_han(first) and _is_han(last) else f"{first} {last}"


def _is_han(text: str) -> bool:
    return all(unicodedata.category(character) == "Lo" for character in text)
