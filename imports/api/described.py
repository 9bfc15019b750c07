"""Tell the OpenAPI schema what the addresses of imports take, answer and refuse."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema_view
from drf_spectacular.utils import extend_schema as described_method

from common.edges import XLSX
from imports.api.answered import ImportAnswer, ImportsAnswer, MappingAnswer
from imports.api.forms_read import ImportAsked
from ledger.api.shapes import READ, WRITE, refusals_said, scopes_said

TAGS = ["Imports"]
NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)
LATER = OpenApiResponse(ImportAnswer, "The worker has it; `url` tells how far it is.")

type Describes = Callable[[Any], Any]


def asks_file(*, scopes: tuple[str, ...]) -> Describes:
    """Describe the address that takes a file."""
    return extend_schema_view(
        post=described_method(
            operation_id="send_import",
            tags=TAGS,
            request={"multipart/form-data": ImportAsked},
            description=scopes_said(scopes),
            responses={
                201: OpenApiResponse(ImportAnswer, "Checked, and run unless it is a dry run."),
                200: OpenApiResponse(ImportAnswer, "Sent before: how that import stands."),
                202: LATER,
                **refusals_said(WRITE),
            },
        )
    )


def acts(*, name: str, scopes: tuple[str, ...], asks: Any = None) -> Describes:
    """Describe a verb on one import: its number says which, ``asks`` what else it needs."""
    return extend_schema_view(
        post=described_method(
            operation_id=name,
            tags=TAGS,
            request=asks,
            parameters=[NUMBER],
            description=scopes_said(scopes),
            responses={200: ImportAnswer, 202: LATER, **refusals_said(WRITE)},
        )
    )


def reads_one(*, scopes: tuple[str, ...]) -> Describes:
    """Describe the address of one import."""
    return _reads("find_import", ImportAnswer, [NUMBER], scopes)


def reads_several(*, scopes: tuple[str, ...]) -> Describes:
    """Describe the list of imports."""
    return _reads("list_imports", ImportsAnswer, [], scopes)


def reads_mapping(*, scopes: tuple[str, ...]) -> Describes:
    """Describe the address of what the columns mean."""
    return _reads("find_mapping", MappingAnswer, [NUMBER], scopes)


def gives_workbook(*, scopes: tuple[str, ...]) -> Describes:
    """Describe the address of a workbook."""
    return _reads("rows_not_imported", {(200, XLSX): OpenApiTypes.BINARY}, [NUMBER], scopes)


def _reads(name: str, answers: Any, asks: list[Any], scopes: tuple[str, ...]) -> Describes:
    answered = answers if isinstance(answers, dict) else {200: answers}
    return extend_schema_view(
        get=described_method(
            operation_id=name,
            tags=TAGS,
            parameters=asks,
            description=scopes_said(scopes),
            responses={**answered, **refusals_said(READ)},
        )
    )
