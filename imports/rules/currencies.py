"""The currency that a cell or the name of a column says itself; $, ¥ and 元 are many countries'."""

import re

from imports.rules.cells import LONGEST_SAID, plain_of

SAID = {
    "CNY": "cny rmb 人民币",
    "USD": "usd us$ 美元 美金",
    "HKD": "hkd hk$ 港币 港元",
    "MOP": "mop 澳门币 澳门元",
    "TWD": "twd ntd nt$ 台币 新台币",
    "EUR": "eur € 欧元",
    "GBP": "gbp 英镑",
    "JPY": "jpy 日元 円",
    "KRW": "krw ₩ 韩元 韩币 원",
    "AUD": "aud a$ 澳元",
    "NZD": "nzd nz$",
    "SGD": "sgd s$ 新币 新加坡元",
    "CAD": "cad c$ ca$ 加元",
    "CHF": "chf",
    "THB": "thb ฿ 泰铢 บาท",
    "MYR": "myr 马币",
    "IDR": "idr",
    "PHP": "php ₱",
    "VND": "vnd vnđ ₫",
    "INR": "inr ₹",
    "BRL": "brl r$",
    "PLN": "pln zł",
    "TRY": "₺",
    "RUB": "rub ₽ 卢布",
    "UAH": "uah ₴",
    "ILS": "ils ₪",
    "AED": "aed",
}
CODE_OF = {word: code for code, words in SAID.items() for word in words.split()}
WORDS = "|".join(re.escape(word) for word in sorted(CODE_OF, key=len, reverse=True))
NAMED = re.compile(rf"(?<![a-zđ])(?:{WORDS})(?![a-zđ])")


def currency_in(text: str) -> str:
    """The currency a text names, empty where it names none.

    >>> [currency_in(text) for text in ("US$100", "30 CNY", "余额（港币）", "¥50", "S$5")]
    ['USD', 'CNY', 'HKD', '', 'SGD']
    """
    found = NAMED.search(plain_of(text[:LONGEST_SAID]).casefold())
    return CODE_OF[found[0]] if found else ""


def is_in(currency: str, name: str, field: str) -> bool:
    """Whether a column may be in that currency: a balance that names another one is none here.

    >>> is_in("CNY", "余额(USD)", "stored_value"), is_in("CNY", "余额", "stored_value")
    (False, True)
    """
    is_balance = field.startswith("stored_value")
    return not (is_balance and currency) or currency_in(name) in {"", currency}
