"""The first page after login: the one a person works on."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send a clerk to the counter, everyone else to the reports."""
    role = getattr(request.user, "role", "")
    return redirect("/counter/" if role in {"", "clerk"} else "/reports/")
