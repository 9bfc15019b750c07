"""What a column is called, in several languages and by the systems shops come from.

The names stand in ``column_names.toml``, those of further languages in a file beside it. History
(what was ever spent, earned or used) is known by its words and is never a balance; a name that
could be either is only a guess, and asked about.
"""

import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from rapidfuzz import fuzz, process

from imports.rules.header_signs import VISIT_MOMENTS
from imports.rules.history_words import either_of, says_history, says_owed
from imports.rules.log_words import built_name
from imports.rules.short_names import written_out
from imports.rules.spellings import BRACKETED, NOT_A_WORD, folded, normalise
from imports.rules.word_lists import words_in

# From here a name that is merely alike is taken; value is never, below that of SURE_OF_VALUE.
FUZZY_ENOUGH = 85
SURE_OF_VALUE = 95
# From here on it is asked about.
WORTH_ASKING = 75
HISTORY = "history"
SECRET = "secret"  # noqa: S105 — the name of a field
VALUE_FIELDS = frozenset(
    {"stored_value", "stored_value_principal", "stored_value_bonus", "stored_value_total"}
    | {"points", "coins", "units"}
)
REMARKED = VALUE_FIELDS | {"birthday", "consent_email"}
# Columns of this product's own lists say themselves what they hold, and its name letter by letter.
OWN_COLUMN = re.compile(
    r"(?P<what>Left|ID in|Attribute|剩余|编号|属性)[:：]\s*(?P<name>\S.*)", re.DOTALL
)
OWN_FIELDS = {
    **dict.fromkeys(("Left", "剩余"), "units"),
    **dict.fromkeys(("ID in", "编号"), "external_id"),
    **dict.fromkeys(("Attribute", "属性"), ""),
}


_NAMES, _ABROAD = words_in("column_names.toml"), words_in("column_names_abroad.toml")
for _kind, _fields in _ABROAD.items():
    for _field, _said in _fields.items():
        _NAMES[_kind][_field] = [*_NAMES[_kind].get(_field, ()), *_said]


def _without(names: dict[str, list[str]], *fields: str) -> dict[str, list[str]]:
    return {field: said for field, said in names.items() if field not in fields}


_WHO = ("name", "first_name", "last_name", "phone", "card", "email")
_LOGS = {key: _NAMES["people"][key] for key in _WHO} | _NAMES["logs"]
KINDS: dict[str, dict[str, list[str]]] = {
    # What a list of people calls a code without more is the one they show.
    "members": _NAMES["people"] | _NAMES["members"] | {"card": [*_NAMES["people"]["card"], "code"]},
    "visits": _LOGS | {"at": [*VISIT_MOMENTS, *_NAMES["logs"]["at"]]},
    # "Card" over a column of a sales log is what was paid by card.
    "sales": _LOGS | _NAMES["sales"] | {"card": [n for n in _LOGS["card"] if n != "card"]},
    **{kind: _LOGS | _NAMES[kind] for kind in ("coin_plays", "dispenses")},
    "cards": _NAMES["people"] | _without(_NAMES["members"], "joined") | _NAMES["cards"],
    "gift_cards": {
        **_without(_NAMES["members"], "joined", "tier", "units", "unit_name", "gender", "birthday"),
        **_NAMES["gift_cards"],
        "sequence": [
            n for n in _NAMES["members"]["sequence"] if n not in _NAMES["gift_cards"]["card"]
        ],
        "stored_value": [
            *_NAMES["gift_cards"]["stored_value"],
            *_NAMES["members"]["stored_value"],
        ],
    },
    "tiers": _NAMES["tiers"],
    "statement": _without(_LOGS, "type", "quantity")
    | _NAMES["statement"]
    | {"at": [*_NAMES["statement"]["at"], *_NAMES["logs"]["at"]]},
}
# Lists of people and of what they hold; a gift card is held by whoever shows it.
PEOPLE_KINDS = frozenset({"members", "cards", "gift_cards"})

