"""What an account is of, told by its name: the points of an eWallet are money.

Some systems keep all that is held in one column of "points", and only the name of the program says
whether they are points or money.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from imports.rules.aliases import VALUE_FIELDS, recognise
from imports.rules.contents import values_of
from imports.rules.fields import Column
from imports.rules.sheets import Row

# Coupons are neither: what stands beside them is kept as it stands.
MONEY, POINTS, KEPT = "stored_value", "points", "kept"
GIFT_CARD = re.compile(
    r"gift[- ]?(?:card|voucher|certificate)|礼品卡|禮品卡|购物卡|提货卡|geschenk|cartes?[- ]cadeau"
    r"|tarjetas? (?:de )?regalo|cart(?:ão|ões)[- ]presente|buon[oi] regalo|ギフト|기프트|подароч",
    re.IGNORECASE,
)
PURSE = re.compile(
    r"wallet|stored[ _-]?value|store credit|prepaid|储值|儲值|钱包|錢包|余额|餘額|预付|預付|充值"
    r"|portefeuille|monedero|carteira|portafoglio|geldbörse|ウォレット|プリペイド|지갑|선불|кошел",
    re.IGNORECASE,
)
EARNED = re.compile(
    r"point|loyalty|积分|積分|点数|點數|punkt|punt[io]|pontos|fid[eé]lit|ポイント|포인트|балл",
    re.IGNORECASE,
)


COUPON = re.compile(
    r"coupon|promo(?:tion|\b)|discount|next order|buy \w+ get|优惠券|優惠券|代金券"
    r"|クーポン|쿠폰|купон",
    re.IGNORECASE,
)


def account_of(name: str) -> str:
    """The field an account of that name holds, KEPT for none; empty where its name does not say.

    >>> account_of("eWallet"), account_of("Loyalty Cards"), account_of("积分钱包")
    ('stored_value', 'points', '')
    >>> account_of("Next Order Coupons")
    'kept'
    """
    if COUPON.search(name):
        return KEPT
    is_money = bool(GIFT_CARD.search(name) or PURSE.search(name))
    is_points = bool(EARNED.search(name))
    return "" if is_money == is_points else MONEY if is_money else POINTS


def by_account(columns: Sequence[Column]) -> tuple[Column, Column] | None:
    """The column that names the account, and the one of whatever that holds, if there are both."""
    account = next((column for column in columns if column.field == "account"), None)
    held = [column for column in columns if VALUE_FIELDS & {column.field, column.guess}]
    if account is None or len(held) != 1 or held[0].field not in {MONEY, POINTS}:
        return None
    return account, held[0]


def kind_of_accounts(kind: str, names: Sequence[str], sample: Sequence[Row]) -> str:
    """Gift cards where every account of a list of people is called so, else the kind as it is."""
    matches = [recognise(name, kind) for name in names] if kind == "members" else []
    fields = ["" if match is None else match.field for match in matches]
    if "account" not in fields or "card" not in fields:
        return kind
    called = values_of(fields.index("account"), sample)
    return "gift_cards" if called and all(map(GIFT_CARD.search, called)) else kind


def settle_accounts(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """Take the amounts for what all accounts of the sample are of; where they differ rows tell."""
    if (found := by_account(columns)) is None:
        return columns
    account, amounts = found
    said = {account_of(name) for name in values_of(account.index, sample)}
    said.discard(KEPT)
    if not said - {""}:
        return columns
    field = said.pop() if len(said) == 1 else amounts.field
    return [replace(c, field=field, how="content") if c is amounts else c for c in columns]
