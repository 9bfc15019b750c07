"""The manager's first page: a handful of figures, each with what it rests on."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.days import add_months
from common.money import format_units
from reports.queries.alarms import alarms
from reports.queries.figure import Question
from reports.queries.liability import definition_of, held, row_of, summed
from reports.queries.registry import ask
from reports.rules.rows import Row
from reports.rules.wording import percent, period
from reports.views.alarms import alarms_for
from reports.views.liability import alarm_texts
from reports.views.page import question_of, report_page, show
from reports.views.pictures import composition_chart
from reports.views.prepaid import owed_tiles

RECENT_MONTHS = 12


@require_safe
@report_page
def overview(request: HttpRequest) -> HttpResponse:
    """Who is active, came back, stays away, and what is owed: the shop on one page."""
    question = question_of(request)
    composed = ask("composition", replace(question, start=_recent(question)))
    returned = ask("retention", replace(question, days="7,30", kind="bracket"))
    lapsed = ask("lapsed", replace(question, days="60"))
    overdue = ask("overdue", question)
    found = held(question)
    owed = summed(found)
    facts = {
        "alarms": alarms_for(request),
        "tiles": [
            *_actives(composed),
            *_returned(returned),
            *_away(request, lapsed, overdue),
            *_owed(request, [row_of(row) for row in owed]),
        ],
        "composition": composed,
        "composition_chart": composition_chart(composed["rows"]),
        "definitions": [
            *(figure["definition"] for figure in (composed, returned, lapsed, overdue)),
            definition_of(question, owed),
        ],
        "value_alarms": alarm_texts(alarms(question.scope, question.as_of, found)),
    }
    return show(request, "reports/overview.html", question, facts)


def _recent(question: Question) -> Any:
    return add_months(question.as_of.replace(day=1), 1 - RECENT_MONTHS)


def _actives(composed: dict[str, Any]) -> list[dict[str, Any]]:
    """Members active and new in the latest month, so far."""
    latest = composed["rows"][-1]["month"] if composed["rows"] else ""
    parts = {row["part"]: row for row in composed["rows"] if row["month"] == latest}
    if not parts:
        return [{"label": _("Active members"), "value": "0", "note": _("nobody yet")}]
    so_far = (
        _("this month so far") if parts["active"]["partial"] else period(date.fromisoformat(latest))
    )
    link = reverse("reports:composition")
    return [
        {
            "label": _("Active members"),
            "value": format_units(parts["active"]["value"]),
            "note": so_far,
            "href": link,
        },
        {
            "label": _("New members"),
            "value": format_units(parts["new"]["value"]),
            "note": so_far,
            "href": link,
        },
    ]


def _returned(returned: dict[str, Any]) -> list[dict[str, Any]]:
    labels = {
        "1-7": _("Came back within 7 days"),
        "1-30": _("Came back within 30 days"),
    }
    return [
        {
            "label": labels[row["days"]],
            "value": percent(row["value"]),
            "note": _interval(row),
            "href": reverse("reports:figure", args=["retention"]),
            "class": "is-small" if row["small"] else "",
        }
        for row in returned["rows"][:2]
    ]


def _interval(row: dict[str, Any]) -> str:
    """Part, whole and the range the rate lies in."""
    if row["low"] is None:
        return _("nobody is old enough yet")
    return _("%(part)s of %(whole)s; likely %(low)s to %(high)s") % {
        "part": format_units(row["numerator"]),
        "whole": format_units(row["denominator"]),
        "low": percent(row["low"]),
        "high": percent(row["high"]),
    }


def _owed(request: HttpRequest, owed: list[Row]) -> list[dict[str, Any]]:
    """Principal and bonus of stored value, apart."""
    store = request.GET.get("store", "")
    link = reverse("reports:stored_value") + (f"?store={store}" if store else "")
    return [tile | {"href": link} for tile in owed_tiles(owed)]


def _away(
    request: HttpRequest, lapsed: dict[str, Any], overdue: dict[str, Any]
) -> list[dict[str, Any]]:
    sixty = next((row for row in lapsed["rows"] if row["days"] == 60), None)
    away = reverse("reports:away")
    store = request.GET.get("store", "")
    tail = f"&store={store}" if store else ""
    tiles = [
        {
            "label": _("Overdue members"),
            "value": format_units(overdue["rows"][0]["numerator"]),
            "note": _("away for longer than their own rhythm"),
            "href": f"{away}?who=overdue{tail}",
        }
    ]
    if sixty:
        tiles.insert(
            0,
            {
                "label": _("Lapsed members"),
                "value": format_units(sixty["numerator"]),
                "note": _("not seen for 60 days"),
                "href": f"{away}?who=lapsed&days=60{tail}",
            },
        )
    return tiles
