"""Judges one line of one member's statement: what happened, what came in and went out."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from imports.rules.amounts import BadAmount
from imports.rules.cells import value_of
from imports.rules.fields import Column
from imports.rules.judging_logs import LogRow
from imports.rules.mapping import Plan
from imports.rules.row_readers import Judged
from imports.rules.sheets import Cell, Row

WHAT_LIMIT = 120
SALE, TOP_UP, REFUND, VISIT, OTHER = "sale", "top_up", "refund", "visit", "other"
# In this order: the first words found say what a line is.
WORDS = (
    (REFUND, re.compile(r"退款|退货|退单|消费撤销|撤销消费|\brefund|\breturn")),
    (
        OTHER,
        re.compile(
            r"赠送|赠金|调整|调账|冲正|过期|失效|清零|转账|转入|转出|转赠|积分|退卡|销卡|提现|期初|结转|手续费|年费"
            r"|\bbonus|\badjust|\bexpir|\btransfer|\bpoints?\b|\bopening|\bbrought forward|\bfee\b"
            r"|\bwithdraw"
        ),
    ),
    (VISIT, re.compile(r"签到|打卡|到店|来店|入场|\bcheck[ -]?in|\bvisit")),
    (
        TOP_UP,
        re.compile(
            r"充值|储值|充卡|续费|存入|\btop[ -]?up|\breload|\bdeposit|\bload\b|\badd value"
        ),
    ),
    (
        SALE,
        re.compile(
            r"消费|消費|扣款|购买|支付|付款|结账|买单|下单|\bpurchase|\bsale|\bspen[dt]|\bredeem"
            r"|\bpayment|\border|\bcharge"
        ),
    ),
)


def judge_line(
    row: Row, plan: Plan, zone: ZoneInfo, latest: datetime, who: Mapping[str, str]
) -> Judged:
    """Read a line of the statement of ``who`` (phone, card, name).

    ``values`` are those of ``judge_entry`` and ``entry`` (sale, top_up, refund, visit, other),
    ``amount`` (never below zero) and, where the line says so, ``balance`` after it and ``change``,
    what it added to it.
    """
    return _Line(row, plan, zone, latest, who).judged()


class _Line(LogRow):
    """The cells of one line."""

    def __init__(
        self, row: Row, plan: Plan, zone: ZoneInfo, latest: datetime, who: Mapping[str, str]
    ) -> None:
        super().__init__(row, plan, zone, latest)
        self.who = dict(who)

    def _what(self, column: Column, cell: Cell) -> None:
        self._fits(column, cell, what := value_of(cell), WHAT_LIMIT)
        self.values["type"] = what[:WHAT_LIMIT]

    def _balance(self, column: Column, cell: Cell) -> None:
        self._money(column, cell)
        # A balance is no part of a sum.
        self.result.amounts.pop(column.index, None)

    READERS: ClassVar = LogRow.READERS | {"what": _what, "balance": _balance}

    def _understand(self) -> None:
        values = self.values
        came, went = values.pop("amount_in", None) or 0, values.pop("amount_out", None) or 0
        change = abs(came) - abs(went) if came or went else values.get("amount")
        is_signed = bool(came or went) or (change or 0) < 0
        entry = entry_of(str(values.get("type", "")), change or 0, is_signed=is_signed)
        if change is None and entry in {SALE, TOP_UP, REFUND} and not self._failed():
            header = self.plan.header_of("amount") or self.plan.header_of("amount_out")
            self._wrong(BadAmount(text=""), header)
        if entry == SALE and not is_signed:
            # A column of amounts without signs: what was spent went out.
            change = -(change or 0)
        values["change"], values["amount"], values["entry"] = change or 0, abs(change or 0), entry

    def _failed(self) -> bool:
        amounts = {self.plan.header_of(name) for name in ("amount", "amount_in", "amount_out")}
        return any(found["column"] in amounts for found in self.result.errors)

    def _words_of_undoing(self) -> None:
        super()._words_of_undoing()
        self.values["is_refund"] = self.values["entry"] == REFUND


def entry_of(text: str, change: int, *, is_signed: bool = True) -> str:
    """What a line is, by its words and else by its sign, where amounts have one.

    >>> entry_of("充值赠送", 100), entry_of("会员充值", 100), entry_of("POS 001", -3000)
    ('other', 'top_up', 'sale')
    >>> entry_of("Refund of A1", 3000), entry_of("签到", 0), entry_of("储值卡消费", -3000)
    ('refund', 'visit', 'sale')
    """
    said = text.casefold()
    found = next((entry for entry, words in WORDS if words.search(said)), "")
    if found == REFUND and change < 0:
        # Money paid out to the member is no bill that came back.
        return OTHER
    if found in {REFUND, OTHER} or (found and not (is_signed and change)):
        return found
    return SALE if change < 0 else TOP_UP if change > 0 else OTHER
