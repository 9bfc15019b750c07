"""How often one person or till may do what harms when done without end, counted in the cache.

Two requests of the same moment may count as one, which is exact enough for people.
"""

import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.throttling import SimpleRateThrottle

from common.errors import DomainError

log = logging.getLogger(__name__)


class DoneTooOften(DomainError):
    """Somebody did it more often than the shop allows; ``seconds`` is how long to wait."""


class SearchedTooOften(DoneTooOften):
    """The person searched more often than serving members takes."""

    code = "searched_too_often"
    message = _(
        "You have searched more often than serving members takes. Wait %(seconds)s s and search "
        "again, or ask an owner for a higher limit."
    )


class UploadedTooOften(DoneTooOften):
    """Files came more often than anybody brings a shop over."""

    code = "uploaded_too_often"
    message = _(
        "Too many files were sent in a short time. Wait %(seconds)s s and send the file again."
    )


class RateThrottle(SimpleRateThrottle):
    """So often in so long for each who does it, wherever they are logged in."""

    def __init__(self, rate: str, who: str) -> None:
        self.rate, self.who = rate, who
        super().__init__()

    def get_cache_key(self, request: Any, view: Any) -> str:
        """One counter for each doer and rate."""
        return f"rates:{self.who}:{self.rate}"


def count_search(request: HttpRequest) -> None:
    """Count a search for members by the person, far above a busy till, far below a harvest.

    Whoever types digits long enough would read the whole list of members. Raises SearchedTooOften,
    which the log of the program tells.
    """
    _count(settings.SEARCH_RATES, f"searches:{request.user.pk}", SearchedTooOften)


def count_upload(who: str) -> None:
    """Count a file that was sent by ``who``, a person or a till. Raises UploadedTooOften."""
    _count(settings.UPLOAD_RATES, f"uploads:{who}", UploadedTooOften)


def _count(rates: Sequence[str], who: str, refusal: type[DoneTooOften]) -> None:
    for rate in rates:
        throttle: Any = RateThrottle(rate, who)
        if not throttle.allow_request(request=None, view=None):
            log.warning("%s came more often than %s", who, rate)
            raise refusal(seconds=max(1, round(throttle.wait() or 1)))
