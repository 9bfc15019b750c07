"""The list of members with all they hold, in columns that an import of members takes back."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from exports.queries.lists import Listing, Row, reading, spoken_birthday
from exports.queries.narrowing import narrowed
from exports.rules.asked import Asked
from exports.rules.columns import Column, Value, text_of
from ledger.models import Asset, AssetKind, Lot

PAID = ("paid", "opening")
FROM = """
FROM members_member m JOIN members_store s ON s.id = m.home_store_id
LEFT JOIN members_tier r ON r.id = m.tier_id
WHERE m.status IN ('active', 'blocked') AND {}
"""
MEMBERS = """
SELECT m.number, m.name, m.phone, m.email, m.gender, m.birth_year, m.birth_month, m.birth_day,
       m.lunar_birthday, m.joined_on, s.code, r.name,
       (SELECT (h.until AT TIME ZONE s.time_zone - s.day_cut::interval - interval '1 us')::date
        FROM members_tierholding h WHERE h.member_id = m.id AND h.tier_id = m.tier_id
        ORDER BY h.since DESC, h.id DESC LIMIT 1),
       m.channel, m.address, m.region, m.occupation, m.education, m.notes,
       CASE WHEN m.status <> 'active' THEN m.status END,
       ARRAY(SELECT ARRAY[c.number, CASE c.status WHEN 'active' THEN '' WHEN 'lost' THEN 'lost'
                          ELSE 'void' END]
             FROM members_card c
             WHERE c.member_id = m.id ORDER BY c.status <> 'active', c.id),
       ARRAY(SELECT t.name FROM members_membertag g JOIN members_tag t ON t.id = g.tag_id
             WHERE g.member_id = m.id ORDER BY t.name),
       (SELECT jsonb_object_agg(channel, state) FROM (
            SELECT DISTINCT ON (channel) channel, state FROM members_consent
            WHERE member_id = m.id ORDER BY channel, at DESC, id DESC) said),
       (SELECT jsonb_object_agg(account, held) FROM (
            SELECT w.asset_id || CASE WHEN l.origin = ANY (%s) THEN '' ELSE ':bonus' END AS account,
                   sum(l.remaining) AS held
            FROM ledger_wallet w JOIN ledger_lot l ON l.wallet_id = w.id AND l.is_open
            WHERE w.member_id = m.id GROUP BY 1) sums),
       (SELECT jsonb_object_agg(account, days) FROM (
            SELECT account, jsonb_object_agg(day, held) AS days FROM (
                SELECT w.asset_id || CASE WHEN l.origin = ANY (%s) THEN '' ELSE ':bonus' END
                           AS account,
                       (l.expires_at AT TIME ZONE s.time_zone - s.day_cut::interval
                        - interval '1 us')::date AS day,
                       sum(l.remaining) AS held
                FROM ledger_wallet w JOIN ledger_lot l ON l.wallet_id = w.id AND l.is_open
                WHERE w.member_id = m.id AND l.expires_at IS NOT NULL GROUP BY 1, 2) AS by_day
            GROUP BY 1) AS ending),
       m.attributes, m.external_ids
