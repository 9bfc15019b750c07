"""What a column is called says beside its field: a limit, a nickname, a face value."""

import re
from functools import cache

from imports.rules.spellings import normalise
from imports.rules.word_lists import words_in

VISIT_MOMENTS = words_in("column_names.toml")["visits"]["visit_mark"]
CREDIT_LIMIT = re.compile(r"^(?:credit|account)limit$|^kreditlimit$|^delinquent$")
NICKNAME = re.compile(r"昵称|^nick|nickname|spitzname|surnom|apodo")
FACE_VALUE = re.compile(
    r"面值|面额|額面|액면가|facevalue|^initial|^original|initiale$|номинал|nennwert|^wartosc$|^tutar$"
    r"|^(?:wert|value|amount|valeur|montant|valor|importe|valore|waarde)$"
)
GIFT_CARD_WORDS = re.compile(
    r"^(?:礼品卡|购物卡|提货卡|礼券)(?:卡?号码?|编号|卡号)?$|^certificate(?:number|no|code)?$|^gift(?:card|certificate|voucher)(?:number|no|code|id)?$"
)
PAYMENT_CARD = re.compile(r"(?:credit|payment)?card(?:brand|exp|funding|fingerprint|issuer|cvc)")
# What is shown of a number that nobody may see whole.
LAST_SIGNS = re.compile(
    r"^(?:(?:gift)?card|code)?(?:no|number)?last(?:four|4)?(?:characters?|chars?|digits?)?$|尾号$|[后末][四4]位$"
)


def says_credit_limit(header: str) -> bool:
    """Whether a column says that somebody may owe: balances beside it may then be debts.

    >>> says_credit_limit("account_limit"), says_credit_limit("余额")
    (True, False)
    """
    return bool(CREDIT_LIMIT.search(normalise(header)))


def may_be_owed(header: str) -> bool:
    """Whether a balance goes by a name that stands for debts as well, beside a credit limit."""
    return normalise(header) in {"balance", "accountbalance", "currentbalance"}


def is_nickname(header: str) -> bool:
    """Whether a column holds what somebody is called among friends.

    >>> is_nickname("Nickname"), is_nickname("微信昵称"), is_nickname("姓名")
    (True, True, False)
    """
    return bool(NICKNAME.search(normalise(header)))


def says_visit(header: str) -> bool:
    """Whether a column is named after the moment somebody came.

    >>> says_visit("到店时间"), says_visit("消费时间")
    (True, False)
    """
    return normalise(header) in {normalise(name) for name in VISIT_MOMENTS}


def says_face_value(header: str) -> bool:
    """Whether a column is named after what a gift card was worth when it was sold.

    >>> says_face_value("面值"), says_face_value("Initial Balance"), says_face_value("Balance")
    (True, True, False)
    """
    return bool(FACE_VALUE.search(normalise(header)))


def says_gift_card(header: str) -> bool:
    """Whether a column is named after gift cards beyond doubt.

    >>> says_gift_card("礼品卡号"), says_gift_card("Card number")
    (True, False)
    """
    name = normalise(header)
    return bool(GIFT_CARD_WORDS.search(name)) or name in _gift_cards_abroad()


def says_payment_card(header: str) -> bool:
    """Whether a column is about the card somebody pays with: none that the shop gave them.

    >>> says_payment_card("Card Brand"), says_payment_card("Card ID")
    (True, False)
    """
    return bool(PAYMENT_CARD.match(normalise(header)))


def says_last_signs(header: str) -> bool:
    """Whether a column holds only the end of a number.

    >>> says_last_signs("Last Characters"), says_last_signs("Last name")
    (True, False)
    """
    name = normalise(header)
    return name != "last" and bool(LAST_SIGNS.search(name))


@cache
def _gift_cards_abroad() -> frozenset[str]:
    return frozenset(map(normalise, words_in("column_names_abroad.toml")["gift_cards"]["card"]))
