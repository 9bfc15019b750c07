"""Staff accounts are made by a manager; nobody signs up, and nobody guesses for long."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from members.operations.staff import name_to_lock


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth without a public door."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse every sign-up."""
        return False


def counted_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name that a wrong password counts for, from the login's form or another question."""
    return name_to_lock(str((credentials or {}).get("username") or request.POST.get("login", "")))
