"""Chinese numerals in amounts and counts, turned into digits where they have but one reading.

三万五 is 35,000 to some and 30,005 to others, 三五 is three or five: such ones are nobody's amount.
"""

import re

DIGITS = dict(zip("〇零一二三四五六七八九", "00123456789", strict=True))
DIGITS |= dict(zip("○两兩壹贰貳叁參叄肆伍陆陸柒捌玖", "0221223334566789", strict=True))
# How many noughts each stands for; the larger ones count all that stands before them.
SMALL = {"十": 1, "拾": 1, "百": 2, "佰": 2, "千": 3, "仟": 3}
LARGE = "万萬亿億"
TENS = {"廿": "二十", "卅": "三十"}
NUMERALS = "".join((*DIGITS, *SMALL, *LARGE, *TENS))
HAN = re.compile(f"[{NUMERALS}]")
RUN = re.compile(f"[0-9{NUMERALS}]+")
# 3万 and 1.5万 are read elsewhere, by what a column of amounts means.
ONE_MULTIPLE = re.compile(f"[0-9]*[{''.join((*SMALL, *LARGE))}]?")
POINT = re.compile(f"([{NUMERALS}]+)点([{''.join(DIGITS)}]+)")
TOKEN = re.compile(r"[0-9]+|.")
# After yuan or jiao a nought only says that what lies between is missing.
MISSING = re.compile("(?<=[元块圆角])[零〇]")
WHOLE = re.compile("(?<=[元圆角分])[整正]$")


def in_digits(text: str) -> str | None:
    """The text with its numerals in digits; ``None`` where one may be read in several ways.

    >>> [in_digits(text) for text in ("十二瓶", "壹佰贰拾元整", "3万5千", "二〇二四", "1.5万")]
    ['12瓶', '120元', '35000', '2024', '1.5万']
    >>> [in_digits(text) for text in ("三万五", "3万5", "三五", "一百二", "待查")]
    [None, None, None, None, '待查']
    """
    if not HAN.search(text):
        return text
    text = POINT.sub(_with_point, WHOLE.sub("", MISSING.sub("", text.replace("圓", "圆"))))
    read: list[str] = []
    after = 0
    for found in RUN.finditer(text):
        lead = text[after : found.start()]
        if (said := _read(found[0], lead)) is None:
            return None
        read += [lead, said]
        after = found.end()
    return "".join((*read, text[after:]))


def _with_point(found: re.Match[str]) -> str:
    """三点五 as 3.5; what cannot be read stays for others to refuse."""
    whole = number_of(found[1])
    return found[0] if whole is None else f"{whole}.{''.join(DIGITS[sign] for sign in found[2])}"


def _read(run: str, lead: str) -> str | None:
    if ONE_MULTIPLE.fullmatch(run) and run not in {"十", "拾"}:
        return run
    # 1.5百万: what stands before the mark belongs to it.
    number = None if lead.endswith((".", ",")) else number_of(run)
    return None if number is None else str(number)


def number_of(run: str) -> int | None:
    """The number that numerals alone say, ``None`` where they say none or more than one.

    >>> [number_of(run) for run in ("一千零五十", "十", "廿五", "两亿三千万", "一〇五", "3百万")]
    [1050, 10, 25, 230000000, 105, 3000000]
    >>> [number_of(run) for run in ("一百零", "百二十", "三百千", "一二", "2三")]
    [None, None, None, None, None]
    """
    for short, long in TENS.items():
        run = run.replace(short, long)
    if not any(sign in SMALL or sign in LARGE for sign in run):
        return _by_places(run)
    total = above = 0
    for noughts, signs in ((8, "亿億"), (4, "万萬")):
        cut = max(map(run.rfind, signs))
        if cut >= 0:
            many = _section(run[:cut], above)
            if not many:
                return None
            total, above, run = total + many * 10**noughts, noughts, run[cut + 1 :]
    rest = _section(run, above)
    return None if rest is None else total + rest


def _by_places(run: str) -> int | None:
    """One digit, or several among which a nought shows that they are places."""
    digits = "".join(DIGITS.get(sign, sign) for sign in run)
    if len(run) == 1:
        return None if run == "○" else int(digits)
    is_plain = not any(sign.isascii() for sign in run) and "0" in digits[1:]
    return int(digits) if is_plain else None


def _section(text: str, above: int) -> int | None:
    """What numerals below ten thousand say; ``above`` counts the noughts of what stands before.

    A digit without a multiple behind it belongs to the ones after ten, or after a nought.
    """
    total, digit, is_missing = 0, None, False
    last = above
    for token in TOKEN.findall(text):
        if token in SMALL:
            noughts = SMALL[token]
            if (last and noughts >= last) or (digit is None and noughts > 1):
                return None
            total += int(digit or 1) * 10**noughts
            last, digit, is_missing = noughts, None, False
        elif token in LARGE or digit is not None:
            return None
        elif DIGITS.get(token) == "0":
            if is_missing:
                return None
            is_missing = True
        else:
            digit = DIGITS.get(token, token)
    if digit is None:
        return None if is_missing else total
    is_clear = is_missing or last in {0, 1} or len(digit) == last
    return total + int(digit) if is_clear and (not last or len(digit) <= last) else None
