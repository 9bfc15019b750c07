"""Read a body strictly: small, JSON, an object, each name once."""

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from ledger.api.errors import BodyTooLarge

LARGEST_BODY_BYTES = 1024 * 1024


class StrictJSONParser(BaseParser):
    """JSON as RFC 8259 has it: no NaN, no name twice, no depth that breaks the reader."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body. Raises BodyTooLarge, ParseError."""
        raw = stream.read(LARGEST_BODY_BYTES + 1)
        if len(raw) > LARGEST_BODY_BYTES:
            raise BodyTooLarge
        try:
            return json.loads(
                raw.decode("utf-8"),
                object_pairs_hook=_once_each,
                parse_constant=_refuse_constant,
            )
        except (ValueError, RecursionError) as error:
            raise ParseError from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Of a name given twice one reader takes the first value and another the last.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


class ASCIIRenderer(JSONRenderer):
    """JSON in plain ASCII: half a surrogate pair that a caller sent can be shown to them safely."""

    charset = None
    ensure_ascii = True


class AlwaysJSON(BaseContentNegotiation):
    """There is one format; what a caller says to accept does not change it."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """The parser, if the body says to be JSON."""
        found = (request.content_type or "").split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == found), None)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer."""
        return renderers[0], renderers[0].media_type
