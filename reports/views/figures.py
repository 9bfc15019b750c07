"""Every figure of the registry on a page of its own, and the list of them all."""

from contextlib import suppress
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import capfirst
from django.views.decorators.http import require_safe

from common.money import format_minor, format_units
from ledger.models import Asset
from reports.queries.actives import CALENDAR
from reports.queries.figure import FigureUnknown, Question
from reports.queries.registry import ask, figures
from reports.rules.periods import Granularity
from reports.rules.wording import day, percent, period
from reports.rules.words import dimension_word, value_word
from reports.views.page import question_of, report_page, show
from reports.views.pictures import composition_chart, part_names

SHOWN_ROWS = 400


@require_safe
@report_page
def catalogue(request: HttpRequest) -> HttpResponse:
    """The system of figures: name, formula, dimensions, source."""
    facts = {"figures": figures().values()}
    return show(request, "reports/catalogue.html", question_of(request), facts)


@require_safe
@report_page
def figure_page(request: HttpRequest, key: str) -> HttpResponse:
    """One figure: its definition, and its rows as a table."""
    question = question_of(request)
    try:
        told = ask(key, question)
    except FigureUnknown as error:
        raise Http404(str(error)) from error
    cut = told.get("granularity") or question.granularity or Granularity.MONTH
    names = _names(question)
    facts = {
        "figure": told,
        "names": [capfirst(dimension_word(name)) for name in told["dimensions"]],
        "rows": [_shown(row, told, cut, names) for row in told["rows"][:SHOWN_ROWS]],
        "more": max(0, len(told["rows"]) - SHOWN_ROWS),
    }
    return show(request, "reports/figure.html", question, facts)


@require_safe
@report_page
def composition(request: HttpRequest) -> HttpResponse:
    """Months of active members, taken apart."""
    question = question_of(request)
    told = ask("composition", question)
    months: dict[str, dict[str, Any]] = {}
    for row in told["rows"]:
        months.setdefault(row["month"], {})[row["part"]] = row
    facts = {
        "figure": told,
        "months": [
            (period(date.fromisoformat(month)), parts) for month, parts in reversed(months.items())
        ],
        "chart": composition_chart(told["rows"]),
        "names": part_names(),
    }
    return show(request, "reports/composition.html", question, facts)


def _names(question: Question) -> dict[str, dict[str, str]]:
    """What people call the things whose codes stand in rows, by dimension."""
    return {
        "store": {store.code: store.name for store in question.scope.stores},
        "asset": {asset.code: asset.label for asset in Asset.objects.order_by("-pk")},
    }


def _shown(
    row: dict[str, Any], told: dict[str, Any], cut: str, names: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """A row as people read it: dimensions, the value, the numbers behind it, the range."""
    rate = row["low"] is not None
    currency = _currency(row, told)
    return {
        "dimensions": [
            _when(row, name, cut) or _named(row, name, names) for name in told["dimensions"]
        ],
        "value": _value(row["value"], currency, rate=rate),
        "numerator": _count(row["numerator"], currency),
        "denominator": _count(row["denominator"], currency if rate else ""),
        "range": f"{percent(row['low'])} – {percent(row['high'])}" if rate else "",
        "small": row["small"],
    }


def _currency(row: dict[str, Any], told: dict[str, Any]) -> str:
    """The currency whose smallest units the row counts; empty where it counts anything else."""
    is_money = row.get("is_money", row.get("measure", "money") == "money")
    return str(row.get("currency") or told.get("currency", "")) if is_money else ""


def _named(row: dict[str, Any], dimension: str, names: dict[str, dict[str, str]]) -> str:
    """The value of a dimension in words; offers and machines by their names."""
    own = {"offer": "title", "machine": "name"}.get(dimension, "")
    value = row.get(dimension)
    return row.get(own) or names.get(dimension, {}).get(str(value)) or value_word(dimension, value)


def _when(row: dict[str, Any], name: str, cut: str) -> str:
    """A day or the beginning of a period as people write it; empty for anything else."""
    if name not in {"date", "month", "cohort", "period"}:
        return ""
    is_a_day = name == "date" and row.get("measure") not in CALENDAR
    with suppress(TypeError, ValueError):
        first = date.fromisoformat(row[name])
        return (
            day(first)
            if is_a_day
            else period(first, cut if name in {"cohort", "period"} else Granularity.MONTH)
        )
    return ""


def _value(value: Any, currency: str, *, rate: bool) -> str:
    if value is None:
        return "–"
    if rate and isinstance(value, float):
        return percent(value)
    if currency:
        return format_minor(round(value), currency)
    return format_units(value) if isinstance(value, int) else f"{value:.2f}"


def _count(value: Any, currency: str) -> str:
    if not isinstance(value, int):
        return ""
    return format_minor(value, currency) if currency else format_units(value)
