"""What every endpoint does before its own work: key, scope, throttle, strict reading."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.views import APIView

from ledger.api.errors import answer_to
from ledger.api.keys import HasScope, TillKeyAuthentication, TillThrottle
from ledger.api.parsing import AlwaysJSON, ASCIIRenderer, StrictJSONParser


class TillView(APIView):
    """A view for tills; each names its ``scopes``, and without any nobody gets in."""

    scopes: ClassVar[tuple[str, ...]] = ()
    scopes_by_method: ClassVar[dict[str, tuple[str, ...]]] = {}
    authentication_classes = (TillKeyAuthentication,)
    permission_classes = (HasScope,)
    throttle_classes = (TillThrottle,)
    parser_classes: Sequence[type[BaseParser]] = (StrictJSONParser,)
    renderer_classes = (ASCIIRenderer,)
    content_negotiation_class: type[BaseContentNegotiation] = AlwaysJSON
    http_method_names = ["get", "post", "head"]

    def needed_scopes(self) -> tuple[str, ...]:
        """Any one of these lets the request in."""
        return self.scopes_by_method.get(self.request.method or "", self.scopes)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Answer every refusal in one shape."""
        return answer_to
