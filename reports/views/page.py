"""What every report page does: who may read, which stores, what is asked, how fresh it is."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.edges import answers_refusals, roles_required
from common.errors import DomainError
from ledger.queries.rollups import freshness
from members.models import Store, User
from reports.queries.figure import Question
from reports.queries.scope import Scope, scope_of

READERS = (User.Role.MANAGER, User.Role.OWNER, User.Role.AUDITOR)
OPTIONS = ("kind", "days", "granularity", "measure", "event", "offer")

# Figures look years back and ahead, and dates end in both directions.
FIRST_YEAR, LAST_YEAR = 1950, 2200

# A page, or a file that streams.
type View = Callable[..., Any]


class DayUnreadable(DomainError):
    """The address names a day that is none, or none a shop has books of."""

    code = "day_unreadable"
    message = _("%(text)s is not a day. Write it like 2026-05-01.")


def report_page(view: View) -> View:
    """Let managers, owners and auditors in; a refusal becomes a page that says why."""
    return roles_required(*READERS)(answers_refusals(view))


def question_of(request: HttpRequest) -> Question:
    """What the address asks, within the stores of the person who asks.

    Raises StoreUnknown, DayUnreadable.
    """
    scope = scope_of(_reader(request), request.GET.get("store", ""))
    return Question(
        as_of=_day(request, "as_of") or last_closed(scope),
        scope=scope,
        start=_day(request, "from"),
        end=_day(request, "to"),
        partial="partial" in request.GET,
        **{name: request.GET.get(name, "")[:40] for name in OPTIONS},
    )


def last_closed(scope: Scope) -> date:
    """The last business date that is over in every store in view."""
    return scope.last_closed_date(timezone.now())


def show(
    request: HttpRequest, template: str, question: Question, facts: dict[str, Any]
) -> HttpResponse:
    """Render a report with what every report shows."""
    stores = Store.objects.visible_to(_reader(request)).order_by("code")
    return render(
        request,
        template,
        facts
        | {
            "question": question,
            "stores": stores,
            "store_code": question.scope.code,
            "freshness": freshness(),
        },
    )


def _reader(request: HttpRequest) -> User:
    """The person ``report_page`` let in."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _day(request: HttpRequest, name: str) -> date | None:
    text = request.GET.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DayUnreadable(text=text[:40]) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DayUnreadable(text=text[:40])
    return day
