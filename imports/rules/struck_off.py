"""Remarks by which a list strikes a member off: 张三(作废), 已注销 under 状态."""

import re

from imports.rules.cells import plain_of
from imports.rules.fields import Column

NAMING = frozenset({"name", "first_name", "last_name", "phone", "card"})
# Columns in which somebody may have noted that a member is none any more.
SAYS_STATE = re.compile(r"^$|状态|狀態|情况|备注|備註|标记|status|state|remark", re.IGNORECASE)
_GONE = (
    r"(?:(?:此?卡?|会员|會員)?已?(?:作废|作廢|注销|註銷|删除|刪除|销户|銷戶|销卡|退卡|退会|退會)了?"
    r"|void(?:ed)?|deleted|removed|do not use)"
)
GONE = re.compile(_GONE)
GONE_BESIDE = re.compile(
    rf"[(\[【<]\s*{_GONE}\s*[)\]】>]|[-–—/*_]\s*{_GONE}$|^{_GONE}\s*[-–—:*_]|(?<=[\u4e00-\u9fff\d])\s*已?(?:作废|作廢|注销|註銷)$"
)


def strikes_off(column: Column, text: str) -> bool:
    """Whether a remark beside the name, or a cell of a column of remarks, strikes the row off."""
    if column.field in NAMING:
        return says_gone(text, is_remark=True)
    is_remark = column.field == "notes" or (not column.field and SAYS_STATE.search(column.header))
    return bool(is_remark) and says_gone(text)


def says_gone(text: str, *, is_remark: bool = False) -> bool:
    """Whether a cell says that somebody was struck off, and nothing else, or so in a remark.

    >>> says_gone("已注销"), says_gone("作废会员不退款"), says_gone("张三（作废）", is_remark=True)
    (True, False, True)
    >>> [says_gone(text, is_remark=True) for text in ("DELETED - Ann Lee", "Ann Deleted", "作废")]
    [True, False, True]
    """
    plain = plain_of(text).casefold().strip(" .。!*")
    return bool(GONE.fullmatch(plain) or (is_remark and GONE_BESIDE.search(plain)))
