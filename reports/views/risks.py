"""What staff did that an owner should look at."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.edges import answers_refusals, roles_required
from members.models import User
from reports.queries.risks import watched
from reports.views.page import question_of, show

READERS = (User.Role.OWNER, User.Role.AUDITOR)
DAYS = 30


@require_safe
@roles_required(*READERS)
@answers_refusals
def risks(request: HttpRequest) -> HttpResponse:
    """Each watch with what it found in the last 30 days, or in the period asked for.

    Unlike a figure it looks at today too: what goes wrong now should be seen now.
    """
    question = question_of(request)
    now = timezone.now()
    today = max((store.business_date(now) for store in question.scope.stores), default=now.date())
    end = question.end or today
    start = question.start or end - timedelta(days=DAYS - 1)
    found = watched(question.scope, start=start, end=end)
    facts = {
        "start": start,
        "end": end,
        "watched": found,
        "count": sum(len(one.incidents) for one in found),
    }
    return show(request, "reports/risks.html", question, facts)
