"""Which column means what: names first, content as a second opinion, the owner's word on top.

What nobody can be sure of is asked: such a column has no field, only a ``guess``, and is kept as an
attribute until the owner says what it is.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from imports.rules import contents
from imports.rules.accounts import settle_accounts
from imports.rules.aliases import (
    HISTORY,
    PEOPLE_KINDS,
    SURE_OF_VALUE,
    VALUE_FIELDS,
    Match,
    names_of,
    part_of,
    recognise,
)
from imports.rules.asking import ASKED, asked_by_content, asked_by_name
from imports.rules.choices import Choices
from imports.rules.contents import share, values_of
from imports.rules.currencies import is_in
from imports.rules.fields import COUNT_FIELDS, MONEY_FIELDS, SEVERAL, Column
from imports.rules.header_signs import (
    is_nickname,
    may_be_owed,
    says_credit_limit,
    says_face_value,
    says_payment_card,
)
from imports.rules.headers import Header
from imports.rules.moments import day_beside_clock, moments_called_time
from imports.rules.own_list import as_own_list
from imports.rules.prices import settle_prices
from imports.rules.sheets import Row
from imports.rules.spellings import normalise
from imports.rules.sums_of_columns import settle_sums
from imports.rules.tenders import settle_tenders
from imports.rules.top_up_logs import settle_top_ups
from imports.rules.volumes import settle_volumes

MULTIPLES = (
    (re.compile(r"[(（\[]?(?:万元|万|萬)[)）\]]?\s*$"), Decimal(10_000)),
    (re.compile(r"[(（\[](?:千元|千|k)[)）\]]\s*$", re.IGNORECASE), Decimal(1_000)),
    (
        re.compile(r"[(（\[]\s*分\s*[)）\]]\s*$|(?:cents?|fen)\W*$", re.IGNORECASE),
        Decimal("0.01"),
    ),
)
EXACT = 100
PARTS_OF_VALUE = frozenset({"stored_value_principal", "stored_value_bonus"})
# Of these a wrong one is money for the wrong person.
NEVER_BY_LIKENESS = VALUE_FIELDS | {"card"}
# Whose phone is not the member's.
SOMEBODY_ELSE = re.compile(
    r"推荐|介绍|紧急|导购|店长|店员|员工|业务员|经办|门店|referr|emergency|staff|sales|store|agent",
    re.IGNORECASE,
)
# Kinds whose rows name no member, whatever their cells look like.
NOBODY_NAMED = frozenset({"gift_cards", "tiers", "statement"})
# Which exact column beside it makes a name that could be either one of history.
FAMILIES = (
    frozenset({"stored_value", "stored_value_principal", "stored_value_total"}),
    frozenset({"stored_value_bonus"}),
    frozenset({"points"}),
    frozenset({"coins"}),
    frozenset({"units"}),
)
SAID_IN_WORDS = frozenset({"name", "tier", "tier_name", "product", "unit_name"})
# What is left, of something another column names.
JUST_LEFT = frozenset({"剩余", "剩", "余", "余数", "left", "还有", "还剩", "剩下"})
# A family name where another column holds the given one.
FAMILY_NAMES = frozenset({"name", "nom", "nome", "naam"})
# A given name where another column holds the family's.
GIVEN_NAMES = frozenset(
    map(normalise, ("name", "ชื่อ", "имя", "nome", "namn", "navn", "imię", "ad", "nama"))
)


def match_columns(
    header: Header,
    kind: str,
    sample: Sequence[Row],
    choices: Choices,
    country: str,
    *,
    entity: str = "",
    currency: str = "",
) -> list[Column]:
    """A column for every header cell; each field is taken once, by the surest name.

    ``entity`` is the code of the issuing entity whose balances a list of our own brings; balances
    in another ``currency`` than the store's are none.
    """
    paid_with = _cards_to_pay_with(header) if kind in PEOPLE_KINDS else frozenset()
    matched = [
        match
        if match and index not in paid_with and is_in(currency, header.names[index], match.field)
        else None
        for index in range(len(header.names))
        for match in [_match(header, index, kind)]
    ]
    matched = _parts_beside_totals(header, matched) if kind in PEOPLE_KINDS else matched
    matched = _decide(_maybe_owed(header, _of_the_named(matched, kind)))
    matched = _given_and_family_name(header, matched)
    width = max([len(header.names), *(len(row.cells) for row in sample)])
    matched += [None] * (width - len(header.names))
    columns = [_column(header, index, match) for index, match in enumerate(matched)]
    columns = [replace(c, how="second choice") if c.index in paid_with else c for c in columns]
    columns = _settle(columns, matched, sample)
    columns = day_beside_clock(moments_called_time(columns, sample), kind, sample)
    columns = _left_of_bundles(columns)
    columns = asked_by_name(columns, kind)
    columns = _by_content(columns, kind, sample, country)
    if kind == "sales":
        columns = settle_top_ups(_number_of_every_line(columns, sample))
    if kind in PEOPLE_KINDS:
        columns = settle_accounts(contents.states_of_cards(columns, sample), sample)
    columns = asked_by_content(columns, kind, sample, country)
    columns = _face_value_of_used_cards(columns, sample) if kind == "gift_cards" else columns
    if kind in PEOPLE_KINDS:
        columns = _names_of_units(settle_sums(columns, sample), kind, sample)
    columns = as_own_list(columns, entity) if kind == "members" else columns
    columns = [_as_told(column, choices) for column in columns]
    columns = [_scaled(column, choices) for column in columns]
    if kind == "sales":
        columns = settle_prices(settle_tenders(columns, header.groups, sample), sample)
    columns = settle_volumes(columns, sample) if kind == "dispenses" else columns
    return [
        column
        for column in columns
        if column.header or column.field or values_of(column.index, sample)
    ]


def column_added(index: int, name: str, choices: Choices, *, are_stores: bool) -> Column:
    """A column of names of sheets, or of lines between the rows: their stores, or only shown."""
    column = Column(index, name, "store" if are_stores else "ignore", "name", score=100)
    return _as_told(column, choices)


def _cards_to_pay_with(header: Header) -> frozenset[int]:
    """Columns about a bank's card, beside what only such a card has."""
    if not any(map(says_payment_card, header.names)):
        return frozenset()
    cards = (name.casefold().startswith("card") for name in header.names)
    return frozenset(index for index, is_card in enumerate(cards) if is_card)


