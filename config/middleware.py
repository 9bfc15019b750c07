"""What every request passes through: content policy, upload limit, the user's language."""

from collections.abc import Callable

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation

from config.errors import upload_too_large

GetResponse = Callable[[HttpRequest], HttpResponse]


class LoosenedCspMiddleware:
    """Loosen the content policy where a vendored interface cannot do without.

    The admin theme compiles expressions and sets inline styles; the API browser sets inline
    styles. Inline scripts stay forbidden everywhere.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Keep the next step."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mark the answer for the policy middleware outside."""
        response = self.get_response(request)
        if request.path.startswith(reverse("admin:index")):
            update = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}
            response._csp_update = update  # type: ignore[attr-defined]  # read by django-csp
        elif request.path == reverse("api-docs"):
            update = {"style-src": [UNSAFE_INLINE]}
            response._csp_update = update  # type: ignore[attr-defined]  # read by django-csp
        return response


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
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
        response.headers["Content-Language"] = language
        return response
