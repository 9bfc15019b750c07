"""Find a bill again, and pay it back in whole or in part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.edges import StoreNotYours, is_htmx, request_id
from common.errors import DomainError
from common.money import format_plain
from counter.forms.payments import without_stored_value
from counter.forms.reading import text_of
from counter.forms.refunds import read_back, read_paid_back
from counter.operations.tenders import tenders_at
from counter.queries.bills import bills_of
from counter.views.desk import Desk, at_the_counter
from counter.views.home import home_page
from counter.views.pages import go, home_url, member_url, panel_facts, show
from counter.views.sheet import member_page
from ledger.models import Sale, TenderType
from ledger.models.sales import LineKind
from ledger.operations.refusals import ReasonMissing
from ledger.operations.sale_refunds import (
    NothingToRefund,
    PaidBack,
    plan_refund,
    refund_sale,
)
from ledger.queries.refundable import PREPAID, LineLeft, PaymentLeft, Refundable, refundable

TEMPLATE = "counter/panels/refund.html"
NOT_GOODS = PREPAID | {LineKind.ROUNDING}
COMMON_REASONS = (_("Faulty"), _("Wrong size or kind"), _("The member changed their mind"))


@at_the_counter("GET")
def bills(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The bills of a day, or those a number names."""
    today = desk.store.business_date(desk.at)
    text = request.GET.get("number", "").replace("\x00", "").strip()[:120]
    day = _day(request.GET.get("day", "")) or today
    found = [(bill, _may_come_back(bill)) for bill in bills_of(desk.store, day=day, text=text)]
    context = {"bills": found, "number": text, "day": day, "today": today}
    return show(request, desk, "counter/bills.html", context)


def _may_come_back(bill: Sale) -> bool:
    """Whether anything of it may be paid back here; a top-up or a bundle goes to its contract."""
    has_goods = any(line.kind not in NOT_GOODS for line in bill.lines.all())
    return has_goods and not bill.voided_at and bill.refunded_total < bill.total


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class Row:
    """A line or a payment with what was typed for it."""

    of: LineLeft | PaymentLeft
    number: int
    quantity: str = ""
    amount: str = ""
    tender: str = ""
    reference: str = ""
    back: PaidBack | None = None


@dataclass(frozen=True)
class Preview:
    """What the refund comes to as typed; ``refusal`` says why it does not."""

    total: int = 0
    payments: Sequence[PaidBack] = ()
    refusal: DomainError | None = None


@at_the_counter("GET", "POST")
def refund(request: HttpRequest, desk: Desk, entry: UUID) -> HttpResponse:
    """Ask what comes back on GET; pay it back on POST, and say what was done.

    A POST with ``do=preview`` only computes, one with ``do=whole`` fills in all that is left.
    """
    sale = _sale(desk, entry)
    typed = request.POST if request.method == "POST" else QueryDict()
    if request.method == "GET" or typed.get("do") in {"preview", "whole"}:
        return _panel(request, desk, sale, typed, keep=typed.get("request_id", ""))
    try:
        done = request_id(request)
        _pay_back(desk, sale, typed, done)
    except StoreNotYours:
        raise
    except DomainError as error:
        return _panel(request, desk, sale, typed, refusal=error)
    return go(request, member_url(sale.member, done) if sale.member else home_url(done))


def _sale(desk: Desk, entry: UUID) -> Sale:
    """The bill; nothing is known of other people's stores."""
    sales = Sale.objects.select_related("store", "member__tier")
    sale = sales.filter(pk=entry, store__in=desk.stores).first()
    if sale is None:
        raise Http404
    return sale


def _choices(desk: Desk) -> list[TenderType]:
    return without_stored_value(tenders_at(desk.store))


def _pay_back(desk: Desk, sale: Sale, typed: QueryDict, entry: UUID) -> None:
    found = refundable(sale)
    lines = read_back(typed, found)
    total = found.net(sum(_amount(found, sale, desk, typed)))
    refund_sale(
        request_id=entry,
        sale_id=sale.pk,
        lines=lines,
        payments=read_paid_back(typed, found, total, _choices(desk)),
        reason=text_of(typed, "common") or text_of(typed, "reason"),
        **desk.header,
    )


def _amount(found: Refundable, sale: Sale, desk: Desk, typed: QueryDict) -> list[int]:
    """What each line that comes back is paid back with. Raises what the refund would raise."""
    plan = plan_refund(sale, store=desk.store, lines=read_back(typed, found), payments=None)
    return [amount for _line, _quantity, amount in plan.lines]


def _preview(found: Refundable, sale: Sale, desk: Desk, typed: QueryDict) -> Preview:
    try:
        total = found.net(sum(_amount(found, sale, desk, typed)))
        return Preview(total=total, payments=read_paid_back(typed, found, total, _choices(desk)))
    except NothingToRefund:
        return Preview()
    except DomainError as error:
        return Preview(refusal=error)


def _panel(
    request: HttpRequest,
    desk: Desk,
    sale: Sale,
    typed: QueryDict,
    *,
    refusal: DomainError | None = None,
    keep: str = "",
) -> HttpResponse:
    found = refundable(sale)
    whole = _whole(found, typed)
    is_whole = typed.get("do") == "whole" or (not typed and len(found.lines) == 1)
    filled = whole if is_whole else typed
    preview = _preview(found, sale, desk, filled)
    url = reverse("counter:refund_sale", args=[sale.pk])
    facts = panel_facts(url, refusal, keep) | {
        "sale": sale,
        "member": sale.member,
        "found": found,
        "lines": [_line_row(line, filled) for line in found.lines],
        "payments": [_payment_row(one, filled, preview) for one in found.payments],
        "choices": _choices(desk),
        "preview": preview,
        "whole": _preview(found, sale, desk, whole).total,
        "asks_reason": typed.get("do") == "whole" or isinstance(refusal, ReasonMissing),
        "typed": typed,
        "common_reasons": COMMON_REASONS,
    }
    status = 422 if refusal else 200
    if is_htmx(request):
        return show(request, desk, TEMPLATE, facts, status)
    facts["panel"] = TEMPLATE
    if sale.member is None:
        return home_page(request, desk, facts, status)
    return member_page(request, desk, sale.member, facts, status)


def _whole(found: Refundable, typed: QueryDict) -> QueryDict:
    """What is typed, with all that may still come back in place of the pieces and sums."""
    filled = typed.copy()
    for line in found.lines:
        if not line.is_prepaid:
            pieces, money = line.state.left_quantity, line.state.left_amount
            filled[f"q-{line.row.line}"] = str(pieces or "")
            only_money = money if not pieces else 0
            filled[f"a-{line.row.line}"] = _plain(only_money, found.sale)
    for one in found.payments:
        filled[f"p-{one.row.line}"] = ""
    return filled


def _plain(amount: int, sale: Sale) -> str:
    return format_plain(amount, sale.currency) if amount else ""


def _line_row(line: LineLeft, typed: QueryDict) -> Row:
    number = line.row.line
    return Row(
        of=line,
        number=number,
        quantity=text_of(typed, f"q-{number}"),
        amount=text_of(typed, f"a-{number}"),
    )


def _payment_row(one: PaymentLeft, typed: QueryDict, preview: Preview) -> Row:
    number = one.row.line
    return Row(
        of=one,
        number=number,
        amount=text_of(typed, f"p-{number}"),
        tender=text_of(typed, f"t-{number}") or one.row.tender.code,
        reference=text_of(typed, f"r-{number}"),
        back=next((part for part in preview.payments if part.line == number), None),
    )
