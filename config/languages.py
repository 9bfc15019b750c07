"""The language menu: what a person chooses stays theirs on every device."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST
from django.views.i18n import set_language


@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """Speak ``language`` from now on: by cookie, and on the account of whoever is signed in."""
    response = set_language(request)
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and request.user.is_authenticated:
        request.user.language = language
        request.user.save(update_fields=["language"])
    return response
