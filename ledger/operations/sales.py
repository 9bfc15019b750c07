"""Write a bill.

Its lines, the tenders that add up to it, and the value that moves with it, in one transaction.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.days import month_no
from common.errors import DomainError
from common.money import format_minor
from ledger.models import Product, Sale, SaleLine, SaleTender, TenderType, TxnKind
from ledger.models.catalogue import TenderKind
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.posting import Answer, Header, Leg, post, retried, take
from ledger.operations.refusals import RequestReused, positive, shown
from ledger.operations.visits import visit_for
from members.models import Member, Store, Till, User

NOT_A_PURCHASE = {LineKind.TOP_UP, LineKind.SERVICE, LineKind.ROUNDING}
PREPAID_OR_SERVICE = {LineKind.TOP_UP, LineKind.SERVICE}
NO_CATEGORY = 0  # a product without one: a lot limited to categories never pays for it


class BillIsEmpty(DomainError):
    code = "bill_is_empty"
    message = _("The bill has no lines. Add at least one.")


class TendersDoNotAddUp(DomainError):
    code = "tenders_do_not_add_up"
    message = _("The payments come to %(paid)s, but the bill is %(total)s. Correct the payments.")


class TenderNotInUse(DomainError):
    code = "tender_not_in_use"
    message = _("%(tender)s is not accepted at present. Choose another way to pay.")


class ReferenceMissing(DomainError):
    code = "reference_missing"
    message = _("A payment by %(tender)s needs its reference number. Write it beside the amount.")


class MemberMissing(DomainError):
    code = "member_missing"
    message = _("Only a member can do this. Find or enrol the member first.")


class ValueBuysNoStoredValue(DomainError):
    code = "value_buys_no_stored_value"
    message = _("Stored value cannot pay for this. Choose another way to pay.")


class ExternalRefTaken(DomainError):
    code = "external_ref_taken"
    message = _(
        "The store already has a bill with the reference %(external_ref)s. "
        "Look at that bill before entering it again."
    )


class AmountNegative(DomainError):
    code = "amount_negative"
    message = _("An amount on the bill is negative. Enter a refund instead.")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of a bill; values are for the whole quantity, in the currency's smallest unit."""

    kind: LineKind
    description: str
    list_value: int
    charged_value: int
    quantity: int = 1
    product: Product | None = None
    contract: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Tender:
    """One payment on a bill."""

    tender: TenderType
    amount: int
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A bill that is in order but not written yet: the rows, and the value that moves with them."""

    header: Header
    sale: Sale
    lines: Sequence[Line]
    tenders: Sequence[Tender]
    legs: Sequence[Leg]


def draft(
    *,
    request_id: UUID,
    store: Store,
    lines: Sequence[Line],
    tenders: Sequence[Tender],
    at: datetime,
    by: User | None,
    request: dict[str, Any],
    member: Member | None = None,
    till: Till | None = None,
    kind: TxnKind = TxnKind.SALE,
    legs: Sequence[Leg] = (),
    source: SaleSource = SaleSource.COUNTER,
    rounding: int = 0,
    external_ref: str = "",
    invoice_number: str = "",
    tax_amount: int | None = None,
    allow_stored_value: bool = True,
    is_history: bool = False,
) -> Bill:
    """Check a bill and lay out what it writes; write nothing. See ``record_sale``."""
    lines = _with_rounding(lines, rounding, store)
    total = _check(store.currency, lines, tenders, member, allow_stored_value=allow_stored_value)
    header = Header(
        id=request_id,
        kind=kind,
        request=request,
        store=store,
        at=at,
        by=by,
        till=till,
        member=member,
        is_history=is_history,
    )
    legs = [*_stored_value_legs(member, lines, tenders, total), *legs]
    is_purchase = any(line.kind not in NOT_A_PURCHASE for line in lines)
    sale = Sale(
        pk=request_id,
        member=member,
        store=store,
        till=till,
        operator=by,
        source=source,
        external_ref=external_ref,
        at=at,
        business_date=header.posting_date,
        month_no=month_no(header.posting_date),
        currency=store.currency,
        list_total=sum(line.list_value for line in lines),
        total=total,
        goods_total=_goods_in(lines, total) if is_purchase else 0,
        is_purchase=is_purchase,
        rounding=rounding,
        txn_id=request_id if legs else None,
        invoice_number=invoice_number,
        tax_amount=tax_amount,
        request_hash=_hash(header),
    )
    return Bill(header=header, sale=sale, lines=lines, tenders=tenders, legs=legs)


def _goods_in(lines: Sequence[Line], total: int) -> int:
    prepaid = sum(line.charged_value for line in lines if line.kind in PREPAID_OR_SERVICE)
    return max(0, total - prepaid)


@retried
def record_sale(**bill: Any) -> Sale:
    """Record a bill; the arguments are those of ``draft``.

    ``legs`` is value that moves with the bill: what a top-up grants, points earned. Stored-value
    tenders draw on the member's lots before the legs run. ``rounding`` is added to the lines
    (抹零: a negative number lets the odd cents go). ``request`` holds what the client asked for: a
    retry with the same id and request returns the first sale.

    Raises BillIsEmpty, TendersDoNotAddUp, AmountNegative, TenderNotInUse, ReferenceMissing,
    MemberMissing, ValueBuysNoStoredValue, ExternalRefTaken, NotEnough, RequestReused,
    MemberClosed.
    """
    drafted = draft(**bill)
    try:
        sale, answer = _record(drafted)
    except IntegrityError as error:
        if broken_constraint(error) != "ledger_sale_external_ref_once":
            raise
        raise ExternalRefTaken(external_ref=drafted.sale.external_ref) from error
    if answer:
        answer.or_raise()
    # Without a sale there is a refusal, which has risen.
    return cast(Sale, sale)


def _record(drafted: Bill) -> tuple[Sale | None, Answer | None]:
    """Post the value and write the bill in one transaction."""
    with transaction.atomic(durable=True):
        answer = post(drafted.header, drafted.legs) if drafted.legs else None
        if answer is None:
            sale = _known_without_value(drafted)
        else:
            sale = Sale.objects.filter(pk=drafted.sale.pk).first()
        if not sale and (answer is None or answer.outcome == "posted"):
            sale = write(drafted)
    return sale, answer


def _check(
    currency: str,
    lines: Sequence[Line],
    tenders: Sequence[Tender],
    member: Member | None,
    *,
    allow_stored_value: bool,
) -> int:
    """The bill's total, once everything about it is in order."""
    if not lines:
        raise BillIsEmpty
    if any(
        line.quantity < 1 or (line.kind != LineKind.ROUNDING and line.charged_value < 0)
        for line in lines
    ):
        raise AmountNegative
    total = sum(line.charged_value for line in lines)
    if total < 0:
        raise AmountNegative
    paid = sum(positive(tender.amount) for tender in tenders)
    if paid != total:
        raise TendersDoNotAddUp(
            paid=shown(format_minor, paid, currency), total=shown(format_minor, total, currency)
        )
    for tender in tenders:
        _check_tender(tender)
    if any(t.tender.kind == TenderKind.STORED_VALUE for t in tenders):
        if member is None:
            raise MemberMissing
        if not allow_stored_value or any(line.kind == LineKind.TOP_UP for line in lines):
            raise ValueBuysNoStoredValue
    return total


