"""Tells a load balancer, or a waiting person, whether web, database and worker are well."""

from django.db import Error
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from config import heartbeat
from config.durability import commits_are_durable


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when all is well, else 503; the body says which part is not."""
    parts = {
        "web": True,
        "database": _database_answers(),
        "worker": heartbeat.is_fresh(at=timezone.now()),
    }
    healthy = all(parts.values())
    return JsonResponse({"healthy": healthy, **parts}, status=200 if healthy else 503)


def _database_answers() -> bool:
    try:
        return commits_are_durable()
    except Error:
        return False
