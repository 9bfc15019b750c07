"""Tell the OpenAPI schema what an endpoint takes, answers and refuses."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_view
from drf_spectacular.utils import extend_schema as described_method

from ledger.api.shapes import READ, WRITE, Shape, refusals_said, scopes_said

# Of these fields one is needed.
EITHER = {"TopUpAsked": ("offer", "amount"), "LineAsked": ("product", "description")}
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
            description=scopes_said(scopes),
            responses={200: answers, **refusals_said(READ)},
        )
    )


def writes(*, name: str, answers: type[Shape]) -> Callable[[Any], Any]:
    """Describe a view that writes by POST, once for each id: what it asks, its scopes."""

    def describe(view: Any) -> Any:
        said = described_method(
            operation_id=name,
            tags=["Writing"],
            request=view.asks,
            parameters=[REPLAYED],
            description=scopes_said(view.scopes_by_method.get("POST", view.scopes)),
            responses={
                201: OpenApiResponse(answers, "Done."),
                200: OpenApiResponse(answers, "Done before: the first answer to this id."),
                **refusals_said(WRITE),
            },
        )
        return extend_schema_view(post=said)(view)

    return describe


def close_objects(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Say in the schema what the fields say: an object that is asked has no other names."""
    for name, schema in result.get("components", {}).get("schemas", {}).items():
        if name.endswith("Asked"):
            schema["additionalProperties"] = False
        if name in EITHER:
            schema["anyOf"] = [{"required": [field]} for field in EITHER[name]]
    return result