SECRET_WORDS = re.compile(
    r"密码|卡密|口令|^pin$|pincode|password|passwd|userpass$|pwd|(?:session|access|auth)token|apikey|cvv|安全码|passwort|motdepasse|contrasena|пароль|haslo|sifre|비밀번호|暗証番号"
)
# 储值卡本金, 储值实付余额, 会员赠金: what an account is called, then which part of it.
_OF_ACCOUNT = r"^(?:会员|储值|充值|预存|预付|卡内?|账户|钱包|储值卡|会员卡|剩余|可用|当前)*"
PARTS_OF_ACCOUNT = (
    (
        re.compile(
            _OF_ACCOUNT + r"(?:(?:实[充储收付存]|现金|真实|自充|付费)(?:金额?|账户|部分|储值|充值)?"
            r"(?:余额|结余|剩余)"
            r"|(?:本金|实充金|实储金)(?:账户|部分|金额)?(?:余额|结余|剩余)?)$"
        ),
        "stored_value_principal",
    ),
    (
        re.compile(
            _OF_ACCOUNT + r"(?:(?:赠送?金?|赠款|赠储|奖励金?|返现金?|返利金?|返点|红包)"
            r"(?:账户|部分|金额|储值|充值)?(?:余额|结余|剩余)|(?:赠金|赠送金|奖励金))$"
        ),
        "stored_value_bonus",
    ),
)
BALANCE_OF = re.compile(r"(?:余额|结余|残高|残|잔액|balance)$")
LEFT_OF_SOMETHING = (
    re.compile(
        r"^(?:剩余|可用|未使用|未用|剩下)(?:次数|数量|张数)?"
        r"(?P<what>.{1,20}?)(?:次数|数量|数|张数|次)?$"
    ),
    re.compile(
        r"^(?P<what>.{1,20}?)(?:剩余|余量|余次|剩下|未用)(?:可用)?(?:次数|数量|数|张数|次|课时|节数)?$"
    ),
    re.compile(r"^(?:remaining|unused)(?P<what>[a-z0-9]{2,30})$"),
    re.compile(r"^(?P<what>[a-z0-9]{2,30}?)(?:left|remaining|unused)$"),
)
# What is left there is counted, but nothing that somebody holds.
NO_COUNT = re.compile(
    r"^(?:优惠券|代金券|抵用券|卡券|券|天|日|月|年|有效|有效期|期限|使用期限|时间|彩票|名额|库存|欠款"
    r"|days?|time|months?|weeks?|years?|tickets?|validity|coupons?|vouchers?)$"
)
# Money, but of what: 剩余价值 may be what the units left are worth.
WORTH = re.compile(r"^(?:价值|面值|面额|金额|钱|款|款项|value|amount|money|worth)$")
# Words around the one that counts: 会员当前储值余额 is a 储值余额.
AROUND = re.compile(
    r"^(?:current|account(?=regist|creat)|其中|读者|会员|客户|顾客|用户|个人|本人|持卡人|当前|现有|目前|现时|实时|截止|最新|账户|账号|本店|系统|原系统|旧系统)"
    r"|(?:信息|资料|一栏|列|元|人民币|rmb|cny|usd|eur|gbp|hkd|twd|jpy|thb|sgd|aud|nzd|cad|chf|数值|tl|руб|rub|zl|원|円|บาท|vnd|krw)$"
)
# Whose or of what a column of a log is.
AROUND_IN_LOGS = re.compile(
    r"^(?:订单|本单|账单|小票|买家|收货人|收件人|下单人|会员|客户|顾客|用户"
    r"|(?:customer|member|user|client|guest|buyer|patron)(?=phone|mobile|email|card|name|firstname|lastname))"
    r"|(?:元|人民币|rmb|cny)$"
)
# What brackets say about how a cell is written, and not about what it holds.
PLAIN_REMARK = re.compile(
    r"^(?:必填|选填|可选|可不填|非必填|唯一|元|万元|万|千元|千|k|分|角|圆|个|次|枚|点|币|张|条|节|课时|瓶|杯|份|支|套|회|장|원|回|枚|円|ครั้ง|rmb|cny|usd|hkd|twd|eur|gbp|jpy|"
    r"hk|nt|us|au|nz|sg|thb|krw|sgd|myr|rm|inr|aud|nzd|cad|php|idr|vnd|mxn|brl|円|บาท|euro|人民币|美元|港币|required|optional|yyyy\w*|mm\w*|dd\w*|年月日|男女|mf|是否|yn|格式.*|例如?.*|\d+"
    # How a balance is written that is owed.
    r"|(?:负数?|欠)(?:值|号)?(?:为|是|表示|代表|即)(?:欠款?|负数?))?$"
)


