"""The answers when something is refused or breaks: a page for people, JSON for machines."""

from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

API_MESSAGES = {
    400: ("bad_request", _("The request could not be understood.")),
    403: ("forbidden", _("You may not do this.")),
    404: ("not_found", _("There is nothing at this address.")),
    413: (
        "too_large",
        _("The request is larger than 25 MB. Send it in smaller parts."),
    ),
    429: ("locked_out", _("Too many wrong passwords. Wait 15 minutes and try again.")),
    500: ("server_error", _("Something went wrong on our side. It has been logged.")),
}


def _answer(request: HttpRequest, status: int, template: str = "") -> HttpResponse:
    """Answer with the page of ``status``, or with the API's error shape under /api/."""
    if request.path.startswith("/api/"):
        code, message = API_MESSAGES[status]
        return JsonResponse({"code": code, "message": str(message), "params": {}}, status=status)
    return render(request, f"errors/{template or status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: the request makes no sense; 413 when it is more than a form may hold."""
    if isinstance(exception, RequestDataTooBig):
        return upload_too_large(request)
    return _answer(request, 400)


def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """403: not for this person."""
    return _answer(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form is too old or came from elsewhere."""
    return _answer(request, 403, "403_csrf")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: nothing here."""
    return _answer(request, 404)


def upload_too_large(request: HttpRequest) -> HttpResponse:
    """413: more than the upload limit."""
    return _answer(request, 413)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """429: too many wrong passwords for this name from this address."""
    return _answer(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a bug of ours; the page needs no context that could break again."""
    return _answer(request, 500)
