"""The one box: find a member, or enrol one; choose the store and till to work at."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from common.edges import StoreNotYours, choose_store, is_htmx, read_uuid, request_id
from common.errors import DomainError
from common.rates import count_search
from counter.forms.enrolment import EnrolmentForm, first_guess
from counter.operations.enrolment import enrol_at_counter
from counter.queries.finding import has_phone, the_one
from counter.queries.outcomes import Result, outcome_of
from counter.views.desk import TILL_IN_SESSION, Desk, at_the_counter
from counter.views.pages import go, home_url, member_url, panel_facts, show
from members.models import Member
from members.queries import CardNotActive, card_in_use, search_members
from members.queries.sheet import UnknownCard

MOST_HITS = 12


@at_the_counter("GET")
def home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The counter; ``q`` asks for a member, and a whole phone or a card opens the sheet."""
    text = request.GET.get("q", "").strip()
    hits = _hits(request, desk, text)
    if found := the_one(text, hits, desk.store):
        return HttpResponseRedirect(member_url(found))
    return home_page(request, desk, {"q": text, "hits": hits, "notice": _notice(text, hits)})


@at_the_counter("GET")
def find(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The list below the box, while somebody types."""
    text = request.GET.get("q", "").strip()
    hits = _hits(request, desk, text)
    # A card may be the beginning of a longer one, so only Enter opens it; a phone is complete.
    if len(hits) == 1 and has_phone(hits[0], text, desk.store):
        return go(request, member_url(hits[0]))
    context = {"q": text, "hits": hits, "notice": _notice(text, hits)}
    return show(request, desk, "counter/hits.html", context)


@at_the_counter("GET")
def find_payer(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Whom the text typed for the payer may mean, while somebody types; not the member."""
    text = request.GET.get("payer", "").strip()
    found = _hits(request, desk, text)
    hits = [hit for hit in found if hit.number != number and hit.is_active]
    return show(request, desk, "counter/payers.html", {"q": text, "hits": hits})


def _hits(request: HttpRequest, desk: Desk, text: str) -> list[Member]:
    """Whom the text may mean. Raises SearchedTooOften."""
    if not text:
        return []
    count_search(request)
    return search_members(text, [desk.store], MOST_HITS)


def _notice(text: str, hits: list[Member]) -> CardNotActive | None:
    """Why a card that was lost or replaced opens nothing."""
    if not text or hits:
        return None
    try:
        card_in_use(text)
    except UnknownCard:
        return None
    except CardNotActive as refusal:
        return refusal
    return None


def home_page(
    request: HttpRequest, desk: Desk, context: dict[str, object], status: int = 200
) -> HttpResponse:
    """The counter without a member, with what was just done on top."""
    done = outcome_of(read_uuid(request.GET.get("done", "")), stores=desk.stores)
    if done and done.booking.member:
        done = None
    context = {"done": done, "may_pay_back_done": _may_come_back(done, desk), **context}
    return show(request, desk, "counter/home.html", context, status)


def _may_come_back(done: Result | None, desk: Desk) -> bool:
    """Whether what was just done is a bill that is paid back here if it was a mistake."""
    return bool(
        done and done.sale and done.booking.is_standing and done.booking.store == desk.store
    )


@at_the_counter("GET", "POST")
def enrol(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Make a member of whoever stands there, and open their sheet."""
    if request.method == "GET":
        form = EnrolmentForm(initial=first_guess(request.GET.get("q", "")))
        form.focus_first_gap()
        return _enrol_panel(request, desk, form)
    form = EnrolmentForm(request.POST)
    if not form.is_valid():
        return _enrol_panel(request, desk, form, status=422)
    try:
        entry = request_id(request)
        member = enrol_at_counter(
            request_id=entry, store=desk.store, at=desk.at, by=desk.user, **form.details()
        )
    except DomainError as error:
        return _enrol_panel(request, desk, form, refusal=error, status=422)
    return go(request, member_url(member, done=entry))


def _enrol_panel(
    request: HttpRequest,
    desk: Desk,
    form: EnrolmentForm,
    *,
    refusal: DomainError | None = None,
    status: int = 200,
) -> HttpResponse:
    facts = panel_facts(reverse("counter:enrol"), refusal) | {"form": form}
    if is_htmx(request):
        return show(request, desk, "counter/panels/enrol.html", facts, status)
    return home_page(request, desk, facts | {"panel": "counter/panels/enrol.html"}, status)


@at_the_counter("POST")
def choose(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Work in another store or at another till from now on."""
    code = request.POST.get("to", "")
    if code not in {store.code for store in desk.stores}:
        raise StoreNotYours(store=code)
    choose_store(request, code)
    request.session[TILL_IN_SESSION] = request.POST.get("to_till", "")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = home_url()
    return HttpResponseRedirect(back)
