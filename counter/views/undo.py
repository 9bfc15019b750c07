"""Undo one operation, with a reason; print the receipt of one."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from common.edges import StoreNotYours, is_htmx, request_id
from common.errors import DomainError
from counter.forms.reading import text_of
from counter.operations.undo import undo_at_counter
from counter.queries.outcomes import Result, outcome_of
from counter.views.desk import Desk, at_the_counter
from counter.views.home import home_page
from counter.views.pages import go, home_url, member_url, panel_facts, show
from counter.views.sheet import member_page

TEMPLATE = "counter/panels/undo.html"
COMMON_REASONS = (_("Wrong number typed"), _("Wrong member"), _("The member changed their mind"))


@at_the_counter("GET", "POST")
def undo(request: HttpRequest, desk: Desk, entry: UUID) -> HttpResponse:
    """Ask why on GET; undo on POST, and say what came back."""
    result = _result(desk, entry)
    if request.method == "GET":
        return _panel(request, desk, result)
    try:
        undo_id = request_id(request)
        undo_at_counter(
            request_id=undo_id,
            entry=entry,
            reason=text_of(request.POST, "common") or text_of(request.POST, "reason"),
            **desk.header,
        )
    except StoreNotYours:
        raise
    except DomainError as error:
        return _panel(request, desk, result, refusal=error)
    member = result.booking.member
    done = undo_id if result.changes else entry
    return go(request, member_url(member, done) if member else home_url(done))


def _result(desk: Desk, entry: UUID) -> Result:
    """What is to be undone; nothing is known of other people's stores."""
    result = outcome_of(entry, stores=desk.stores)
    if result is None:
        raise Http404
    return result


def _panel(
    request: HttpRequest, desk: Desk, result: Result, refusal: DomainError | None = None
) -> HttpResponse:
    url = reverse("counter:undo", args=[result.booking.id])
    member = result.booking.member
    facts = panel_facts(url, refusal) | {
        "result": result,
        "member": member,
        "typed": request.POST,
        "common_reasons": COMMON_REASONS,
    }
    status = 422 if refusal else 200
    if is_htmx(request):
        return show(request, desk, TEMPLATE, facts, status)
    facts["panel"] = TEMPLATE
    if member is None:
        return home_page(request, desk, facts, status)
    return member_page(request, desk, member, facts, status)


@at_the_counter("GET")
def receipt(request: HttpRequest, desk: Desk, entry: UUID) -> HttpResponse:
    """One operation on an 80 mm roll."""
    result = _result(desk, entry)
    lines = result.sale.lines.order_by("line") if result.sale else []
    tenders = result.sale.tenders.select_related("tender").order_by("line") if result.sale else []
    back = result.refund
    context = {
        "result": result,
        "lines": lines,
        "tenders": tenders,
        "refund_lines": back.lines.select_related("sale_line") if back else [],
        "refund_tenders": back.tenders.select_related("tender") if back else [],
    }
    # The member takes it home: it speaks the store's language and shows the store's time.
    store = result.booking.store
    with translation.override(store.language), timezone.override(store.zone):
        return show(request, desk, "counter/receipt.html", context)