# 其中赠送 beside a balance: a part of what that one is all of.
PART_OF = re.compile(r"^(?:其中|当中|ofwhich|thereof|davon|dont|dicui|deloscuales)(?P<what>.+)$")
PART_GIVEN = re.compile(
    r"赠|送|奖|返|红包|bonus|gift|promo|free|compl|geschenk|offert|regal|omaggio"
)
PART_PAID = re.compile(
    r"充|本金|储|实|现金|自付|paid|principal|cash|topup|topped|loaded|deposit|purchas|bezahlt|paye|pagad"
)
NOT_MONEY = re.compile(r"积分|点数|[次张枚币人]|数$|points?|coins?|tokens?|visits?|uses?$")
# Two names for one thing in one header, each in letters of its own: Balance 余额.
IN_TWO_TONGUES = re.compile(
    r"(?P<latin>[a-z][a-z0-9]*)(?P<other>[^\x00-\x7f]+)|(?P<before>[^\x00-\x7f]+)(?P<after>[a-z][a-z0-9]*)"
)
END_OF_SOMETHING = re.compile(
    r"^(?P<what>.{1,20}?)(?:剩余)?(?:有效期至?|到期日期?|到期时间|到期|截止日期?|失效日期?)$"
    r"|^(?P<which>[a-z0-9]{2,30}?)(?:expires|expireson|expiry|expirydate|validuntil|enddate)$"
)
# What ends there is no unit somebody holds.
NO_UNIT = re.compile(
    r"^(?:vip|会员|會員|等级|会籍|卡|账户|合同|身份证?|证件|健康证|优惠|券|优惠券|质保|保修|试用|授权|入会)"
    r"|^(?:member|membership|tier|card|account|contract|coupon|voucher|id|licen[cs]e|passport|trial"
    r"|date$|day$|user|patron|borrower|password|balance|wallet|points?$)"
)
# What counts without saying of what: its last day is that of the bundle beside it.
COUNTED_ALONE = re.compile(
    r"^(?:credits?|sessions?|visits?|class(?:es)?|lessons?|punch(?:es)?|uses?|次数|计次)$"
)
# 1C writes the way to a value: Дисконтная карта.Владелец карты.
PATH = re.compile(r"(?<=[^\W\d])\.(?P<last>[^\W\d]\w*(?: \w+)+)$")


@dataclass(frozen=True, slots=True)
class Match:
    """What a header was recognised as; a lower ``rank`` is a surer name.

    ``is_either`` says that the name fits history as well as a balance.
    """

    field: str
    score: int
    rank: int
    unit: str = ""
    is_either: bool = False


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


def recognise(header: str, kind: str) -> Match | None:
    """The field a header names in a file of ``kind``; history is one field of its own.

    A column that an export of this product wrote is told by its mark: its ``unit`` is the name of
    the unit, the other system or the attribute, and the field of an attribute is empty.

    >>> recognise("Lifetime Spend", "members").field, recognise("Phone Numbr", "members").field
    ('history', 'phone')
    >>> recognise("剩余洗车次数", "members")
    Match(field='units', score=100, rank=50, unit='洗车', is_either=False)
    >>> recognise("剩余次数精洗", "members").unit
    '精洗'
    >>> recognise("余额（赠送）", "members").field, recognise("金额（累计）", "members").field
    ('stored_value_bonus', 'history')
    """
    if kind == "members" and (own := OWN_COLUMN.fullmatch(header)):
        return Match(OWN_FIELDS[own["what"]], 100, 0, own["name"])
    if kind in PEOPLE_KINDS and (both := _two_balances(header, kind)):
        return both
    match = _recognise(normalise(header), kind)
    if match is not None and match.field in {HISTORY, SECRET}:
        return match
    # "Member #" is no name.
    if (match is None or match.score < 100 or "#" in header) and kind in PEOPLE_KINDS:
        match = _written_out(header, kind) or match
    match = _with_remark(header, kind, match) or match
    path = PATH.search(header) if match is None or match.score < 100 else None
    return (recognise(path["last"], kind) if path else None) or match


