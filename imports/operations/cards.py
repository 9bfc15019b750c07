"""Cards as a list has them: made with their state and day of issue, blocked where it says so.

What staff did since stays: a card reported lost here is not freed by a list that calls it valid,
unless the same list said otherwise before.
"""

from datetime import date, datetime
from typing import Any

from imports.models import ImportRow
from imports.operations.job import Job
from members.models import Card, Member
from members.operations import add_card
from members.operations.cards import find_again, report_lost, retire_card

ACTIVE, LOST, REPLACED = Card.Status.ACTIVE, Card.Status.LOST, Card.Status.REPLACED


def card_of(row: ImportRow, member: Member, job: Job) -> Card:
    """The card a row names, not saved yet."""
    values = row.values
    return Card(
        member=member,
        number=values["card"],
        kind=values.get("card_kind", Card.Kind.CARD),
        status=values.get("card_status", ACTIVE),
        issued_at=issued_at(row, job),
    )


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
) -> bool:
    """Give the member the row's card, or change its state; returns whether anything changed.

    ``before`` notes under ``cards_added`` a number that is new and under ``cards`` the state a card
    had. Raises CardTaken, BadCardNumber, CardGoneAlready, MemberClosed.
    """
    number = row.values.get("card")
    if not number:
        return False
    card = Card.objects.filter(number=number, member=member).first()
    if card is None:
        _add(row, member, job)
        before["cards_added"].append(number)
        return True
    said = row.values.get("card_status", "")
    if not stands_otherwise(card.status, said, (previous or {}).get("card_status", "")):
        return False
    before.setdefault("cards", {})[number] = card.status
    _set(card, said, job)
    return True


def _add(row: ImportRow, member: Member, job: Job) -> None:
    card = add_card(member=member, number=row.values["card"], at=job.at)
    wanted = card_of(row, member, job)
    card.kind, card.status, card.issued_at = wanted.kind, wanted.status, wanted.issued_at
    card.save(update_fields=["kind", "status", "issued_at"])


def stands_otherwise(status: str, said: str, said_before: str) -> bool:
    """Whether a card that is ``status`` is to become what a list says of it now.

    >>> stands_otherwise("active", "lost", ""), stands_otherwise("lost", "active", "")
    (True, False)
    >>> stands_otherwise("lost", "active", "lost"), stands_otherwise("replaced", "active", "lost")
    (True, False)
    """
    if not said or said in {status, said_before} or status == REPLACED:
        return False
    return said != ACTIVE or bool(said_before)


def _set(card: Card, said: str, job: Job) -> None:
    verbs = {ACTIVE: find_again, LOST: report_lost, REPLACED: retire_card}
    verbs[Card.Status(said)](card=card, at=job.at, by=job.by)
