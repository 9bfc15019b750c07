"""Every refusal in one shape, {code, message, params}, in the language the caller reads."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import set_rollback

from common.edges import NoStoreToWorkIn, StoreNotYours
from common.errors import DomainError, Text
from ledger.operations.posting import TRANSIENT
from ledger.operations.refusals import UnknownTxn
from ledger.operations.sale_refunds import UnknownSale
from members.queries import UnknownCard, UnknownMember

NOT_FOUND: tuple[type[DomainError], ...] = (
    UnknownMember,
    UnknownCard,
    UnknownTxn,
    UnknownSale,
)
FORBIDDEN: tuple[type[DomainError], ...] = (StoreNotYours, NoStoreToWorkIn)
RETRY_AFTER_SECONDS = "2"


class UnknownReference(DomainError):
    """A code in the request names nothing."""

    code = "unknown_reference"
    message = _("%(field)s %(value)s is not known here. Check the code, or set it up first.")


class ScopeMissing(DomainError):
    """The key is good, but not for this."""

    code = "scope_missing"
    message = _("This key does not allow it: it lacks the scope %(scope)s. Ask an owner.")


class NotForTills(DomainError):
    """An entry that no till made: a month's grant, an adjustment, an imported balance."""

    code = "not_for_tills"
    message = _("A till cannot undo this entry. Ask a manager.")


class StoreClosed(DomainError):
    """The till stands in a store that trades no more."""

    code = "store_closed"
    message = _(
        "The store %(store)s is closed. Nothing can be done with its tills unless an owner "
        "opens it again."
    )


class Spoken(exceptions.APIException):
    """A fault of the request that says its own sentence."""

    default_code: str
    sentence: Text


class BodyTooLarge(Spoken):
    """The body is larger than any request of this API needs to be."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
    sentence = _("The request is larger than 1 MB. Send it in smaller parts.")


class FileOverLimit(BodyTooLarge):
    """The file is larger than any that is taken in."""

    sentence = _("The file is larger than 25 MB. Split it and send the parts.")


class NotAForm(Spoken):
    """A file was to be sent, and came in another way."""

    status_code = status.HTTP_415_UNSUPPORTED_MEDIA_TYPE
    default_code = "not_a_form"
    sentence = _("Send a form with the file, with the content type multipart/form-data.")


class MalformedForm(Spoken):
    """The parts of the form cannot be told apart."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "malformed_form"
    sentence = _("The form cannot be read. Send it as multipart/form-data with a boundary.")


MESSAGES: dict[int, tuple[str, Text]] = {
    401: (
        "not_authenticated",
        _("Send the key of a till that is in use: Authorization: Api-Key …"),
    ),
    403: ("forbidden", _("You may not do this.")),
    404: ("not_found", _("There is nothing at this address.")),
    405: ("method_not_allowed", _("This address does not take this method.")),
    415: ("not_json", _("Send JSON, with the content type application/json.")),
    429: ("too_many_requests", _("This till asks too often. Wait a moment and try again.")),
    503: ("busy", _("The system is busy. Send the same request again, with the same id.")),
}
UNREADABLE = ("malformed_json", _("The request is not valid JSON, or not a JSON object."))
INVALID = ("invalid_request", _("The request has errors. Correct the fields that are named."))


def status_of(error: DomainError) -> int:
    """The HTTP status of a refusal: 404 for what was addressed and is not, 403 for scope."""
    if isinstance(error, (*NOT_FOUND, UnknownReference)):
        return status.HTTP_404_NOT_FOUND
    if isinstance(error, (*FORBIDDEN, ScopeMissing, NotForTills, StoreClosed)):
        return status.HTTP_403_FORBIDDEN
    return status.HTTP_409_CONFLICT


def answer_to(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: the answer to any refusal; None for a bug of ours, which rises."""
    if isinstance(error, DomainError):
        return _response(status_of(error), error.as_dict())
    if isinstance(error, OperationalError):
        return _busy(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if not isinstance(error, exceptions.APIException):
        return None
    response = _response(error.status_code, _envelope(error))
    for name, value in _headers(error).items():
        response.headers[name] = value
    return response


def _envelope(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        return _said(*INVALID, errors=list(_flat(error.get_full_details())))
    if isinstance(error, exceptions.ParseError):
        return _said(*UNREADABLE)
    if isinstance(error, Spoken):
        return _said(error.default_code, error.sentence)
    return _said(*MESSAGES.get(error.status_code, MESSAGES[403]))


def _said(code: str, message: Text, **params: Any) -> dict[str, Any]:
    return {"code": code, "message": str(message), "params": params}


def _response(code: int, body: dict[str, Any]) -> Response:
    set_rollback()
    return Response(body, status=code)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    wait = getattr(error, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    return headers


def _busy(error: OperationalError) -> Response | None:
    """503 when PostgreSQL gave the request up for a lock; anything else is not the caller's."""
    if getattr(error.__cause__, "sqlstate", None) not in TRANSIENT:
        return None
    response = _response(503, _said(*MESSAGES[503]))
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _flat(details: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Nested details of a validation error as a list of {field, code, message}."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        yield {"field": path, "code": details["code"], "message": str(details["message"])}
    elif isinstance(details, dict):
        for name, inner in details.items():
            yield from _flat(inner, path if name == "non_field_errors" else _join(path, name))
    else:
        yield from _flat_list(details, path)


def _flat_list(details: list[Any], path: str) -> Iterator[dict[str, str]]:
    is_leaf = all(isinstance(one, dict) and set(one) == {"message", "code"} for one in details)
    for position, inner in enumerate(details):
        yield from _flat(inner, path if is_leaf else _join(path, str(position)))


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
