"""What a file lists, told by the names of its columns, and what each kind cannot do without."""

import re
from collections.abc import Mapping, Sequence, Set

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from imports.rules.aliases import (
    HISTORY,
    KINDS,
    recognise,
)
from imports.rules.field_words import field_word
from imports.rules.header_signs import (
    says_gift_card,
    says_last_signs,
    says_payment_card,
    says_visit,
)
from imports.rules.log_words import built_name
from imports.rules.spellings import normalise
from imports.rules.tenders import LEAST_WAYS, is_tender
from imports.rules.top_up_logs import are_moves_of_points, are_top_ups

PERSON_FIELDS = frozenset(
    {"name", "first_name", "last_name", "phone", "card", "email", "external_id"}
)
# What tells a list of members from a log of what they did.
MEMBER_SIGNS = frozenset(
    {"gender", "birthday", "lunar_birthday", "tier", "joined", "stored_value", "points", "email"}
    | {
        "stored_value_principal",
        "stored_value_bonus",
        "first_name",
        "last_name",
        "address",
        "units",
    }
    | {"consent_email", "consent_sms", HISTORY}
)


SAID_OF_TIERS = frozenset(
    {"tier_discount", "min_spend", "min_points", "min_visits", "tier_condition"}
)
CODES = frozenset(
    {"code", "number", "vouchercode", "giftcode", "serialnumber", "gan", "券号", "券码"}
    | {"certificate", "certificatenumber", "certificateno", "certificatecode"}
)
# Whom a gift card is for or from.
GIVEN = re.compile(r"(?:recipient|purchaser|sender)(?:name|email)|收卡人|送卡人|购卡人")
# What a bill says and no line of an account.
OF_BILLS = frozenset({"quantity", "discount", "tax", "line_amount", "sku"})
MOVES = frozenset({"amount", "amount_in", "amount_out"})


class KindUnknown(DomainError):
    code = "kind_unknown"
    message = _(
        "It is not clear what the file lists; say whether it holds members, cards, gift cards, "
        "tiers, sales, visits, coin plays, dispenses or one member's statement."
    )


class ColumnMissing(DomainError):
    code = "column_missing"
    message = _("The file has no column for %(field)s; say which one it is.")

    def __str__(self) -> str:
        return str(self.message % {"field": field_word(self.params["field"])})


def guess_kind(names: Sequence[str]) -> str:
    """What a file lists, told by its column names. Raises KindUnknown.

    >>> guess_kind(["日期", "会员", "应出币", "实出币"]), guess_kind(["姓名", "电话", "余额"])
    ('dispenses', 'members')
    >>> guess_kind(["单号", "时间", "手机号", "实收金额"]), guess_kind(["卡号", "到店时间"])
    ('sales', 'visits')
    >>> guess_kind(["卡号", "手机号", "卡状态"]), guess_kind(["Gift card number", "Balance"])
    ('cards', 'gift_cards')
    >>> guess_kind(["等级名称", "折扣", "升级金额"]), guess_kind(["时间", "收入", "支出", "余额"])
    ('tiers', 'statement')
    """
    fields = {kind: _exact_fields(names, kind) for kind in KINDS}
    if kind := (
        _ends_of_cards(names, fields) or _kind_of_set_up(names, fields) or _statement(fields)
    ):
        return kind
    if "at" in fields["visits"] and are_moves_of_points(names):
        # Neither sales nor visits, and no list of people.
        raise KindUnknown
    poured = fields["dispenses"]
    if "paid_out" in poured and ("amount" not in fields["sales"] or poured & {"due", "terminal"}):
        return "dispenses"
    member_signs = len(fields["members"] & MEMBER_SIGNS)
    if {"machine", "coins", "at"} <= fields["coin_plays"] and member_signs < 3:
        return "coin_plays"
    loaded = "at" in fields["sales"] and are_top_ups(names)
    if loaded or _are_sales(names, fields["sales"], member_signs):
        return "sales"
    came = any(says_visit(name) or built_name(normalise(name)) == "at" for name in names)
    no_signs = PERSON_FIELDS if came else frozenset()
    signs = len((fields["members"] & MEMBER_SIGNS) - no_signs)
    if "at" in fields["visits"] and names_somebody(fields["visits"]) and signs <= came:
        return "visits"
    return _what_is_left(names, fields, member_signs)


def _are_sales(names: Sequence[str], sales: Set[str], member_signs: int) -> bool:
    """Bills say when and how much, or what was paid in each way: that is nobody's balance."""
    if "at" not in sales:
        return False
    if member_signs < 3 and sum(map(is_tender, names)) >= LEAST_WAYS:
        return True
    details = len(sales & {"source_id", "tender", "product", "quantity", "discount", "tax", "type"})
    are_details = details >= 2 or details >= member_signs or member_signs <= 1
    return are_details and bool(sales & {"amount", "line_amount"})


