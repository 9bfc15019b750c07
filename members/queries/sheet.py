"""What is known of one member, and the shop's own lists looked up by code."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from common.errors import DomainError
from members.models import (
    AttributeDefinition,
    Card,
    Consent,
    Member,
    Tag,
    Tier,
    TierHolding,
)


class UnknownMember(DomainError):
    """No member has that number."""

    code = "unknown_member"
    message = _("There is no member %(number)s. Search by phone, card or name.")


class UnknownCard(DomainError):
    """No card has that number."""

    code = "unknown_card"
    message = _("The card %(number)s is not known. Find the member by phone and add the card.")


class CardNotActive(DomainError):
    """The card was reported lost, or replaced by another."""

    code = "card_not_active"
    message = _(
        "The card %(number)s is %(status)s and opens nothing. "
        "Find the member by phone and check who they are."
    )


class UnknownTier(DomainError):
    """The shop has no such tier."""

    code = "unknown_tier"
    message = _("There is no tier %(tier)s. Choose one of the shop's tiers, or create it first.")


class UnknownTag(DomainError):
    """The shop has no such tag."""

    code = "unknown_tag"
    message = _("There is no tag %(tag)s. Choose one of the shop's tags, or create it first.")


class UnknownAttribute(DomainError):
    """The shop has no such question."""

    code = "unknown_attribute"
    message = _("There is no attribute %(attribute)s. An owner can create it.")


def member_numbered(number: str) -> Member:
    """The living member with this number, merged ones standing for whom they became.

    Raises UnknownMember.
    """
    members = Member.objects.select_related("tier", "home_store", "merged_into")
    member = members.filter(number=number).first()
    while member is not None and member.merged_into is not None:
        member = member.merged_into
    if member is None or member.status == Member.Status.ERASED:
        raise UnknownMember(number=number)
    return member


def identities_of(member: Member) -> list[int]:
    """The ids under which the member's history stands: their own, and those merged into them."""
    return [member.pk, *Member.objects.filter(merged_into=member).values_list("pk", flat=True)]


def card_in_use(number: str) -> Card:
    """The active card with this number, its member with it. Raises UnknownCard, CardNotActive."""
    card = Card.objects.select_related("member__tier").filter(number=number.strip()).first()
    if card is None:
        raise UnknownCard(number=number)
    if card.status != Card.Status.ACTIVE:
        raise CardNotActive(number=number, status=Card.Status(card.status).label)
    return card


def tier_with_code(code: str) -> Tier:
    """The tier with this code. Raises UnknownTier."""
    tier = Tier.objects.filter(code=code).first()
    if tier is None:
        raise UnknownTier(tier=code)
    return tier


def tag_with_code(code: str) -> Tag:
    """The tag with this code. Raises UnknownTag."""
    tag = Tag.objects.filter(code=code).first()
    if tag is None:
        raise UnknownTag(tag=code)
    return tag


def attribute_with_key(key: str) -> AttributeDefinition:
    """The definition of the shop's own attribute. Raises UnknownAttribute."""
    attribute = AttributeDefinition.objects.filter(key=key).first()
    if attribute is None:
        raise UnknownAttribute(attribute=key)
    return attribute


def tier_in_force(member: Member, at: datetime) -> TierHolding | None:
    """The holding whose [since, until) contains ``at``, the latest if several do."""
    holdings = TierHolding.objects.filter(member=member).in_force_at(at)
    return holdings.select_related("tier").order_by("-since", "-pk").first()


def consents_of(member: Member) -> dict[str, Consent]:
    """The last word on each channel: channel → line. A channel nobody asked about is missing."""
    return {line.channel: line for line in Consent.objects.filter(member=member).last_words()}


def may_be_messaged(member: Member, channel: str) -> bool:
    """Whether the member's last word on the channel is yes; silence is no."""
    line = consents_of(member).get(channel)
    return line is not None and line.state == Consent.State.GIVEN
