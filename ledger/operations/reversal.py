"""Undo an operation.

Value goes back to the very lots, the bill is voided, the visit is taken back. History stays.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import Asset, Outcome, Sale, Txn, TxnKind
from ledger.operations.posting import (
    Answer,
    Header,
    Leg,
    follow_merge,
    give_back,
    post,
    retried,
    revoke,
)
from ledger.operations.refusals import (
    NothingToPost,
    ReasonMissing,
    ReleaseTheDeposit,
    ReversalIsFinal,
    UndoTheMerge,
    UnknownTxn,
)
from ledger.operations.rollups import mark_dirty
from ledger.operations.visits import void_visit_of
from members.models import Store, Till, User

FINAL = {
    TxnKind.REVERSE,
    TxnKind.EXPIRE,
    TxnKind.CAPTURE,
    TxnKind.RELEASE,
    TxnKind.SALE_REFUND,
}
HANDED_OVER = {TxnKind.TRANSFER, TxnKind.MERGE, TxnKind.RETIME}


class SalePaidBack(DomainError):
    code = "sale_paid_back"
    message = _(
        "Part of this bill was paid back already, so it cannot be undone. "
        "Pay back the rest of it instead."
    )


@retried
def undo(
    *,
    request_id: UUID,
    txn_id: UUID,
    store: Store,
    at: datetime,
    by: User | None,
    reason: str,
    till: Till | None = None,
) -> Answer | None:
    """Undo one posted operation, or a bill that moved no value (then there is no answer).

    What was taken goes back to the lots it came from; what was granted is revoked. Points spent
    since become a debt; anything else spent since refuses the undo. A second undo finds nothing
    to do.

    Raises ReasonMissing, UnknownTxn, ReversalIsFinal, ReleaseTheDeposit, UndoTheMerge,
    SalePaidBack, AlreadyUsed, NothingToPost, RequestReused.
    """
    if not reason.strip():
        raise ReasonMissing
    txn = (
        Txn.objects.select_related("member__merged_into")
        .filter(pk=txn_id, outcome=Outcome.POSTED)
        .first()
    )
    if txn is None:
        _void_plain_sale(txn_id, at=at, by=by, reason=reason.strip())
        return None
    _check_can_be_undone(txn)
    header = Header(
        id=request_id,
        kind=TxnKind.REVERSE,
        request={"txn": str(txn_id)},
        store=store,
        at=at,
        by=by,
        till=till,
        member=txn.member,
        reverses=txn_id,
        reason=reason.strip(),
    )
    with transaction.atomic(durable=True):
        # Before the wallets, as a refund of the bill does.
        _check_not_paid_back(txn_id)
        answer = post(header, _undo_legs(txn))
        if answer.is_fresh:
            _void_rows(txn, at=at, by=by, reason=reason.strip())
    return answer.or_raise()


def _check_can_be_undone(txn: Txn) -> None:
    if txn.kind in FINAL or txn.reverses_id:
        raise ReversalIsFinal
    if txn.kind == TxnKind.HOLD:
        raise ReleaseTheDeposit
    if txn.kind == TxnKind.MERGE:
        raise UndoTheMerge


def _undo_legs(txn: Txn) -> Sequence[Leg]:
    """Give back all that was taken.

    Revoke what was granted, asset by asset, as a debt where one can be owed; what was handed over
    comes back whole or not at all.
    """
    if txn.kind in HANDED_OVER:
        return [give_back(), revoke()]
    granted = Asset.objects.filter(
        wallet__movements__txn=txn.pk, wallet__movements__amount__gt=0
    ).select_related("debt_asset")
    revocations = [
        revoke(member=txn.member, asset=asset, debt_asset=getattr(asset, "debt_asset", None))
        for asset in granted.distinct().order_by("pk")
    ]
    return [give_back(), *revocations, *follow_merge(txn.member)]


def _check_not_paid_back(sale_id: UUID) -> Sale | None:
    """The bill of this id, locked, if there is one. Raises SalePaidBack."""
    sale = Sale.objects.select_for_update(no_key=True).filter(pk=sale_id).first()
    if sale and sale.refunded_total:
        raise SalePaidBack
    return sale


def _void_rows(txn: Txn, *, at: datetime, by: User | None, reason: str) -> None:
    Sale.objects.completed().filter(pk=txn.pk).update(
        voided_at=at, voided_by=by, void_reason=reason
    )
    void_visit_of(request_id=txn.pk, at=at, by=by, reason=reason)
    if txn.member_id:
        mark_dirty(member_ids=[txn.member_id], at=at)


@transaction.atomic
def _void_plain_sale(sale_id: UUID, *, at: datetime, by: User | None, reason: str) -> None:
    """Void a bill that moved no value. Raises UnknownTxn, SalePaidBack, NothingToPost."""
    sale = _check_not_paid_back(sale_id)
    if sale is None:
        raise UnknownTxn
    if sale.voided_at:
        raise NothingToPost
    sale.voided_at, sale.voided_by, sale.void_reason = at, by, reason
    sale.save(update_fields=["voided_at", "voided_by", "void_reason"])
    void_visit_of(request_id=sale_id, at=at, by=by, reason=reason)
    if sale.member_id:
        mark_dirty(member_ids=[sale.member_id], at=at)
