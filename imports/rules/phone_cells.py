"""The phone in a cell that holds more than one, an extension, or a word about whose it is."""

import re
import unicodedata

from common.errors import DomainError
from common.phones import to_e164
from imports.rules.cells import LONGEST_SAID, plain_of

SEVERAL = re.compile(
    r"\s*[/、;；,，|\n\r]+\s*|\s+(?:or|and|或|和|及)\s+|\s+(?=\+?\d{7})", re.IGNORECASE
)
LABEL = re.compile(
    r"^(?:tel(?:ephone)?|mob(?:ile)?|phone|cell|handy|whatsapp|手机号?码?|电话|联系电话|座机|m|t|p)\s*[.:：]\s*",
    re.IGNORECASE,
)
REMARK = re.compile(r"\s*\([^()\d]*\)\s*|[\s\-—:：]+[^\W\d_][^\d]*$")
WORDS_BEFORE = re.compile(r"^[^\d+(]{1,12}(?=[\d+(])")
GROUP_SIGNS = re.compile(r"(?<=\d)[,，.·](?=\d)")
EXTENSION = re.compile(
    r"(?<=\d)\s*(?:转|轉|分机|分機|ext(?:ension)?\.?|x|#)\s*\d{1,6}$|(?<=\d{7})-\d{1,5}$",
    re.IGNORECASE,
)
# Numbers amid words: all that is as long as one has to be one.
RUN = re.compile(r"(?<![\d.])\+?\d[\d \-]{5,18}\d(?!\d)")
EMPTY_BRACKETS = re.compile(r"\(\s*\)|\[\s*\]")
# Neighbours call each other without a plus sign; no number of their own looks so.
NEIGHBOURS = frozenset({"CN", "HK", "MO", "TW"})
OF_A_NEIGHBOUR = re.compile(r"852[2-9]\d{7}|853[268]\d{7}|8869\d{8}|861[3-9]\d{9}")
NO_PHONE = re.compile(
    r"没有?留?|没有(?:手机|电话)|未留|不留|没(?:手机|电话)|无(?:手机|电话|号码)|保密|不详|不便|拒留|拒绝|未提供|未登记|暂无|忘了"
    r"|no phone|none given|not given|нет|없음|なし|không",
    re.IGNORECASE,
)
OTHER_CONTACT = re.compile(
    r"(?:微信号?|wechat|wx(?=[_:：])|v信|vx(?=[_:：])|qq|line(?: id)?|抖音|小红书"
    r"|kakao|zalo|telegram|facebook|fb|instagram|ig)"
    r"\s*[_:：]?\s*\S*",
    re.IGNORECASE,
)
EXACT = re.compile(r"(\d)(?:\.(\d+))?e\+?(\d{1,2})", re.IGNORECASE)


def phone_in(text: str, country: str) -> tuple[str, str]:
    """The first phone of a cell in E.164, and what else stands there: "", "remark" or "second".

    Raises BadPhone, PhoneLostDigits.

    >>> phone_in("13800138000/13900139000", "CN"), phone_in("021-62345678转801", "CN")
    (('+8613800138000', 'second'), ('+862162345678', 'remark'))
    >>> phone_in("1.3912345678E+10", "CN")
    ('+8613912345678', '')
    """
    written = _written_out(unicodedata.normalize("NFKC", text)[:LONGEST_SAID].strip())
    try:
        return to_e164(written, country), ""
    except DomainError as refusal:
        parts = [part for part in SEVERAL.split(written) if part.strip()]
        found = [phone for part in (written, *parts) if (phone := _bare_phone(part, country))]
        found = found or (parts := _runs_in(written, country))
        if not found:
            raise refusal
    return found[0], "second" if len(parts) > 1 else "remark"


def no_phone_in(text: str) -> str:
    """What a cell says that holds no phone: "none", "other" (a WeChat name) or "" for neither.

    >>> no_phone_in("没留"), no_phone_in("微信:fan_er88"), no_phone_in("1380013800")
    ('none', 'other', '')
    """
    plain = plain_of(text)
    if NO_PHONE.fullmatch(plain):
        return "none"
    return "other" if OTHER_CONTACT.fullmatch(plain) and not RUN.search(plain) else ""


def phone_beside(text: str, country: str) -> tuple[str, str] | None:
    """A name and the phone that stands in one cell with it; ``None`` where none does.

    >>> phone_beside("张三 13800138000", "CN"), phone_beside("李四（138-0013-8000）老客户", "CN")
    (('张三', '+8613800138000'), ('李四', '+8613800138000'))
    >>> phone_beside("张三 2", "CN")
    """
    plain = plain_of(text)
    phones = _runs_in(plain, country)
    if not phones:
        return None
    before, _run, after = plain.partition(RUN.findall(plain)[0])
    sides = [EMPTY_BRACKETS.sub("", side).strip(" -:,;/|()[]") for side in (before, after)]
    name = next((side for side in sides if any(map(str.isalpha, side))), "")
    return (name, phones[0]) if name else None


def _runs_in(text: str, country: str) -> list[str]:
    """The numbers amid the words of a cell; none where one of them is no phone."""
    phones = [_bare_phone(run, country) for run in RUN.findall(text)]
    return phones if all(phones) else []


def _written_out(text: str) -> str:
    """A number with an exponent whose digits are all there, as plain digits."""
    found = EXACT.fullmatch(text)
    if not found or len(found[2] or "") < int(found[3]):
        return text
    digits = found[1] + (found[2] or "")
    whole = digits[: int(found[3]) + 1]
    return whole if not digits[len(whole) :].strip("0") else text


def _bare_phone(part: str, country: str) -> str:
    """The phone of one part without label, extension and remark; empty where there is none."""
    bare = REMARK.sub(" ", LABEL.sub("", part.strip())).strip()
    # Words before the number, signs between its groups.
    tight = GROUP_SIGNS.sub("", WORDS_BEFORE.sub("", bare))
    digits = re.sub(r"\D", "", bare)
    abroad = f"+{digits}" if country in NEIGHBOURS and OF_A_NEIGHBOUR.fullmatch(digits) else bare
    for text in (bare, EXTENSION.sub("", bare), tight, abroad):
        try:
            return to_e164(text, country)
        except DomainError:
            continue
    return ""
