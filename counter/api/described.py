"""Tell the OpenAPI schema what an endpoint takes, answers and refuses."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_view
from drf_spectacular.utils import extend_schema as described_method

from counter.api.answered import ErrorAnswer, Shape

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
# Of these fields one is needed.
EITHER = {"TopUpAsked": ("offer", "amount"), "LineAsked": ("product", "description")}
READ = (400, 401, 403, 404, 405, 429)
WRITE = tuple(REFUSALS)
REPLAYED = OpenApiParameter(
    "Idempotent-Replay",
    bool,
    OpenApiParameter.HEADER,
    response=[200, 201, 409],
    description="`true` when the id was seen before and this is the first answer again.",
)


def reads(
    *, name: str, answers: type[Shape], asks: list[Any] | None = None, scopes: tuple[str, ...]
) -> Callable[[Any], Any]:
    """Describe a view that reads by GET."""
    return extend_schema_view(
        get=described_method(
            operation_id=name,
            tags=["Reading"],
            parameters=asks or [],
            description=_scopes(scopes),
            responses={200: answers, **_refusals(READ)},
        )
    )


def writes(*, name: str, asks: Any, answers: type[Shape], scopes: tuple[str, ...]) -> Any:
    """Describe a view that writes by POST, once for each id."""
    return extend_schema_view(
        post=described_method(
            operation_id=name,
            tags=["Writing"],
            request=asks,
            parameters=[REPLAYED],
            description=_scopes(scopes),
            responses={
                201: OpenApiResponse(answers, "Done."),
                200: OpenApiResponse(answers, "Done before: the first answer to this id."),
                **_refusals(WRITE),
            },
        )
    )


def _refusals(codes: tuple[int, ...]) -> dict[int, OpenApiResponse]:
    return {code: OpenApiResponse(ErrorAnswer, REFUSALS[code]) for code in codes}


def _scopes(scopes: tuple[str, ...]) -> str:
    return "Scope of the key: " + " or ".join(f"`{scope}`" for scope in scopes) + "."


def close_objects(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Say in the schema what the fields say: an object that is asked has no other names."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Asked"):
            schema["additionalProperties"] = False
        if name in EITHER:
            schema["anyOf"] = [{"required": [field]} for field in EITHER[name]]
    return result
