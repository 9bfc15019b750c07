"""Who asks: a till shows its key, and the key says in which store and for what."""

import re
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from ledger.api.errors import ScopeMissing, StoreClosed
from members.models import TillKey

KEYWORD = "Api-Key"
HEADER = re.compile(rb"api-key +([A-Za-z0-9]{1,32}\.[A-Za-z0-9]{1,128})", re.IGNORECASE)


class TillKeyAuthentication(BaseAuthentication):
    """``Authorization: Api-Key …``: ``request.auth`` becomes the key, with its till and store."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, TillKey]:
        """The key that was shown. Raises AuthenticationFailed for none, a revoked or an old one."""
        found = HEADER.fullmatch(get_authorization_header(request))
        key = _usable(found[1].decode()) if found else None
        if key is None:
            raise AuthenticationFailed
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return KEYWORD


def key_of(request: Request) -> TillKey:
    """The key that a request showed; for views, which run only with one."""
    return cast(TillKey, request.auth)


def _usable(text: str) -> TillKey | None:
    keys = TillKey.objects.select_related("till__store__entity").filter(revoked=False)
    key: TillKey | None = keys.filter(prefix=text.partition(".")[0]).first()
    if key is None or not key.is_valid(text) or key.has_expired or not key.till.is_active:
        return None
    return key


class HasScope(BasePermission):
    """The key holds a scope that the view needs, and its store is open."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let the key in. Raises ScopeMissing, StoreClosed."""
        key = key_of(request)
        scopes = view.needed_scopes()
        if not key.till.store.is_open:
            raise StoreClosed(store=key.till.store.name)
        if not any(key.allows(scope) for scope in scopes):
            raise ScopeMissing(scope=" | ".join(scopes))
        return True


class TillThrottle(SimpleRateThrottle):
    """So many requests a minute for each till, whichever of its keys it shows."""

    scope = "till"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """One counter a till."""
        return self.cache_format % {"scope": self.scope, "ident": key_of(request).till_id}


class TillKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the schema how a key is shown."""

    target_class = "ledger.api.keys.TillKeyAuthentication"
    name = "TillKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme as OpenAPI writes it."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Api-Key` and the till's key, as in `Authorization: Api-Key abc.def`.",
        }
