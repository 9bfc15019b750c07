"""Cohorts as a heat map: a table that reads without a script, prints and exports."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.days import add_months
from common.money import format_minor
from reports.queries.figure import Question
from reports.queries.registry import ask
from reports.rules.rows import Row
from reports.rules.shades import shade
from reports.rules.wording import percent, period
from reports.views.page import question_of, report_page, show

SHOWN = {"month": 24, "week": 26, "quarter": 12}


@dataclass(frozen=True)
class Cell:
    """One cell: its shade, its text, and the numbers behind it."""

    shade: str
    text: str
    behind: str
    small: bool


@dataclass(frozen=True)
class Line:
    """One cohort."""

    name: str
    size: int
    cells: list[Cell]


@require_safe
@report_page
def cohorts(request: HttpRequest) -> HttpResponse:
    """The cohort matrix by month, week or quarter, as members, amount per member or ever back."""
    question = question_of(request)
    if question.start is None:
        question = replace(question, start=_recent(question))
    told = ask("cohort", question)
    lines = _lines(told)
    facts = {
        "figure": told,
        "weighted": lines[0] if lines else None,
        "lines": lines[1:],
        "columns": range(max((len(line.cells) for line in lines), default=0)),
        "granularities": [("month", _("by month")), ("week", _("by week"))],
        "measures": [
            ("members", _("members who came")),
            ("ever", _("ever back by then")),
            ("amount", _("amount per member")),
        ],
    }
    return show(request, "reports/cohorts.html", question, facts)


def _recent(question: Question) -> Any:
    """The first day of the cohorts shown unless told."""
    months = {"week": 6, "quarter": 36}.get(question.granularity, SHOWN["month"])
    return add_months(question.as_of.replace(day=1), -months)


def _lines(told: dict[str, Any]) -> list[Line]:
    by_cohort: dict[str, list[Row]] = {}
    for row in told["rows"]:
        by_cohort.setdefault(row["cohort"], []).append(row)
    most = _most(told)
    return [
        Line(
            name=_("all together") if cohort == "all" else _name(cohort, told["granularity"]),
            size=rows[0]["denominator"] or 0,
            cells=[_cell(row, told, most) for row in sorted(rows, key=lambda row: row["k"])],
        )
        for cohort, rows in by_cohort.items()
    ]


def _most(told: dict[str, Any]) -> float:
    """The value that gets the darkest shade: all members, or the largest later amount."""
    if told["measure"] != "amount":
        return 1.0
    later = [row["value"] for row in told["rows"] if row["k"] and row["value"]]
    return max(later, default=1.0)


def _cell(row: Row, told: dict[str, Any], most: float) -> Cell:
    value = row["value"]
    behind = _("%(part)s of %(whole)s") % {
        "part": row["numerator"],
        "whole": row["denominator"],
    }
    if value is None:
        return Cell(shade="h-none", text="", behind=_("not over yet"), small=False)
    if told["measure"] == "amount":
        text = format_minor(round(value), told["currency"])
        behind = ""
    else:
        text = percent(value, 0)
    return Cell(shade=shade(value, whole=most), text=text, behind=behind, small=row["small"])


def _name(cohort: str, granularity: str) -> str:
    return period(date.fromisoformat(cohort), granularity)
