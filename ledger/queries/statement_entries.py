"""The entries of a member statement, a page of them at a time: read whole, in a few queries."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ledger.models import (
    CoinPlay,
    ContractEvent,
    Dispense,
    EventKind,
    LotOrigin,
    Movement,
    Outcome,
    OverRide,
    Refund,
    Sale,
    SaleRefund,
    Txn,
    TxnKind,
    Visit,
)
from ledger.queries.statement_parts import Entry, GoodsLine, Key, Source, ValueLine
from members.models import Member

RESOLVES = {TxnKind.CAPTURE, TxnKind.RELEASE}
LEAVES_STANDING = {TxnKind.SALE_REFUND, *RESOLVES}


def load(
    keys: Sequence[Key],
    *,
    moved: QuerySet[Movement],
    came_along: Mapping[tuple[Source, str], Member],
    member: Member,
    seal_of: Callable[[int], int | None],
) -> list[Entry]:
    """The entries with these keys, in their order; ``moved`` are the movements that may be told."""
    found: dict[tuple[Source, UUID | int], Entry] = {}
    for source, of_source in _by_source(keys).items():
        if source == Source.TXN:
            made = _txns(of_source, moved, member, seal_of)
        else:
            made = LOADERS[source](of_source)
        for entry in made:
            record = came_along.get((source, str(entry.id)))
            found[source, entry.id] = replace(entry, record=entry.record or record)
    return [_noted(found[key.source, key.id]) for key in keys]


def _by_source(keys: Iterable[Key]) -> dict[Source, dict[Any, Key]]:
    found: dict[Source, dict[Any, Key]] = {}
    for key in keys:
        found.setdefault(key.source, {})[key.id] = key
    return found


def _noted(entry: Entry) -> Entry:
    """An over-ride is told in words beside the entry's own notes."""
    said = [
        _("Rule set aside: %(rule)s, by %(who)s: %(reason)s")
        % {"rule": one.rule, "who": one.approved_by, "reason": one.reason}
        for one in entry.over_rides
    ]
    return replace(entry, notes=[*entry.notes, *map(str, said)]) if said else entry


# What moved value ---------------------------------------------------------


def _txns(
    keys: Mapping[Any, Key],
    moved: QuerySet[Movement],
    member: Member,
    seal_of: Callable[[int], int | None],
) -> list[Entry]:
    ids = list(keys)
    txns = Txn.objects.filter(pk__in=ids).select_related("store", "operator", "till")
    values = _value_lines(moved.filter(txn__in=ids), member)
    sales, backs = _sales(ids), _sale_refunds(ids)
    refunds = {one.pk: one for one in _refund_rows(ids)}
    notes = _contract_notes(ids)
    undone = _undoings(ids)
    over_rides: dict[UUID, list[OverRide]] = {}
    for one in OverRide.objects.filter(request_id__in=ids).select_related("approved_by"):
        over_rides.setdefault(one.request_id, []).append(one)
    entries = []
    for txn in txns:
        entry = _of_txn(txn, keys[txn.pk], values.get(txn.pk, []), seal_of)
        entry = _with_undoing(entry, undone.get(txn.pk, []))
        if txn.pk in sales:
            entry = replace(entry, **_bill(sales[txn.pk]))
        if txn.pk in backs:
            entry = replace(entry, **_came_back(backs[txn.pk]))
        if txn.pk in refunds:
            entry = replace(entry, **_paid_out(refunds[txn.pk]))
        entries.append(
            replace(
                entry,
                notes=[*entry.notes, *notes.get(txn.pk, [])],
                over_rides=over_rides.get(txn.pk, []),
            )
        )
    return entries


def _of_txn(
    txn: Txn, key: Key, values: Sequence[ValueLine], seal_of: Callable[[int], int | None]
) -> Entry:
    records = {line.record for line in values}
    return Entry(
        key=key,
        kind=txn.kind,
        label=TxnKind(txn.kind).label,
        business_date=txn.business_date,
        store=txn.store,
        operator=txn.operator,
        till=txn.till,
        reason=txn.reason,
        values=values,
        undoes=txn.reverses_id,
        recorded_at=txn.recorded_at,
        seal=seal_of(txn.number),
        can_be_sealed=True,
        record=records.pop() if len(records) == 1 else None,
    )


