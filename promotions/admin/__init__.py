"""The admin's pages about promotions: what is offered, what was taken in, and the member's page."""

from promotions.admin.members import MemberPageAdmin
from promotions.admin.offers import (
    BundleAdmin,
    CoinPackAdmin,
    ExchangeAdmin,
    PaidTierAdmin,
    PointsRuleAdmin,
    PromotionPolicyAdmin,
    RewardAdmin,
    TopUpOfferAdmin,
)
from promotions.admin.services import ServiceProgrammeAdmin, ServiceTicketAdmin

__all__ = [
    "BundleAdmin",
    "CoinPackAdmin",
    "ExchangeAdmin",
    "MemberPageAdmin",
    "PaidTierAdmin",
    "PointsRuleAdmin",
    "PromotionPolicyAdmin",
    "RewardAdmin",
    "ServiceProgrammeAdmin",
    "ServiceTicketAdmin",
    "TopUpOfferAdmin",
]
