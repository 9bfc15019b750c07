"""Write an invoice's number and tax on a bill that was booked without; who and when is kept."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from ledger.models import Sale
from ledger.operations.sale_refunds import SaleWasUndone, UnknownSale
from members.models import Store, User


class InvoiceNumberMissing(DomainError):
    code = "invoice_number_missing"
    message = _("Write the number of the invoice.")


class InvoiceOnRecord(DomainError):
    code = "invoice_on_record"
    message = _(
        "This bill already has the invoice %(number)s, and it stays. "
        "If it is wrong, pay the bill back and book it again."
    )


class TaxMoreThanBill(DomainError):
    code = "tax_more_than_bill"
    message = _("The tax is part of the bill: it is between zero and the bill's total. Correct it.")


@transaction.atomic
def record_invoice(
    *,
    sale_id: UUID,
    store: Store,
    number: str,
    at: datetime,
    by: User | None,
    tax_amount: int | None = None,
) -> Sale:
    """Note the invoice of a bill of ``store``; ``tax_amount`` is in the smallest unit.

    The same number again changes nothing; another one is refused.

    Raises UnknownSale, SaleWasUndone, InvoiceNumberMissing, InvoiceOnRecord, TaxMoreThanBill.
    """
    number = number.strip()
    if not number:
        raise InvoiceNumberMissing
    sale = Sale.objects.select_for_update(no_key=True).filter(pk=sale_id, store=store).first()
    if sale is None:
        raise UnknownSale
    if sale.invoice_number == number:
        return sale
    if sale.invoice_number:
        raise InvoiceOnRecord(number=sale.invoice_number)
    if sale.voided_at:
        raise SaleWasUndone
    if tax_amount is not None and not 0 <= tax_amount <= sale.total:
        raise TaxMoreThanBill
    sale.invoice_number, sale.invoiced_at, sale.invoiced_by = number, at, by
    fields = ["invoice_number", "invoiced_at", "invoiced_by"]
    if sale.tax_amount is None and tax_amount is not None:
        sale.tax_amount = tax_amount
        fields.append("tax_amount")
    sale.save(update_fields=fields)
    return sale
