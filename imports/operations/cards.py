"""Cards as a list has them: made with their state and day of issue, blocked where it says so.

What staff did since stays: a card reported lost here is not freed by a list that calls it valid,
unless the same list said otherwise before.
"""

from datetime import date, datetime
from typing import Any

from imports.models import ImportRow
from imports.operations.job import Job
from members.models import Card, Member
from members.operations.cards import find_again, report_lost, retire_card

ACTIVE, LOST, REPLACED = Card.Status.ACTIVE, Card.Status.LOST, Card.Status.REPLACED


def issued_at(row: ImportRow, job: Job) -> datetime:
    """When a row's card was issued: the beginning of the day it says, else now."""
    said = row.values.get("issued")
    if not said:
        return job.at
    return job.store_of(row.values.get("store_pk")).day_bounds(date.fromisoformat(said))[0]


def settle_card(
    row: ImportRow,
    member: Member,
    job: Job,
    before: dict[str, Any],
    previous: dict[str, Any] | None = None,
) -> None:
    """Change the state of the member's card to what the row says of it.

    ``before`` notes under ``cards`` the state the card had. Raises CardGoneAlready, MemberClosed.
    """
    number, said = row.values["card"], row.values["card_status"]
    card = Card.objects.filter(number=number, member=member).first()
    said_before = (previous or {}).get("card_status", "")
    if card is not None and stands_otherwise(card.status, said, said_before):
        before.setdefault("cards", {})[number] = card.status
        _set(card, said, job)


def stands_otherwise(status: str, said: str, said_before: str) -> bool:
    """Whether a card that is ``status`` is to become what a list says of it now.

    >>> stands_otherwise("active", "lost", ""), stands_otherwise("lost", "active", "")
    (True, False)
    >>> stands_otherwise("lost", "active", "lost"), stands_otherwise("replaced", "active", "lost")
    (True, False)
    """
    if said in {status, said_before} or status == REPLACED:
        return False
    return said != ACTIVE or bool(said_before)


def _set(card: Card, said: str, job: Job) -> None:
    verbs = {ACTIVE: find_again, LOST: report_lost, REPLACED: retire_card}
    verbs[Card.Status(said)](card=card, at=job.at, by=job.by)
