"""Give a member something to be known by, and somebody to be cared for with them."""

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.constraints import broken_constraint
from common.direction import unturned
from common.errors import DomainError
from common.names import mask_name
from members.models import Card, Dependant, Member
from members.rules.birthdays import BadBirthday

LONGEST_CARD_NUMBER = 64
LONGEST_PREGNANCY_DAYS = 310


class CardTaken(DomainError):
    """The card was given out before, to this member or another."""

    code = "card_taken"
    message = _(
        "The card %(number)s already belongs to %(holder)s, member %(member)s. "
        "Take another card, or open that member."
    )


class BadCardNumber(DomainError):
    """The text cannot be on a card."""

    code = "bad_card_number"
    message = _("%(number)s is not a card number. It has 1 to 64 characters and no line breaks.")


def add_card(*, member: Member, number: str, at: datetime, kind: str = Card.Kind.CARD) -> Card:
    """Give the member a card. Its number is a text: leading zeros are part of it.

    Giving the same active card to the same member again returns it.
    Raises CardTaken, BadCardNumber.
    """
    number = number.strip()
    if not (0 < len(number) <= LONGEST_CARD_NUMBER and number.isprintable()):
        raise BadCardNumber(number=number[:LONGEST_CARD_NUMBER])
    try:
        with transaction.atomic():
            return Card.objects.create(member=member, number=number, kind=kind, issued_at=at)
    except IntegrityError as error:
        if broken_constraint(error) != "members_card_number_once":
            raise
        return _own_or_refuse(number, member)


def _own_or_refuse(number: str, member: Member) -> Card:
    card = Card.objects.select_related("member").get(number=number)
    if card.member_id == member.pk and card.status == Card.Status.ACTIVE:
        return card
    holder = card.member
    raise CardTaken(number=number, holder=mask_name(holder.name), member=holder.number)


def add_dependant(
    *,
    member: Member,
    at: datetime,
    nickname: str = "",
    kind: str = Dependant.Kind.CHILD,
    birthday: date | None = None,
    due_date: date | None = None,
    gender: str = "",
) -> Dependant:
    """Note a child, an unborn child or a pet. A nickname and a day are enough.

    Raises BadBirthday for a birthday to come, or a due date further off than a pregnancy lasts.
    """
    today = member.home_store.business_date(at)
    if birthday and birthday > today:
        raise BadBirthday(birthday=birthday.isoformat())
    if due_date and (due_date - today).days > LONGEST_PREGNANCY_DAYS:
        raise BadBirthday(birthday=due_date.isoformat())
    return Dependant.objects.create(
        member=member,
        nickname=unturned(nickname).strip(),
        kind=kind,
        birthday=birthday,
        due_date=due_date,
        gender=gender,
    )
