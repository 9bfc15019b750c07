"""What goes with a bill: rounding within the store's limit, and an invoice written later."""

from uuid import uuid4

import pytest

from ledger.models import Sale
from ledger.operations.invoices import (
    InvoiceNumberMissing,
    InvoiceOnRecord,
    TaxMoreThanBill,
    record_invoice,
)
from ledger.operations.sale_refunds import UnknownSale
from promotions.operations import sell
from promotions.operations.sales import RoundingAboveLimit
from tests.promotions.shops import WORKDAY, goods, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def test_less_than_the_stores_step_may_be_let_go(shop):
    shop.store.rounding_step = 10
    lines = [goods(1019)]

    sale = sell(**shop.asks(lines=lines, tenders=shop.in_cash(1010), rounding=-9))
    with pytest.raises(RoundingAboveLimit):
        sell(**shop.asks(lines=lines, tenders=shop.in_cash(1009), rounding=-10))

    assert Sale.objects.get() == sale


def test_a_store_that_does_not_round_lets_nothing_go(shop):
    shop.store.rounding_step = 0

    with pytest.raises(RoundingAboveLimit):
        sell(**shop.asks(lines=[goods(1001)], tenders=shop.in_cash(1000), rounding=-1))
    sell(**shop.asks(lines=[goods(1001)], tenders=shop.in_cash(1001)))

    assert Sale.objects.count() == 1


def test_an_invoice_is_written_once_with_who_and_when(shop):
    sale = sell(**shop.asks(lines=[goods(1000)], tenders=shop.in_cash(1000)))
    asked = {"sale_id": sale.pk, "store": shop.store, "at": WORKDAY, "by": shop.clerk}

    with pytest.raises(InvoiceNumberMissing):
        record_invoice(number=" ", **asked)
    with pytest.raises(TaxMoreThanBill):
        record_invoice(number="FP-1", tax_amount=1001, **asked)
    with pytest.raises(UnknownSale):
        record_invoice(number="FP-1", **(asked | {"sale_id": uuid4()}))
    record_invoice(number="FP-1", tax_amount=60, **asked)
    record_invoice(number="FP-1", **asked)
    with pytest.raises(InvoiceOnRecord):
        record_invoice(number="FP-2", **asked)

    sale.refresh_from_db()
    kept = (sale.invoice_number, sale.tax_amount, sale.invoiced_at, sale.invoiced_by)
    assert kept == ("FP-1", 60, WORKDAY, shop.clerk)
