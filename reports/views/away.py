"""The list of members who stay away, page by page, and as a file."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from members.models import Tier
from reports.queries.away import DAYS, Away, everyone, export_rows, how_many, page_after
from reports.queries.registry import ask
from reports.views.files import table_file
from reports.views.page import question_of, report_page, show


@require_safe
@report_page
def away(request: HttpRequest) -> HttpResponse:
    """Members lapsed for so many days, or overdue by their own rhythm."""
    question = question_of(request)
    wanted = _wanted(request, question)
    rows, following = page_after(wanted, request.GET.get("after", ""))
    facts = {
        "figure": ask(wanted.who, replace(question, days=_days_asked(wanted))),
        "away": wanted,
        "count": how_many(wanted),
        "rows": [(row, (wanted.as_of - row.last_visit).days) for row in rows],
        "next": following,
        "days": DAYS,
        "tiers": Tier.objects.order_by("rank"),
    }
    return show(request, "reports/away.html", question, facts)


def wanted_list(request: HttpRequest) -> Away:
    """The list that the address names, within the stores of the person who asks.

    Raises StoreUnknown, DayUnreadable.
    """
    return _wanted(request, question_of(request))


def list_file(wanted: Away, kind: str) -> HttpResponseBase:
    """The whole list as csv or xlsx; texts that look like formulas are made harmless.

    It holds phones, so whoever answers with it notes who takes it. Raises ListUnknown.
    """
    rows = export_rows(everyone(wanted))
    name = f"{wanted.who}-{wanted.as_of.isoformat()}.{kind}"
    return table_file(_with_header(rows), name=name, kind=kind)


def _wanted(request: HttpRequest, question: Any) -> Away:
    days = request.GET.get("days", "")
    tier = request.GET.get("tier", "")
    return Away(
        scope=question.scope,
        as_of=question.as_of,
        who=request.GET.get("who") or "lapsed",
        days=int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 60,
        tier=int(tier) if tier.isascii() and tier.isdigit() and len(tier) < 10 else None,
    )


def _days_asked(wanted: Away) -> str:
    """What the figure above the list is asked, so that it tells of the very list."""
    return str(wanted.days) if wanted.who == "lapsed" else ""


def _header() -> list[str]:
    return [
        _("Member number"),
        _("Name"),
        _("Phone"),
        _("Tier"),
        _("Home store"),
        _("First visit"),
        _("Last visit"),
        _("Visit days"),
        _("Usual days between visits"),
        _("Came back on"),
    ]


def _with_header(rows: Iterable[list[Any]]) -> Iterator[list[Any]]:
    yield _header()
    yield from rows
