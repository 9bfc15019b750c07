"""The people and the shops, one table an idea.

    IssuingEntity ← Store ← CalendarDay is per country, not per store
                     ↑ ↑
        User (staff) ┘ └ Till ← TillKey
                     ↑
    Member ← Card, Dependant, Consent, MemberTag → Tag, TierHolding → Tier, MemberPin, DebitProof

A member belongs to the business; ``home_store`` only says where they joined. Members and staff are
never deleted: members are merged, blocked or erased, staff are deactivated.
"""

from members.models.dependants import Dependant
from members.models.naming import Named
from members.models.people import AttributeDefinition, Card, Member, MemberChange
from members.models.proofs import DebitProof, MemberPin, OneTimeCode, OutgoingText
from members.models.shops import CalendarDay, IssuingEntity, Store
from members.models.staff import Till, TillKey, User
from members.models.standing import Consent, MemberTag, Tag, Tier, TierHolding

__all__ = [
    "AttributeDefinition",
    "CalendarDay",
    "Card",
    "Consent",
    "DebitProof",
    "Dependant",
    "IssuingEntity",
    "Member",
    "MemberChange",
    "MemberPin",
    "MemberTag",
    "Named",
    "OneTimeCode",
    "OutgoingText",
    "Store",
    "Tag",
    "Tier",
    "TierHolding",
    "Till",
    "TillKey",
    "User",
]
