"""What is answered, as the schema tells it: the shape of a refusal, and which status means what."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

Shape = serializers.Serializer[Any]


class ErrorAnswer(Shape):
    """Every refusal: a stable code, a sentence in the caller's language, and its facts."""

    code = serializers.CharField()
    message = serializers.CharField()
    params = serializers.DictField()


REFUSALS = {
    400: "The request is no JSON, or has errors; `params.errors` names each field.",
    401: "No key, or one that opens nothing.",
    403: "The key lacks the scope, or it concerns another store.",
    404: "A member, an operation or a code in the request is not known here.",
    405: "The address does not take this method.",
    409: "Refused by a rule, or the id was used for another request (`request_reused`).",
    413: "The body is larger than 1 MB.",
    415: "The body is not JSON.",
    429: "This till asks too often; `Retry-After` says when to try again.",
    503: "A lock could not be had in time; send the same request again.",
}
READ = (400, 401, 403, 404, 405, 429)
WRITE = tuple(REFUSALS)


def refusals_said(codes: tuple[int, ...]) -> dict[int, OpenApiResponse]:
    """The refusals of these statuses, for the schema."""
    return {code: OpenApiResponse(ErrorAnswer, REFUSALS[code]) for code in codes}


def scopes_said(scopes: tuple[str, ...]) -> str:
    """Which scopes open an endpoint, for the schema."""
    return "Scope of the key: " + " or ".join(f"`{scope}`" for scope in scopes) + "."
