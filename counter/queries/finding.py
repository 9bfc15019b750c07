"""Whether what was typed or scanned names one member beyond doubt."""

from collections.abc import Sequence

from common.errors import DomainError
from common.phones import to_e164
from members.models import Card, Member, Store


def has_phone(member: Member, text: str, store: Store) -> bool:
    """Whether the text is the member's whole phone number."""
    try:
        return to_e164(text, store.country) == member.phone
    except DomainError:
        return False


def has_card(member: Member, text: str) -> bool:
    """Whether the text is a card of the member in use."""
    numbers = {text.strip(), text.strip().upper()}
    return member.cards.filter(number__in=numbers, status=Card.Status.ACTIVE).exists()


def the_one(text: str, hits: Sequence[Member], store: Store) -> Member | None:
    """The only hit, when the text is its whole phone or one of its cards."""
    if len(hits) != 1:
        return None
    named = has_phone(hits[0], text, store) or has_card(hits[0], text)
    return hits[0] if named else None
