"""Put a page or a panel together: the desk and its box around whatever is shown."""

import json
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from common.edges import is_htmx
from common.errors import DomainError
from counter.views.desk import Desk
from members.models import Member


def go(request: HttpRequest, url: str) -> HttpResponse:
    """Show another counter page: htmx swaps the counter alone, a plain form is redirected."""
    if not is_htmx(request):
        return HttpResponseRedirect(url)
    response = HttpResponse(status=204)
    place = {"path": url, "target": "#counter", "select": "#counter", "swap": "outerHTML"}
    response["HX-Location"] = json.dumps(place)
    return response


def show(
    request: HttpRequest, desk: Desk, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """Render a counter template with the desk."""
    return render(request, template, {"desk": desk, **context}, status=status)


def member_url(member: Member, done: object = None) -> str:
    """The member's sheet, with what was just done on top."""
    url = reverse("counter:member", args=[member.number])
    return f"{url}?done={done}" if done else url


def home_url(done: object = None) -> str:
    """The counter without a member, with what was just done on top."""
    url = reverse("counter:home")
    return f"{url}?done={done}" if done else url


def panel_facts(url: str, refusal: DomainError | None, keep_id: str = "") -> dict[str, Any]:
    """What every panel needs: where it is sent, its fresh id, and why the last try was refused."""
    return {"action_url": url, "request_id": keep_id or uuid4(), "refusal": refusal}
