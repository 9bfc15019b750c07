"""What happened with one member, newest first: bills, draws, tickets, visits, undoings.

Five sources are merged page by page. Each page goes on where the last one ended, by moment, source
and id, so nothing is shown twice or skipped however many things happen at once.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any, Self
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import (
    Asset,
    ContractEvent,
    EventKind,
    Movement,
    Outcome,
    Refund,
    Sale,
    SaleRefund,
    Txn,
    TxnKind,
    Visit,
)
from members.models import Member, Store, User
from members.queries import identities_of
from promotions.models import ServiceTicketEvent
from promotions.rules.tickets import TicketState

VISIT, TICKET, PLAIN_SALE, TXN, PLAIN_REFUND = range(5)

UNDOABLE = {
    TxnKind.TOP_UP,
    TxnKind.SELL_BUNDLE,
    TxnKind.SELL_COINS,
    TxnKind.SELL_TIER,
    TxnKind.SALE,
    TxnKind.REDEEM,
    TxnKind.SERVICE,
    TxnKind.EXCHANGE,
    TxnKind.DISPENSE,
    TxnKind.ADJUST,
    TxnKind.REFUND,
}
# Hundreds of plays an evening belong on a page of their own.
LEFT_OUT = {TxnKind.PLAY}
CONTRACTS = (TxnKind.REFUND, TxnKind.RETIME)
# Visits made by what stands in the timeline already.
BY_OTHERS = {"sale", "collect", *TxnKind.values}


class BadPage(DomainError):
    """The mark of a page was not made here."""

    code = "bad_page"
    message = _("This page of the history does not exist. Open the history again.")


@dataclass(frozen=True)
class Mark:
    """Where a page ends: everything of the next one is older."""

    at: datetime
    source: int
    id: UUID | int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.source}~{self.id}"

    @classmethod
    def read(cls, text: str) -> Self:
        """The mark a text stands for. Raises BadPage."""
        try:
            at, source, key = text.split("~")
            rank, moment = int(source), datetime.fromisoformat(at)
            found = cls(moment, rank, UUID(key) if rank >= PLAIN_SALE else int(key))
        except ValueError:
            raise BadPage from None
        if moment.tzinfo is None or rank not in range(5):
            raise BadPage
        return found

    def older(self, source: int, *, at: str, key: str) -> Q:
        """The rows of ``source`` that come after this mark."""
        if source != self.source:
            before = "lt" if source > self.source else "lte"
            return Q(**{f"{at}__{before}": self.at})
        return Q(**{f"{at}__lt": self.at}) | Q(**{at: self.at, f"{key}__lt": self.id})


@dataclass(frozen=True)
class Change:
    """So much more or less of an asset."""

    asset: Asset
    amount: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that happened. ``id`` is what ``undo`` takes where ``can_be_undone``.

    ``note`` is the refund of a contract whose note can be opened.
    """

    mark: Mark
    kind: str
    label: Any
    store: Store | None
    operator: User | None
    texts: Sequence[str] = ()
    changes: Sequence[Change] = ()
    total: int | None = None
    currency: str = ""
    reason: str = ""
    is_undone: bool = False
    can_be_undone: bool = False
    can_be_paid_back: bool = False
    note: UUID | None = None

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.mark.at

    @property
    def id(self) -> UUID | int:
        """Its own id."""
        return self.mark.id


@dataclass(frozen=True)
class Page:
    """Entries, newest first, and the mark of the next page; none on the last."""

    entries: Sequence[Entry] = field(default_factory=list)
    next: Mark | None = None


@dataclass(frozen=True)
class Seen:
    """Whose history is read, and which issuing entities' part of it."""

    member: Member
    issuers: Collection[int]

    def of(self, path: str = "") -> dict[str, Any]:
        """What narrows rows that name member and store behind ``path``."""
        return {f"{path}member": self.member, f"{path}store__entity__in": self.issuers}


