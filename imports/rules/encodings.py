"""Which encoding the bytes of a text file are in, told by what they spell rather than by a name.

Detectors built for prose fail on member lists: names, phones and a few header words. So the order
is ours: byte order marks, strict UTF-8, then whichever legacy encoding spells common characters.
"""

import codecs
import re
from collections.abc import Iterable
from typing import NamedTuple

from charset_normalizer import from_bytes

SAMPLE_BYTES = 1 << 18
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Lead bytes of the characters that make up nearly all running text in each encoding.
COMMON_LEADS = {"gb18030": (0xB0, 0xD7), "big5hkscs": (0xA4, 0xC6)}
COMMON_TRAIL = {"gb18030": 0xA1, "big5hkscs": 0x40}
# Punctuation and full-width forms: neither for nor against.
NEUTRAL_LEADS = {"gb18030": (0xA1, 0xA3), "big5hkscs": (0xA1, 0xA3)}
LOOKS_CHINESE = 0.6
FEWEST_PAIRS = 12
LOOKS_JAPANESE = 0.2
WESTERN = (
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
)
OTHERS = (*WESTERN, "cp874", "cp1258", "cp932", "euc_jp", "cp949", "mac_roman")
WESTERN_CHARACTERS = frozenset(
    "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜßàáâãäåæçèéêëìíîïñòóôõöøùúûüÿœŒ£€©®°ºª·«»¿¡–—‘’“”…•™\xa0"
)
CENTRAL_CHARACTERS = frozenset(
    "ąćęłńóśźżĄĆĘŁŃÓŚŹŻáčďéěíňřšťúůýžÁČĎÉĚÍŇŘŠŤÚŮÝŽäöüßÄÖÜőűŐŰľĺŕĽĹŔôÔ„”“–€°§\xa0"
)
SIGN_INSIDE_WORD = re.compile(r"[A-Za-z][£¿¡©®«»°·][A-Za-z]|£[A-Za-z]")
# Cyrillic, Greek and Thai words read as Western text are accents from end to end.
ACCENTS_IN_A_ROW = re.compile(r"[À-ÿ]{2,}")
TOLERATED_DAMAGE = 0.02
# Pieces of the words that head member lists in scripts of one byte a letter, without capitals.
RUSSIAN = "елефон амилия аланс омер карт лиент ата рождения статок умма очта оличество баллы"
HEAD_WORDS = {
    "cp1251": RUSSIAN,
    "cp866": RUSSIAN,
    "koi8_r": RUSSIAN,
    "cp874": "ชื่อ เบอร์ โทร วันที่ สมาชิก แต้ม คะแนน ยอด หมาย สาขา ระดับ วันเกิด รหัส คงเหลือ จำนวน",
    "cp1253": "νομα ινητό ηλέφωνο ημερομηνία ωδικός πόλοιπο όντοι έννησης ύνολο πόντων ελάτη",
    "cp1255": "שם טלפון לקוח יתרה תאריך נקודות כרטיס הערות סניף כתובת",
    "cp1256": "الاسم رقم الجوال الهاتف تاريخ الرصيد النقاط العميل البطاقة ملاحظات",
}
ENOUGH_WORDS = 2


class Guess(NamedTuple):
    """A codec, and how sure it is that the text is written in it, in percent."""

    name: str
    confidence: int


def guess_encoding(data: bytes) -> str:
    """Name of the Python codec that ``data`` (a file's beginning, or all of it) is written in.

    Pure ASCII counts as UTF-8. A file with one torn character keeps its encoding: read it with
    ``errors="replace"``.

    >>> guess_encoding("姓名,手机号".encode("gb18030"))
    'gb18030'
    >>> guess_encoding("Name,Größe,Straße".encode("cp1252"))
    'cp1252'
    """
    return guess(data).name


def guess(data: bytes) -> Guess:
    """The same guess with its confidence.

    >>> guess(b"name,phone"), guess("姓名".encode("utf-8-sig")).confidence
    (Guess(name='utf-8', confidence=100), 100)
    """
    sample = data[:SAMPLE_BYTES]
    return (
        _by_mark(sample)
        or _by_nul_bytes(sample)
        or _utf8(sample)
        or _by_words(sample)
        or _japanese(sample)
        or _chinese(sample)
        or _other(sample)
    )


def _by_mark(sample: bytes) -> Guess | None:
    for mark, name in BYTE_ORDER_MARKS:
        if sample.startswith(mark):
            return Guess(name, 100)
    return None


