"""What every request passes through: content policy, limits, language, time zone."""

from collections.abc import Callable
from typing import override

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import reverse
from django.utils import timezone, translation

from common.money import in_shop_of
from config.errors import upload_too_large

GetResponse = Callable[[HttpRequest], HttpResponse]


class ContentPolicyMiddleware(CSPMiddleware):
    """The content policy, loosened where a vendored interface cannot do without.

    The admin theme compiles expressions and sets inline styles; the API browser sets inline
    styles. Inline scripts stay forbidden everywhere.
    """

    @override
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Add to the strict policy what the page at this path needs."""
        parts = super().get_policy_parts(request, response, report_only)
        parts.update = {**(parts.update or {}), **_allowances(request.path)}
        return parts


def _allowances(path: str) -> dict[str, list[str]]:
    if path.startswith(reverse("admin:index")):
        return {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
    if path == reverse("api-docs"):
        return {"style-src": [UNSAFE_INLINE]}
    return {}


class UploadLimitMiddleware:
    """Refuse a body over the limit before any of it is read."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer 413 by the length the client declares; the server reads no more than that."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdigit() and int(length) > settings.UPLOAD_LIMIT_BYTES:
            return upload_too_large(request)
        return self.get_response(request)


class NullCharacterMiddleware:
    """Refuse an address with a null character: nobody types one, PostgreSQL cannot hold it.

    What forms and the API take in their bodies, they check themselves.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Raise BadRequest, which becomes the answer 400."""
        asked = (text for texts in request.GET.lists() for text in texts[1])
        if "\x00" in request.path or any("\x00" in str(text) for text in asked):
            raise BadRequest("a null character in the address")
        return self.get_response(request)


class UserLanguageMiddleware:
    """Speak the language the signed-in person chose, whatever the browser prefers."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Switch for this request alone; the locale middleware outside has set the default."""
        language = getattr(request.user, "language", "")
        if not language:
            return self.get_response(request)
        with translation.override(language):
            request.LANGUAGE_CODE = translation.get_language() or language
            response = self.get_response(request)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
        response.headers["Content-Language"] = language
        return response


class StoreTimeZoneMiddleware:
    """Show moments in the time zone of the person's first store; owners of many see that one's.

    The sign of money is the one people use in that store.
    """

    IN_SESSION = "time_zone"
    CURRENCY = "currency"

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Switch for this request alone; the store is looked up once a session."""
        if not request.user.is_authenticated:
            return self.get_response(request)
        kept = request.session
        if self.IN_SESSION not in kept or self.CURRENCY not in kept:
            first = request.user.visible_stores().order_by("code").first()
            kept[self.IN_SESSION] = first.time_zone if first else settings.TIME_ZONE
            kept[self.CURRENCY] = first.currency if first else ""
        with timezone.override(kept[self.IN_SESSION]), in_shop_of(kept[self.CURRENCY]):
            response = self.get_response(request)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
        return response