def _two_balances(header: str, kind: str) -> Match | None:
    """积分/余额 holds two things, and nobody can say which of them a cell tells."""
    halves = [_recognise(normalise(half), kind) for half in re.split(r"[/／、]", header)]
    held = [match for match in halves if match is not None and match.field in VALUE_FIELDS]
    is_two = len(halves) == 2 and len({match.field for match in held}) == 2
    return replace(held[0], is_either=True) if is_two else None


def _written_out(header: str, kind: str) -> Match | None:
    """What a name is short for, where that is known by the letter."""
    matches = (_recognise(name, kind) for name in written_out(header))
    sure = (match for match in matches if match is not None and match.score == 100)
    return next((replace(match, rank=match.rank + 30) for match in sure), None)


def suggest(header: str, kind: str) -> Match | None:
    """The field a name is somewhat like, to be asked about; ``None`` below WORTH_ASKING."""
    text = normalise(header)
    if len(text) < (3 if not text.isascii() else 4) or text in _only_kept():
        return None
    if _known_elsewhere(text, kind) or END_OF_SOMETHING.match(text):
        return None
    table = names_of(kind)
    found = process.extractOne(text, table.keys(), scorer=fuzz.ratio, score_cutoff=WORTH_ASKING)
    if found is None:
        return None
    field, rank = table[found[0]]
    return Match(field, int(found[1]), rank + 200)


def _known_elsewhere(text: str, kind: str) -> bool:
    """Whether a name is known by the letter in files of another kind: it is like no other one."""
    return any(text in names_of(other) for other in ("members", "sales") if other != kind)


def _with_remark(header: str, kind: str, bare: Match | None) -> Match | None:
    """What a name means together with its brackets, where they say more than how to write it."""
    text = folded(header)
    for remark in BRACKETED.findall(text):
        inner = NOT_A_WORD.sub("", remark)
        if PLAIN_REMARK.match(inner) or (bare is not None and bare.field not in REMARKED):
            continue
        outer = NOT_A_WORD.sub("", BRACKETED.sub("", text))
        if not outer:
            continue
        for both in (inner + outer, outer + inner):
            match = _recognise(both, kind)
            if match is not None and match.score == 100:
                return match
    return None


@lru_cache(maxsize=20_000)
def _recognise(text: str, kind: str) -> Match | None:
    if not text:
        return None
    if SECRET_WORDS.search(text):
        return Match(SECRET, 100, 0)
    if kind in PEOPLE_KINDS:
        return _of_person(text, kind)
    table = names_of(kind)
    if text in table:
        field, rank = table[text]
        return Match(field, 100, rank)
    return None if text in _only_kept() else _in_a_log(text, kind, table)


def _in_a_log(text: str, kind: str, table: dict[str, tuple[str, int]]) -> Match | None:
    if found := table.get(AROUND_IN_LOGS.sub("", text, count=1)):
        return Match(found[0], 100, found[1] + 20)
    if both := _in_two_tongues(text, kind):
        return both
    built = built_name(text)
    # Behind all names that are known by the letter.
    return Match(built, 100, 300) if built in KINDS[kind] else _fuzzy(text, table)


def _in_two_tongues(text: str, kind: str) -> Match | None:
    """What both halves of a name say, where they agree and are known by the letter."""
    found = IN_TWO_TONGUES.fullmatch(text)
    if found is None:
        return None
    halves = [_recognise(half, kind) for half in found.groups() if half]
    one, other = (match for match in (*halves, None, None)[:2])
    if one is None or other is None or min(one.score, other.score) < 100:
        return None
    if HISTORY in {one.field, other.field}:
        return Match(HISTORY, 100, 0)
    return min(one, other, key=lambda match: match.is_either) if one.field == other.field else None


def part_of(header: str) -> str | None:
    """The field of a column that is a part of the balance beside it; empty for an unclear part.

    >>> part_of("其中赠送"), part_of("Of which paid"), part_of("其中：积分"), part_of("赠送金额")
    ('stored_value_bonus', 'stored_value_principal', None, None)
    """
    found = PART_OF.match(normalise(header))
    if found is None or NOT_MONEY.search(found["what"]):
        return None
    if PART_GIVEN.search(found["what"]):
        return "stored_value_bonus"
    return "stored_value_principal" if PART_PAID.search(found["what"]) else ""


