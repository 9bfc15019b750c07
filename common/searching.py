"""How often one person may search for members: far above a busy till, far below a harvest.

Whoever types digits long enough would read the whole list of members. Both limits are counted in
the cache; two requests of the same moment may count as one, which is exact enough for people.
"""

import logging
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.throttling import SimpleRateThrottle

from common.errors import DomainError

log = logging.getLogger(__name__)


class SearchedTooOften(DomainError):
    """The person searched more often than serving members takes."""

    code = "searched_too_often"
    message = _(
        "You have searched more often than serving members takes. Wait %(seconds)s s and search "
        "again, or ask an owner for a higher limit."
    )


class SearchThrottle(SimpleRateThrottle):
    """So many searches in so long for each person, wherever they are logged in."""

    def __init__(self, rate: str) -> None:
        self.rate = rate
        super().__init__()

    def get_cache_key(self, request: Any, view: Any) -> str:
        """One counter a person and rate."""
        return f"searches:{self.rate}:{request.user.pk}"


def count_search(request: HttpRequest) -> None:
    """Count a search of the person. Raises SearchedTooOften, which the log of the program tells."""
    for rate in settings.SEARCH_RATES:
        throttle: Any = SearchThrottle(rate)
        if not throttle.allow_request(request, view=None):
            log.warning("user %s searched more than %s", request.user.pk, rate)
            raise SearchedTooOften(seconds=max(1, round(throttle.wait() or 1)))