def _match(header: Header, index: int, kind: str) -> Match | None:
    name = header.names[index]
    group = header.groups[index] if index < len(header.groups) else ""
    own = recognise(name, kind)
    if not group:
        return own
    if own is not None and own.field == "unit_expires" and _is_value(recognise(group, kind)):
        # The last day of money or points is none of a unit.
        return None
    # "账户" over "本金": the pair may say more than its lower half, or be all that is known.
    pairs = (group + name, name + group, f"{group} {name}", f"{name} {group}")
    together = [match for pair in pairs if (match := recognise(pair, kind)) is not None]
    if (part := _part_of_group(recognise(group, kind), recognise(pairs[3], kind))) is not None:
        return part
    best = max(together, key=_certainty, default=None)
    if best is not None and (own is None or _certainty(best) >= _certainty(own)):
        return best
    return own or recognise(group, kind)


def _part_of_group(group: Match | None, both: Match | None) -> Match | None:
    """What "Paid" under "Balance" means: what is left of it, though alone it would be history."""
    is_balance = group is not None and group.field == "stored_value" and group.score == EXACT
    is_part = both is not None and both.field in PARTS_OF_VALUE and both.score == EXACT
    return both if is_balance and is_part else None


def _is_value(match: Match | None) -> bool:
    return match is not None and match.field in VALUE_FIELDS - {"units"}


def _certainty(match: Match) -> tuple[int, bool, bool]:
    """Exact before alike, history before a balance, plain before what could be either."""
    return match.score, match.field == HISTORY, not match.is_either