def _check_tender(tender: Tender) -> None:
    if not tender.tender.is_active:
        raise TenderNotInUse(tender=tender.tender.label)
    if tender.tender.needs_reference and not tender.reference.strip():
        raise ReferenceMissing(tender=tender.tender.label)


def _with_rounding(lines: Sequence[Line], rounding: int, store: Store) -> list[Line]:
    """With a line for the rounding, named in the language of the store: the bill is its paper."""
    if not rounding:
        return list(lines)
    with translation.override(store.language):
        name = str(LineKind.ROUNDING.label)
    line = Line(
        kind=LineKind.ROUNDING,
        description=name,
        list_value=0,
        charged_value=rounding,
    )
    return [*lines, line]


def _stored_value_legs(
    member: Member | None, lines: Sequence[Line], tenders: Sequence[Tender], total: int
) -> list[Leg]:
    """One take per stored-value tender.

    The bill's list value is shared over the tenders without losing a cent.
    """
    listed = sum(line.list_value for line in lines)
    categories = sorted({_category(line) for line in lines if line.kind != LineKind.ROUNDING})
    legs, paid = [], 0
    for tender in tenders:
        before, paid = paid, paid + tender.amount
        if member and tender.tender.kind == TenderKind.STORED_VALUE and tender.tender.asset:
            legs.append(
                take(
                    member=member,
                    asset=tender.tender.asset,
                    amount=tender.amount,
                    list_value=listed * paid // total - listed * before // total,
                    charged_value=tender.amount,
                    categories=categories,
                )
            )
    return legs


def _category(line: Line) -> int:
    return (line.product.category_id if line.product else None) or NO_CATEGORY


def _hash(header: Header) -> bytes:
    request = json.dumps(header.request, sort_keys=True, default=str)
    return hashlib.sha256(f"{header.kind.value}{request}".encode()).digest()


def _known_without_value(bill: Bill) -> Sale | None:
    """The first sale of this id, for a bill without value; the id is locked against a twin."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"sale:{bill.sale.pk}"]
        )
    sale = Sale.objects.filter(pk=bill.sale.pk).first()
    if sale and bytes(sale.request_hash) != bill.sale.request_hash:
        raise RequestReused(request_id=bill.sale.pk)
    return sale


def write(bill: Bill) -> Sale:
    """Insert the sale with its lines, tenders and visit, in the transaction that posted it."""
    sale = bill.sale
    if sale.member:
        sale.visit = visit_for(
            member=sale.member,
            store=sale.store,
            at=sale.at,
            by=sale.operator,
            request_id=sale.pk,
            channel="sale",
        )
    sale.save(force_insert=True)
    SaleLine.objects.bulk_create(line_rows(bill))
    SaleTender.objects.bulk_create(tender_rows(bill))
    return sale


def line_rows(bill: Bill) -> list[SaleLine]:
    """The bill's lines as rows to insert."""
    return [
        SaleLine(
            sale=bill.sale,
            line=number,
            kind=line.kind,
            product=line.product,
            description=line.description,
            quantity=line.quantity,
            list_value=line.list_value,
            charged_value=line.charged_value,
            contract_id=line.contract,
        )
        for number, line in enumerate(bill.lines, start=1)
    ]


def tender_rows(bill: Bill) -> list[SaleTender]:
    """The bill's payments as rows to insert."""
    return [
        SaleTender(
            sale=bill.sale,
            line=number,
            tender=tender.tender,
            amount=tender.amount,
            reference=tender.reference,
        )
        for number, tender in enumerate(bill.tenders, start=1)
    ]
