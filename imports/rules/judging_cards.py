"""Judges one row of a list of cards, or of gift cards that belong to whoever shows them."""

from datetime import date
from typing import ClassVar

from imports.rules import findings
from imports.rules.card_words import NOT_PLAIN, SPENT, UNISSUED, VALID, VOID, status_of
from imports.rules.cells import code_of, text_of, value_of
from imports.rules.fields import Column
from imports.rules.judging import MemberRow
from imports.rules.mapping import Plan
from imports.rules.row_readers import Judged
from imports.rules.sheets import Cell, Row
from imports.rules.whose import CARD_LIMIT

MEDIA = {
    "card": "card 卡 实体卡 磁卡 ic卡 芯片卡 id卡 m1卡 卡片 plastic plasticcard 会员卡 physical",
    "tag": "tag keytag keyfob fob 钥匙扣 扣 滴胶卡",
    "wristband": "wristband band 手环 腕带 手牌",
    "qr": "qr qrcode 二维码 电子卡 虚拟卡 digital ecard virtual",
}
MEDIUM_OF = {word: kind for kind, words in MEDIA.items() for word in words.split()}
KEPT = ("card_status", "card_kind", "issued", "member_number")


def judge_card(row: Row, plan: Plan, today: date) -> Judged:
    """Read a row of a list of cards or gift cards.

    ``values`` are those of ``judge_member`` and ``card_status`` (active, lost, replaced, unissued),
    ``card_kind``, ``issued`` (a day in ISO form), ``member_number``, and ``left_out`` (unissued or
    void) where nobody can own the card. On a gift card ``expires`` is the last day of its value.
    """
    reader = _GiftCardRow if plan.kind == "gift_cards" else _CardRow
    return reader(row, plan, today).judged()


class _CardRow(MemberRow):
    """The cells of one card."""

    def __init__(self, row: Row, plan: Plan, today: date) -> None:
        super().__init__(row, plan, today)
        # The word that says nothing is left on the card, where one says so.
        self.spent = ""

    def _masked_card(self, column: Column, cell: Cell) -> None:
        """A list of cards is about their numbers: one that nobody can show is wrong."""
        raise findings.MaskedCard

    def _status(self, column: Column, cell: Cell) -> None:
        status = status_of(cell)
        if status == SPENT:
            self.texts["card_status"], self.spent = VALID, text_of(cell)
        elif status:
            self.texts["card_status"] = status
        elif status is None and _speaks_of_cards(column.header, self.plan):
            raise findings.UnknownStatus(text=text_of(cell))
        elif status is None:
            # A status of the member, perhaps: the card is taken as valid.
            self._warn(findings.UnknownWord(text=text_of(cell)), column.header)
            self._keep(column, cell)

    def _medium(self, column: Column, cell: Cell) -> None:
        medium = MEDIUM_OF.get(NOT_PLAIN.sub("", value_of(cell).casefold()))
        if medium:
            self.texts["card_kind"] = medium
        elif value_of(cell):
            self._keep(column, cell)

    def _member_number(self, column: Column, cell: Cell) -> None:
        if (number := code_of(cell)) and self._fits(column, cell, number, CARD_LIMIT):
            self.texts["member_number"] = self.external[column.header] = number

    READERS: ClassVar = MemberRow.READERS | {
        "card_status": _status,
        "card_kind": _medium,
        "issued": MemberRow.READERS["joined"],
        "member_number": _member_number,
    }

    def _put_together(self) -> None:
        super()._put_together()
        values = self.result.values
        values |= {key: self.texts[key] for key in KEPT if key in self.texts}
        if self.plan.kind == "gift_cards" and (last_day := self.texts.get("unit_expires")):
            values["expires"] = last_day
        status = values.get("card_status")
        if status == UNISSUED:
            values["left_out"] = "unissued"
        elif status == VOID and self.plan.kind == "gift_cards":
            values["left_out"] = "void"
        held = values["balances"]
        if self.spent and held["stored_value_principal"] + held["stored_value_bonus"] > 0:
            header = self.plan.header_of("card_status")
            self._wrong(findings.SpentButHolds(text=self.spent), header)
        if "card" not in values and not self.result.errors:
            self._wrong(findings.CardNumberMissing(), self.plan.header_of("card"))

    def _nobody(self) -> None:
        """A card without a number says so itself."""


class _GiftCardRow(_CardRow):
    """The cells of one gift card, which ends as a whole."""

    READERS: ClassVar = _CardRow.READERS | {"unit_expires": MemberRow.READERS["joined"]}


def _speaks_of_cards(header: str, plan: Plan) -> bool:
    return plan.kind == "gift_cards" or "卡" in header or "card" in header.casefold()
