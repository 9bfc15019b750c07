"""The number of an invoice, written on its bill when it was issued later."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from common.edges import StoreNotYours, is_htmx
from common.errors import DomainError
from counter.forms.reading import read_amount, text_of
from counter.views.desk import Desk, at_the_counter
from counter.views.home import home_page
from counter.views.pages import go, panel_facts, show
from ledger.models import Sale
from ledger.operations.invoices import record_invoice

TEMPLATE = "counter/panels/invoice.html"


@at_the_counter("GET", "POST")
def invoice(request: HttpRequest, desk: Desk, entry: UUID) -> HttpResponse:
    """Ask for the number on GET; write it on the bill on POST."""
    sales = Sale.objects.select_related("member__tier")
    sale = sales.filter(pk=entry, store__in=desk.stores).first()
    if sale is None:
        raise Http404
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            tax = text_of(request.POST, "tax")
            record_invoice(
                sale_id=sale.pk,
                store=desk.store,
                number=text_of(request.POST, "number", 60),
                tax_amount=read_amount(tax, sale.currency) if tax else None,
                at=desk.at,
                by=desk.user,
            )
        except StoreNotYours:
            raise
        except DomainError as error:
            refusal = error
        else:
            return go(request, f"{reverse('counter:bills')}?number={sale.pk}")
    url = reverse("counter:invoice", args=[sale.pk])
    facts = panel_facts(url, refusal) | {"sale": sale, "member": sale.member, "typed": request.POST}
    status = 422 if refusal else 200
    if is_htmx(request):
        return show(request, desk, TEMPLATE, facts, status)
    return home_page(request, desk, facts | {"panel": TEMPLATE}, status)
