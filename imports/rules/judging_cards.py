"""Judges one row of a list of cards, or of gift cards that belong to whoever shows them."""

import re
from datetime import date
from typing import ClassVar

from imports.rules import findings
from imports.rules.cells import code_of, text_of, value_of
from imports.rules.judging import CARD_LIMIT, Judged, MemberRow
from imports.rules.mapping import Column, Plan
from imports.rules.sheets import Cell, Row

VALID, BLOCKED, VOID, UNISSUED = "active", "lost", "replaced", "unissued"
STATUS_WORDS = {
    VALID: """
        valid active activated normal ok good open enabled issued sold used redeemed unused inuse
        yes y true 1 partiallyredeemed partiallyused live 正常 正常使用 有效 启用 已启用 激活
        已激活 使用中 在用 可用 未使用 已发 已发卡 已开卡 已售 已售出 已使用 部分使用
        已用 已领取 已绑定 是
        """,
    BLOCKED: """
        lost stolen missing blocked suspended frozen locked disabled inactive onhold hold expired
        deactivated no n false 0 挂失 已挂失 丢失 遗失 被盗 冻结 已冻结 锁定 已锁定 停用
        已停用 禁用 已禁用 暂停 黑名单 过期 已过期 失效 已失效 无效 否
        """,
    VOID: """
        void voided replaced reissued cancelled canceled closed returned refunded destroyed
        作废 已作废 注销 已注销 换卡 已换卡 补卡 已补卡 退卡 已退卡 销卡 已销卡 回收 已回收
        已退款 取消 已取消
        """,
    UNISSUED: """
        unissued unsold instock stock new blank notissued notsold notactivated
        未发 未发卡 未售 未售出 库存 在库 未激活 未开卡 未启用 未领取 空白卡 新卡 待售 待激活
        """,
}
STATUS_OF = {word: status for status, words in STATUS_WORDS.items() for word in words.split()}
MEDIA = {
    "card": "card 卡 实体卡 磁卡 ic卡 芯片卡 id卡 m1卡 卡片 plastic plasticcard 会员卡 physical",
    "tag": "tag keytag keyfob fob 钥匙扣 扣 滴胶卡",
    "wristband": "wristband band 手环 腕带 手牌",
    "qr": "qr qrcode 二维码 电子卡 虚拟卡 digital ecard virtual",
}
MEDIUM_OF = {word: kind for kind, words in MEDIA.items() for word in words.split()}
KEPT = ("card_status", "card_kind", "issued", "member_number")
NOT_PLAIN = re.compile(r"[\s_\-]+")


def judge_card(row: Row, plan: Plan, today: date) -> Judged:
    """Read a row of a list of cards or gift cards.

    ``values`` are those of ``judge_member`` and ``card_status`` (active, lost, replaced, unissued),
    ``card_kind``, ``issued`` (a day in ISO form), ``member_number``, and ``left_out`` (unissued or
    void) where nobody can own the card. On a gift card ``expires`` is the last day of its value.
    """
    reader = _GiftCardRow if plan.kind == "gift_cards" else _CardRow
    return reader(row, plan, today).judged()


def status_of(cell: Cell) -> str | None:
    """What a word says of a card; empty where it says nothing, ``None`` for a word not known.

    >>> status_of("已挂失"), status_of("Not activated"), status_of(""), status_of("沉睡")
    ('lost', 'unissued', '', None)
    """
    word = NOT_PLAIN.sub("", value_of(cell).casefold())
    return STATUS_OF.get(word) if word else ""


class _CardRow(MemberRow):
    """The cells of one card."""

    def _status(self, column: Column, cell: Cell) -> None:
        status = status_of(cell)
        if status:
            self.texts["card_status"] = status
        elif status is None and _speaks_of_cards(column.header, self.plan):
            raise findings.UnknownStatus(text=text_of(cell))
        elif status is None:
            # A status of the member, perhaps: the card is taken as valid.
            self._warn(findings.UnknownWord(text=text_of(cell)), column)
            self._keep(column, cell)

    def _medium(self, column: Column, cell: Cell) -> None:
        medium = MEDIUM_OF.get(NOT_PLAIN.sub("", value_of(cell).casefold()))
        if medium:
            self.texts["card_kind"] = medium
        elif value_of(cell):
            self._keep(column, cell)

    def _member_number(self, column: Column, cell: Cell) -> None:
        if number := code_of(cell):
            self.texts["member_number"] = number[:CARD_LIMIT]
            self.external[column.header] = number[:CARD_LIMIT]

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
        if "card" not in values and not self.result.errors:
            header = self.plan.header_of("card")
            self.result.errors.append(findings.finding(findings.CardNumberMissing(), header))

    def _nobody(self) -> None:
        """A card without a number says so itself."""


class _GiftCardRow(_CardRow):
    """The cells of one gift card, which ends as a whole."""

    READERS: ClassVar = _CardRow.READERS | {"unit_expires": MemberRow.READERS["joined"]}


def _speaks_of_cards(header: str, plan: Plan) -> bool:
    return plan.kind == "gift_cards" or "卡" in header or "card" in header.casefold()
