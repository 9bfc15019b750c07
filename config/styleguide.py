"""The living style page: every component once, for whoever changes a page."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from common.edges import has_role


@require_safe
@login_required
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show it to an owner; while developing (``DEBUG``) to anybody signed in."""
    if not (settings.DEBUG or has_role(request.user, ["owner"])):
        raise PermissionDenied
    context = {"sample_chart": _chart(), "sample_segments": _segments()}
    return render(request, "styleguide.html", context)


def _chart() -> dict[str, Any]:
    months = [f"2026-{month:02}" for month in range(1, 9)]
    return {
        "xAxis": {"type": "category", "data": months},
        "yAxis": {"type": "value"},
        "series": [
            {
                "type": "bar",
                "stack": "all",
                "name": _("Returning"),
                "data": [120, 132, 101, 134, 190, 230, 210, 220],
            },
            {
                "type": "bar",
                "stack": "all",
                "name": _("New"),
                "data": [40, 42, 31, 54, 60, 33, 41, 50],
            },
        ],
    }


def _segments() -> list[dict[str, Any]]:
    return [
        {"label": _("Used"), "value": "62", "offset": 0, "width": 614, "fill": "fill-1"},
        {"label": _("Left"), "value": "39", "offset": 614, "width": 386, "fill": "fill-none"},
    ]