def _value_lines(moved: QuerySet[Movement], member: Member) -> dict[UUID, list[ValueLine]]:
    """Per transaction what it moved, lots of one contract and origin together."""
    rows = moved.select_related(
        "wallet__asset", "wallet__member", "lot__contract__store", "txn__store"
    )
    lines: dict[UUID, list[ValueLine]] = {}
    ordered = rows.order_by("txn", "line")
    for _same, group in groupby(ordered, key=_kind_of_line):
        movements = list(group)
        last = movements[-1]
        holder = last.wallet.member
        contract = last.lot.contract
        currency = contract.currency if contract else ""
        lines.setdefault(last.txn_id, []).append(
            ValueLine(
                asset=last.wallet.asset,
                amount=sum(one.amount for one in movements),
                balance_after=last.balance_after,
                origin=str(LotOrigin(last.lot.origin).label),
                contract=contract,
                list_value=_sum(one.list_value for one in movements),
                charged_value=_sum(_charged(one) for one in movements),
                currency=currency or (last.txn.store.currency if last.txn.store else ""),
                record=None if holder == member else holder,
            )
        )
    return lines


def _kind_of_line(movement: Movement) -> tuple[Any, ...]:
    lot = movement.lot
    return movement.txn_id, movement.wallet_id, movement.amount > 0, lot.contract_id, lot.origin


def _charged(movement: Movement) -> int | None:
    """A grant charges nothing, and says 0."""
    return None if movement.amount > 0 and not movement.charged_value else movement.charged_value


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _undoings(ids: Sequence[Any]) -> dict[UUID | None, list[Txn]]:
    rows = Txn.objects.filter(reverses__in=ids, outcome=Outcome.POSTED)
    found: dict[UUID | None, list[Txn]] = {}
    for txn in rows.select_related("operator").order_by("number"):
        found.setdefault(txn.reverses_id, []).append(txn)
    return found


def _with_undoing(entry: Entry, later: Sequence[Txn]) -> Entry:
    """A hold that was resolved, or a bill paid back in part, was not undone."""
    undoing = next((txn for txn in later if txn.kind not in LEAVES_STANDING), None)
    if undoing is None:
        return entry
    return replace(
        entry,
        undone_at=undoing.occurred_at,
        undone_because=undoing.reason,
        undone_by=undoing.operator,
    )


def _contract_notes(ids: Sequence[Any]) -> dict[UUID, list[str]]:
    """Between whom a contract changed hands, and what else happened to it."""
    rows = ContractEvent.objects.filter(txn_id__in=ids)
    notes: dict[UUID, list[str]] = {}
    for event in rows.select_related("contract", "from_member", "to_member").order_by("pk"):
        said = _("%(contract)s: %(what)s (%(giver)s → %(taker)s)") % {
            "contract": event.contract,
            "what": EventKind(event.kind).label,
            "giver": event.from_member.number,
            "taker": event.to_member.number,
        }
        notes.setdefault(event.txn_id, []).append(str(said))
    return notes


# Bills -------------------------------------------------------------------


def _sales(ids: Iterable[Any]) -> dict[UUID, Sale]:
    rows = Sale.objects.filter(pk__in=ids).select_related("store", "operator", "till", "voided_by")
    return {sale.pk: sale for sale in rows.prefetch_related("lines", "tenders__tender")}


def _bill(sale: Sale) -> dict[str, Any]:
    """What a bill adds to its entry."""
    lines = sorted(sale.lines.all(), key=lambda one: one.line)
    tenders = sorted(sale.tenders.all(), key=lambda one: one.line)
    told: dict[str, Any] = {
        "goods": [
            GoodsLine(one.description, one.quantity, one.list_value, one.charged_value)
            for one in lines
        ],
        "tenders": [(str(one.tender), one.amount) for one in tenders],
        "list_total": sale.list_total,
        "total": sale.total,
        "currency": sale.currency,
    }
    if sale.voided_at:
        told |= {
            "undone_at": sale.voided_at,
            "undone_because": sale.void_reason,
            "undone_by": sale.voided_by,
        }
    return told


def _plain_sales(keys: Mapping[Any, Key]) -> list[Entry]:
    return [
        Entry(
            key=keys[sale.pk],
            kind=TxnKind.SALE,
            label=TxnKind.SALE.label,
            business_date=sale.business_date,
            store=sale.store,
            operator=sale.operator,
            till=sale.till,
            **_bill(sale),
        )
        for sale in _sales(keys).values()
    ]


def _sale_refunds(ids: Iterable[Any]) -> dict[UUID, SaleRefund]:
    rows = SaleRefund.objects.filter(pk__in=ids)
    rows = rows.select_related("store", "operator", "till", "sale")
    return {one.pk: one for one in rows.prefetch_related("lines__sale_line", "tenders__tender")}


