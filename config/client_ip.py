"""The address a request comes from, believing only proxies of our own."""

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the client's address.

    With ``TRUSTED_PROXIES`` = n the n-th address from the right of ``X-Forwarded-For`` is
    taken: what stands left of it was written by the client and proves nothing.
    """
    remote: str = request.META.get("REMOTE_ADDR", "")
    trusted: int = settings.TRUSTED_PROXIES
    forwarded: str = request.META.get("HTTP_X_FORWARDED_FOR", "")
    hops = [hop.strip() for hop in forwarded.split(",")]
    if trusted < 1 or len(hops) < trusted or not hops[-trusted]:
        return remote
    return hops[-trusted]
