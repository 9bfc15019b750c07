"""The list of members who stay away, page by page, and as a file."""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import xlsxwriter
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from members.models import Tier
from reports.queries.away import DAYS, Away, everyone, export_rows, how_many, page_after
from reports.queries.registry import ask
from reports.rules.cells import safe_cell
from reports.views.page import question_of, report_page, show

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Echo:
    """A file that gives back what is written, so that a csv writer can stream."""

    def write(self, text: str) -> str:
        """Return ``text``."""
        return text


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


@require_safe
@report_page
def away_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The whole list as csv or xlsx; texts that look like formulas are made harmless."""
    wanted = _wanted(request, question_of(request))
    rows = export_rows(everyone(wanted))
    name = f"{wanted.who}-{wanted.as_of.isoformat()}.{kind}"
    if kind == "xlsx":
        return FileResponse(_workbook(rows), as_attachment=True, filename=name, content_type=XLSX)
    writer = csv.writer(Echo())
    lines = (writer.writerow([_safe(cell) for cell in row]) for row in _with_header(rows))
    response = StreamingHttpResponse(_marked(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


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


def _safe(cell: Any) -> Any:
    # A phone begins with + and is digits only, so it is text that cannot run.
    if isinstance(cell, str) and not cell.removeprefix("+").isdigit():
        return safe_cell(cell)
    return cell


def _marked(lines: Iterator[str]) -> Iterator[str]:
    """Spreadsheet programs read UTF-8 as such only behind a byte order mark."""
    yield "\ufeff"
    yield from lines


def _workbook(rows: Iterable[list[Any]]) -> io.BytesIO:
    """A workbook in which every text stays a text."""
    buffer = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(_with_header(rows)):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    buffer.seek(0)
    return buffer
