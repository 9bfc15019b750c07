"""What comes back of a bill, as typed: pieces and amounts by line, ways to pay back by payment."""

from collections.abc import Mapping, Sequence

from django.http import QueryDict

from counter.forms.payments import UnknownTender
from counter.forms.reading import read_amount, read_count, text_of
from ledger.models import TenderType
from ledger.operations.sale_refunds import Back, PaidBack, propose_payments
from ledger.queries.refundable import Refundable


def read_back(typed: QueryDict, found: Refundable) -> list[Back]:
    """The lines that come back: ``q-N`` pieces of line N, ``a-N`` money instead of their part.

    Raises NotAWholeNumber and what ``parse_minor`` raises.
    """
    back = []
    for line in found.lines:
        number = line.row.line
        quantity, amount = text_of(typed, f"q-{number}"), text_of(typed, f"a-{number}")
        if quantity or amount:
            back.append(
                Back(
                    line=number,
                    quantity=read_count(quantity) if quantity else 0,
                    amount=read_amount(amount, found.sale.currency) if amount else None,
                )
            )
    return back


def read_paid_back(
    typed: QueryDict, found: Refundable, total: int, choices: Sequence[TenderType]
) -> list[PaidBack]:
    """How it is paid back: ``p-N`` of payment N by ``t-N``; as proposed where no amount is typed.

    Raises UnknownTender and what ``parse_minor`` raises.
    """
    by_code = {choice.code: choice for choice in choices}
    amounts = {one.line: one.amount for one in propose_payments(found, total)}
    texts = {one.row.line: text_of(typed, f"p-{one.row.line}") for one in found.payments}
    if any(texts.values()):
        currency = found.sale.currency
        amounts = {n: read_amount(text, currency) for n, text in texts.items() if text}
    return [
        PaidBack(
            line=number,
            amount=amount,
            tender=_chosen(typed, number, by_code),
            reference=text_of(typed, f"r-{number}", 120) or _reference(found, number),
        )
        for number, amount in amounts.items()
        if amount
    ]


def _chosen(typed: QueryDict, number: int, by_code: Mapping[str, TenderType]) -> TenderType | None:
    code = text_of(typed, f"t-{number}")
    if code and code not in by_code:
        raise UnknownTender(tender=code)
    return by_code.get(code)


def _reference(found: Refundable, number: int) -> str:
    """The reference it was paid with, unless another one is typed."""
    return next(one.row.reference for one in found.payments if one.row.line == number)
