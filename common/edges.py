"""What every screen does around its one call: who may, in which store, which id, what refused.

The people and stores themselves belong to a higher app; here they are known by what they can do.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import wraps
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

from celery import current_app
from celery.exceptions import OperationalError
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError

type View = Callable[..., HttpResponse]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

STORE_IN_SESSION = "store"
LOGIN = "account_login"


class Person(Protocol):
    """A member of staff, as far as the edges need to know."""

    role: str
    is_authenticated: bool
    is_active: bool
    is_superuser: bool

    def visible_stores(self) -> Any:
        """The stores this person may see, as a queryset."""


class NoStoreToWorkIn(DomainError):
    """The person is assigned to no open store."""

    code = "no_store_to_work_in"
    message = _("You are not assigned to any open store. Ask an owner to assign you to one.")


class StoreNotYours(DomainError):
    """The store is outside the person's scope, or there is none of that code."""

    code = "store_not_yours"
    message = _("You do not work in the store %(store)s. Choose one of your own stores.")


class RequestIdMissing(DomainError):
    """A verb that moves value came without the id that makes a repetition harmless."""

    code = "request_id_missing"
    message = _("The request carries no valid id. Reload the page and try again.")


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asked, which swaps the answer into the page."""
    return request.headers.get("HX-Request") == "true"


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asked."""
    return request.path.startswith("/api/") or (
        request.get_preferred_type(["text/html", "application/json"]) == "application/json"
    )


def has_role(user: Any, roles: Iterable[str]) -> bool:
    """Whether an active member of staff holds one of the roles; a superuser holds all."""
    if not (user.is_authenticated and user.is_active):
        return False
    return user.is_superuser or user.role in set(roles)


def roles_required(*roles: str) -> Callable[[View], View]:
    """Let only these roles in: others get 403, strangers the login page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_login(request)
            if not has_role(request.user, roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def to_login(request: HttpRequest) -> HttpResponse:
    """Send a stranger to the login page and back afterwards; a program gets 401."""
    if wants_json(request):
        body = {"code": "not_logged_in", "message": str(_("Log in.")), "params": {}}
        return JsonResponse(body, status=401)
    login = redirect_to_login(_page_of(request), resolve_url(LOGIN))
    if not is_htmx(request):
        return login
    # A fragment of the login page inside the page would help nobody: the whole page goes there.
    response = HttpResponse(status=204)
    response["HX-Redirect"] = login.url
    return response


def _page_of(request: HttpRequest) -> str:
    """The page the person is on: the one asked for, or the one a form was sent from."""
    if request.method == "GET" and not is_htmx(request):
        return request.get_full_path()
    came_from = urlsplit(_came_from(request))
    return urlunsplit(("", "", came_from.path or "/", came_from.query, ""))


def _came_from(request: HttpRequest) -> str:
    """The page of ours that a form was sent from; nothing where it is another site's or unsaid."""
    back = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    ours = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(back, ours, require_https=request.is_secure())
    return back if is_ours else ""


def choose_store(request: HttpRequest, code: str) -> Any:
    """Work in the store of this code from now on. Raises StoreNotYours."""
    stores = request.user.visible_stores().open()  # type: ignore[union-attr]  # signed in
    store = stores.filter(code=code).first()
    if store is None:
        raise StoreNotYours(store=code)
    request.session[STORE_IN_SESSION] = store.pk
    return store


def read_uuid(text: str) -> UUID | None:
    """The id the text is; None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def request_id(request: HttpRequest, field: str = "request_id") -> UUID:
    """The id the client made for this request, from the form or the Idempotency-Key header.

    Raises RequestIdMissing.
    """
    found = read_uuid(request.POST.get(field) or request.headers.get("Idempotency-Key", ""))
    if found is None:
        raise RequestIdMissing
    return found


def answers_refusals(view: View) -> View:
    """Turn a refusal into an answer a person or a program understands.

    A program gets 409 and the refusal's ``as_dict``; htmx 422 and a red message to swap in; a
    plain form goes back to the page it came from with the message, any other page is a 409.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as error:
            return refusal_answer(request, error)

    return answered


def refusal_answer(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer to a refused request; see ``answers_refusals``."""
    if wants_json(request):
        return JsonResponse(error.as_dict(), status=409)
    if is_htmx(request):
        return render(request, "common/refusal.html", {"error": error}, status=422)
    back = _came_from(request)
    if request.method == "POST" and back:
        messages.error(request, str(error))
        return HttpResponseRedirect(back)
    return render(request, "common/refused.html", {"error": error}, status=409)


def wake_worker(task: str) -> None:
    """Send the worker a task by its name; without a broker it finds what waits by the clock."""
    with suppress(OperationalError):
        current_app.send_task(task)
