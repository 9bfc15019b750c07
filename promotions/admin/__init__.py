"""The admin's pages about promotions: what is offered, what was taken in, and the member's page."""

from promotions.admin.members import MemberPageAdmin
from promotions.admin.offers import (
    BundleAdmin,
    CoinPackAdmin,
    ExchangeAdmin,
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
    "PointsRuleAdmin",
    "PromotionPolicyAdmin",
    "RewardAdmin",
    "ServiceProgrammeAdmin",
    "ServiceTicketAdmin",
    "TopUpOfferAdmin",
]
