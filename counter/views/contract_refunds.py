"""The refund desk: choose a contract and a cause, see the arithmetic, pay back, print the note."""

from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone, translation

from common.edges import StoreNotYours, request_id
from common.errors import DomainError
from counter.forms.contract_refunds import BASES, Choice, read_approver, read_choice
from counter.forms.payments import payment_form, read_tenders, without_stored_value
from counter.forms.reading import NothingChosen, text_of
from counter.operations.tenders import tenders_at
from counter.queries.contract_refunds import contracts_of, doubts, interest_in_words, worded
from counter.views.desk import Desk, at_the_counter
from counter.views.pages import show
from ledger.models import Contract, Refund, RefundCause
from ledger.operations.refunds import may_refund
from ledger.queries.contracts import holder_of
from ledger.queries.policies import limits_of
from ledger.queries.refund_evidence import evidence_of
from ledger.queries.refunds import RefundSheet, gifts_of, refund_sheet
from members.queries import member_numbered
from promotions.operations import refund_contract


@at_the_counter("GET")
def contracts(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The contracts of a member, each with its way to the refund desk."""
    member = member_numbered(number)
    context = {"member": member, "contracts": contracts_of(member, desk.store)}
    return show(request, desk, "counter/contracts.html", context)


@at_the_counter("GET", "POST")
def refund(request: HttpRequest, desk: Desk, contract: UUID) -> HttpResponse:
    """Work out on GET what is owed for the chosen cause; pay it back on POST."""
    found = _contract(desk, contract)
    if request.method == "GET":
        return _page(request, desk, found, request.GET)
    try:
        done = request_id(request)
        _pay_back(request, desk, found, done)
    except StoreNotYours:
        raise
    except DomainError as error:
        return _page(request, desk, found, request.POST, refusal=error)
    return HttpResponseRedirect(reverse("counter:refund_note", args=[done]))


def _contract(desk: Desk, contract: UUID) -> Contract:
    """The contract; nothing is known of other issuers'."""
    rows = Contract.objects.select_related("store", "entity", "member", "payer")
    found = rows.filter(pk=contract, entity=desk.store.entity_id).first()
    if found is None:
        raise Http404
    return found


def _pay_back(request: HttpRequest, desk: Desk, contract: Contract, entry: UUID) -> None:
    """Pay back what was worked out. Raises what reading and ``refund_contract`` raise."""
    typed = request.POST
    choice = read_choice(typed, contract)
    if choice is None:
        raise NothingChosen
    sheet = _sheet(desk, contract, choice)
    refund_contract(
        request_id=entry,
        contract=contract,
        cause=choice.cause,
        terminated_on=choice.terminated_on,
        decisions=choice.decisions,
        payouts=read_tenders(_payouts(desk, typed, sheet.total)) if sheet.total else [],
        reason=text_of(typed, "reason"),
        approved_by=read_approver(typed, request=request, store=desk.store, by=desk.user),
        **desk.header,
    )


def _sheet(desk: Desk, contract: Contract, choice: Choice) -> RefundSheet:
    return refund_sheet(
        contract=contract,
        cause=choice.cause,
        store=desk.store,
        at=desk.at,
        terminated_on=choice.terminated_on,
        decisions=choice.decisions,
    )


def _payouts(desk: Desk, typed: QueryDict, total: int) -> Any:
    choices = without_stored_value(tenders_at(desk.store))
    return payment_form(typed, store=desk.store, choices=choices, total=total)


def _page(
    request: HttpRequest,
    desk: Desk,
    contract: Contract,
    typed: QueryDict,
    refusal: DomainError | None = None,
) -> HttpResponse:
    """The choices, and below them what they come to, or why they do not."""
    context: dict[str, Any] = {
        "contract": contract,
        "member": holder_of(contract),
        "typed": typed,
        "causes": RefundCause.choices,
        "bases": BASES,
        "gifts": _gifts(contract, typed),
        "today": desk.store.business_date(desk.at),
        "request_id": uuid4(),
        "may_refund": may_refund(desk.user, desk.store),
    }
    try:
        choice = read_choice(typed, contract)
        context |= _worked_out(desk, contract, typed, choice) if choice else {}
    except DomainError as error:
        refusal = refusal or error
    context["refusal"] = refusal
    status = 422 if refusal else 200
    return show(request, desk, "counter/refund_contract.html", context, status)


def _gifts(contract: Contract, typed: QueryDict) -> list[tuple[int, Any, str]]:
    return [
        (number, gift, typed.get(f"gift-{number}", ""))
        for number, gift in enumerate(gifts_of(contract))
    ]


def _choices_of(contract: Contract) -> list[str]:
    """The fields that say what the arithmetic rests on; they go along with the payout."""
    gifts = [f"gift-{number}" for number, _gift in enumerate(gifts_of(contract))]
    return ["cause", "terminated_on", "basis", "kept", *gifts]


def _worked_out(desk: Desk, contract: Contract, typed: QueryDict, choice: Choice) -> dict[str, Any]:
    sheet = _sheet(desk, contract, choice)
    evidence = evidence_of(sheet)
    kept = sheet.as_json()
    return {
        "sheet": sheet,
        "lines": worded(kept["lines"], contract),
        "interest": interest_in_words(kept["interest"]),
        "evidence": evidence,
        "doubts": doubts(evidence.uncertain),
        "kept_choices": [(name, typed[name]) for name in _choices_of(contract) if typed.get(name)],
        "payment": _payouts(desk, typed, sheet.total),
        "needs_approval": sheet.total > limits_of(desk.store).refund_approval_above,
        "may_pay": not sheet.undecided and bool(sheet.facts.open_lots or sheet.total),
    }


@at_the_counter("GET")
def note(request: HttpRequest, desk: Desk, refund: UUID) -> HttpResponse:
    """The refund as it was decided and paid, to be printed and signed."""
    rows = Refund.objects.select_related(
        "contract", "member", "store", "till", "requested_by", "approved_by"
    )
    found = rows.filter(pk=refund, store__in=desk.stores).first()
    if found is None:
        raise Http404
    store = found.store
    # The member takes it home: it speaks the store's language and shows the store's time.
    with translation.override(store.language), timezone.override(store.zone):
        context = {
            "refund": found,
            "is_standing": Refund.objects.filter(pk=found.pk).standing().exists(),
            "lines": worded(found.arithmetic["lines"], found.contract),
            "interest": interest_in_words(found.arithmetic["interest"]),
            "payouts": found.payouts.select_related("tender").order_by("line"),
            "total": found.refund + found.interest,
        }
        return show(request, desk, "counter/refund_note.html", context)