def _by_nul_bytes(sample: bytes) -> Guess | None:
    """UTF-16 without a mark: delimiters, digits and line ends leave every other byte zero."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    enough = max(4, len(sample) // 40)
    if odd >= enough and even * 10 < odd:
        return Guess("utf-16-le", 95)
    if even >= enough and odd * 10 < even:
        return Guess("utf-16-be", 95)
    return None


def _utf8(sample: bytes) -> Guess | None:
    text = sample.decode("utf-8", errors="replace")
    foreign = sum(character > "\x7f" for character in text)
    damaged = text.count("\ufffd")
    # The sample may end inside a character.
    if damaged and text.endswith("\ufffd"):
        damaged -= 1
    if not damaged:
        # A few bytes of another encoding may happen to be a character of this one.
        return Guess("utf-8", 100 if not foreign else min(99, 85 + 5 * foreign))
    if damaged <= foreign * TOLERATED_DAMAGE:
        return Guess("utf-8", 70)
    # A torn piece leaves the rest whole, while other encodings hardly ever spell characters here.
    whole = sum(character > "\u07ff" for character in text) - damaged
    return Guess("utf-8", 50) if whole > 2 * damaged else None


def _japanese(sample: bytes) -> Guess | None:
    """Kana in number: half-width kana do not count, since Chinese bytes look like them."""
    for name in ("cp932", "euc_jp"):
        if _decodes(sample, name):
            foreign = [c for c in sample.decode(name, errors="ignore") if c > "\x7f"]
            kana = sum("ぁ" <= c <= "ヿ" for c in foreign)
            if kana > len(foreign) * LOOKS_JAPANESE:
                return Guess(name, min(95, 60 + kana))
    return None


def _by_words(sample: bytes) -> Guess | None:
    """The encoding of one byte a letter in which the words that head a list stand there."""
    found = {
        name: sum(word.encode(name, errors="replace") in sample for word in words.split())
        for name, words in HEAD_WORDS.items()
    }
    best = max(found, key=lambda name: found[name])
    if found[best] < ENOUGH_WORDS or not _decodes(sample, best):
        return None
    return Guess(best, min(95, 70 + 5 * found[best]))


def _chinese(sample: bytes) -> Guess | None:
    if _spells_korean(sample):
        return None
    scores = {
        name: max(_common_share(sample, name), 1.5 * _known_share(sample, name))
        for name in COMMON_LEADS
    }
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < LOOKS_CHINESE:
        return None
    rival = min(scores.values())
    confidence = min(95, round(100 * scores[best] - 40 * rival))
    name = "big5" if best == "big5hkscs" and _decodes(sample, "big5") else best
    return Guess(name, max(40, confidence))


def _known_share(sample: bytes, name: str) -> float:
    """Share of the Chinese characters that stand in headers and names, in either script."""
    text = sample.decode(name, errors="replace")
    foreign = [character for character in text if character > "\x7f"]
    return sum(c in CHINESE_KNOWN for c in foreign) / len(foreign) if foreign else 0.0


def _common_share(sample: bytes, name: str) -> float:
    """Share of the two-byte characters that are everyday ones, less what does not decode."""
    low, high = COMMON_LEADS[name]
    neutral_low, neutral_high = NEUTRAL_LEADS[name]
    common = counted = low_trails = 0
    for lead, trail in _pairs(sample, four_byte=name == "gb18030"):
        if neutral_low <= lead <= neutral_high and trail >= 0x40:
            continue
        counted += 1
        low_trails += trail < 0x7F
        common += low <= lead <= high and trail >= COMMON_TRAIL[name]
    if name == "big5hkscs" and counted >= FEWEST_PAIRS and not low_trails:
        # Two characters in five of Big5 end in an ASCII byte, those of GB2312 never.
        common //= 2
    return common / counted if counted else 0.0


def _pairs(sample: bytes, *, four_byte: bool) -> Iterable[tuple[int, int]]:
    position, end = 0, len(sample) - 1
    while position < end:
        lead, trail = sample[position], sample[position + 1]
        if lead < 0x80:
            position += 1
        elif four_byte and 0x30 <= trail <= 0x39:
            # A rare character of GB18030 takes four bytes; it says nothing about the text.
            position += 4
        else:
            yield lead, trail
            position += 2 if trail >= 0x40 else 1


def _spells_korean(sample: bytes) -> bool:
    """Whether it is Korean: Hangul in code page 949 lies on the commonest Chinese characters.

    Chinese bytes read as Hangul give syllables hardly anyone writes, and the other way about.
    """
    text = sample.decode("cp949", errors="ignore")
    hangul = [character for character in text if "가" <= character <= "힣"]
    common = [character for character in hangul if character in KOREAN_COMMON]
    likelier = max(0.3, _known_share(sample, "gb18030"))
    return len(set(common)) >= FEWEST_SYLLABLES and len(common) > len(hangul) * likelier


FEWEST_SYLLABLES = 4
CHINESE_KNOWN = frozenset(
    "会员编号姓名电话手机性别男女生日余额积分等级卡金银普通储值本赠送消费充次数时间期门店地址备注状态"
    "會員編號電話手機性別餘額積點級銀儲值贈費時間門備註狀態開數生總計合王李張张陳陈劉刘黃黄林吳吴周"
)
KOREAN_COMMON = frozenset(
    "이름전화번호회원고객일자금액잔포인트가입주소생등급성별남여메모김박최정강조윤장임"
    "거래상품명수량결제단태출석방문시간취환불판매합계할연락처폰카드영증현"
)


def _other(sample: bytes) -> Guess:
    strict = [name for name in OTHERS if _decodes(sample, name)]
    if not strict or ("cp1252" in strict and _western(sample)):
        return Guess("cp1252", 80 if strict else 20)
    if (
        "cp1250" in strict
        and {c for c in sample.decode("cp1250") if c > "\x7f"} <= CENTRAL_CHARACTERS
    ):
        return Guess("cp1250", 75)
    others = [name for name in strict if name != "cp1252"]
    best = from_bytes(sample, cp_isolation=others).best() if others else None
    if best is None:
        return Guess(strict[0], 30)
    return Guess(best.encoding, max(30, round(70 * (1 - best.chaos))))


def _western(sample: bytes) -> bool:
    """Only characters Western Europe writes, signs standing where signs stand."""
    text = sample.decode("cp1252")
    high = {character for character in text if character > "\x7f"}
    neighbours = sum(len(run) for run in ACCENTS_IN_A_ROW.findall(text))
    return (
        high <= WESTERN_CHARACTERS
        and not SIGN_INSIDE_WORD.search(text)
        and neighbours * 4 <= 3 * sum(character > "\x7f" for character in text)
    )


def _decodes(sample: bytes, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        decoder.decode(sample, final=False)
    except UnicodeDecodeError:
        return False
    return True