def _came_back(refund: SaleRefund) -> dict[str, Any]:
    return {
        "goods": [
            GoodsLine(one.sale_line.description, -one.quantity, None, -one.amount)
            for one in refund.lines.all()
        ],
        "tenders": [(str(one.tender), -one.amount) for one in refund.tenders.all()],
        "total": -refund.total,
        "currency": refund.sale.currency,
        "undoes": refund.sale_id,
    }


def _plain_sale_refunds(keys: Mapping[Any, Key]) -> list[Entry]:
    return [
        Entry(
            key=keys[one.pk],
            kind=TxnKind.SALE_REFUND,
            label=TxnKind.SALE_REFUND.label,
            business_date=one.business_date,
            store=one.store,
            operator=one.operator,
            till=one.till,
            reason=one.reason,
            **_came_back(one),
        )
        for one in _sale_refunds(keys).values()
    ]


def _refund_rows(ids: Iterable[Any]) -> QuerySet[Refund]:
    rows = Refund.objects.filter(pk__in=ids)
    rows = rows.select_related("store", "requested_by", "till", "contract")
    return rows.prefetch_related("payouts__tender")


def _paid_out(refund: Refund) -> dict[str, Any]:
    """What was paid back for a contract, interest with it."""
    said = _("%(contract)s: %(cause)s") % {
        "contract": refund.contract,
        "cause": refund.get_cause_display(),
    }
    return {
        "notes": [str(said)],
        "tenders": [(str(one.tender), -one.amount) for one in refund.payouts.all()],
        "total": -(refund.refund + refund.interest),
        "currency": refund.currency,
    }


def _plain_refunds(keys: Mapping[Any, Key]) -> list[Entry]:
    return [
        Entry(
            key=keys[one.pk],
            kind=TxnKind.REFUND,
            label=TxnKind.REFUND.label,
            business_date=one.business_date,
            store=one.store,
            operator=one.requested_by,
            till=one.till,
            reason=one.reason,
            **_paid_out(one),
        )
        for one in _refund_rows(keys)
    ]


# What moved nothing --------------------------------------------------------


def _visits(keys: Mapping[Any, Key]) -> list[Entry]:
    rows = Visit.objects.filter(pk__in=keys).select_related("store", "operator", "voided_by")
    return [
        Entry(
            key=keys[one.pk],
            kind="visit",
            label=_("visit"),
            business_date=one.business_date,
            store=one.store,
            operator=one.operator,
            notes=[one.note] if one.note else [],
            undone_at=one.voided_at,
            undone_because=one.void_reason,
            undone_by=one.voided_by,
        )
        for one in rows
    ]


def _plays(keys: Mapping[Any, Key]) -> list[Entry]:
    rows = CoinPlay.objects.filter(pk__in=keys).select_related("store", "machine")
    return [
        Entry(
            key=keys[one.pk],
            kind=TxnKind.PLAY,
            label=TxnKind.PLAY.label,
            business_date=one.business_date,
            store=one.store,
            operator=None,
            goods=[GoodsLine(one.machine.label, one.coins, None, 0)],
        )
        for one in rows
    ]


def _dispenses(keys: Mapping[Any, Key]) -> list[Entry]:
    rows = Dispense.objects.filter(pk__in=keys).select_related("store")
    return [
        Entry(
            key=keys[one.pk],
            kind=TxnKind.DISPENSE,
            label=TxnKind.DISPENSE.label,
            business_date=one.business_date,
            store=one.store,
            operator=None,
            reason=one.note,
            goods=[GoodsLine(one.terminal, one.paid_out, None, 0)],
        )
        for one in rows
    ]


def _over_rides(keys: Mapping[Any, Key]) -> list[Entry]:
    rows = OverRide.objects.filter(pk__in=keys).select_related("store", "asked_by", "approved_by")
    return [
        Entry(
            key=keys[one.pk],
            kind="over_ride",
            label=_("over-ride of a rule"),
            business_date=one.store.business_date(one.at),
            store=one.store,
            operator=one.asked_by,
            over_rides=[one],
        )
        for one in rows
    ]


LOADERS: dict[Source, Callable[[Mapping[Any, Key]], list[Entry]]] = {
    Source.VISIT: _visits,
    Source.OVER_RIDE: _over_rides,
    Source.SALE: _plain_sales,
    Source.SALE_REFUND: _plain_sale_refunds,
    Source.REFUND: _plain_refunds,
    Source.PLAY: _plays,
    Source.DISPENSE: _dispenses,
}
