"""What one operation did, as a machine reads it: codes and whole numbers, no personal data."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from counter.models import ApiRequest
from ledger.models import Movement, Outcome, Sale, SaleRefund, Txn, TxnKind, Visit
from ledger.operations.refusals import UnknownTxn
from members.models import Member, OneTimeCode, Store, Till


@dataclass(frozen=True)
class Record:
    """One operation that is on record: where it was done, how it ended, whether it was undone."""

    id: UUID
    kind: str
    store: Store
    till: Till | None
    member: Member | None
    is_refused: bool
    is_undone: bool
    is_by_value: bool = True


def transaction_with(txn_id: UUID) -> Record:
    """The operation with this id, value moved or not, refused or not. Raises UnknownTxn."""
    record = _by_value(txn_id) or _by_bill(txn_id) or _by_request(txn_id)
    if record is None:
        raise UnknownTxn
    return record


def _by_value(txn_id: UUID) -> Record | None:
    txn = Txn.objects.select_related("store", "till", "member").filter(pk=txn_id).first()
    if txn is None or txn.store is None:
        return None
    return Record(
        id=txn_id,
        kind=txn.kind,
        store=txn.store,
        till=txn.till,
        member=txn.member,
        is_refused=txn.outcome == Outcome.REFUSED,
        is_undone=txn.is_undone,
    )


def _by_bill(sale_id: UUID) -> Record | None:
    sale = Sale.objects.select_related("store", "till", "member").filter(pk=sale_id).first()
    if sale is None:
        return None
    return Record(
        id=sale_id,
        kind=TxnKind.SALE,
        store=sale.store,
        till=sale.till,
        member=sale.member,
        is_refused=False,
        is_undone=sale.voided_at is not None,
    )


def _by_request(request_id: UUID) -> Record | None:
    """What moves no value, was refused before it came to that, or settled a deposit."""
    asked = ApiRequest.objects.select_related("till__store").filter(pk=request_id).first()
    if asked is None or asked.answer is None:
        return None
    settled = asked.answer.get("id", str(request_id))
    if settled != str(request_id):
        return _by_value(UUID(settled))
    return Record(
        id=request_id,
        kind=asked.verb,
        store=asked.till.store,
        till=asked.till,
        member=None,
        is_refused=bool(asked.is_refused),
        is_undone=False,
        is_by_value=False,
    )


def refusal_of(request_id: UUID) -> dict[str, Any] | None:
    """The refusal as it was answered, by language; None where none was kept."""
    asked = ApiRequest.objects.filter(pk=request_id, is_refused=True).first()
    return asked.answer if asked else None


def transaction_answer(txn_id: UUID) -> dict[str, Any]:
    """The bill, the contracts and the movements of an operation, the same at every asking."""
    txn = Txn.objects.select_related("member", "store", "till").filter(pk=txn_id).first()
    sale = Sale.objects.select_related("member", "store", "till").filter(pk=txn_id).first()
    moved = txn or sale
    if moved is None:
        raise UnknownTxn
    moment = moved.occurred_at if isinstance(moved, Txn) else moved.at
    return {
        "id": str(txn_id),
        "kind": str(txn.kind if txn else TxnKind.SALE),
        "at": _iso(moment),
        "business_date": moved.business_date.isoformat(),
        "store": moved.store.code if moved.store else None,
        "till": moved.till.code if moved.till else None,
        "member": moved.member.number if moved.member else None,
        "reverses": str(txn.reverses_id) if txn and txn.reverses_id else None,
        "sale": _sale(sale) if sale else None,
        "movements": [_movement(one) for one in _movements(txn_id)],
    }


def undo_answer(request_id: UUID, undone: Record, *, till: Till, at: datetime) -> dict[str, Any]:
    """What an undo did; a bill that moved no value is voided without movements."""
    if Txn.objects.filter(pk=request_id).exists():
        return transaction_answer(request_id)
    return {
        "id": str(request_id),
        "kind": TxnKind.REVERSE.value,
        "at": _iso(at),
        "business_date": undone.store.posting_date(at).isoformat(),
        "store": undone.store.code,
        "till": till.code,
        "member": undone.member.number if undone.member else None,
        "reverses": str(undone.id),
        "sale": None,
        "movements": [],
    }


def refund_answer(refund: SaleRefund) -> dict[str, Any]:
    """What a refund of a bill paid back, as it stood right after it."""
    return {
        "id": str(refund.pk),
        "kind": TxnKind.SALE_REFUND.value,
        "sale": str(refund.sale_id),
        "at": _iso(refund.at),
        "business_date": refund.business_date.isoformat(),
        "total": refund.total,
        "rounding": refund.rounding,
        "left": refund.sale.total - refund.sale.refunded_total,
        "lines": [
            {"line": one.sale_line.line, "quantity": one.quantity, "amount": one.amount}
            for one in refund.lines.select_related("sale_line").order_by("sale_line__line")
        ],
        "payments": [
            {
                "line": one.sale_tender.line,
                "tender": one.tender.code,
                "amount": one.amount,
                "reference": one.reference,
            }
            for one in refund.tenders.select_related("sale_tender", "tender").order_by(
                "sale_tender__line", "pk"
            )
        ],
        "movements": [_movement(one) for one in _movements(refund.pk)],
    }


def _movements(txn_id: UUID) -> Any:
    found = Movement.objects.filter(txn=txn_id).select_related("wallet__asset", "lot")
    return found.order_by("line")


def _movement(movement: Movement) -> dict[str, Any]:
    lot = movement.lot
    return {
        "asset": movement.wallet.asset.code,
        "asset_kind": movement.wallet.asset.kind,
        "origin": lot.origin,
        "amount": movement.amount,
        "balance_after": movement.balance_after,
        "contract": str(lot.contract_id) if lot.contract_id else None,
        "expires_at": _iso(lot.expires_at) if lot.expires_at else None,
    }


def _sale(sale: Sale) -> dict[str, Any]:
    return {
        "currency": sale.currency,
        "list_total": sale.list_total,
        "total": sale.total,
        "rounding": sale.rounding,
        "external_ref": sale.external_ref,
        "lines": [
            {
                "kind": line.kind,
                "product": line.product.code if line.product else None,
                "description": line.description,
                "quantity": line.quantity,
                "list_value": line.list_value,
                "charged_value": line.charged_value,
                "contract": str(line.contract_id) if line.contract_id else None,
            }
            for line in sale.lines.select_related("product").order_by("line")
        ],
        "tenders": [
            {"tender": paid.tender.code, "amount": paid.amount, "reference": paid.reference}
            for paid in sale.tenders.select_related("tender").order_by("line")
        ],
    }


def visit_answer(request_id: UUID, visit: Visit) -> dict[str, Any]:
    """The visit a check-in found or made."""
    return {
        "id": str(request_id),
        "kind": "check_in",
        "member": visit.member.number,
        "at": _iso(visit.at),
        "business_date": visit.business_date.isoformat(),
        "is_new": visit.request_id == request_id,
    }


def code_answer(request_id: UUID, code: OneTimeCode) -> dict[str, Any]:
    """To whom a code was sent and until when it is good; never the code."""
    return {
        "id": str(request_id),
        "kind": "code",
        "member": code.member.number,
        "good_until": _iso(code.expires_at),
    }


def enrolment_answer(request_id: UUID, member: Member) -> dict[str, Any]:
    """The number of the member who was enrolled; what is known of them the sheet tells."""
    return {
        "id": str(request_id),
        "kind": "enrol",
        "member": member.number,
        "joined_on": member.joined_on.isoformat(),
    }


def _iso(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
