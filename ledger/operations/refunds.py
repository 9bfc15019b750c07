"""Pay a contract back: close what is left of it, pay what it owes, keep how that was worked out.

One transaction of the ledger: the open lots are closed against settlement; the refund is granted as
money that cost itself and is taken out again as cash. So the books show what was paid, and the
settlement is what the closed lots had cost less the refund.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.edges import has_role
from common.errors import DomainError
from common.money import lazy_minor
from ledger.models import (
    Contra,
    Contract,
    LotOrigin,
    Refund,
    RefundCause,
    RefundPayout,
    TxnKind,
)
from ledger.models.catalogue import TenderKind
from ledger.operations.assets import stored_value
from ledger.operations.payouts import check_cash_payout
from ledger.operations.posting import Answer, Header, Leg, close, grant, post, retried, take
from ledger.operations.refusals import ReasonMissing, positive
from ledger.operations.rollups import mark_dirty
from ledger.operations.sales import ReferenceMissing, Tender, TenderNotInUse
from ledger.queries.contracts import holder_of, is_partly_on_deposit
from ledger.queries.policies import limits_of
from ledger.queries.refund_evidence import Evidence, evidence_of
from ledger.queries.refunds import Decisions, RefundSheet, refund_sheet
from members.models import Member, Store, Till, User
from members.operations.approvals import ApprovalNeeded, OwnApproval, check_approver

REFUNDERS = (User.Role.MANAGER, User.Role.OWNER)


class RefundNotAllowed(DomainError):
    """A clerk looks, a manager pays."""

    code = "refund_not_allowed"
    message = _("Only a manager of this store or an owner pays a contract back. Ask one of them.")


class ContractElsewhere(DomainError):
    """Whoever issued it pays it back."""

    code = "contract_elsewhere"
    message = _("This contract was issued by %(entity)s. One of its stores pays it back.")


class ContractOnDeposit(DomainError):
    """Some of it is set aside."""

    code = "contract_on_deposit"
    message = _(
        "Some of this contract is held as a deposit. Take or release the deposit first, then pay "
        "the rest back."
    )


class DecisionMissing(DomainError):
    """The rules leave something to the manager."""

    code = "decision_missing"
    message = _("Something is left for you to decide: fill in the decisions of this refund.")


class NothingToRefund(DomainError):
    """Used up, undone or refunded."""

    code = "nothing_to_refund"
    message = _(
        "Nothing of this contract is left and nothing is owed for it. Its movements show how it "
        "was used."
    )


class PayoutsDoNotAddUp(DomainError):
    """What is paid out is not what is owed."""

    code = "payouts_do_not_add_up"
    message = _(
        "The payouts come to %(given)s, but %(owed)s is owed. Put the payouts right; the figures "
        "change when something of the contract is used meanwhile."
    )


class StoredValuePaysNoRefund(DomainError):
    """A refund leaves the shop."""

    code = "stored_value_pays_no_refund"
    message = _("A refund cannot be paid into stored value. Choose another way to pay it out.")


@retried
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
    """Pay ``contract`` back in ``store``; what is owed is worked out here and now.

    ``payouts`` add up to refund and interest. Above the store's limit ``approved_by`` is another
    manager of it or an owner. ``terminated_on`` is the day the contract ended, today unless told.
    A repeated ``request_id`` returns the first refund.

    Raises RefundNotAllowed, ContractElsewhere, ContractOnDeposit, ReasonMissing, NothingToRefund,
    PayoutsDoNotAddUp, StoredValuePaysNoRefund, ApprovalNeeded, OwnApproval, ApproverMayNot,
    ContractChanged, ContractSettled, RequestReused, and what ``refund_sheet`` raises.
    """
    _check_who(contract, store, by, reason)
    holder = holder_of(contract)
    header = Header(
        id=request_id,
        kind=TxnKind.REFUND,
        request=_request(contract, cause, payouts, terminated_on, decisions),
        store=store,
        at=at,
        by=by,
        till=till,
        member=holder,
        reason=reason.strip(),
    )
    if earlier := _known(header, contract):
        return earlier
    sheet = refund_sheet(
        contract=contract,
        cause=cause,
        store=store,
        at=at,
        terminated_on=terminated_on,
        decisions=decisions,
    )
    _check(sheet, payouts, store=store, by=by, approved_by=approved_by)
    evidence = evidence_of(sheet)
    with transaction.atomic(durable=True):
        answer = post(header, _legs(sheet, header, holder))
        if answer.is_fresh:
            refund = _keep(
                sheet, evidence, answer, header, holder=holder, by=by, approved_by=approved_by
            )
            _keep_payouts(refund, payouts)
            mark_dirty(member_ids=[refund.member_id], at=at)
    answer.or_raise()
    return Refund.objects.get(pk=request_id)


def _known(header: Header, contract: Contract) -> Refund | None:
    """The first refund of this id; only the ledger can tell a retry from another request."""
    earlier: Refund | None = Refund.objects.filter(pk=header.id).first()
    if earlier:
        post(header, [close(contract=contract.pk, expects={})]).or_raise()
    return earlier


def may_refund(user: User, store: Store) -> bool:
    """Whether the person pays contracts back in the store; others may look at what is owed."""
    return has_role(user, REFUNDERS) and user.visible_stores().filter(pk=store.pk).exists()


def _check_who(contract: Contract, store: Store, by: User, reason: str) -> None:
    if not may_refund(by, store):
        raise RefundNotAllowed
    if contract.entity_id != store.entity_id or contract.currency != store.currency:
        raise ContractElsewhere(entity=contract.entity.name)
    if not reason.strip():
        raise ReasonMissing


def _request(
    contract: Contract,
    cause: RefundCause,
    payouts: Sequence[Tender],
    terminated_on: date | None,
    decisions: Decisions | None,
) -> dict[str, Any]:
    said = decisions or Decisions()
    return {
        "contract": str(contract.pk),
        "cause": cause.value,
        "payouts": [[one.tender.code, one.amount, one.reference] for one in payouts],
        "terminated_on": terminated_on.isoformat() if terminated_on else None,
        "decisions": [said.basis, said.kept, list(said.gifts)],
    }


def _check(
    sheet: RefundSheet,
    payouts: Sequence[Tender],
    *,
    store: Store,
    by: User,
    approved_by: User | None,
) -> None:
    if sheet.undecided:
        raise DecisionMissing
    if not sheet.facts.open_lots and not sheet.total:
        raise NothingToRefund
    if is_partly_on_deposit(sheet.contract):
        raise ContractOnDeposit
    _check_payouts(payouts, owed=sheet.total, currency=sheet.contract.currency)
    check_cash_payout(
        store=store,
        payouts=[(one.tender, one.amount) for one in payouts],
        by=by,
        approved_by=approved_by,
    )
    if sheet.total > limits_of(store).refund_approval_above and approved_by is None:
        raise ApprovalNeeded
    if approved_by is not None:
        if approved_by.pk == by.pk:
            raise OwnApproval
        check_approver(approved_by, roles=REFUNDERS, store=store)


def _check_payouts(payouts: Sequence[Tender], *, owed: int, currency: str) -> None:
    """Each payout can be made and together they are what is owed."""
    given = sum(positive(payout.amount) for payout in payouts)
    if given != owed:
        raise PayoutsDoNotAddUp(given=lazy_minor(given, currency), owed=lazy_minor(owed, currency))
    for payout in payouts:
        tender = payout.tender
        if tender.kind == TenderKind.STORED_VALUE:
            raise StoredValuePaysNoRefund
        if not tender.is_active:
            raise TenderNotInUse(tender=tender.label)
        if tender.needs_reference and not payout.reference.strip():
            raise ReferenceMissing(tender=tender.label)


def _legs(sheet: RefundSheet, header: Header, holder: Member) -> list[Leg]:
    """Close what is left, and pay the refund in and out again where there is one."""
    contract, refund = sheet.contract, sheet.reckoning.refund
    legs = [close(contract=contract.pk, expects=sheet.facts.open_lots)]
    if not refund:
        return legs
    paid: dict[str, Any] = {
        "member": holder,
        "asset": stored_value(header.store),
        "amount": refund,
        "contract": contract.pk,
    }
    grants = grant(**paid, cost=refund, origin=LotOrigin.PAID, contra=Contra.SETTLEMENT)
    return [*legs, grants, take(**paid, contra=Contra.CASH_IN)]


def _keep(
    sheet: RefundSheet,
    evidence: Evidence,
    answer: Answer,
    header: Header,
    *,
    holder: Member,
    by: User,
    approved_by: User | None,
) -> Refund:
    """Write down the refund as it was decided."""
    reckoning, store = sheet.reckoning, header.store
    closed = -sum(
        int(moved["cost"])
        for moved in answer.movements
        if moved["contra"] == Contra.SETTLEMENT and moved["amount"] < 0
    )
    today = store.business_date(header.at)
    begins, _end = store.day_bounds(sheet.terminated_on)
    return Refund.objects.create(
        txn_id=header.id,
        contract=sheet.contract,
        member=holder,
        store=store,
        till=header.till,
        cause=sheet.cause,
        currency=sheet.contract.currency,
        paid=reckoning.paid,
        delivered=reckoning.delivered,
        deducted=reckoning.deducted,
        refund=reckoning.refund,
        interest=sheet.interest_amount,
        closed_cost=closed,
        settlement=closed - reckoning.refund,
        policy=f"{sheet.policy.jurisdiction} {sheet.policy.in_force_from.isoformat()}",
        arithmetic=sheet.as_json(),
        evidence=evidence.as_json(),
        reason=header.reason,
        requested_by=by,
        approved_by=approved_by,
        terminated_at=header.at if sheet.terminated_on == today else begins,
        at=header.at,
        business_date=today,
        due_date=sheet.due_date,
    )


def _keep_payouts(refund: Refund, payouts: Sequence[Tender]) -> None:
    RefundPayout.objects.bulk_create(
        RefundPayout(
            refund=refund,
            line=number,
            tender=payout.tender,
            amount=payout.amount,
            reference=payout.reference.strip(),
        )
        for number, payout in enumerate(payouts, start=1)
    )