def _of_the_named(matched: Sequence[Match | None], kind: str) -> list[Match | None]:
    """Where a column names the unit, 次卡 over 剩余 and Package Expiry are of what it says."""
    known = names_of(kind)
    if not any(match is not None and match.field == "unit_name" for match in matched):
        return list(matched)
    return [
        replace(match, unit="")
        if match is not None
        and match.field in {"units", "unit_expires"}
        and known.get(match.unit, ("", 0))[0] == "unit_name"
        else match
        for match in matched
    ]


def _maybe_owed(header: Header, matched: Sequence[Match | None]) -> list[Match | None]:
    """Beside a credit limit a plain balance may be what somebody owes."""
    if not any(map(says_credit_limit, header.names)):
        return list(matched)
    return [
        replace(match, is_either=True)
        if match is not None and match.field == "stored_value" and may_be_owed(name)
        else match
        for name, match in zip(header.names, matched, strict=True)
    ]


def _parts_beside_totals(header: Header, matched: Sequence[Match | None]) -> list[Match | None]:
    """其中充值 and 其中赠送 are the halves of the balance before them, or history as that is."""
    settled, whole = list(matched), -1
    for index, name in enumerate(header.names):
        part = part_of(name)
        if part is None:
            whole = index if settled[index] is not None else whole
            continue
        total = settled[whole] if whole >= 0 else None
        if total is None:
            continue
        if total.field == HISTORY:
            settled[index] = Match(HISTORY, 100, 0)
        elif part and total.field in {"stored_value", "stored_value_total"}:
            settled[index] = Match(part, 100, 0)
            settled[whole] = replace(total, field="stored_value_total", is_either=False)
    return settled


def _decide(matched: Sequence[Match | None]) -> list[Match | None]:
    """Names that could be either are history where a balance of their own stands beside them."""
    sure = {match.field for match in matched if match is not None and not match.is_either}
    return [_decided(match, sure) if match is not None else None for match in matched]


def _decided(match: Match, sure: set[str]) -> Match:
    if not match.is_either:
        return match
    family = next(family for family in FAMILIES if match.field in family)
    if family & sure:
        return Match(HISTORY, 100, match.rank)
    if match.field == "stored_value_bonus" and "stored_value_principal" in sure:
        # 本金 and 赠送金额 are the two halves of one account.
        return replace(match, is_either=False)
    return match


def _given_and_family_name(header: Header, matched: list[Match | None]) -> list[Match | None]:
    """Take a plain Name beside a Vorname for what the family is called."""
    fields = {match.field for match in matched if match is not None}
    if "first_name" in fields:
        # What friends say is no name where the real one stands beside it.
        matched = [
            None if match is not None and match.field == "name" and is_nickname(name) else match
            for name, match in zip(header.names, matched, strict=True)
        ]
    if "last_name" in fields and "first_name" not in fields:
        return [
            replace(match, field="first_name")
            if match is not None and match.field == "name" and normalise(name) in GIVEN_NAMES
            else match
            for name, match in zip(header.names, matched, strict=True)
        ]
    if "first_name" not in fields or "last_name" in fields:
        return matched
    return [
        replace(match, field="last_name")
        if match is not None and match.field == "name" and normalise(name) in FAMILY_NAMES
        else match
        for name, match in zip(header.names, matched, strict=True)
    ]


def _column(header: Header, index: int, match: Match | None) -> Column:
    name = header.names[index] if index < len(header.names) else ""
    group = header.groups[index] if index < len(header.groups) else ""
    twice = bool(name) and list(header.names).count(name) > 1
    shown = f"{group} {name}" if twice and group else name
    if match is None:
        return Column(index, shown, "", "unmapped")
    if match.is_either or (match.field in NEVER_BY_LIKENESS and match.score < SURE_OF_VALUE):
        return Column(index, shown, "", ASKED, match.score, unit=match.unit, guess=match.field)
    how = "name" if match.score == 100 else "likeness"
    return Column(index, shown, match.field, how, match.score, unit=match.unit)


