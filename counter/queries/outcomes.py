"""What one operation did, for the line that says so: what changed and what is left."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from counter.queries.bookings import CHECK_IN, TICKET, Booking, booking
from ledger.models import Asset, Contract, LotOrigin, Movement, Sale, SaleRefund, TxnKind
from members.models import Member, Store
from promotions.models import ServiceTicket

DONE: dict[str, Promise] = {
    TxnKind.TOP_UP: _("Topped up"),
    TxnKind.SELL_BUNDLE: _("Bundle sold"),
    TxnKind.SELL_COINS: _("Coins sold"),
    TxnKind.SELL_TIER: _("Membership sold"),
    TxnKind.SALE: _("Sale booked"),
    TxnKind.REDEEM: _("Drawn down"),
    TxnKind.SERVICE: _("Service used"),
    TxnKind.EXCHANGE: _("Points exchanged"),
    TxnKind.DISPENSE: _("Coins handed out"),
    TxnKind.SALE_REFUND: _("Paid back"),
    TxnKind.REVERSE: _("Undone"),
    TxnKind.TRANSFER: _("Handed over"),
    TxnKind.MERGE: _("Members merged"),
    TxnKind.RETIME: _("Validity changed"),
    TxnKind.HOLD: _("Deposit held"),
    TxnKind.CAPTURE: _("Deposit taken"),
    TxnKind.RELEASE: _("Deposit released"),
    TxnKind.ADJUST: _("Adjusted"),
    CHECK_IN: _("Checked in"),
    TICKET: _("Garment"),
}


@dataclass
class Change:
    """How much of one asset came (positive) or went, and what the wallet holds since."""

    asset: Asset
    amount: int = 0
    bonus: int = 0
    left: int = 0

    @property
    def principal(self) -> int:
        """The part that is not bonus."""
        return self.amount - self.bonus


@dataclass(frozen=True)
class Result:
    """One operation as it stands on record, ready to be told."""

    booking: Booking
    title: Promise
    changes: list[Change] = field(default_factory=list)
    sale: Sale | None = None
    refund: SaleRefund | None = None
    ticket: ServiceTicket | None = None
    contract_id: UUID | None = None


def outcome_of(entry: UUID | None, *, stores: Iterable[Store]) -> Result | None:
    """What was done under the id ``entry`` in one of ``stores``; None where nothing was."""
    found = booking(entry) if entry else None
    if found is None or found.store not in stores:
        return None
    return Result(
        booking=found,
        title=DONE.get(found.kind, DONE[CHECK_IN]),
        changes=changes_of(found.id),
        sale=Sale.objects.filter(pk=found.id).first(),
        refund=SaleRefund.objects.select_related("sale").filter(pk=found.id).first(),
        ticket=found.ticket or _taken_in(found),
        contract_id=Contract.objects.filter(txn_id=found.id).values_list("pk", flat=True).first(),
    )


def _taken_in(found: Booking) -> ServiceTicket | None:
    if found.kind != TxnKind.SERVICE:
        return None
    return ServiceTicket.objects.filter(request_id=found.id).first()


def changes_of(entry: UUID) -> list[Change]:
    """What the operation moved, asset by asset, in the order it moved them; debts left out."""
    movements = Movement.objects.filter(txn=entry).order_by("line")
    changes: dict[int, Change] = {}
    for movement in movements.select_related("wallet__asset", "lot"):
        asset = movement.wallet.asset
        change = changes.setdefault(asset.pk, Change(asset=asset))
        change.amount += movement.amount
        change.left = movement.balance_after
        if movement.lot.origin == LotOrigin.BONUS:
            change.bonus += movement.amount
    return [change for change in changes.values() if change.asset.debt_of_id is None]


def enrolled_as(entry: UUID | None) -> Member | None:
    """The member whom the request ``entry`` enrolled."""
    return Member.objects.filter(request_id=entry).first() if entry else None