def timeline(
    *,
    member: Member,
    issuers: Collection[int],
    before: Mark | None = None,
    limit: int = 50,
) -> Page:
    """A page of at most ``limit`` things older than ``before``, newest first.

    ``issuers`` are the issuing entities whose value and stores it tells of. Eight to ten queries,
    whatever happened. Coin plays are left out.
    """
    seen = Seen(member, issuers)
    found = sorted(
        chain(
            _txns(seen, before, limit + 1),
            _plain_sales(seen, before, limit + 1),
            _plain_refunds(seen, before, limit + 1),
            _ticket_events(seen, before, limit + 1),
            _visits(seen, before, limit + 1),
        ),
        key=lambda entry: (entry.at, entry.mark.source, entry.mark.id),
        reverse=True,
    )
    page = found[:limit]
    return Page(page, page[-1].mark if len(found) > limit else None)


def _cut[Q_: QuerySet[Any]](
    rows: Q_, before: Mark | None, source: int, limit: int, *, at: str = "at", key: str = "pk"
) -> Q_:
    older = rows.filter(before.older(source, at=at, key=key)) if before else rows
    return older.order_by(f"-{at}", f"-{key}")[:limit]


def _txns(seen: Seen, before: Mark | None, limit: int) -> list[Entry]:
    moved = Movement.objects.filter(
        wallet__member__in=identities_of(seen.member), wallet__asset__entity__in=seen.issuers
    )
    rows = Txn.objects.filter(pk__in=moved.values("txn"), outcome=Outcome.POSTED)
    rows = rows.exclude(kind__in=LEFT_OUT).select_related("store", "operator")
    txns = list(_cut(rows, before, TXN, limit, at="occurred_at"))
    ids = [txn.pk for txn in txns]
    changes = _changes(moved.filter(txn__in=ids))
    sales = {sale.pk: sale for sale in _with_lines(Sale.objects.filter(pk__in=ids))}
    undone = set(
        Txn.objects.filter(reverses__in=ids, outcome=Outcome.POSTED)
        .exclude(kind=TxnKind.SALE_REFUND)
        .values_list("reverses", flat=True)
    )
    back = [txn.pk for txn in txns if txn.kind == TxnKind.SALE_REFUND]
    refunds = {one.pk: one for one in _refunds(SaleRefund.objects.filter(pk__in=back))}
    entries = [_of_txn(txn, changes.get(txn.pk, []), is_undone=txn.pk in undone) for txn in txns]
    told = [
        _with_refund(_with_sale(entry, sales.get(txn.pk)), refunds.get(txn.pk))
        for entry, txn in zip(entries, txns, strict=True)
    ]
    return _with_contracts(told)


def _with_contracts(entries: Sequence[Entry]) -> list[Entry]:
    """Say what was done to a contract: what was paid back, or paused, or brought back."""
    of_kind = {kind: [one.id for one in entries if one.kind == kind] for kind in CONTRACTS}
    paid = Refund.objects.select_related("contract").in_bulk(of_kind[TxnKind.REFUND])
    retimed = ContractEvent.objects.select_related("contract").filter(
        txn_id__in=of_kind[TxnKind.RETIME]
    )
    events = {event.txn_id: event for event in retimed} if of_kind[TxnKind.RETIME] else {}
    return [_with_contract(one, paid.get(one.id), events.get(one.id)) for one in entries]


def _with_contract(entry: Entry, refund: Refund | None, event: ContractEvent | None) -> Entry:
    if refund:
        # What was closed of stored value is not what was paid out; units are told as they are.
        units = [change for change in entry.changes if not change.asset.currency]
        return replace(
            entry,
            texts=[str(refund.contract)],
            changes=units,
            total=refund.refund + refund.interest,
            currency=refund.currency,
            note=refund.pk,
        )
    if event:
        label = EventKind(event.kind).label
        return replace(entry, label=label, texts=[str(event.contract)], changes=())
    return entry


def _changes(moved: QuerySet[Movement]) -> dict[UUID, list[Change]]:
    """Per transaction, the sum of each asset; debts and zeros stay as they are."""
    sums: dict[UUID, dict[int, Change]] = {}
    for movement in moved.select_related("wallet__asset").order_by("line"):
        asset = movement.wallet.asset
        of_txn = sums.setdefault(movement.txn_id, {})
        had = of_txn.get(asset.pk, Change(asset, 0))
        of_txn[asset.pk] = Change(asset, had.amount + movement.amount)
    return {txn: list(found.values()) for txn, found in sums.items()}