def _settle(
    columns: list[Column], matched: list[Match | None], sample: Sequence[Row]
) -> list[Column]:
    """One column a field: one with something in it before an empty one, then the surer name."""
    best: dict[str, int] = {}
    for column, match in zip(columns, matched, strict=True):
        if match is None or not column.field or match.field in SEVERAL:
            continue
        rival = best.get(match.field)
        if rival is None or _surer(match, column, matched[rival], columns[rival], sample):
            best[match.field] = column.index
    return [
        column
        if not column.field or column.field in SEVERAL or best.get(column.field) == column.index
        else _second(column, best[column.field], sample)
        for column in columns
    ]


def _second(column: Column, best: int, sample: Sequence[Row]) -> Column:
    """A second column of a field is kept; one of value that says otherwise is asked about."""
    values = values_of(column.index, sample)
    is_other = values and values != values_of(best, sample) and not says_face_value(column.header)
    if column.field in VALUE_FIELDS and is_other:
        return replace(column, field="", how=ASKED, guess=column.field)
    # A second phone or name serves those who have no first one.
    guess = column.field if column.field in {"phone", "name"} else ""
    return replace(column, field="", how="second choice", guess=guess)


def _surer(
    match: Match, column: Column, other: Match | None, rival: Column, sample: Sequence[Row]
) -> bool:
    filled, rival_filled = values_of(column.index, sample), values_of(rival.index, sample)
    if bool(filled) != bool(rival_filled):
        return bool(filled)
    if match.field in SAID_IN_WORDS and _are_numbers(filled) != _are_numbers(rival_filled):
        # Steps counted beside the names of the steps.
        return _are_numbers(rival_filled)
    if match.field == "stored_value" and says_face_value(column.header) != says_face_value(
        rival.header
    ):
        # What is left comes before what was there.
        return says_face_value(rival.header)
    return other is None or match.rank < other.rank


