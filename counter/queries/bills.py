"""Find a bill again: by its number, or by the day it was booked."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from uuid import UUID

from django.db.models import QuerySet

from ledger.models import Sale
from members.models import Store

MOST = 50
HEX = re.compile(r"[0-9a-f]{4,32}\Z")  # fewer letters name half the bills of a day
INVOICES_BACK = timedelta(days=90)


def bills_of(store: Store, *, day: date, text: str = "") -> Sequence[Sale]:
    """At most 50 bills of ``store``, newest first: those of ``day``, or those ``text`` names.

    ``text`` is the beginning of a bill's own number, its number outside, or an invoice number of
    the 90 days before ``day``; the first of them that finds something.
    """
    bills = Sale.objects.filter(store=store).select_related("member", "operator")
    named = _named(bills, text, day) if text else [bills.filter(business_date=day)]
    for found in named:
        rows = list(found.order_by("-at", "-pk").prefetch_related("lines")[:MOST])
        if rows:
            return rows
    return []


def _named(bills: QuerySet[Sale], text: str, day: date) -> Iterator[QuerySet[Sale]]:
    digits = text.replace("-", "").lower()
    if HEX.match(digits):
        first, last = UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
        yield bills.filter(pk__gte=first, pk__lte=last)
    yield bills.filter(external_ref=text)
    recent = bills.filter(business_date__gte=day - INVOICES_BACK)
    yield recent.filter(invoice_number=text)
