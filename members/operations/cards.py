"""A card that was lost opens nothing from that moment on; another one may take its place."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from members.models import Card, Member, User
from members.operations.media import add_card
from members.operations.people import lock_open_member, note_change
from members.operations.pins import forget_pin


class CardGoneAlready(DomainError):
    """The card was replaced; whatever is done with it is done."""

    code = "card_gone_already"
    message = _("The card %(number)s was replaced already. It opens nothing any more.")


class SameCard(DomainError):
    """A card cannot take its own place."""

    code = "same_card"
    message = _("Scan the new card: %(number)s is the old one.")


@transaction.atomic
def give_card(*, member: Member, number: str, at: datetime, by: User | None) -> Card:
    """Give the member one more card, or the first. Asking again for the same one changes nothing.

    Raises MemberClosed, CardTaken, BadCardNumber.
    """
    member = lock_open_member(member)
    held = Card.objects.filter(number=number.strip(), member=member, status=Card.Status.ACTIVE)
    if card := held.first():
        return card
    card = add_card(member=member, number=number, at=at)
    note_change(member, {}, {"card": card.number, "status": card.status}, at=at, by=by)
    return card


@transaction.atomic
def report_lost(*, card: Card, at: datetime, by: User | None) -> Card:
    """Block a lost card at once. A second report of the same card changes nothing.

    Raises MemberClosed, CardGoneAlready.
    """
    card = _locked(card)
    if card.status == Card.Status.ACTIVE:
        _set(card, Card.Status.LOST, at=at, by=by)
    return card


@transaction.atomic
def find_again(*, card: Card, at: datetime, by: User | None) -> Card:
    """Let a lost card that turned up be used again. Raises MemberClosed, CardGoneAlready."""
    card = _locked(card)
    if card.status == Card.Status.LOST:
        _set(card, Card.Status.ACTIVE, at=at, by=by)
    return card


@transaction.atomic
def replace_card(*, card: Card, number: str, at: datetime, by: User | None) -> Card:
    """Give the member the card ``number`` in place of ``card``, which opens nothing any more.

    What the member holds is not touched. Their PIN is forgotten: whoever has the old card may know
    it, so they set a new one. Asking again with the same number returns the card given first.

    Raises MemberClosed, SameCard, CardGoneAlready, CardTaken, BadCardNumber.
    """
    if number.strip() == card.number:
        raise SameCard(number=card.number)
    held = Card.objects.select_for_update(no_key=True).get(pk=card.pk)
    if held.status == Card.Status.REPLACED:
        return _given_instead(held, number)
    held = _locked(card)
    given = add_card(member=held.member, number=number, kind=held.kind, at=at)
    _set(held, Card.Status.REPLACED, at=at, by=by, instead=given.number)
    forget_pin(member=held.member)
    return given


def retire_card(*, card: Card, at: datetime, by: User | None) -> Card:
    """Let a card open nothing from now on, because it went to somebody else.

    Raises MemberClosed, CardGoneAlready.
    """
    with transaction.atomic():
        return _set(_locked(card), Card.Status.REPLACED, at=at, by=by)


def _locked(card: Card) -> Card:
    member = lock_open_member(card.member)
    found = Card.objects.select_for_update(no_key=True).get(pk=card.pk)
    if found.status == Card.Status.REPLACED:
        raise CardGoneAlready(number=found.number)
    found.member = member
    return found


def _given_instead(card: Card, number: str) -> Card:
    """The card that took the place of ``card`` if it was this one. Raises CardGoneAlready."""
    changes = card.member.changes.filter(after__instead=number.strip(), after__card=card.number)
    given = Card.objects.filter(number=number.strip(), member=card.member).first()
    if given is None or not changes.exists():
        raise CardGoneAlready(number=card.number)
    return given


def _set(card: Card, status: str, *, at: datetime, by: User | None, instead: str = "") -> Card:
    before = {"card": card.number, "status": card.status}
    after = {"card": card.number, "status": status} | ({"instead": instead} if instead else {})
    card.status = status
    card.save(update_fields=["status"])
    note_change(card.member, before, after, at=at, by=by)
    return card
