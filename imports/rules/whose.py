"""Whose statement a file is, told by the lines above its header or by the owner."""

import re
from collections.abc import Iterable, Mapping

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.phones import to_e164
from imports.rules.cells import code_of, text_of, value_of
from imports.rules.fields import EMAIL
from imports.rules.sheets import Row
from imports.rules.word_lists import CELL_WORDS

# As many characters as the number of a card may have.
CARD_LIMIT = 64
LABELS = {
    "card": r"""
        (?:会员)?(?:卡号|编号|会员号|帐号|账号)
        |card(?:[ ](?:no|number))?|member[ ](?:no|number|id)|account(?:[ ](?:no|number))?
        """,
    "phone": r"""
        (?:会员|联系)?(?:手机号码?|手机|电话)|phone(?:[ ]number)?|mobile|tel
        """,
    "name": r"""
        (?:会员|客户|顾客)(?:姓名|名称)?|姓名|持卡人
        |cardholder|member(?:[ ]name)?|customer(?:[ ]name)?|name
        """,
}
NOBODY = frozenset(CELL_WORDS["nobody"]["words"])
SAID = r"\.?\s*[:：]\s*(?P<said>[^\s:：,，;；|()（）]+(?:[ ][A-Za-z.'-]+(?![A-Za-z ]*[:：]))*)"
# 张三(0001)
NAME_AND_NUMBER = re.compile(r"(?P<name>[^\d()（）]{2,}?)\s*[(（](?P<number>[\w +-]*\d[\w-]*)[)）]")
LABELLED = {
    field: re.compile(rf"(?:^|[\s,，;；|(（])(?:{label}){SAID}", re.IGNORECASE | re.VERBOSE)
    for field, label in LABELS.items()
}


class MemberNotNamed(DomainError):
    code = "member_not_named"
    message = _(
        "The file does not say whose statement it is; name the member by phone, card "
        "number or name."
    )


def named_above(rows: Iterable[Row], country: str) -> dict[str, str]:
    """Whose statement it is, as the rows above its header say: phone, card, name."""
    texts = [text_of(cell) for row in rows for cell in row.cells if text_of(cell)]
    who: dict[str, str] = {}
    for field, pattern in LABELLED.items():
        # A label may stand in a cell of its own, its value in the next one.
        found = next(filter(None, map(pattern.search, (*texts, " ".join(texts)))), None)
        if found is not None:
            who |= who_is(found["said"], country, field)
    return who


def is_nobody(text: str) -> bool:
    """Whether a till calls so whoever is no member.

    >>> is_nobody("散客"), is_nobody("Walk-in"), is_nobody("Ann")
    (True, True, False)
    """
    # A till may number nobody 0.
    bare = re.sub(r"[\W_]+", "", text.casefold())
    return not bare.strip("0") or bare in NOBODY


def called(who: Mapping[str, str]) -> str:
    """What a row calls its member by, the surest thing first; empty for nobody.

    >>> called({"name": "张三", "phone": "+8613800138000"}), called({"id:Customer ID": "77"})
    ('+8613800138000', '77')
    """
    surest = ("card", "phone", "email", "name", *who)
    return next((who[what] for what in surest if who.get(what)), "")


def who_is(text: str, country: str, field: str = "") -> dict[str, str]:
    """A member named by a phone, a card number or a name.

    >>> who_is("13800138000", "CN"), who_is("张三", "CN"), who_is("C1", "CN")
    ({'phone': '+8613800138000', 'card': '13800138000'}, {'name': '张三'}, {'card': 'C1'})
    >>> who_is("张三(0001)", "CN"), who_is("Ann@Example.com", "US")
    ({'name': '张三', 'card': '0001'}, {'email': 'ann@example.com'})
    """
    if EMAIL.fullmatch(email := value_of(text).lower()):
        return {"email": email}
    if both := NAME_AND_NUMBER.fullmatch(value_of(text)):
        return {"name": both["name"]} | who_is(both["number"], country)
    said = code_of(text)
    if field == "name" or (not field and not any(char.isdigit() for char in said)):
        return {"name": value_of(text)} if value_of(text) else {}
    card = {"card": said} if 0 < len(said) <= CARD_LIMIT and field != "phone" else {}
    if field == "card":
        return card
    try:
        return {"phone": to_e164(said, country)} | card
    except DomainError:
        return card