def _what_is_left(names: Sequence[str], fields: Mapping[str, set[str]], member_signs: int) -> str:
    """People, unless what a machine took would be taken for balances."""
    if {"machine", "coins"} <= fields["coin_plays"] and member_signs < 3:
        return "coin_plays"
    people = fields["members"]
    # A code that nobody has, with nothing of theirs beside it, may be one of anything.
    is_code = people & PERSON_FIELDS == {"card"} and CODES & set(map(normalise, names))
    # Names beside codes and numbers of pieces are those of goods.
    are_goods = {"sku", "quantity"} <= fields["sales"] and people & PERSON_FIELDS == {"name"}
    is_nobody = is_code and people & MEMBER_SIGNS <= {HISTORY}
    if people & PERSON_FIELDS and not (is_nobody or (are_goods and not people & MEMBER_SIGNS)):
        return "members"
    raise KindUnknown


def _kind_of_set_up(names: Sequence[str], fields: Mapping[str, set[str]]) -> str:
    """Gift cards, cards or tiers where the columns say so beyond doubt, empty otherwise."""
    people = fields["members"]
    if _are_codes_of_value(names, people) or _are_given(names, people):
        return "gift_cards"
    if "at" in fields["sales"] & fields["visits"] or "paid_out" in fields["dispenses"]:
        return ""
    if any(says_gift_card(name) for name in names):
        return "" if people & {"phone", "birthday", "gender"} else "gift_cards"
    tiers = fields["tiers"]
    people = people - {"card"} if CODES & set(map(normalise, names)) else people
    if tiers & SAID_OF_TIERS and "tier_name" in tiers:
        return "" if people & (PERSON_FIELDS - {"name"}) else "tiers"
    cards = fields["cards"]
    if {"card", "card_status"} <= cards and not people & (MEMBER_SIGNS - {"tier", "joined"}):
        return "cards"
    return ""


def _are_given(names: Sequence[str], people: Set[str]) -> bool:
    """Cards with a balance that one person buys or sends, and another one gets."""
    if people & {"phone", "birthday", "gender", "points"} or "stored_value" not in people:
        return False
    return "card" in people and any(GIVEN.match(normalise(name)) for name in names)


def _are_codes_of_value(names: Sequence[str], people: Set[str]) -> bool:
    """A code beside what it was worth and what is left of it: a gift card under another name."""
    codes = {name for name in map(normalise, names) if name in CODES}
    is_held = "card" in people and people & {"name", "first_name", "email"} and not codes
    if people & {"phone", "birthday", "gender", "points"} or is_held:
        return False
    read = [(normalise(name), recognise(name, "gift_cards")) for name in names]
    worth = sum(match is not None and match.field == "stored_value" for _name, match in read)
    return worth > 1 and ("card" in people or bool(codes))


def _ends_of_cards(names: Sequence[str], fields: Mapping[str, set[str]]) -> str:
    """Gift cards where a list tells ends of numbers with a balance, whenever they were sold."""
    if fields["members"] & {"phone", "birthday", "gender", "points"} or fields["statement"] & MOVES:
        return ""
    if any(map(says_payment_card, names)):
        return ""
    read = [recognise(name, "members") for name in names]
    held = any(match and match.field == "stored_value" and not match.is_either for match in read)
    return "gift_cards" if held and any(map(says_last_signs, names)) else ""


def _statement(fields: Mapping[str, set[str]]) -> str:
    """Accounts line by line: amounts with a balance after each.

    Where the rows name somebody, what each line is stands there too, and nothing of a bill.
    """
    said = fields["statement"]
    moves = {"amount_in", "amount_out"} <= said or "amount" in said
    if not ({"at", "balance"} <= said and moves):
        return ""
    if not names_somebody(fields["sales"]):
        return "statement"
    is_told = "what" in said or {"amount_in", "amount_out"} <= said
    is_bill = fields["sales"] & OF_BILLS or fields["members"] & {"gender", "birthday", "joined"}
    return "statement" if is_told and not is_bill else ""


def _exact_fields(names: Sequence[str], kind: str) -> set[str]:
    matches = (recognise(name, kind) for name in names)
    fields = {
        match.field
        for match in matches
        if match is not None and (match.score == 100 or match.field != "amount")
    }
    # Many a log calls its moment Time: its cells will tell.
    return fields | {"at"} if "time" in fields else fields


def names_somebody(fields: Set[str]) -> bool:
    """Whether columns say whose each row is."""
    named = {"member", "phone", "card", "name", "email", "first_name", "external_id"}
    return bool(fields & named)


def refuse_without_essentials(kind: str, fields: Set[str]) -> None:
    """Refuse a file that lacks what a kind cannot do without. Raises ColumnMissing."""
    needed = {
        "members": [],
        "sales": ["at"],
        "visits": ["at"],
        "coin_plays": ["at", "machine", "coins"],
        "dispenses": ["at", "paid_out"],
        "cards": ["card"],
        "gift_cards": ["card", "stored_value"],
        "tiers": ["tier_name"],
        "statement": ["at"],
    }[kind]
    for name in needed:
        if name not in fields:
            raise ColumnMissing(field=name)
    amounts = {"sales": {"amount", "line_amount", "tender_amount"}, "statement": MOVES}.get(kind)
    if amounts and not fields & amounts:
        raise ColumnMissing(field="amount")
    if kind in {"members", "visits"} and not fields & (PERSON_FIELDS | {"member"}):
        raise ColumnMissing(field="name")
