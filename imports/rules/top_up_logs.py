"""Logs of what was loaded and earned, told by their names: 充值单号 and 充值金额, 变动积分.

Loaded value is a bill and no purchase; points that came and went are neither.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from imports.rules.fields import Column
from imports.rules.spellings import normalise

NUMBER = re.compile(
    r"^(?:充值|储值|充卡)(?:单|订单|流水|记录)?(?:编号|号码?|单号|流水号|id)$"
    r"|^(?:topup|reload|recharge)(?:id|no|number|ref|reference)$"
)
AMOUNT = re.compile(
    r"^(?:本次)?(?:充值|储值|充卡|实充)(?:金额|额|本金)$|^(?:topup|reload|recharge)amount$"
)
POINTS_MOVED = re.compile(
    r"变[动更化]后?积分|积分变[动更化]|^points(?:change|delta|moved|adjusted)"
)


def says_top_up(header: str) -> bool:
    """Whether a column holds what was loaded.

    >>> says_top_up("充值金额"), says_top_up("累计充值金额")
    (True, False)
    """
    return bool(AMOUNT.search(normalise(header)))


def are_top_ups(names: Iterable[str]) -> bool:
    """Whether a list numbers its top-ups, so that its rows are these."""
    return any(NUMBER.search(normalise(name)) for name in names)


def are_moves_of_points(names: Iterable[str]) -> bool:
    """Whether a list says how many points came or went in each row."""
    return any(POINTS_MOVED.search(normalise(name)) for name in names)


def settle_top_ups(columns: list[Column]) -> list[Column]:
    """Take what was loaded for the amount of a log of sales that has no other."""
    if any(column.field in {"amount", "line_amount"} for column in columns):
        return columns
    loaded = next((c for c in columns if not c.field and says_top_up(c.header)), None)
    return [
        replace(c, field="amount", how="name", score=100, guess="") if c is loaded else c
        for c in columns
    ]
