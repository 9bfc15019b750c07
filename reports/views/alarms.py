"""What about the books' evidence the owner must know before reading any figure of them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from common.edges import has_role
from ledger.queries.evidence import Alarm, alarms
from members.models import User

TOLD = (User.Role.OWNER, User.Role.AUDITOR)


def alarms_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The alarms as alerts for a page; others than owners and auditors are told none."""
    if not has_role(request.user, TOLD):
        return []
    return [_alert(alarm) for alarm in alarms(at=timezone.now())]


def _alert(alarm: Alarm) -> dict[str, Any]:
    seals, runs = reverse("admin:ledger_seal_changelist"), "admin:ledger_checkrun_change"
    params = {name: _shown(value) for name, value in alarm.params.items()}
    return {
        "kind": "error" if alarm.is_grave else "warning",
        "title": alarm.title % params,
        "text": alarm.way_out,
        "href": reverse(runs, args=[alarm.run.pk]) if alarm.run else seals,
    }


def _shown(value: Any) -> Any:
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return value
