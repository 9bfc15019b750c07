"""Take goods back: money by the tenders, value to its very lots, points as they were earned.

A refund never runs the shop's rules again. It gives back parts of what the bill itself moved, and
the parts of any sequence of refunds add up to the bill exactly.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import lazy_minor
from ledger.models import (
    Asset,
    Movement,
    Sale,
    SaleRefund,
    SaleRefundLine,
    SaleRefundTender,
    TenderType,
    Txn,
    TxnKind,
)
from ledger.models.catalogue import TenderKind
from ledger.operations.payouts import check_cash_payout
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
from ledger.operations.refusals import ReasonMissing, RequestReused, positive
from ledger.operations.rollups import mark_dirty
from ledger.operations.sales import ReferenceMissing, TenderNotInUse
from ledger.queries.refundable import LineLeft, PaymentLeft, Refundable, refundable
from ledger.rules.refunding import amount_for, part_between, proposed
from members.models import Member, Store, Till, User


class UnknownSale(DomainError):
    code = "unknown_sale"
    message = _("This bill is not on record. Check its number.")


class SaleWasUndone(DomainError):
    code = "sale_was_undone"
    message = _("This bill was undone, so there is nothing of it to pay back. Choose another bill.")


class RefundElsewhere(DomainError):
    code = "refund_elsewhere"
    message = _("This bill is from %(store)s. It can be paid back there only.")


class UnknownLine(DomainError):
    code = "unknown_line"
    message = _("The bill has no line or payment %(line)s. Open the bill again.")


class MoreThanCameBack(DomainError):
    code = "more_than_was_bought"
    message = _("%(left)s of %(what)s can still come back, not %(asked)s. Correct the pieces.")


class OnlyMoneyIsLeft(DomainError):
    """Each piece came back, for less than it was charged."""

    code = "only_money_is_left"
    message = _(
        "All of %(what)s came back already, and %(left)s of its price is left. "
        "Pay that back as an amount, with 0 pieces."
    )


class MoreThanIsLeft(DomainError):
    code = "more_than_is_left"
    message = _("%(left)s of %(what)s is left to pay back, not %(asked)s. Correct the amount.")


class NothingToRefund(DomainError):
    code = "nothing_to_refund"
    message = _("Nothing of this bill is to be paid back. Choose what comes back.")


class SettledAtRefundDesk(DomainError):
    code = "settled_at_refund_desk"
    message = _(
        "%(what)s is used over time, so its contract is settled at the refund desk. "
        "If nothing of it was used yet, undo the bill instead."
    )


class RefundDoesNotAddUp(DomainError):
    code = "refund_does_not_add_up"
    message = _("What is paid back comes to %(paid)s, but the refund is %(total)s. Correct it.")


class StoredValueGoesBack(DomainError):
    code = "stored_value_goes_back"
    message = _("What %(tender)s paid goes back to where it came from, not to %(other)s.")


@dataclass(frozen=True, kw_only=True)
class Back:
    """So much of line number ``line``: pieces, or money in the smallest unit, or both.

    Without ``amount`` the pieces are worth their part of what the line was charged.
    """

    line: int
    quantity: int = 0
    amount: int | None = None


@dataclass(frozen=True, kw_only=True)
class PaidBack:
    """So much of payment number ``line``, by its own tender unless another one is named."""

    line: int
    amount: int
    tender: TenderType | None = None
    reference: str = ""


@dataclass(frozen=True)
class Plan:
    """A refund worked out but not written: pairs of rows and what goes back of them."""

    lines: Sequence[tuple[LineLeft, int, int]]
    payments: Sequence[tuple[PaymentLeft, TenderType, int, str]]
    total: int
    rounding: int


@retried
def refund_sale(
    *,
    request_id: UUID,
    sale_id: UUID,
    store: Store,
    at: datetime,
    by: User | None,
    reason: str,
    lines: Sequence[Back] | None = None,
    payments: Sequence[PaidBack] | None = None,
    till: Till | None = None,
) -> SaleRefund:
    """Pay back ``lines`` of a bill, all that is left of it for None.

    Stored value goes back to the lots it was drawn from; points the bill earned are taken back in
    proportion, as a debt where they were spent. ``payments`` says how it is paid; for None stored
    value comes first, then the other payments from the last to the first. Parts of any sequence
    of refunds add up to the bill exactly. A repeated ``request_id`` returns the first refund.

    Raises ReasonMissing, UnknownSale, SaleWasUndone, RefundElsewhere, UnknownLine,
    MoreThanCameBack, OnlyMoneyIsLeft, MoreThanIsLeft, NothingToRefund, SettledAtRefundDesk,
    RefundDoesNotAddUp, StoredValueGoesBack, TenderNotInUse, ReferenceMissing, CashPayoutAboveLimit,
    AlreadyUsed, RequestReused.
    """
    if not reason.strip():
        raise ReasonMissing
    header = Header(
        id=request_id,
        kind=TxnKind.SALE_REFUND,
        request=_request(sale_id, store, lines, payments),
        store=store,
        at=at,
        by=by,
        till=till,
        reason=reason.strip(),
    )
    answer: Answer | None = None
    with transaction.atomic(durable=True):
        sale = _locked(sale_id)
        made = SaleRefund.objects.filter(pk=request_id).first()
        if made and bytes(made.request_hash) != _hash(header):
            raise RequestReused(request_id=request_id)
        if made is None:
            plan = plan_refund(sale, store=store, lines=lines, payments=payments)
            _check_payouts(plan, sale, store, by)
            made, answer = _carry_out(plan, sale, header)
    if answer:
        answer.or_raise()
    # Without a refund there is a refusal, which has risen.
    return cast(SaleRefund, made)


def plan_refund(
    sale: Sale,
    *,
    store: Store,
    lines: Sequence[Back] | None,
    payments: Sequence[PaidBack] | None,
) -> Plan:
    """Work a refund out and write nothing; the arguments are those of ``refund_sale``.

    Raises what ``refund_sale`` raises of the bill, its lines and its payments.
    """
    if sale.voided_at:
        raise SaleWasUndone
    if sale.store_id != store.pk:
        raise RefundElsewhere(store=sale.store.name)
    found = refundable(sale)
    chosen = _chosen_lines(found, lines)
    amount = sum(amount for _line, _quantity, amount in chosen)
    total = found.net(amount)
    if total < 1:
        raise NothingToRefund
    paid = _chosen_payments(found, payments, total)
    return Plan(lines=chosen, payments=paid, total=total, rounding=total - amount)


def _locked(sale_id: UUID) -> Sale:
    """The bill, locked before its wallets are, as an undo of it does."""
    sales = Sale.objects.select_for_update(no_key=True, of=("self",))
    sale = sales.select_related("store", "member").filter(pk=sale_id).first()
    if sale is None:
        raise UnknownSale
    return sale


def _chosen_lines(
    found: Refundable, asked: Sequence[Back] | None
) -> list[tuple[LineLeft, int, int]]:
    if asked is None:
        asked = [
            Back(
                line=line.row.line, quantity=line.state.left_quantity, amount=line.state.left_amount
            )
            for line in found.lines
            if line.state.left_quantity or line.state.left_amount
        ]
    by_number = {line.row.line: line for line in found.lines}
    chosen = [_chosen_line(by_number, back) for back in asked if back.quantity or back.amount]
    if len({line.row.line for line, _quantity, _amount in chosen}) < len(chosen):
        raise NothingToRefund
    return chosen


def _chosen_line(by_number: Mapping[int, LineLeft], back: Back) -> tuple[LineLeft, int, int]:
    line = by_number.get(back.line)
    if line is None or back.quantity < 0:
        raise UnknownLine(line=back.line)
    what = line.row.description
    if line.is_prepaid:
        raise SettledAtRefundDesk(what=what)
    if back.quantity and not line.state.left_quantity and line.state.left_amount:
        left = lazy_minor(line.state.left_amount, line.row.sale.currency)
        raise OnlyMoneyIsLeft(what=what, left=left)
    if back.quantity > line.state.left_quantity:
        raise MoreThanCameBack(what=what, left=line.state.left_quantity, asked=back.quantity)
    amount = amount_for(line.state, back.quantity) if back.amount is None else back.amount
    if not 0 <= amount <= line.state.left_amount:
        raise _too_much(line.row.sale, what, line.state.left_amount, amount)
    return line, back.quantity, amount


def _chosen_payments(
    found: Refundable, asked: Sequence[PaidBack] | None, total: int
) -> list[tuple[PaymentLeft, TenderType, int, str]]:
    if asked is None:
        asked = propose_payments(found, total)
    by_number = {payment.row.line: payment for payment in found.payments}
    left = {number: payment.left for number, payment in by_number.items()}
    chosen = []
    for back in asked:
        payment = by_number.get(back.line)
        if payment is None:
            raise UnknownLine(line=back.line)
        if positive(back.amount) > left[back.line]:
            raise _too_much(found.sale, payment.row.tender.label, left[back.line], back.amount)
        left[back.line] -= back.amount
        chosen.append((payment, _tender(payment, back), back.amount, back.reference.strip()))
    paid = sum(amount for _payment, _tender, amount, _reference in chosen)
    if paid != total:
        currency = found.sale.currency
        raise RefundDoesNotAddUp(paid=lazy_minor(paid, currency), total=lazy_minor(total, currency))
    return chosen


def propose_payments(found: Refundable, total: int) -> list[PaidBack]:
    """How ``total`` is paid back unless somebody says otherwise; see ``proposed``."""
    amounts = proposed(total, [(one.is_stored_value, one.left) for one in found.payments])
    return [
        PaidBack(line=one.row.line, amount=amount, reference=one.row.reference)
        for one, amount in zip(found.payments, amounts, strict=True)
        if amount
    ]


def _tender(payment: PaymentLeft, back: PaidBack) -> TenderType:
    """The way it is paid back, if that is allowed."""
    tender = back.tender or payment.row.tender
    if tender == payment.row.tender and payment.is_stored_value:
        return tender
    if payment.is_stored_value or tender.kind == TenderKind.STORED_VALUE:
        raise StoredValueGoesBack(tender=payment.row.tender.label, other=tender.label)
    if not tender.is_active:
        raise TenderNotInUse(tender=tender.label)
    if tender.needs_reference and not back.reference.strip():
        raise ReferenceMissing(tender=tender.label)
    return tender


def _too_much(sale: Sale, what: str, left: int, asked: int) -> MoreThanIsLeft:
    return MoreThanIsLeft(
        what=what, left=lazy_minor(left, sale.currency), asked=lazy_minor(asked, sale.currency)
    )


def _check_payouts(plan: Plan, sale: Sale, store: Store, by: User | None) -> None:
    before = SaleRefundTender.objects.filter(
        refund__sale=sale, tender__kind=TenderKind.CASH
    ).aggregate(cash=Sum("amount"))["cash"]
    payouts = [(tender, amount) for _payment, tender, amount, _reference in plan.payments]
    check_cash_payout(store=store, payouts=payouts, by=by, before=int(before or 0))


def _carry_out(plan: Plan, sale: Sale, header: Header) -> tuple[SaleRefund | None, Answer | None]:
    """Move the value and write the rows; the bill is locked."""
    legs = _legs(plan, sale)
    if not legs:
        return _write(plan, sale, header, txn_id=None), None
    moving = Header(**{**vars(header), "member": sale.member, "reverses": sale.txn_id})
    answer = post(moving, legs)
    made = _write(plan, sale, header, txn_id=header.id) if answer.is_fresh else None
    return made, answer


def _legs(plan: Plan, sale: Sale) -> list[Leg]:
    """Stored value back to its lots, and the part of the earned points that goes with it."""
    back: dict[int, int] = {}
    assets = {}
    for payment, _tender, amount, _reference in plan.payments:
        if payment.is_stored_value and (asset := payment.row.tender.asset):
            assets[asset.pk] = asset
            back[asset.pk] = back.get(asset.pk, 0) + amount
    legs = [give_back(asset=assets[key], amount=amount) for key, amount in back.items()]
    after = sale.refunded_total + plan.total
    for asset, earned in _earned(sale):
        part = part_between(earned, sale.refunded_total, after, sale.total)
        if part:
            debt = getattr(asset, "debt_asset", None)
            legs.append(revoke(member=sale.member, asset=asset, amount=part, debt_asset=debt))
    return [*legs, *follow_merge(_member_then(sale))] if legs else []


def _member_then(sale: Sale) -> Member | None:
    """Whose lots the bill drew on; a merge gives the bill to another member, and never the lots."""
    if sale.txn_id is None:
        return None
    return Txn.objects.select_related("member__merged_into").get(pk=sale.txn_id).member


def _earned(sale: Sale) -> list[tuple[Asset, int]]:
    """What the bill granted beside what it sold: points."""
    if sale.txn_id is None:
        return []
    granted = Movement.objects.filter(
        txn=sale.txn_id, amount__gt=0, lot__contract__isnull=True, reverses_line__isnull=True
    ).values_list("wallet__asset")
    sums = dict(granted.annotate(amount=Sum("amount")))
    assets = Asset.objects.select_related("debt_asset").filter(pk__in=sums).order_by("pk")
    return [(asset, int(sums[asset.pk])) for asset in assets]


def _write(plan: Plan, sale: Sale, header: Header, *, txn_id: UUID | None) -> SaleRefund:
    made = SaleRefund.objects.create(
        pk=header.id,
        sale=sale,
        txn_id=txn_id,
        store=header.store,
        till=header.till,
        operator=header.by,
        at=header.at,
        business_date=header.store.posting_date(header.at),
        total=plan.total,
        rounding=plan.rounding,
        reason=header.reason,
        request_hash=_hash(header),
    )
    SaleRefundLine.objects.bulk_create(
        SaleRefundLine(refund=made, sale_line=line.row, quantity=quantity, amount=amount)
        for line, quantity, amount in plan.lines
    )
    SaleRefundTender.objects.bulk_create(
        SaleRefundTender(
            refund=made, sale_tender=payment.row, tender=tender, amount=amount, reference=reference
        )
        for payment, tender, amount, reference in plan.payments
    )
    sale.refunded_total += plan.total
    sale.save(update_fields=["refunded_total"])
    if sale.member:
        mark_dirty(member_ids=[sale.member.pk], at=header.at)
    return made


def _request(
    sale_id: UUID,
    store: Store,
    lines: Sequence[Back] | None,
    payments: Sequence[PaidBack] | None,
) -> dict[str, Any]:
    """What was asked for, so that a retry is told from another request."""
    return {
        "sale": str(sale_id),
        "store": store.pk,
        "lines": lines and [[one.line, one.quantity, one.amount] for one in lines],
        "payments": payments
        and [
            [one.line, one.amount, one.tender.code if one.tender else None, one.reference]
            for one in payments
        ],
    }


def _hash(header: Header) -> bytes:
    request = json.dumps(header.request, sort_keys=True)
    return hashlib.sha256(f"{header.kind.value}{request}".encode()).digest()