def _of_person(text: str, kind: str) -> Match | None:
    """A column of a list of people, where history and balances stand side by side."""
    table = names_of(kind)
    if says_owed(text):
        return Match(HISTORY, 100, 0)
    if kind != "gift_cards" and (field := either_of(text)):
        return Match(field, 100, table.get(text, (field, 60))[1], is_either=True)
    if text in table:
        field, rank = table[text]
        return Match(field, 100, rank)
    if says_history(text):
        return Match(HISTORY, 100, 0)
    if both := _in_two_tongues(text, kind):
        return both
    unit = (
        _part_of_account(text)
        or _balance_of(text, table)
        or _numbered(text, table)
        or _left_of(text, table)
        or _end_of(text, table)
    )
    return unit or _without_words_around(text, kind) or _fuzzy(text, table)


def _part_of_account(text: str) -> Match | None:
    fields = (field for pattern, field in PARTS_OF_ACCOUNT if pattern.search(text))
    return next((Match(field, 100, 55) for field in fields), None)


def _balance_of(text: str, table: dict[str, tuple[str, int]]) -> Match | None:
    """The balance of something that is known by its bare name."""
    bare = BALANCE_OF.sub("", text)
    field = table.get(bare, ("", 0))[0] if bare != text else ""
    return Match(field, 100, 50) if field in VALUE_FIELDS - {"units"} else None


def _left_of(text: str, table: dict[str, tuple[str, int]]) -> Match | None:
    for pattern in LEFT_OF_SOMETHING:
        if found := pattern.match(text):
            what = found["what"]
            if NO_COUNT.search(what):
                return None
            if WORTH.search(what):
                return Match("stored_value", 100, 60, is_either=True)
            field = table.get(what, table.get(what.removesuffix("账户"), ("", 0)))[0]
            if field in VALUE_FIELDS - {"units"}:
                return Match(field, 100, 50)
            return Match("units", 100, 50, what)
    return None


def _numbered(text: str, table: dict[str, tuple[str, int]]) -> Match | None:
    """套餐1, 剩余次数2: several bundles of one member side by side."""
    bare = text.rstrip("0123456789")
    field, rank = table.get(bare, ("", 0))
    if bare == text or field not in {"units", "unit_name", "unit_expires"}:
        return None
    return Match(field, 100, rank + 20)


def _end_of(text: str, table: dict[str, tuple[str, int]]) -> Match | None:
    """The last day of something that the name names."""
    found = END_OF_SOMETHING.match(text)
    if found is None or table.get("到期日", ("", 0))[0] != "unit_expires":
        return None
    what = found["what"] or found["which"]
    if NO_UNIT.search(what) or table.get(what, ("", 0))[0] in VALUE_FIELDS - {"units"}:
        return None
    return Match("unit_expires", 100, 50, "" if COUNTED_ALONE.match(what) else what)


def _without_words_around(text: str, kind: str) -> Match | None:
    """The name without a word that says whose or when it is: those are in every name of a list."""
    bare = AROUND.sub("", text, count=1)
    if bare == text or len(bare) < 2:
        return None
    match = _of_person(bare, kind)
    if match is None or match.score < 100:
        return None
    return replace(match, rank=match.rank + 20)


@cache
def ways_to_pay() -> frozenset[str]:
    """What columns of amounts that were paid in one way go by, in normal form."""
    return frozenset(map(normalise, _NAMES["ways_to_pay"]["names"]))


@cache
def _only_kept() -> frozenset[str]:
    return frozenset(map(normalise, _NAMES["like_nothing"]["names"]))


def _fuzzy(text: str, table: dict[str, tuple[str, int]]) -> Match | None:
    if len(text) < 3 or text in _only_kept():
        return None
    # Phones, days and amounts are like no name, and a sheet is full of them.
    if sum(map(str.isdigit, text)) * 2 > len(text):
        return None
    found = process.extractOne(text, table.keys(), scorer=fuzz.ratio, score_cutoff=FUZZY_ENOUGH)
    if found is None:
        return None
    field, rank = table[found[0]]
    return Match(field, int(found[1]), rank + 100)
