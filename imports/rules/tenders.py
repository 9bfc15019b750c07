"""Ways to pay as columns of a log: what was paid in cash, by card, out of stored value.

Without a column of the whole a bill comes to their sum. Where a column is that sum in most rows it
is the bill's amount, and proved in every row; columns that add up to nothing are only kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache, lru_cache

from imports.rules.aliases import names_of, ways_to_pay
from imports.rules.cells import value_of
from imports.rules.contents import cents_of, values_of
from imports.rules.fields import Column
from imports.rules.sheets import Row
from imports.rules.spellings import normalise

LEAST_WAYS = 2
# Longer ones are numbers of cards.
MOST_DIGITS = 9
# Ways to pay only where the name says that something was paid.
PAID_WITH = frozenset({"余额", "会员余额", "储值余额", "会员卡", "会员", "积分"})
BEFORE = re.compile(r"^(?:其中|实收|实付|支付|收款|付款|paid(?:by|in)?|payment)")
PAID = re.compile(
    r"(?:支付|付款|收款|收银|消费|抵扣|扣款|核销|支払い?|결제|payments?|paid|tender|zahlung)+"
)
# Gift cards are sold as well as paid with.
AFTER = re.compile(
    r"(?:收入|实收|金额|额|元|cny|rmb|amount|(?<!giftcard)(?<!giftcards)sales|betrag|total|額)+$"
)
CHANGE = re.compile(
    r"找零(?:金额)?|找赎|找续|change|changegiven|changedue|wechselgeld|ruckgeld|おつり|お釣り|сдача"
)
# What some tills leave out of what they call received.
VOUCHERS = re.compile(r"券|团购|voucher|gutschein|ticket|buoni|сертиф|상품권")
STORED = re.compile(r"储值|会员|余额|预付|礼品卡|购物卡|giftcard|stored|storecredit|account|cadeau")
# A column so named may hold amounts or numbers of cards, and 应收 what is owed or what was paid.
MAY_BE = frozenset({"", "card", "tender", "list_amount", "line_amount"})
WHOLE = frozenset({"", "list_amount"})


@lru_cache(maxsize=4_096)
def is_tender(name: str) -> bool:
    """Whether a column is named after a way to pay.

    >>> [is_tender(name) for name in ("支付宝", "微信支付金额", "储值卡", "Carte", "余额支付")]
    [True, True, True, True, True]
    >>> [is_tender(name) for name in ("会员卡号", "会员卡", "余额", "支付金额")]
    [False, False, False, False]
    """
    text = normalise(name)
    for bare in (text, AFTER.sub("", text), AFTER.sub("", BEFORE.sub("", text))):
        paid = PAID.search(bare)
        way = bare[: paid.start()] if paid and paid.end() == len(bare) else bare
        if {bare, way} & ways_to_pay() or (way != bare and way in PAID_WITH):
            return True
    return False


def way_in(name: str) -> str:
    """The way to pay alone, in a name that says more.

    >>> way_in("微信支付金额"), way_in("微信"), way_in("Paid by Cash")
    ('微信', '微信', 'cash')
    """
    text = normalise(name)
    bare = PAID.sub("", BEFORE.sub("", AFTER.sub("", text)))
    return bare or text


def settle_tenders(
    columns: list[Column], groups: Sequence[str], sample: Sequence[Row]
) -> list[Column]:
    """The columns of a log of sales, ways to pay taken for parts of the amount where they are.

    ``groups`` are the names above those of the columns, where the header has two tiers.
    """
    told = [column for column in columns if column.field == "tender_amount"]
    found = told or [column for column in columns if _is_paid_so(column, groups, sample)]
    fields = {column.field for column in columns}
    if len(found) < LEAST_WAYS or ("line_amount" in fields and "amount" not in fields):
        return columns
    change = [_taken_off(c, sample) for c in columns if _is_open(c) and _is_change(c)]
    whole, parts = _proved(columns, found, change, sample)
    if whole is None:
        if "amount" in fields and not told:
            return columns
        parts = [*found, *change]
    chosen = {part.index: _as_part(part) for part in parts}
    if whole is not None and whole.field != "amount":
        chosen |= {c.index: replace(c, field="list_amount") for c in columns if c.field == "amount"}
        chosen[whole.index] = replace(whole, field="amount", how="content", guess="")
    return [chosen.get(column.index, column) for column in columns]


def _as_part(column: Column) -> Column:
    how = column.how if column.how == "mapping" else "content"
    return replace(column, field="tender_amount", how=how, guess="")


def _is_open(column: Column) -> bool:
    return column.how != "mapping" and column.field in MAY_BE


def _is_change(column: Column) -> bool:
    return bool(CHANGE.fullmatch(normalise(column.header)))


def _is_paid_so(column: Column, groups: Sequence[str], sample: Sequence[Row]) -> bool:
    """Whether a column is named after a way to pay, or stands below 支付方式, and holds amounts."""
    group = groups[column.index] if column.index < len(groups) else ""
    named = is_tender(column.header) or bool(group and normalise(group) in _ways_said())
    return (
        named
        and _is_open(column)
        and all(_may_be_amount(text) for text in values_of(column.index, sample))
    )


@cache
def _ways_said() -> frozenset[str]:
    """What a column that says how a bill was paid goes by."""
    return frozenset(
        name for name, (field, _rank) in names_of("sales").items() if field == "tender"
    )


def _may_be_amount(text: str) -> bool:
    return cents_of(text) is not None and sum(map(str.isdigit, text)) <= MOST_DIGITS


def _taken_off(column: Column, sample: Sequence[Row]) -> Column:
    """Change that was given comes off what was paid, unless it stands below zero already."""
    is_below = any(text.startswith(("-", "−", "(")) for text in values_of(column.index, sample))
    return column if is_below else replace(column, multiple=-abs(column.multiple))


def _proved(
    columns: Sequence[Column],
    found: Sequence[Column],
    change: Sequence[Column],
    sample: Sequence[Row],
) -> tuple[Column | None, list[Column]]:
    """The column that is the sum of others in half of the rows at least, and those others."""
    taken = {column.index for column in (*found, *change)}
    wholes = [column for column in columns if column.field == "amount"]
    if not any(column.how == "mapping" for column in wholes):
        wholes += [c for c in columns if c.field in WHOLE and c.index not in taken and c.header]
    for whole in wholes:
        choices = [
            (*_agreement(whole, parts, sample), parts) for parts in _choices_of(found, change)
        ]
        agree, told, parts = max(choices, key=lambda choice: choice[0])
        if agree and agree * 2 >= told:
            return whole, parts
    return None, []


def _choices_of(found: Sequence[Column], change: Sequence[Column]) -> Iterator[list[Column]]:
    """All ways to pay, then without those that some tills leave out; each less the change."""
    without = (None, VOUCHERS, STORED, re.compile(f"{VOUCHERS.pattern}|{STORED.pattern}"))
    for look in without:
        parts = [c for c in found if look is None or not look.search(normalise(c.header))]
        yield from ([*parts, *change], parts)


def _agreement(whole: Column, parts: Sequence[Column], sample: Sequence[Row]) -> tuple[int, int]:
    """In how many rows the whole is the sum of the parts, of how many that say both."""
    sums = [(_cents(row, whole), _sum(row, parts)) for row in sample]
    told = [(total, paid) for total, paid in sums if total is not None and paid is not None]
    return sum(total == paid for total, paid in told), len(told)


def _sum(row: Row, parts: Sequence[Column]) -> int | None:
    """What the parts of a row come to, nothing where none says anything."""
    said = [amount for part in parts if (amount := _cents(row, part)) is not None]
    return sum(said) if said else None


def _cents(row: Row, column: Column) -> int | None:
    text = value_of(row.cell(column.index))
    amount = cents_of(text) if text else None
    return -amount if amount is not None and column.multiple < Decimal(0) else amount
