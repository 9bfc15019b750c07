"""Seal what has been posted, check it, and keep what each check found.

The moments of seals and of the ends of checks are the database's own: evidence is not dated by
whoever asks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ledger.models import CheckKind, CheckRun, Seal
from ledger.operations.posting import retried
from ledger.queries.audit import Finding, counts, differences, snapshot
from ledger.queries.evidence import first_unsealed, latest_run, latest_seal
from ledger.queries.seals import SHOWN, Proof, prove_seals

BLOCK = 10_000
SEAL_EVERY = timedelta(hours=1)
CHECK_AGAIN = timedelta(hours=1)


@dataclass(frozen=True)
class Audit:
    """What an audit found, how many rows it looked at, and the record of it."""

    findings: Sequence[Finding]
    seen: dict[str, int]
    run: CheckRun


@dataclass(frozen=True)
class SealCheck:
    """What a check of the seals found, and the record of it where there is one."""

    proof: Proof
    differences: int
    run: CheckRun | None


@retried
def seal_up(*, most: int = BLOCK) -> int | None:
    """Seal all that is settled, in blocks of at most ``most`` transactions.

    Returns how many seals were written: 0 when all is sealed. None says that nothing was done,
    because a long transaction or another sealer is at work; the next try catches up.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_seal_up(%s)", [most])
        made: int | None = cursor.fetchone()[0]
    return made


def seal_when_due(*, at: datetime) -> int | None:
    """Seal when the newest seal is an hour old and something waits; returns as ``seal_up``."""
    newest = latest_seal()
    if (newest and newest.sealed_at > at - SEAL_EVERY) or first_unsealed() is None:
        return 0
    return seal_up()


def audit(*, at: datetime) -> Audit:
    """Audit the ledger in one snapshot begun at ``at``, then note the result apart from it."""
    with snapshot():
        findings, seen = differences(), counts()
    found = [
        {"proof": finding.proof.name, "count": finding.count, "rows": finding.rows}
        for finding in findings
    ]
    run = _note(CheckKind.AUDIT, at, sum(finding.count for finding in findings), found)
    return Audit(findings, seen, run)


def check_seals(
    *, at: datetime, since: int = 1, expected: Mapping[int, bytes] | None = None
) -> SealCheck:
    """Prove the seals from ``since`` on in one snapshot begun at ``at``, then note the result.

    A sound check notes the newest seal, for later checks to compare with. One that left seals out
    is noted only when it found something: it must not take back what a whole check found.
    """
    with snapshot():
        proof = prove_seals(since=since, expected=expected)
    count = sum(flaw.count for flaw in proof.flaws)
    if since > 1 and not count:
        return SealCheck(proof, 0, None)
    found = [asdict(flaw) for flaw in proof.flaws[:SHOWN]]
    newest = None if count else proof.newest
    return SealCheck(proof, count, _note(CheckKind.SEALS, at, count, found, newest))


def is_checked_lately(kind: CheckKind, *, at: datetime) -> bool:
    """Whether a check of this kind began within the last hour: a nudge that came twice."""
    last = latest_run(kind)
    return last is not None and last.started_at > at - CHECK_AGAIN


def _note(
    kind: CheckKind,
    at: datetime,
    count: int,
    found: list[dict[str, Any]],
    newest: Seal | None = None,
) -> CheckRun:
    return CheckRun.objects.create(
        kind=kind,
        started_at=at,
        ok=count == 0,
        differences=count,
        findings=found,
        seal=newest.number if newest else None,
        seal_hash=newest.hash if newest else None,
    )
