"""How a name is typed on a plain keyboard: pinyin and initials of Chinese ones, words of others.

The name itself is never changed. Whatever cannot be typed (emoji, punctuation) is left out of the
keys; syllables of a surname follow the way families say it, which a dictionary of words does not.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import batched
from typing import NamedTuple

from pypinyin import lazy_pinyin

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
TOKEN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:['’][^\W_{HAN}]+)*")
COMBINING = re.compile(r"[\u0300-\u036f]")

# As surnames these are not read as in other words.
SURNAMES = {
    "万俟": ("mo", "qi"),
    "单于": ("chan", "yu"),
    "宰父": ("zai", "fu"),
    "尉迟": ("yu", "chi"),
    "澹台": ("tan", "tai"),
    "长孙": ("zhang", "sun"),
    "乐": ("yue",),
    "乜": ("nie",),
    "仇": ("qiu",),
    "任": ("ren",),
    "佴": ("nai",),
    "冼": ("xian",),
    "洗": ("xian",),
    "区": ("ou",),
    "单": ("shan",),
    "卜": ("bu",),
    "召": ("shao",),
    "员": ("yun",),
    "宁": ("ning",),
    "宓": ("mi",),
    "宿": ("su",),
    "应": ("ying",),
    "折": ("she",),
    "曾": ("zeng",),
    "朴": ("piao",),
    "查": ("zha",),
    "柏": ("bai",),
    "燕": ("yan",),
    "牟": ("mu",),
    "盖": ("ge",),
    "瞿": ("qu",),
    "祭": ("zhai",),
    "种": ("chong",),
    "秘": ("bi",),
    "繁": ("po",),
    "缪": ("miao",),
    "翟": ("zhai",),
    "能": ("nai",),
    "葛": ("ge",),
    "臧": ("zang",),
    "褚": ("chu",),
    "覃": ("qin",),
    "解": ("xie",),
    "谌": ("chen",),
    "贾": ("jia",),
    "车": ("che",),
    "郇": ("xun",),
    "郗": ("xi",),
    "那": ("na",),
    "重": ("chong",),
    "钭": ("tou",),
    "阚": ("kan",),
    "隗": ("wei",),
    "黑": ("he",),
}
# Read as a dictionary reads them; known here only so that the given name begins after them.
COMPOUND_SURNAMES = frozenset(
    "".join(pair)
    for pair in batched(
        "欧阳司马上官诸葛东方皇甫令狐公孙慕容司徒司空夏侯宇文轩辕端木独孤南宫闻人赫连钟离淳于太史申屠百里"
        "呼延东郭西门拓跋公羊濮阳完颜鲜于闾丘司寇子车颛孙巫马公西漆雕乐正壤驷公良夹谷宗政谷梁段干南门东野"
        "左丘梁丘第五",
        2,
    )
)


class NameKeys(NamedTuple):
    """What search compares: lower-case, without accents.

    ``pinyin`` is the whole name, ``initials`` one letter a syllable or word, ``last_word`` the
    other end of it: the given name of a Chinese name, the last of several words of another.
    """

    pinyin: str
    initials: str
    last_word: str


def name_keys(name: str) -> NameKeys:
    """The keys a name is found by; all empty when nothing in it can be typed.

    >>> name_keys("曾国藩")
    NameKeys(pinyin='zengguofan', initials='zgf', last_word='guofan')
    >>> name_keys("José  García 😀")
    NameKeys(pinyin='jose garcia', initials='jg', last_word='garcia')
    """
    tokens = TOKEN.findall(unicodedata.normalize("NFKC", name))
    if not tokens:
        return NameKeys("", "", "")
    words, given = [], ""
    for position, token in enumerate(tokens):
        surname, rest = _syllables(token, at_front=position == 0)
        words.append([*surname, *rest])
        if position == 0:
            given = "".join(rest) if surname else ""
    keys = ["".join(word) for word in words]
    initials = "".join(part[0] for word in words for part in word if part)
    return NameKeys(" ".join(filter(None, keys)), initials, keys[-1] if len(keys) > 1 else given)


def _syllables(token: str, *, at_front: bool) -> tuple[list[str], list[str]]:
    """Split one token into the syllables of a surname and the rest; no surname for Latin words."""
    if not re.match(f"[{HAN}]", token):
        return [], [typed(token)]
    if not at_front:
        return [], [*_read(token)]
    known = token[:2] in SURNAMES or token[:2] in COMPOUND_SURNAMES
    surname, given = (token[:2], token[2:]) if known else (token[:1], token[1:])
    return [*(SURNAMES.get(surname) or _read(surname))], [*_read(given)]


@lru_cache(maxsize=16_384)
def _read(han: str) -> tuple[str, ...]:
    return tuple(syllable for syllable in lazy_pinyin(han, errors="ignore") if syllable)


def typed(text: str) -> str:
    """The text as typed without shift key and accents, single spaces between words.

    >>> typed("  Łukasz   STRAẞE-Müller")
    'łukasz strasse-muller'
    """
    plain = COMBINING.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return " ".join(unicodedata.normalize("NFC", plain).split())


def has_han(text: str) -> bool:
    """Whether the text contains a Chinese character.

    >>> has_han("王 Tom"), has_han("Tom")
    (True, False)
    """
    return re.search(f"[{HAN}]", text) is not None


def mask_name(name: str) -> str:
    """Enough of a name to recognise somebody one knows: its first character.

    >>> mask_name("王小明"), mask_name("Leila Castellan")
    ('王**', 'L**')
    """
    return f"{name[:1]}**"
