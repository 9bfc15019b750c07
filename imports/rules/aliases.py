"""What a column is called, in English and Chinese and by the systems shops come from.

The names stand in ``column_names.toml``. History (what was ever spent, earned or used) is known by
its words and is never a balance.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rapidfuzz import fuzz, process

from imports.rules.sheets import visible

FUZZY_ENOUGH = 85
HISTORY = "history"
SECRET = "secret"  # noqa: S105 — the name of a field
BRACKETED = re.compile(r"[(\[<{【〔《「『][^)\]>}】〕》」』]*[)\]>}】〕》」』]")
NOT_A_WORD = re.compile(r"[\W_]+")

_NAMES: dict[str, dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("column_names.toml").read_text(encoding="utf-8")
)


def _without(names: dict[str, list[str]], *fields: str) -> dict[str, list[str]]:
    return {field: said for field, said in names.items() if field not in fields}


_LOGS = {key: _NAMES["people"][key] for key in ("name", "phone", "card")} | _NAMES["logs"]
_VISIT_MOMENTS = _NAMES["visits"]["visit_mark"]
KINDS: dict[str, dict[str, list[str]]] = {
    "members": _NAMES["people"] | _NAMES["members"],
    "visits": _LOGS | {"at": [*_VISIT_MOMENTS, *_NAMES["logs"]["at"]]},
    # "Card" over a column of a sales log is what was paid by card.
    "sales": _LOGS | _NAMES["sales"] | {"card": [n for n in _LOGS["card"] if n != "card"]},
    **{kind: _LOGS | _NAMES[kind] for kind in ("coin_plays", "dispenses")},
    "cards": _NAMES["people"] | _without(_NAMES["members"], "joined") | _NAMES["cards"],
    "gift_cards": {
        **_without(_NAMES["members"], "joined", "tier", "units", "unit_name", "gender", "birthday"),
        **_NAMES["gift_cards"],
    },
    "tiers": _NAMES["tiers"],
    "statement": _without(_LOGS, "type", "quantity")
    | _NAMES["statement"]
    | {"at": [*_NAMES["statement"]["at"], *_NAMES["logs"]["at"]]},
}
# Lists of people and of what they hold; a gift card is held by whoever shows it.
PEOPLE_KINDS = frozenset({"members", "cards", "gift_cards"})

HISTORY_WORDS = re.compile(
    r"^(累计|累積|累积|历史|歷史|已|最近|上次|末次|最后|最後|首次|本月|本年|今年|上月|近\d+|年度|平均|月均)"
    r"|^总(?!余额|金额|額|额|积分)|(总额|总数|总计|总次数|总消费|总充值)$"
    r"|(消费|充值|储值|到店|来店|下单|订单|交易|购买|光顾|使用|核销|兑换|退款)(总额|总金额|金额|次数|笔数|数量|频次|单数|额)$"
    r"|客单价|购次$|(已用|已消费|已使用|已兑换|已核销|用掉)|消费积分|兑换积分|赠送次数|间隔天数|未到店"
    r"|^(lifetime|total|cumulative|overall|all time)(?!balance)"
    r"|^(avg|average|last|first(?!name)|recent|ytd|previous|prior)"
    r"|(spent|spend|count|todate|ever|earned|redeemed|used)$|^(numberof|countof|nof)"
    r"|(visits|orders|purchases|transactions)$"
)
NOT_OURS_TO_OWE = re.compile(
    r"冻结|欠款|欠费|押金|授信|信用额度|透支|待入账|未到账|creditlimit|owing|owed|debt|frozen|onhold|pending"
)
SECRET_WORDS = re.compile(r"密码|口令|^pin$|pincode|password|passwd|cvv|安全码")
GIFT_CARD_WORDS = re.compile(
    r"^(?:礼品卡|禮品卡|购物卡|提货卡|礼券)(?:卡?号码?|编号|號|卡号)?$|^gift(?:card|certificate|voucher)(?:number|no|code|id)?$"
)
# "First Visit" says since when somebody comes; the words of history would claim it.
NOT_HISTORY = frozenset({"firstvisit", "total", "totalbalance"})
LEFT_OF_SOMETHING = (
    re.compile(r"^(?:剩余|可用|未使用|未用)(?P<what>.{1,20}?)(?:次数|数量|数|张数)?$"),
    re.compile(r"^(?P<what>.{1,20}?)(?:剩余|余量|余次)(?:次数|数量|数|张数)?$"),
    re.compile(r"^(?:remaining|unused)(?P<what>[a-z0-9]{2,30})$"),
    re.compile(r"^(?P<what>[a-z0-9]{2,30}?)(?:left|remaining)$"),
)


@dataclass(frozen=True, slots=True)
class Match:
    """What a header was recognised as; a lower ``rank`` is a surer name."""

    field: str
    score: int
    rank: int
    unit: str = ""


def normalise(header: str) -> str:
    r"""The letters and digits of a header, in one form.

    >>> normalise(" Ｅ-mail\u200b  Address "), normalise("手机号（必填）*")
    ('emailaddress', '手机号')
    """
    text = visible(unicodedata.normalize("NFKC", header)).casefold()
    bare = NOT_A_WORD.sub("", BRACKETED.sub("", text))
    return bare or NOT_A_WORD.sub("", text)


@cache
def names_of(kind: str) -> dict[str, tuple[str, int]]:
    """Normalised name → (field, rank) for a kind of file."""
    table: dict[str, tuple[str, int]] = {}
    for field, names in KINDS[kind].items():
        for rank, name in enumerate(names):
            known = table.get(normalise(name))
            if known is None or rank < known[1]:
                table[normalise(name)] = (field, rank)
    return table


def says_visit(header: str) -> bool:
    """Whether a column is named after the moment somebody came.

    >>> says_visit("到店时间"), says_visit("消费时间")
    (True, False)
    """
    return normalise(header) in {normalise(name) for name in _VISIT_MOMENTS}


def says_gift_card(header: str) -> bool:
    """Whether a column is named after gift cards beyond doubt.

    >>> says_gift_card("礼品卡号"), says_gift_card("Card number")
    (True, False)
    """
    return bool(GIFT_CARD_WORDS.search(normalise(header)))


def recognise(header: str, kind: str) -> Match | None:
    """The field a header names in a file of ``kind``; history is one field of its own.

    >>> recognise("Lifetime Spend", "members").field, recognise("Phone Numbr", "members").field
    ('history', 'phone')
    >>> recognise("剩余洗车次数", "members")
    Match(field='units', score=100, rank=50, unit='洗车')
    """
    return _recognise(normalise(header), kind)


@cache
def _recognise(text: str, kind: str) -> Match | None:
    if not text:
        return None
    table = names_of(kind)
    if SECRET_WORDS.search(text):
        return Match(SECRET, 100, 0)
    if text in table and (kind not in PEOPLE_KINDS or not _is_history(text, exact=True)):
        field, rank = table[text]
        return Match(field, 100, rank)
    if kind in PEOPLE_KINDS:
        if _is_history(text, exact=False):
            return Match(HISTORY, 100, 0)
        if unit := _left_of(text):
            return Match("units", 100, 50, unit)
    return _fuzzy(text, table)


def _is_history(text: str, *, exact: bool) -> bool:
    if text in NOT_HISTORY:
        return False
    if NOT_OURS_TO_OWE.search(text):
        return True
    # A name of our own lists is taken at its word, unless the word is one of history.
    return bool(HISTORY_WORDS.search(text)) and not (exact and text in names_of("members"))


def _left_of(text: str) -> str:
    for pattern in LEFT_OF_SOMETHING:
        if found := pattern.match(text):
            return found["what"]
    return ""


def _fuzzy(text: str, table: dict[str, tuple[str, int]]) -> Match | None:
    if len(text) < 3:
        return None
    found = process.extractOne(text, table.keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_ENOUGH)
    if found is None:
        return None
    field, rank = table[found[0]]
    return Match(field, int(found[1]), rank + 100)
