"""Reads about people and shops."""

from members.queries.scope import (
    house_currency,
    is_rest_day_in,
    issuers_seen_by,
    rest_day_overrides,
    stores_of,
)
from members.queries.search import search_members
from members.queries.sheet import (
    CardNotActive,
    UnknownAttribute,
    UnknownCard,
    UnknownMember,
    UnknownTag,
    UnknownTier,
    attribute_with_key,
    card_in_use,
    consents_of,
    identities_of,
    may_be_messaged,
    member_numbered,
    tag_with_code,
    tier_in_force,
    tier_with_code,
)

__all__ = [
    "CardNotActive",
    "UnknownAttribute",
    "UnknownCard",
    "UnknownMember",
    "UnknownTag",
    "UnknownTier",
    "attribute_with_key",
    "card_in_use",
    "consents_of",
    "house_currency",
    "identities_of",
    "is_rest_day_in",
    "issuers_seen_by",
    "may_be_messaged",
    "member_numbered",
    "rest_day_overrides",
    "search_members",
    "stores_of",
    "tag_with_code",
    "tier_in_force",
    "tier_with_code",
]
