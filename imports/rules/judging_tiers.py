"""Judges one row of a table of tiers: its name, its step, how it is reached, what it takes off."""

import re
from typing import ClassVar

from imports.rules import findings
from imports.rules.aliases import SECRET
from imports.rules.amounts import count_of, money_of, not_negative
from imports.rules.cells import code_of, plain_of, text_of, value_of
from imports.rules.discounts import discount_of
from imports.rules.fields import Column
from imports.rules.mapping import Plan
from imports.rules.row_readers import Judged, RowReader
from imports.rules.sheets import Cell, Row

NAME_LIMIT, CODE_LIMIT = 60, 32
# "满 5000 元及以上" and "5000-9999" begin at 5,000.
AROUND_THRESHOLD = re.compile(
    r"^(?:累计|消费|积分)*(?:满|达到|达|≥|>=|＞=|>|from|over|at least|min(?:imum)?)?\s*|"
    r"\s*(?:及?以上|起|\+|and (?:above|over|up)|or more)$",
    re.IGNORECASE,
)
RANGE = re.compile(r"(?<=[\d元])\s*(?:[-~–—～至到]|to)\s*(?=[\d¥￥$€]).*$")
STEP = re.compile(r"(?:lv|level|v|vip|第)?\s*\.?\s*(\d+)\s*(?:级|等|档)?", re.IGNORECASE)
MONTHS = re.compile(
    r"(?:近|最近|过去|last)?\s*(\d+|一|两|半)?\s*(?:个)?(年|月|years?|months?|y|m)?"
)
HAN_COUNTS = {"一": 1, "两": 2, None: 1}
LONGEST_WINDOW = 1_200
_OVER = (
    r"(?:总?金?额|次数|数量?)?\s*(?:满|达到?|大于等于|超过|不低于|≥|>=?|of|over|from)?\s*[¥$€£]?\s*"
)
_UP = r"\s*(?:及?以上|起|\+|or more|and over)?"
CONDITIONS = tuple(
    re.compile(look, re.IGNORECASE)
    for look in (
        rf"(?:累计|累積|总)?(?:消费|消費|购物|实付|spend|spent|purchases){_OVER}(?P<min_spend>\d+(?:\.\d+)?)\s*[元块]?{_UP}",
        rf"(?:累计|累積|总)?(?:积分|積分|成长值|points){_OVER}(?P<min_points>\d+)\s*[分点點]?{_UP}",
        rf"(?:累计|累積|总)?(?:到店|来店|消费|消費|光顾|visits){_OVER}(?P<min_visits>\d+)\s*次{_UP}",
        rf"[¥$€£]\s*(?P<min_spend>\d+(?:\.\d+)?){_UP}(?:\s*spent)?",
        rf"(?P<min_points>\d+){_UP}\s*(?:points|积分|成长值)",
        rf"(?P<min_visits>\d+){_UP}\s*visits",
    )
)
FOR_ANYBODY = re.compile(
    r"注册|入会|办卡即|默认|免费|^无$|任何|sign ?up|free|anybody|everyone|none", re.IGNORECASE
)


def judge_tier(row: Row, plan: Plan) -> Judged:
    """Read a row of a table of tiers.

    ``values``: name, and as far as the row says them code, rank, discount_percent, min_spend (in
    minor units), min_points, min_visits, window_months; ``extra`` are the other cells.
    """
    return _TierRow(row, plan).judged()


class _TierRow(RowReader):
    """The cells of one tier, each handed to the reader of its field."""

    def judged(self) -> Judged:
        """Read every cell; a tier without a name is an error."""
        self.values["name"] = ""
        for column in self.plan.columns:
            cell = self.row.cell(column.index)
            if column.field != SECRET and text_of(cell):
                self._read(column, cell)
        self.values["extra"] = self.kept
        if not self.values["name"]:
            self._wrong(findings.TierNameMissing(), self.plan.header_of("tier_name"))
        return self.result

    def _name(self, column: Column, cell: Cell) -> None:
        self._fits(column, cell, name := value_of(cell), NAME_LIMIT)
        self.values["name"] = name[:NAME_LIMIT]

    def _code(self, column: Column, cell: Cell) -> None:
        code = re.sub(r"[^a-z0-9._-]+", "-", code_of(cell).casefold()).strip("-._")
        if not code:
            self._keep(column, cell)
        elif self._fits(column, cell, code, CODE_LIMIT):
            self.values["code"] = code

    def _rank(self, column: Column, cell: Cell) -> None:
        step = STEP.fullmatch(plain_of(code_of(cell)))
        if step and 0 <= int(step[1]) < 1_000:
            self.values["rank"] = int(step[1])
        else:
            self._keep(column, cell)

    def _discount(self, column: Column, cell: Cell) -> None:
        percent = discount_of(cell, column.header, column.discounts)
        if percent is not None:
            self.values["discount_percent"] = percent

    def _spend(self, column: Column, cell: Cell) -> None:
        amount = money_of(_threshold(cell), self.plan.money_style(column))
        if amount is not None:
            self.values["min_spend"] = not_negative(amount, cell)

    def _condition(self, column: Column, cell: Cell) -> None:
        """What it takes, in words: kept, and taken where it is one threshold and nothing else."""
        self._keep(column, cell)
        text = plain_of(value_of(cell)).replace(",", "")
        found = next((f for f in (one.fullmatch(text) for one in CONDITIONS) if f), None)
        if found is None:
            if not FOR_ANYBODY.search(text):
                self._warn(findings.ConditionKept(), column.header)
            return
        ((name, said),) = (pair for pair in found.groupdict().items() if pair[1])
        threshold = money_of(said, self.plan.money_style(column))
        self.values.setdefault(name, threshold if name == "min_spend" else int(said))

    def _count(self, column: Column, cell: Cell) -> None:
        count = count_of(_threshold(cell))
        if count is not None:
            self.values[column.field] = not_negative(count, cell)

    def _window(self, column: Column, cell: Cell) -> None:
        months = months_of(value_of(cell))
        if months is None:
            self._keep(column, cell)
        else:
            self.values["window_months"] = months

    READERS: ClassVar = {
        "tier_name": _name,
        "code": _code,
        "rank": _rank,
        "tier_discount": _discount,
        "min_spend": _spend,
        "min_points": _count,
        "min_visits": _count,
        "window_months": _window,
        "tier_condition": _condition,
    }


def _threshold(cell: Cell) -> Cell:
    """The number at which a tier begins, free of the words around it; blank words say nothing."""
    if not isinstance(cell, str):
        return cell
    return AROUND_THRESHOLD.sub("", RANGE.sub("", plain_of(value_of(cell)))).strip()


def months_of(text: str) -> int | None:
    """How many months a window has, ``None`` where the text does not say.

    >>> [months_of(text) for text in ("12", "近一年", "6个月", "半年", "永久")]
    [12, 12, 6, 6, None]
    """
    found = MONTHS.fullmatch(plain_of(text).casefold())
    if not found or not any(found.groups()):
        return None
    number, unit = found.groups()
    if number == "半":
        return 6
    count = HAN_COUNTS.get(number) or int(number)
    months = count * 12 if unit and unit[0] in "年y" else count
    return months if 1 <= months <= LONGEST_WINDOW else None
