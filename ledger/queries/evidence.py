"""Which seal vouches for what, and whether anything about the evidence needs a person."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from ledger.models import CheckKind, CheckRun, Seal, Txn

CHECKED_EVERY = timedelta(hours=26)
SEALED_WITHIN = timedelta(hours=2)


@dataclass(frozen=True)
class Alarm:
    """What is wrong and the way out; ``params`` are numbers and moments of ``title``.

    ``run`` is the check that found it, ``is_grave`` when history is not what it was.
    """

    code: str
    title: str | Promise
    way_out: str | Promise
    params: dict[str, Any] = field(default_factory=dict)
    run: CheckRun | None = None
    is_grave: bool = False


FAILED = {
    CheckKind.AUDIT: (
        ngettext_lazy(
            "The last audit of the balances found %(count)s difference.",
            "The last audit of the balances found %(count)s differences.",
            "count",
        ),
        _(
            "Keep the backups of the last days, correct nothing by hand, and have"
            " manage.py audit_ledger run on the server: it names the rows."
        ),
    ),
    CheckKind.SEALS: (
        ngettext_lazy(
            "Sealed history was changed: the last check found %(count)s difference.",
            "Sealed history was changed: the last check found %(count)s differences.",
            "count",
        ),
        _(
            "Keep the backups of the last days, find out who has access to the database, and have"
            " manage.py verify_seals run on the server: it names the blocks and the rows."
        ),
    ),
}
STALE = {
    CheckKind.AUDIT: (
        _("The balances have not been audited for more than a day (last on %(since)s)."),
        _("The balances have never been audited."),
        _(
            "The worker audits them every night: see that it runs, or run"
            " manage.py audit_ledger on the server."
        ),
    ),
    CheckKind.SEALS: (
        _("The seals have not been checked for more than a day (last on %(since)s)."),
        _("The seals have never been checked."),
        _(
            "The worker checks them every night: see that it runs, or run"
            " manage.py verify_seals on the server."
        ),
    ),
}
BEHIND = (
    _("What was recorded since %(since)s is not sealed yet."),
    _(
        "The worker seals every hour: see that it runs. A long import holds it up; it catches up"
        " by itself afterwards."
    ),
)


def latest_seal() -> Seal | None:
    """The newest seal, or None before the first: its number, moment and hash go on paper."""
    return Seal.objects.defer("numbers", "marks").order_by("-number").first()


def seal_covering(txn: Txn) -> Seal | None:
    """The seal whose block ``txn`` is in; None while it waits for the next one."""
    seals = Seal.objects.defer("numbers", "marks").order_by("last_number")
    seal = seals.filter(last_number__gte=txn.number).first()
    return seal if seal and seal.first_number <= txn.number else None


def latest_run(kind: CheckKind) -> CheckRun | None:
    """The check of this kind that finished last."""
    return CheckRun.objects.filter(kind=kind).order_by("-finished_at").first()


def first_unsealed() -> Txn | None:
    """The oldest transaction that no seal covers."""
    newest = latest_seal()
    return (
        Txn.objects.filter(number__gt=newest.last_number if newest else 0)
        .order_by("number")
        .first()
    )


def alarms(*, at: datetime) -> list[Alarm]:
    """What about audits, checks and seals needs a person at ``at``; grave ones first."""
    found = [alarm for kind in CheckKind for alarm in _of_check(kind, at)]
    waiting = first_unsealed()
    if waiting and waiting.recorded_at < at - SEALED_WITHIN:
        title, way_out = BEHIND
        found.append(Alarm("sealing_behind", title, way_out, {"since": waiting.recorded_at}))
    return sorted(found, key=lambda alarm: not alarm.is_grave)


def _of_check(kind: CheckKind, at: datetime) -> Iterator[Alarm]:
    last = latest_run(kind)
    if last and not last.ok:
        title, way_out = FAILED[kind]
        params = {"count": last.differences}
        yield Alarm(f"{kind}_failed", title, way_out, params, run=last, is_grave=True)
    since = last.finished_at if last else _history_began()
    if since and since < at - CHECKED_EVERY:
        stale, never, way_out = STALE[kind]
        yield Alarm(f"{kind}_stale", stale if last else never, way_out, {"since": since})


def _history_began() -> datetime | None:
    """When the first transaction was recorded: before there is one, nothing is to be checked."""
    return Txn.objects.order_by("number").values_list("recorded_at", flat=True).first()
