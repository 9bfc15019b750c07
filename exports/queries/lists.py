"""Lists for people: members with what they hold, visits, and every movement of value."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision
from django.db import connection
from django.utils.translation import gettext as _

from exports.queries.narrowing import narrowed
from exports.rules.asked import Asked
from exports.rules.columns import Column, Value
from ledger.models import Contra, LotOrigin, TxnKind
from ledger.models.activity import VisitSource

AT_A_TIME = 1_000

VISITS = """
SELECT v.business_date, v.at AT TIME ZONE s.time_zone, s.code, m.number, m.name, m.phone,
       v.source, v.channel, coalesce(nullif(u.display_name, ''), u.username), v.note,
       v.voided_at AT TIME ZONE s.time_zone, v.void_reason
FROM ledger_visit v JOIN members_member m ON m.id = v.member_id
JOIN members_store s ON s.id = v.store_id LEFT JOIN members_user u ON u.id = v.operator_id
WHERE {} ORDER BY v.id
"""
LEDGER = """
SELECT x.business_date, x.occurred_at AT TIME ZONE coalesce(s.time_zone, 'UTC'), s.code, t.code,
       coalesce(nullif(u.display_name, ''), u.username), x.kind, m.number, m.name, m.phone,
       a.name, a.scale, p.amount, p.balance_after, p.contra, l.origin, p.list_value,
       p.charged_value, p.cost, c.title, x.reason, x.id::text, p.line, x.reverses_id::text,
       coalesce(nullif(a.currency, ''), s.currency)
FROM ledger_movement p JOIN ledger_txn x ON x.id = p.txn_id
JOIN ledger_wallet w ON w.id = p.wallet_id JOIN ledger_asset a ON a.id = w.asset_id
JOIN ledger_lot l ON l.id = p.lot_id JOIN members_member m ON m.id = w.member_id
LEFT JOIN ledger_contract c ON c.id = l.contract_id LEFT JOIN members_store s ON s.id = x.store_id
LEFT JOIN members_till t ON t.id = x.till_id LEFT JOIN members_user u ON u.id = x.operator_id
WHERE {} ORDER BY x.number, p.line
"""

type Row = Sequence[Value]


@dataclass(frozen=True)
class Listing:
    """A list: its columns, and its rows, which are read as they are asked for."""

    columns: Sequence[Column]
    rows: Callable[[], Iterator[Row]]


@contextmanager
def reading(query: str, params: Sequence[Any]) -> Iterator[Iterator[Any]]:
    """The rows of a query through a cursor of the server, which needs a transaction."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(query, params)
        yield (row for rows in iter(lambda: cursor.fetchmany(AT_A_TIME), []) for row in rows)


def visits(asked: Asked) -> Listing:
    """Visits of the stores and business days asked for."""
    where, params = narrowed(asked, store="v.store_id", day="v.business_date")
    columns = [
        Column(_("Business date"), "day"),
        Column(_("Visited at"), "moment", unit=_("the store's own time")),
        Column(_("Store")),
        Column(_("Member ID")),
        Column(_("Name")),
        Column(_("Phone")),
        Column(_("Source")),
        Column(_("Channel")),
        Column(_("Operator")),
        Column(_("Notes")),
        Column(_("Undone at"), "moment", unit=_("the store's own time")),
        Column(_("Undone because")),
    ]
    words = {source.value: str(source.label) for source in VisitSource}

    def rows() -> Iterator[Row]:
        with reading(VISITS.format(where), params) as found:
            for row in found:
                yield [*row[:6], words.get(row[6], row[6]), *row[7:]]

    return Listing(columns, rows)


def movements(asked: Asked) -> Listing:
    """Each line of the ledger of the stores and business days asked for, in its order."""
    where, params = narrowed(asked, store="x.store_id", day="x.business_date")
    columns = [
        Column(_("Business date"), "day"),
        Column(_("Time in the store's zone"), "moment", unit=_("the store's own time")),
        Column(_("Store")),
        Column(_("Till")),
        Column(_("Operator")),
        Column(_("Kind")),
        Column(_("Member ID")),
        Column(_("Name")),
        Column(_("Phone")),
        Column(_("Asset")),
        Column(_("Change"), "number", unit=_("units of the asset")),
        Column(_("Balance after"), "number", unit=_("units of the asset")),
        Column(_("Against")),
        Column(_("Origin")),
        Column(_("List value"), "number", unit=_("units of the currency")),
        Column(_("Charged value"), "number", unit=_("units of the currency")),
        Column(_("Cost share"), "number", unit=_("units of the currency")),
        Column(_("Currency")),
        Column(_("Contract")),
        Column(_("Reason")),
        Column(_("Entry")),
        Column(_("Line"), "number"),
        Column(_("Undoes")),
    ]
    words = _words()

    def rows() -> Iterator[Row]:
        with reading(LEDGER.format(where), params) as found:
            for row in found:
                yield _movement(row, words)

    return Listing(columns, rows)


def _words() -> Mapping[Any, str]:
    """What the codes of the ledger are called in the reader's language, looked up once."""
    kinds = (TxnKind, LotOrigin, Contra)
    return {(kind, one.value): str(one.label) for kind in kinds for one in kind}


def _movement(row: Any, words: Mapping[Any, str]) -> Row:
    day, at, store, till, operator, kind, number, name, phone, asset, scale = row[:11]
    change, balance, contra, origin, list_value, charged, cost = row[11:18]
    title, reason, entry, line, undoes, currency = row[18:]
    digits = get_currency_precision(currency) if currency else 0
    return [
        *(day, at, store, till, operator, words[TxnKind, kind], number, name, phone, asset),
        *(scaled(change, scale), scaled(balance, scale)),
        *(words[Contra, contra], words[LotOrigin, origin]),
        *(scaled(value, digits) for value in (list_value, charged, cost)),
        *(currency, title, reason, entry, line, undoes),
    ]


def scaled(value: int | None, digits: int) -> Value:
    """A number in its unit from one in the smallest unit."""
    return Decimal(value).scaleb(-digits) if value is not None and digits else value


def spoken_birthday(year: int | None, month: int | None, day: int | None) -> date | str:
    """A birthday as any reader of lists takes it: a day, a day without a year, or a year."""
    if year and month and day:
        return date(year, month, day)
    if month and day:
        return f"{month}月{day}日"
    return str(year or "")
