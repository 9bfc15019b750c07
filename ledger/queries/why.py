"""Why a balance is what it is: its lots and its movements, and all that belongs to one contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from ledger.models import Contract, ContractEvent, Lot, Movement, Refund, Wallet
from ledger.models.sales import Sale, SaleTender
from ledger.queries.contracts import holder_of
from ledger.queries.scopes import limits_in_words
from members.models import Member

LOTS_SHOWN = 200


@dataclass(frozen=True)
class LotLine:
    """One lot with what it is limited to, in words."""

    lot: Lot
    limits: str


@dataclass(frozen=True)
class MovementPage:
    """Movements, newest first; ``older`` is what the next page is asked ``before``, if any is."""

    movements: Sequence[Movement]
    older: int | None


def lots_of_wallet(wallet: Wallet) -> list[LotLine]:
    """The wallet's lots, those that hold something first, then the newest; at most 200."""
    lots = Lot.objects.filter(wallet=wallet).select_related("wallet__asset", "contract", "scope")
    return lot_lines(list(lots.order_by("-is_open", "-pk")[:LOTS_SHOWN]))


def lot_lines(lots: Sequence[Lot]) -> list[LotLine]:
    """The lots with their limits in words."""
    words = limits_in_words(lots)
    return [LotLine(lot, words.get(lot.pk, "")) for lot in lots]


def movements_of_wallet(wallet: Wallet, *, before: int | None, limit: int) -> MovementPage:
    """A page of the wallet's movements with a ``wallet_seq`` below ``before``; nothing is counted.

    Each carries the balance it left, its lot with the contract, and its transaction.
    """
    rows = _with_all(Movement.objects.filter(wallet=wallet))
    if before is not None:
        rows = rows.filter(wallet_seq__lt=before)
    found = list(rows.order_by("-wallet_seq")[: limit + 1])
    page = found[:limit]
    return MovementPage(page, page[-1].wallet_seq if len(found) > limit else None)


def _with_all(movements: QuerySet[Movement]) -> QuerySet[Movement]:
    return movements.select_related(
        "txn__store", "txn__operator", "lot__contract", "lot__wallet__asset"
    )


@dataclass(frozen=True)
class ContractStory:
    """A contract with all that became of it; ``used`` says that movements were left out."""

    contract: Contract
    holder: Member
    sale: Sale | None
    tenders: Sequence[SaleTender]
    lots: Sequence[LotLine]
    movements: Sequence[Movement]
    is_cut: bool
    events: Sequence[ContractEvent]
    refunds: Sequence[Refund]


def contract_with(contract_id: UUID) -> Contract | None:
    """The contract with the people and places it names; None where there is none."""
    related = ("member", "payer", "entity", "store", "sold_by")
    return Contract.objects.select_related(*related).filter(pk=contract_id).first()


def story_of(contract: Contract, *, limit: int = 100) -> ContractStory:
    """What the contract's sale, lots, events and refunds say; the newest ``limit`` movements."""
    lots = Lot.objects.filter(contract=contract).select_related("wallet__asset", "scope")
    moved = _with_all(Movement.objects.filter(lot__contract=contract))
    movements = list(moved.order_by("-txn__number", "-line")[: limit + 1])
    sale = Sale.objects.filter(txn_id=contract.txn_id).first()
    return ContractStory(
        contract=contract,
        holder=holder_of(contract),
        sale=sale,
        tenders=tenders_of(contract),
        lots=lot_lines(list(lots.order_by("pk"))),
        movements=movements[:limit],
        is_cut=len(movements) > limit,
        events=list(
            ContractEvent.objects.filter(contract=contract)
            .select_related("from_member", "to_member", "by")
            .order_by("pk")
        ),
        refunds=list(
            Refund.objects.filter(contract=contract)
            .select_related("requested_by", "approved_by")
            .prefetch_related("payouts__tender")
            .order_by("at")
        ),
    )


def tenders_of(contract: Contract) -> list[SaleTender]:
    """How the bill with the contract was paid; none for what was brought over."""
    tenders = SaleTender.objects.filter(sale__lines__contract=contract).distinct()
    return list(tenders.select_related("tender").order_by("line"))
