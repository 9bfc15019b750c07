"""A member statement as rows for a spreadsheet: plain numbers, ISO moments, headings in words."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from common.money import format_plain
from ledger.models import Asset
from ledger.queries.statement import Statement
from ledger.queries.statement_parts import Entry, GoodsLine, ValueLine
from ledger.queries.statement_rows import seal_of

Cells = list[str]


def headings() -> Cells:
    """The columns, in the active language."""
    return [
        _("Business date"),
        _("Time in the store's zone"),
        _("Store"),
        _("Till"),
        _("Operator"),
        _("Kind"),
        _("Description"),
        _("Quantity"),
        _("Asset"),
        _("Change"),
        _("Balance after"),
        _("List value"),
        _("Charged value"),
        _("Currency"),
        _("Contract"),
        _("Contract ID"),
        _("Origin"),
        _("Reason and remarks"),
        _("Undone at"),
        _("Entry"),
        _("Refers to"),
        _("Kept for merged member"),
        _("Recorded at"),
        _("Seal"),
    ]


def file_rows(told: Statement) -> Iterator[Cells]:
    """Headings, opening balances, a row for each line of each entry, closing balances."""
    yield headings()
    for one in told.sums:
        yield _of_balance(told.start.isoformat(), _("opening balance"), one.asset, one.opening)
    for entry in told.entries():
        yield from _of_entry(entry)
    for one in told.sums:
        yield _of_balance("", _("closing balance"), one.asset, one.closing)


def _of_balance(day: str, kind: str, asset: Asset, much: int) -> Cells:
    return _cells({0: day, 5: kind, 8: asset.label, 10: plain(much, asset), 13: asset.currency})


def _of_entry(entry: Entry) -> Iterator[Cells]:
    """The bill's lines first; a bill's total stands in no row, so that columns can be summed.

    What stored value paid of a bill has its price in the bill's own lines already.
    """
    common = _common(entry)
    for goods in entry.goods:
        yield _cells(common | _goods(goods, entry))
    for line in entry.values:
        yield _cells(common | _value(line, is_of_bill=bool(entry.goods)))
    if not entry.goods and not entry.values:
        yield _cells(common)


def _cells(filled: dict[int, str]) -> Cells:
    return [filled.get(column, "") for column in range(24)]


def _common(entry: Entry) -> dict[int, str]:
    remarks = [entry.reason, *entry.notes, entry.undone_because]
    zone = entry.local_at.tzinfo
    return {
        0: entry.business_date.isoformat(),
        1: entry.local_at.isoformat(timespec="seconds"),
        2: entry.store.name if entry.store else "",
        3: str(entry.till or ""),
        4: str(entry.operator or ""),
        5: str(entry.label),
        17: "; ".join(one for one in remarks if one),
        18: _iso(entry.undone_at, zone),
        19: str(entry.id),
        20: str(entry.undoes or ""),
        21: entry.record.number if entry.record else "",
        22: _iso(entry.recorded_at, zone),
        23: seal_of(entry),
    }


def _iso(at: Any, zone: Any) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds") if at else ""


def _goods(goods: GoodsLine, entry: Entry) -> dict[int, str]:
    listed = goods.list_value
    return {
        6: goods.text,
        7: str(goods.quantity),
        11: "" if listed is None else format_plain(listed, entry.currency),
        12: format_plain(goods.charged_value, entry.currency) if entry.currency else "",
        13: entry.currency,
    }


def _value(line: ValueLine, *, is_of_bill: bool) -> dict[int, str]:
    contract = line.contract
    priced = {} if is_of_bill else _price(line)
    cells = {
        8: line.asset.label,
        9: plain(line.amount, line.asset),
        10: plain(line.balance_after, line.asset),
        13: line.currency,
        14: str(contract or ""),
        15: str(contract.pk) if contract else "",
        16: line.origin,
    }
    return cells | priced | ({21: line.record.number} if line.record else {})


def _price(line: ValueLine) -> dict[int, str]:
    return {
        11: _money(line.list_value, line.currency),
        12: _money(line.charged_value, line.currency),
    }


def _money(much: int | None, currency: str) -> str:
    return format_plain(much, currency) if much is not None and currency else ""


def plain(much: int, asset: Asset) -> str:
    """So much of an asset as a bare number."""
    if asset.currency:
        return format_plain(much, asset.currency)
    return f"{Decimal(much).scaleb(-asset.scale):f}"
