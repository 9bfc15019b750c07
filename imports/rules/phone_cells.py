"""The phone in a cell that holds more than one, an extension, or a word about whose it is."""

import re
import unicodedata

from common.errors import DomainError
from common.phones import to_e164

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
EXACT = re.compile(r"(\d)(?:\.(\d+))?e\+?(\d{1,2})", re.IGNORECASE)


def phone_in(text: str, country: str) -> tuple[str, str]:
    """The first phone of a cell in E.164, and what else stands there: "", "remark" or "second".

    Raises BadPhone, PhoneLostDigits.

    >>> phone_in("13800138000/13900139000", "CN"), phone_in("021-62345678转801", "CN")
    (('+8613800138000', 'second'), ('+862162345678', 'remark'))
    >>> phone_in("1.3912345678E+10", "CN")
    ('+8613912345678', '')
    """
    written = _written_out(unicodedata.normalize("NFKC", text).strip())
    try:
        return to_e164(written, country), ""
    except DomainError as refusal:
        parts = [part for part in SEVERAL.split(written) if part.strip()]
        found = [phone for part in (written, *parts) if (phone := _bare_phone(part, country))]
        if not found:
            raise refusal
    return found[0], "second" if len(parts) > 1 else "remark"


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
    for text in (bare, EXTENSION.sub("", bare), tight):
        try:
            return to_e164(text, country)
        except DomainError:
            continue
    return ""
