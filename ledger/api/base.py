"""What every endpoint does before its own work: key, scope, throttle, strict reading."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, ClassVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.money import in_shop_of
from ledger.api.errors import answer_to
from ledger.api.keys import HasScope, TillKeyAuthentication, TillThrottle, key_of
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

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as the till's shop writes money."""
        with ExitStack() as self.meanwhile:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in whom a key opens it to, and find the shop."""
        super().initial(request, *args, **kwargs)
        self.meanwhile.enter_context(in_shop_of(key_of(request).till.store.currency))

    def needed_scopes(self) -> tuple[str, ...]:
        """Any one of these lets the request in."""
        return self.scopes_by_method.get(self.request.method or "", self.scopes)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Answer every refusal in one shape."""
        return answer_to
