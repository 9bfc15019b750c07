"""The payments of a bill as typed: some rows, one of which may be left empty and takes the rest."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from common.money import parse_minor
from counter.rules.paying import fill_the_rest
from ledger.models import TenderType
from ledger.models.catalogue import TenderKind
from ledger.operations.sales import Tender
from members.models import Store

ROWS = 3


class UnknownTender(DomainError):
    """No such way to pay here."""

    code = "unknown_tender"
    message = _("There is no way to pay called %(tender)s here. Choose one of the list.")


@dataclass(frozen=True)
class PaymentRow:
    """One payment as typed."""

    tender: str = ""
    amount: str = ""
    reference: str = ""


@dataclass(frozen=True)
class PaymentForm:
    """The payments of one bill: the ways to pay, the rows typed, and what is still missing."""

    store: Store
    choices: Sequence[TenderType]
    rows: Sequence[PaymentRow]
    total: int | None
    value_at_hand: int | None = None

    @property
    def is_split(self) -> bool:
        """Whether more than the first row is in use."""
        return any(row.amount or row.tender for row in self.rows[1:])

    @property
    def given(self) -> int:
        """What the typed amounts come to; what cannot be read counts as nothing yet."""
        return sum(_readable(row.amount, self.store.currency) for row in self.rows)

    @property
    def remaining(self) -> int:
        """What the typed amounts leave to pay."""
        return max(0, (self.total or 0) - self.given)

    @property
    def excess(self) -> int:
        """By how much the typed amounts are too much."""
        return max(0, self.given - (self.total or 0))

    @property
    def rest_goes_to(self) -> TenderType | None:
        """The way to pay that takes the rest: the first row without an amount."""
        row = next((row for row in self.rows if row.tender and not row.amount.strip()), None)
        return next((choice for choice in self.choices if row and choice.code == row.tender), None)


def payment_form(
    data: QueryDict,
    *,
    store: Store,
    choices: Sequence[TenderType],
    total: int | None,
    value_at_hand: int | None = None,
) -> PaymentForm:
    """The rows typed so far; untouched, the first row names the first way that can pay it all.

    ``value_at_hand`` is the stored value the member can use here.
    """
    columns = [data.getlist(name)[:ROWS] for name in ("tender", "amount", "reference")]
    rows = [PaymentRow(*texts) for texts in zip_longest(*columns, fillvalue="")]
    if not any(row.tender for row in rows) and choices:
        able = [one for one in choices if _covers(one, total, value_at_hand)]
        rows[:1] = [replace(rows[0] if rows else PaymentRow(), tender=(able or choices)[0].code)]
    rows += [PaymentRow()] * (ROWS - len(rows))
    return PaymentForm(
        store=store, choices=choices, rows=rows, total=total, value_at_hand=value_at_hand
    )


def _covers(tender: TenderType, total: int | None, value_at_hand: int | None) -> bool:
    if tender.kind != TenderKind.STORED_VALUE:
        return True
    return value_at_hand is not None and value_at_hand >= max(1, total or 0)


def read_tenders(form: PaymentForm) -> list[Tender]:
    """The payments, the rest filled in. Rows without a way to pay and without amount are left out.

    Raises UnknownTender and what ``parse_minor`` raises.
    """
    rows = [row for row in form.rows if row.tender or row.amount.strip()]
    currency = form.store.currency
    typed = [parse_minor(row.amount, currency) if row.amount.strip() else None for row in rows]
    by_code = {choice.code: choice for choice in form.choices}
    tenders = []
    for row, amount in zip(rows, fill_the_rest(form.total or 0, typed), strict=True):
        if row.tender not in by_code:
            raise UnknownTender(tender=row.tender)
        if amount or row.amount.strip():
            reference = row.reference.strip()[:120]
            tenders.append(Tender(tender=by_code[row.tender], amount=amount, reference=reference))
    return tenders


def without_stored_value(choices: Sequence[TenderType]) -> list[TenderType]:
    """The ways to pay for what stored value may not buy."""
    return [choice for choice in choices if choice.kind != TenderKind.STORED_VALUE]


def _readable(text: str, currency: str) -> int:
    try:
        return parse_minor(text, currency) if text.strip() else 0
    except DomainError:
        return 0
