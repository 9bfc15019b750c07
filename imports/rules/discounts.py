"""What a discount takes off, however it is written: 9.5折, 九五折, 95, 0.95, 5% off."""

import re
from decimal import Decimal, InvalidOperation

from imports.rules.cells import plain_of, text_of, value_of
from imports.rules.choices import OFF, TENTHS
from imports.rules.findings import BadDiscount
from imports.rules.han import says_han
from imports.rules.sheets import Cell

NOTHING_OFF = frozenset(
    ["无折扣", "不打折", "原价", "无优惠", "不享受折扣", "no discount", "full price", "list price"]
)
HAN_DIGITS = str.maketrans("零〇一二三四五六七八九", "00123456789")
IN_TENTHS = re.compile(r"(?:打|享|享受)?\s*(\d+(?:\.\d+)?)\s*折(?:优惠)?")
SO_MUCH_OFF = re.compile(
    r"(?:off|less|minus|减|立减|优惠|-)\s*(\d+(?:\.\d+)?)\s*[%％]?|(\d+(?:\.\d+)?)\s*[%％]?\s*off"
)
SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")
SAYS_OFF = re.compile(r"off|减|优惠率", re.IGNORECASE)
HALF, WHOLE = 50, 100


def discount_of(cell: Cell, header: str = "", said: str = "") -> int | None:
    """Whole percent off the price, ``None`` for a blank cell. Raises BadDiscount.

    A number above 50 is what is paid, one below it what is taken off; in a column with a Chinese
    name a number up to ten counts tenths, as 折 does. ``said`` is the owner's word for it: paid,
    off or tenths.

    >>> [discount_of(said) for said in ("9.5折", "九五折", "95", 0.95, "5% off", "95%")]
    [5, 5, 5, 5, 5, 5]
    >>> discount_of(9.5, "折扣"), discount_of("8", "折扣"), discount_of("8", "Discount")
    (5, 20, 8)
    >>> [discount_of("8", "Discount", said) for said in ("paid", "off", "tenths")]
    [92, 8, 20]
    """
    text = plain_of(value_of(cell)).casefold()
    if not text:
        return None
    if text in NOTHING_OFF:
        return 0
    said = said or (OFF if SAYS_OFF.search(header) else "")
    off = _percent_off(text.translate(HAN_DIGITS), said, is_han=says_han(header))
    if off is None or off != off.to_integral_value() or not 0 <= off <= WHOLE:
        raise BadDiscount(text=text_of(cell))
    return int(off)


def _percent_off(text: str, said: str, *, is_han: bool) -> Decimal | None:
    if found := IN_TENTHS.fullmatch(text):
        number = Decimal(found[1])
        return WHOLE - (number * 10 if number <= 10 else number)
    if found := SO_MUCH_OFF.fullmatch(text):
        return Decimal(found[1] or found[2])
    if found := SHARE.fullmatch(text):
        return _share(Decimal(found[1]), said)
    try:
        return _bare(Decimal(text), said, is_han=is_han)
    except InvalidOperation:
        return None


def _bare(number: Decimal, said: str, *, is_han: bool) -> Decimal:
    if not number:
        return number
    if said == TENTHS or (not said and is_han and 1 < number <= 10):
        return WHOLE - number * 10
    is_share = 0 < number < 1 or (number == 1 and said != OFF)
    return _share(number * WHOLE if is_share else number, said)


def _share(percent: Decimal, said: str) -> Decimal:
    is_off = said == OFF if said else percent <= HALF
    return percent if is_off else WHOLE - percent
