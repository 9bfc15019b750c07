"""Words in days of other tongues and calendars, turned into what a plain date reader knows."""

import re
import unicodedata

from imports.rules.han import simplified
from imports.rules.han_numbers import DIGITS, NUMERALS, number_of
from imports.rules.word_lists import CELL_WORDS

# Years of an era count from the year before it began.
ERAS = {"民国": 1911, "民國": 1911, "令和": 2018, "平成": 1988, "昭和": 1925}
ERA = re.compile(rf"({'|'.join(ERAS)})\s*(元|\d{{1,3}})\s*(?=[年/\-.])")
# A year of three digits is one of the Republic: no other calendar in use has them.
REPUBLIC = re.compile(r"^(1[0-4]\d|0[5-9]\d)(?=[-/.]\d{1,2}[-/.]\d{1,2}(?!\d))")
BUDDHIST_MARK = re.compile(r"พ\.?\s*ศ\.?|ค\.?\s*ศ\.?|\bb\.?e\.?\s*(?=2[45]\d\d)|วันที่")
# S60.5.12: the era by its letter.
ERA_LETTERS = {"m": 1867, "t": 1911, "s": 1925, "h": 1988, "r": 2018}
ERA_LETTER = re.compile(r"^([mtshr])\s?(\d{1,2})(?=\s?[-/.]\s?\d{1,2}[-/.]\s?\d{1,2}(?!\d))")
# A day that none will see stands where nothing ends.
FAR_AWAY = re.compile(
    r"(?:[3-9]\d{3}|29\d\d|2[23]\d\d)(?:[-/.年]|\d{4}$)|\d{1,2}[-/.]\d{1,2}[-/.](?:[3-9]\d{3}|29\d\d|2[23]\d\d)\b"
)
NOT_A_WORD = re.compile(r"[\W_]+")
HAN_YEAR = re.compile(rf"([{''.join(DIGITS)}]{{4}})(?=\s*年)")
HAN_NUMBER = re.compile(rf"([{NUMERALS}]+)(?=\s*[月日号])")
# What leads to a last day.
UNTIL = re.compile(
    r"^\s*(?:有效期?至?|到期日?|截止到?|至|到|(?:valid\s+)?(?:until|till|to|through)|expires?(?:\s+on)?"
    r"|bis|jusqu'au|hasta|fino al|até|tot|do|до)\s*[:：]?\s*(?=\d)",
    re.IGNORECASE,
)
# Whose birthday nobody knows, or is told.
UNSAID = re.compile(
    r"保密|不详|不明|不便透露|不知道|没有|没填|未提供|未登记|忘了|不愿透露|不要|비공개|không rõ|нет"
    r"|secret|private|unknown|not given",
    re.IGNORECASE,
)
MONTH_OF = {
    word: month for month, words in CELL_WORDS["months"].items() for word in (month, *words)
}
# A Latin word has to be the whole one: martes is no March.
MONTH_WORD = re.compile(
    rf"(?<![^\W\d_])({'|'.join(sorted(MONTH_OF, key=len, reverse=True))})"
    r"(?:(?![^\W\d_])|(?<=[\u0370-\u04ff])[\u0370-\u04ff]*)"
)
VIETNAMESE_MONTH = re.compile(r"\s*tháng\s*(\d{1,2})\s*(?:năm\s*)?")
KOREAN_SIGNS = str.maketrans("년월일", "年月日")
SMALL_WORDS = re.compile(r"\b(?:of|the|de|del|di|den|le|el|il)\b\s*")


def plain_words(text: str) -> str:
    """The text with eras and Chinese numerals as plain numbers, Thai months as English ones.

    >>> plain_words("民国110年3月5日"), plain_words("二〇二一年十二月五日")
    ('2021年3月5日', '2021年12月5日')
    >>> plain_words("s60.5.12"), plain_words("r3/3/5")
    ('1985.5.12', '2021/3/5')
    >>> plain_words("5 มี.ค. 2564"), plain_words("110/03/05"), plain_words("5 de mayo de 2021")
    ('5 mar 2564', '2021/03/05', '5 may 2021')
    >>> plain_words("5 марта 1990"), plain_words("5 lipca 1990"), plain_words("1990년 5월 1일")
    ('5 mar 1990', '5 jul 1990', '1990年 5月 1日')
    """
    text = ERA_LETTER.sub(lambda found: str(ERA_LETTERS[found[1]] + int(found[2])), text)
    text = MONTH_WORD.sub(lambda found: MONTH_OF[found[1]], text)
    if text.isascii():
        return REPUBLIC.sub(_republic, SMALL_WORDS.sub("", text))
    text = VIETNAMESE_MONTH.sub(r"/\1/", text.translate(KOREAN_SIGNS))
    text = ERA.sub(_era, text)
    text = HAN_YEAR.sub(_places, text)
    if "年" in text:
        text = HAN_NUMBER.sub(_number, text)
    text = BUDDHIST_MARK.sub("", text).strip()
    for month, names in CELL_WORDS["thai_months"].items():
        for name in names:
            if name in text:
                # A month that is named is never taken for the day.
                return re.sub(rf"\s*{re.escape(name)}\s*", f" {month} ", text).strip()
    return SMALL_WORDS.sub("", text)


def says_no_end(text: str) -> bool:
    """Whether words where a last day would stand say that there is none.

    >>> [says_no_end(text) for text in ("永久有效", "無期限", "Never", "9999-12-31", "2027-12-31")]
    [True, True, True, True, False]
    """
    return _bare(text) in _NO_END or bool(FAR_AWAY.match(text.strip()))


def without_until(text: str) -> str:
    """The text without words that lead to a last day.

    >>> without_until("至2027年底"), without_until("Valid until 2027-01-05")
    ('2027年底', '2027-01-05')
    """
    return UNTIL.sub("", text)


def is_unsaid(text: str) -> bool:
    """Whether a word stands where a birthday would, because nobody gave one.

    >>> is_unsaid("保密"), is_unsaid("5月1日")
    (True, False)
    """
    return bool(UNSAID.fullmatch(text.strip()))


def _bare(text: str) -> str:
    folded = simplified(unicodedata.normalize("NFKC", text).casefold())
    return NOT_A_WORD.sub("", folded)


_NO_END = frozenset(map(_bare, CELL_WORDS["no_end"]["words"]))


def _era(found: re.Match[str]) -> str:
    year = 1 if found[2] == "元" else int(found[2])
    return str(ERAS[found[1]] + year)


def says_republic(text: str) -> bool:
    """Whether a day counts its year from 1912 beyond doubt.

    >>> [says_republic(text) for text in ("101/01/02", "民國78年5月6日", "73/05/06")]
    [True, True, False]
    """
    return bool(REPUBLIC.match(text) or re.match(r"\s*民[国國]", text))


def _republic(found: re.Match[str]) -> str:
    return str(ERAS["民国"] + int(found[1]))


def _places(found: re.Match[str]) -> str:
    return "".join(DIGITS[sign] for sign in found[1])


def _number(found: re.Match[str]) -> str:
    number = number_of(found[1].lstrip("零〇"))
    return found[0] if number is None else str(number)
