"""Pay a contract back together with what promotions hang on it: a membership ends with its tier."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from ledger.models import Contract, ContractKind, Refund, RefundCause
from ledger.operations import refunds
from ledger.operations.sales import Tender
from ledger.queries.refunds import Decisions
from members.models import Store, Till, User
from promotions.operations.paid_tiers import check_not_renewed, give_up_tier


def refund_contract(
    *,
    request_id: UUID,
    contract: Contract,
    cause: RefundCause,
    store: Store,
    payouts: Sequence[Tender],
    reason: str,
    at: datetime,
    by: User,
    terminated_on: date | None = None,
    decisions: Decisions | None = None,
    approved_by: User | None = None,
    till: Till | None = None,
) -> Refund:
    """Pay a contract back as the ledger does; the tier a membership bought ends with it.

    A repeated ``request_id`` returns the first refund, and makes up for a tier that was not ended
    because the first try broke off.

    Raises RenewedSince, what the ledger's ``refund_contract`` and what ``give_up_tier`` raises.
    """
    is_membership = contract.kind == ContractKind.PAID_TIER
    if is_membership and not Refund.objects.filter(pk=request_id).exists():
        check_not_renewed(contract)
    refund = refunds.refund_contract(
        request_id=request_id,
        contract=contract,
        cause=cause,
        store=store,
        payouts=payouts,
        reason=reason,
        at=at,
        by=by,
        terminated_on=terminated_on,
        decisions=decisions,
        approved_by=approved_by,
        till=till,
    )
    if is_membership:
        give_up_tier(contract, at=at)
    return refund
