"""Why a balance is what it is: wallet and contract pages, and the receipt of a contract."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode

from common.pdf import Document, as_pdf
from counter.views.desk import Desk, at_the_counter
from counter.views.pages import show
from ledger.models import Contract, Wallet
from ledger.queries.receipts import contract_document
from ledger.queries.why import contract_with, lots_of_wallet, movements_of_wallet, story_of
from members.queries import member_numbered

PAGE = 40


@at_the_counter("GET")
def wallet(request: HttpRequest, desk: Desk, number: str, asset: int) -> HttpResponse:
    """One balance of a member: its lots, and its movements page by page."""
    member = member_numbered(number)
    wallets = Wallet.objects.of(member).filter(asset__entity__in=desk.issuers)
    held = get_object_or_404(wallets.select_related("asset"), asset=asset)
    mark = request.GET.get("before", "")
    before = int(mark) if mark.isascii() and mark.isdigit() and len(mark) < 18 else None
    page = movements_of_wallet(held, before=before, limit=PAGE)
    url = reverse("counter:wallet", args=[member.number, asset])
    context = {
        "member": member,
        "wallet": held,
        "lots": lots_of_wallet(held) if before is None else [],
        "movements": page.movements,
        "first_url": url if before else "",
        "next_url": f"{url}?{urlencode({'before': page.older})}" if page.older else "",
    }
    return show(request, desk, "counter/wallet.html", context)


@at_the_counter("GET")
def contract(request: HttpRequest, desk: Desk, contract_id: UUID) -> HttpResponse:
    """A contract and all that became of it."""
    found = _known(contract_id, desk)
    story = story_of(found)
    context = {
        "story": story,
        "contract": story.contract,
        "member": story.holder,
        "pays_back": found.entity_id == desk.store.entity_id,
    }
    return show(request, desk, "counter/contract.html", context)


@at_the_counter("GET")
def paper(request: HttpRequest, desk: Desk, contract_id: UUID) -> HttpResponse:
    """The receipt on the screen, in the language of the store that sold it."""
    found = _known(contract_id, desk)
    with translation.override(found.store.language), timezone.override(found.store.zone):
        context = {"contract": found, "document": contract_document(found)}
        return show(request, desk, "counter/paper.html", context)


@at_the_counter("GET")
def pdf(request: HttpRequest, desk: Desk, contract_id: UUID) -> HttpResponse:
    """The receipt to print or keep."""
    found = _known(contract_id, desk)
    return pdf_response(_written(found), f"contract-{str(found.pk)[:8]}.pdf")


def _written(found: Contract) -> Document:
    with translation.override(found.store.language), timezone.override(found.store.zone):
        return contract_document(found)


def _known(contract_id: UUID, desk: Desk) -> Contract:
    """The contract; nothing is known of those of issuers the person does not work for."""
    found = contract_with(contract_id)
    if found is None or found.entity_id not in desk.issuers:
        raise Http404
    return found


def pdf_response(document: Document, name: str) -> HttpResponse:
    """The document as a PDF that the browser shows under ``name``."""
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(as_pdf(document), content_type="application/pdf", headers=headers)
