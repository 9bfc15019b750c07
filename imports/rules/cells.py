"""What one cell says: text as a person reads it, and the words that mean there is nothing.

Numbers that stand for text (cards, phones) lose what the spreadsheet added and keep what it kept.
"""

import re
import unicodedata
from datetime import datetime
from functools import lru_cache

from common.guarding import unguard
from imports.rules.sheets import Cell, visible

BLANK_WORDS = frozenset(
    [
        "-",
        "--",
        "---",
        "—",
        "——",
        "–",
        "/",
        "\\",
        "n/a",
        "na",
        "null",
        "none",
        "nil",
        "nan",
        "(null)",
        "(none)",
        "(空)",
        "无",
        "无数据",
        "未填",
        "未填写",
        "暂无",
        "未知",
        "空",
        "undefined",
        "not set",
        "not available",
    ]
)
# No amount, day, phone or name of a column is longer; what lies beyond is prose.
LONGEST_SAID = 300
FORMULA_STARTS = ("=", "@", "+", "-")
NUMERIC_LOOK = re.compile(r"[+\-]?[\d\s().,/\-]*")
GENDERS = {
    "M": [
        *(
            "男",
            "男性",
            "男士",
            "先生",
            "男生",
            "男孩",
            "m",
            "male",
            "man",
            "mr",
            "mr.",
            "boy",
            "1",
        ),
        *("herr", "männlich", "mann", "monsieur", "m.", "homme", "masculin", "hombre", "masculino"),
        *("señor", "sr", "sr.", "uomo", "maschio", "signor", "homem", "dhr", "dhr.", "ชาย", "นาย"),
        *(
            "남",
            "남자",
            "남성",
            "nam",
            "м",
            "муж",
            "муж.",
            "мужской",
            "мужчина",
            "erkek",
            "bay",
            "mężczyzna",
        ),
        *(
            "muž",
            "férfi",
            "bărbat",
            "άνδρας",
            "άντρας",
            "ذكر",
            "זכר",
            "laki-laki",
            "lelaki",
            "pria",
        ),
    ],
    "F": [
        "女",
        "女性",
        "女士",
        "小姐",
        "太太",
        "f",
        "female",
        "woman",
        "ms",
        "mrs",
        "mrs.",
        "miss",
        "girl",
        "2",
        *("女生", "女孩", "frau", "weiblich", "madame", "mme", "mlle", "femme", "féminin", "mujer"),
        *("femenino", "señora", "señorita", "sra", "sra.", "donna", "femmina", "signora", "mulher"),
        *("feminino", "vrouw", "mevr", "mevr.", "หญิง", "นาง", "นางสาว"),
        *(
            "여",
            "여자",
            "여성",
            "nữ",
            "ж",
            "жен",
            "жен.",
            "женский",
            "женщина",
            "kadın",
            "bayan",
            "kobieta",
        ),
        *("žena", "nő", "femeie", "γυναίκα", "أنثى", "נקבה", "perempuan", "wanita"),
    ],
    "X": ["其他", "其它", "other", "x", "diverse", "nonbinary", "non-binary"],
    "": ["保密", "未知", "不详", "未设置", "unknown", "secret", "private", "u", "0"],
}
GIVEN = frozenset(
    [
        "subscribed",
        "yes",
        "y",
        "true",
        "1",
        "given",
        "optin",
        "optedin",
        "accepted",
        "agree",
        "agreed",
        "on",
        "是",
        "同意",
        "已订阅",
        "订阅",
        "接收",
        "已同意",
        "允许",
        "开启",
    ]
)
WITHDRAWN = frozenset(
    [
        "unsubscribed",
        "no",
        "n",
        "false",
        "0",
        "withdrawn",
        "optout",
        "optedout",
        "rejected",
        "off",
        "否",
        "拒绝",
        "不同意",
        "未订阅",
        "退订",
        "已退订",
        "取消订阅",
        "不接收",
        "关闭",
        "cleaned",
        "bounced",
    ]
)
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
    if word in GIVEN:
        return "given"
    return "withdrawn" if word in WITHDRAWN else None


def name_key(name: str) -> str:
    """The form in which names are compared: case, width, blanks and full stops aside.

    >>> name_key("Kofi  Larkspur") == name_key("kofi larkspur"), name_key("张 三")
    (True, '张三')
    """
    folded = visible(unicodedata.normalize("NFKC", name)).casefold()
    return re.sub(r"[\s.,·•’'\-]+", "", folded)


def full_name(first: str, last: str) -> str:
    """Given and family name in the order their script puts them.

    >>> full_name("Kofi", "Larkspur"), full_name("栋杰", "吕")
    ('Kofi Larkspur', '吕栋杰')
    """
    if not first or not last:
        return first or last
    return last + first if _is_han(first) and _is_han(last) else f"{first} {last}"


def _is_han(text: str) -> bool:
    return all(unicodedata.category(character) == "Lo" for character in text)