def _face_value_of_used_cards(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """Ask about what cards were worth where another column says that some of it is gone."""
    worth = next((column for column in columns if column.field == "stored_value"), None)
    if worth is None or worth.how == "mapping" or not says_face_value(worth.header):
        return columns
    told = [c for c in columns if c.field == HISTORY or c.guess == "stored_value"]
    amounts = (contents.cents_of(text) for c in told for text in values_of(c.index, sample))
    if not any(amounts):
        return columns
    asked = replace(worth, field="", how=ASKED, guess="stored_value")
    return [asked if column is worth else column for column in columns]


def _are_numbers(values: Sequence[str]) -> bool:
    return bool(values) and all(map(str.isdigit, values))


def _left_of_bundles(columns: list[Column]) -> list[Column]:
    """Beside the names of bundles a plain 剩余 or Left counts their units."""
    fields = {column.field for column in columns if not column.unit}
    if "unit_name" not in fields or "units" in fields:
        return columns
    if not any(normalise(column.header) in JUST_LEFT and not column.field for column in columns):
        return columns
    return [_left_or_had(column) for column in columns]


def _left_or_had(column: Column) -> Column:
    if not column.field and normalise(column.header) in JUST_LEFT:
        return replace(column, field="units", how="name", score=100)
    had = column.how == ASKED and column.guess == "units"
    return replace(column, field=HISTORY, how="name", guess="") if had else column


def _by_content(
    columns: list[Column], kind: str, sample: Sequence[Row], country: str
) -> list[Column]:
    """Phones, addresses, tiers and running numbers are known by what they look like."""
    taken = {column.field for column in columns}
    result = []
    for column in columns:
        field = _field_by_content(column, kind, values_of(column.index, sample), taken, country)
        changed = replace(column, field=field, how="content", guess="") if field else column
        taken.add(changed.field)
        result.append(changed)
    return result


def _number_of_every_line(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """Orders called by number, #1001, beside an Id that stands in their first lines alone."""
    number = next((column for column in columns if column.field == "source_id"), None)
    name = next((column for column in columns if column.field == "name"), None)
    called = values_of(name.index, sample) if name else []
    if number is None or name is None or not share(called, contents.is_order_number):
        return columns
    if len(values_of(number.index, sample)) == len(called) and not called[0].startswith("#"):
        return columns
    changed = {
        number.index: replace(number, field="", how="second choice"),
        name.index: replace(name, field="source_id", how="content", guess=""),
    }
    return [changed.get(column.index, column) for column in columns]


def _field_by_content(
    column: Column, kind: str, values: list[str], taken: set[str], country: str
) -> str:
    """The field a column must be by its cells, empty where they do not say."""
    if kind in NOBODY_NAMED:
        is_second = column.how == "second choice" and kind == "tiers" and "rank" not in taken
        # "级别" beside "等级名称" counts the steps.
        return "rank" if is_second and share(values, contents.is_step) else ""
    may_be = {"phone"} if column.field in {"", "card", "name"} else set()
    if kind == "members":
        may_be |= {"tier"} if column.field in {"", "card"} else set()
        may_be |= {"email", "gender"} if not column.field else set()
    looks: dict[str, Callable[[], bool]] = {
        "phone": lambda: share(values, lambda text: contents.is_phone(text, country)),
        "email": lambda: share(values, contents.is_email),
        "tier": lambda: contents.are_tiers(values),
        "gender": lambda: contents.are_genders(values),
        "card": lambda: column.field == "sequence" and not contents.counts_up(values),
        # What a web shop calls the name of an order is its number.
        # Many a table calls a number what others call a name.
        "external_id": lambda: column.field == "name" and share(values, str.isdigit),
        "source_id": lambda: column.field == "name" and share(values, contents.is_order_number),
    }
    may_be |= {"source_id"} if kind == "sales" else {"external_id"}
    may_be |= {"card"}
    if SOMEBODY_ELSE.search(column.header):
        may_be -= {"phone", "email"}
    return next((f for f, looks_so in looks.items() if f in may_be - taken and looks_so()), "")


def _names_of_units(columns: list[Column], kind: str, sample: Sequence[Row]) -> list[Column]:
    """Kinds of cards that are called by passes name the units, where nothing else does."""
    fields = {column.field for column in columns}
    nameless = any(column.field == "units" and not column.unit for column in columns)
    if not nameless or "unit_name" in fields:
        return columns
    called = [
        (len(set(values)), sum(map(len, values)), column.index)
        for column in columns
        if column.field == "tier" or column.how == "second choice"
        if (match := recognise(column.header, kind)) is not None and match.field == "tier"
        if contents.are_passes(values := values_of(column.index, sample))
    ]
    best = max(called, default=(0, 0, -1))[-1]
    return [
        replace(column, field="unit_name", how="content") if column.index == best else column
        for column in columns
    ]


def _as_told(column: Column, choices: Choices) -> Column:
    """The owner's word about a header: as it stands first, then compared as headers are."""
    shown = column.shown
    named = next((name for name in choices.columns if name == shown), None)
    if named is None:
        alike = [name for name in choices.columns if normalise(name) == normalise(shown)]
        named = next(iter(alike), None)
    if named is not None:
        told, _colon, unit = (choices.columns[named] or "").partition(":")
        return replace(column, field=told, how="mapping", score=100, unit=unit, guess="")
    if column.field and column.field in {name for name in choices.columns.values() if name}:
        # The owner gave the field to another column.
        return replace(column, field="", how="second choice")
    return column


def _scaled(column: Column, choices: Choices) -> Column:
    """What one of a column means: as told, else of money as its header says (万, cents)."""
    if column.field == "tier_discount":
        return replace(column, discounts=choices.discounts.get(column.header, ""))
    if column.field not in MONEY_FIELDS | COUNT_FIELDS:
        return column
    if told := choices.scales.get(column.header):
        return replace(column, multiple=Decimal(str(told)))
    if column.field in COUNT_FIELDS:
        return column
    by = next((by for look, by in MULTIPLES if look.search(column.header)), Decimal(1))
    return replace(column, multiple=by)