"""
KEYS = 'SELECT DISTINCT jsonb_object_keys(m.{}) COLLATE "C" '
# An import keeps no longer name of a unit.
LONGEST_UNIT = 50


@dataclass(frozen=True, slots=True)
class _Account:
    """A column of balances: one asset, or the paid or the given part of stored value.

    ``ends`` is the column of its last days, where any of it has one.
    """

    column: Column
    keys: tuple[str, ...]
    ends: Column | None = None


def members(asked: Asked) -> Listing:
    """Members of the home stores asked for, who joined on the days asked for.

    Balances are what the ledger has. Merged and erased members are not listed.
    """
    where, params = narrowed(asked, store="m.home_store_id", day="m.joined_on")
    told = FROM.format(where)
    accounts = _accounts()
    attributes, systems = (_keys(name, told, params) for name in ("attributes", "external_ids"))
    columns = [
        *_own_columns(),
        *(account.column for account in accounts),
        *(account.ends for account in accounts if account.ends),
        *(Column(_("ID in: %(system)s") % {"system": name}) for name in systems),
        *(Column(_("Attribute: %(name)s") % {"name": name}) for name in attributes),
    ]

    def rows() -> Iterator[Row]:
        with reading(MEMBERS + told + "ORDER BY m.id", [list(PAID), list(PAID), *params]) as found:
            for row in found:
                yield from _lines(row, accounts, attributes, systems)

    return Listing(columns, rows)


def _own_columns() -> list[Column]:
    return [
        Column(_("Member ID")),
        Column(_("Name")),
        Column(_("Phone")),
        Column(_("Card number")),
        Column(_("Card state")),
        Column(_("Email")),
        Column(_("Gender")),
        Column(_("Birthday"), "day"),
        Column(_("Lunar birthday")),
        Column(_("Joined on"), "day"),
        Column(_("Home store")),
        Column(_("Membership tier")),
        Column(_("Tier valid until"), "day"),
        Column(_("Channel")),
        Column(_("Address")),
        Column(_("Member region")),
        Column(_("Occupation")),
        Column(_("Education")),
        Column(_("Notes")),
        Column(_("Standing")),
        Column(_("Tags")),
        Column(_("SMS consent")),
        Column(_("Email consent")),
    ]


def _keys(column: str, told: str, params: Sequence[Any]) -> list[str]:
    """The keys that any of the members has in a column of JSON."""
    with connection.cursor() as cursor:
        cursor.execute(f"{KEYS.format(column)} {told} ORDER BY 1", params)
        return [key for (key,) in cursor.fetchall()]


def _accounts() -> list[_Account]:
    held = Asset.objects.filter(Q(wallet__isnull=False)).distinct().order_by("pk")
    assets = list(held.select_related("entity"))
    names = Counter(_heading(asset) for asset in assets)
    # Whoever owes it is told in every column, for an import goes into the store of one of them.
    is_shared = len({asset.entity_id for asset in assets}) > 1
    found: list[_Account] = []
    for asset in assets:
        heading = _heading(asset)
        if is_shared or names[heading] > 1:
            heading = f"{heading} ({asset.entity.code} {asset.code})"
        found += _columns_of(asset, heading)
    return [_with_ends(account, _ending()) for account in found]


def _ending() -> set[str]:
    """Keys of accounts of which something ends on a day."""
    lots = Lot.objects.filter(is_open=True, expires_at__isnull=False)
    pairs = lots.values_list("wallet__asset", "origin").distinct()
    return {f"{asset}{'' if origin in PAID else ':bonus'}" for asset, origin in pairs}


def _with_ends(account: _Account, ending: Set[str]) -> _Account:
    if not ending & set(account.keys):
        return account
    heading = _("Ends: %(what)s") % {"what": account.column.heading}
    return replace(account, ends=Column(heading))


def _heading(asset: Asset) -> str:
    if asset.kind == AssetKind.POINTS:
        return _("Points")
    if asset.kind == AssetKind.COIN:
        return _("Coins")
    if asset.kind == AssetKind.UNIT:
        return _("Left: %(unit)s") % {"unit": asset.label[:LONGEST_UNIT]}
    if asset.kind == AssetKind.MONEY:
        return ""
    # What is granted anew every month or owed is told, and no balance to bring along.
    told = _("Services: %(name)s") if asset.kind == AssetKind.ENTITLEMENT else _("Owes: %(name)s")
    return told % {"name": asset.label}


def _columns_of(asset: Asset, heading: str) -> list[_Account]:
    unit = asset.currency or asset.code
    keys = (str(asset.pk), f"{asset.pk}:bonus")
    if asset.kind != AssetKind.MONEY:
        return [_Account(Column(heading, "number", asset.scale, unit, adds_up=True), keys)]
    return [
        _Account(Column(f"{name}{heading}", "number", asset.scale, unit, adds_up=True), (key,))
        for name, key in zip((_("Principal balance"), _("Bonus balance")), keys, strict=True)
    ]


def _lines(
    row: Any, accounts: Sequence[_Account], attributes: Sequence[str], systems: Sequence[str]
) -> Iterator[Row]:
    """One line, and one more for every further card."""
    (number, name, phone, email, gender, year, month, day, lunar, joined, *texts) = row[:20]
    cards, tags, consents, held, ends, kept, ids = row[20:]
    consents, held, ends, kept, ids = (_mapping(one) for one in (consents, held, ends, kept, ids))
    line = [
        *(number, name, phone, *next(iter(cards), (None, None))),
        *(email, gender, spoken_birthday(year, month, day), lunar, joined, *texts),
        *(_joined(tags), consents.get("sms"), consents.get("email")),
        *(_sum(held, account) for account in accounts),
        *(_days(ends, account) for account in accounts if account.ends),
        *(ids.get(name) for name in systems),
        *(_plain(kept.get(name)) for name in attributes),
    ]
    yield line
    for card in cards[1:]:
        yield [number, name, phone, *card, *[None] * (len(line) - 5)]


def _joined(tags: Sequence[str]) -> str:
    """Tags in one cell, as an import parts them."""
    return "; ".join(
        '"{}"'.format(tag.replace('"', '""')) if ";" in tag or tag.startswith('"') else tag
        for tag in tags
    )


def _mapping(text: str | None) -> dict[str, Any]:
    return json.loads(text) if text else {}


def _sum(held: dict[str, int], account: _Account) -> Value:
    return sum(held.get(key, 0) for key in account.keys) or None


def _days(ends: dict[str, dict[str, int]], account: _Account) -> str | None:
    """How much ends on which day, as an import takes it back: ``2027-01-01: 5; 2027-06-01: 2``."""
    days: Counter[str] = Counter()
    for key in account.keys:
        days.update(ends.get(key, {}))
    return "; ".join(
        f"{day}: {text_of(account.column.number(amount))}" for day, amount in sorted(days.items())
    )


def _plain(value: Any) -> Value:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
