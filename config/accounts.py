"""Staff accounts are made by a manager; nobody signs up, and nobody guesses passwords for long."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class StaffAccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth without a public door."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse every sign-up."""
        return False


def name_to_lock(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name wrong passwords count for: the same one however it is capitalised.

    The login finds people by ``UPPER(username)``, so each way to write a name would else be
    another six guesses.
    """
    typed = (credentials or {}).get("username") or request.POST.get("login", "")
    return str(typed).strip().upper()