def _of_txn(txn: Txn, changes: Sequence[Change], *, is_undone: bool) -> Entry:
    kind = TxnKind(txn.kind)
    return Entry(
        mark=Mark(txn.occurred_at, TXN, txn.pk),
        kind=kind.value,
        label=kind.label,
        store=txn.store,
        operator=txn.operator,
        changes=changes,
        reason=txn.reason,
        is_undone=is_undone,
        can_be_undone=kind in UNDOABLE and not is_undone,
    )


def _with_lines(sales: QuerySet[Sale]) -> QuerySet[Sale]:
    return sales.select_related("store", "operator").prefetch_related("lines")


def _with_sale(entry: Entry, sale: Sale | None) -> Entry:
    if sale is None:
        return entry
    texts = [line.description for line in sorted(sale.lines.all(), key=lambda one: one.line)]
    is_untouched = not sale.refunded_total
    return replace(
        entry,
        texts=texts,
        total=sale.total,
        currency=sale.currency,
        can_be_undone=entry.can_be_undone and is_untouched,
        can_be_paid_back=entry.kind == TxnKind.SALE
        and not sale.voided_at
        and sale.refunded_total < sale.total,
    )


def _refunds(refunds: QuerySet[SaleRefund]) -> QuerySet[SaleRefund]:
    rows = refunds.select_related("store", "operator", "sale")
    return rows.prefetch_related("lines__sale_line")


def _with_refund(entry: Entry, refund: SaleRefund | None) -> Entry:
    if refund is None:
        return entry
    texts = [line.sale_line.description for line in refund.lines.all()]
    return replace(entry, texts=texts, total=refund.total, currency=refund.sale.currency)


def _plain_sales(seen: Seen, before: Mark | None, limit: int) -> Iterable[Entry]:
    """Bills that moved no value."""
    rows = _with_lines(Sale.objects.filter(txn_id__isnull=True, **seen.of()))
    for sale in _cut(rows, before, PLAIN_SALE, limit):
        entry = Entry(
            mark=Mark(sale.at, PLAIN_SALE, sale.pk),
            kind=TxnKind.SALE.value,
            label=TxnKind.SALE.label,
            store=sale.store,
            operator=sale.operator,
            reason=sale.void_reason,
            is_undone=sale.voided_at is not None,
            can_be_undone=sale.voided_at is None,
        )
        yield _with_sale(entry, sale)


def _plain_refunds(seen: Seen, before: Mark | None, limit: int) -> Iterable[Entry]:
    """Bills paid back without any value."""
    rows = _refunds(SaleRefund.objects.filter(txn_id__isnull=True, **seen.of("sale__")))
    for refund in _cut(rows, before, PLAIN_REFUND, limit):
        entry = Entry(
            mark=Mark(refund.at, PLAIN_REFUND, refund.pk),
            kind=TxnKind.SALE_REFUND.value,
            label=TxnKind.SALE_REFUND.label,
            store=refund.store,
            operator=refund.operator,
            reason=refund.reason,
        )
        yield _with_refund(entry, refund)


def _ticket_events(seen: Seen, before: Mark | None, limit: int) -> Iterable[Entry]:
    """Steps of garments; taking in is a transaction or a bill of its own."""
    rows = ServiceTicketEvent.objects.filter(**seen.of("ticket__"))
    rows = rows.exclude(status=TicketState.TAKEN_IN).select_related("ticket__store", "by")
    for event in _cut(rows, before, TICKET, limit):
        yield Entry(
            mark=Mark(event.at, TICKET, event.pk),
            kind="ticket",
            label=TicketState(event.status).label,
            store=event.ticket.store,
            operator=event.by,
            texts=[event.ticket.garment],
            reason=event.note,
        )


def _visits(seen: Seen, before: Mark | None, limit: int) -> Iterable[Entry]:
    """Visits that nothing else in the timeline tells of."""
    rows = Visit.objects.filter(**seen.of()).exclude(channel__in=BY_OTHERS)
    for visit in _cut(rows.select_related("store", "operator"), before, VISIT, limit):
        yield Entry(
            mark=Mark(visit.at, VISIT, visit.pk),
            kind="visit",
            label=_("visit"),
            store=visit.store,
            operator=visit.operator,
            texts=[visit.note] if visit.note else [],
            reason=visit.void_reason,
            is_undone=visit.voided_at is not None,
        )
