"""Why members come back: what the shop offers, and the garments it looks after.

    Offer (abstract) ← Reward ← Exchange
    PrepaidOffer (abstract) ← TopUpOffer, Bundle ← BundleComponent, CoinPack, PaidTier
    ServiceProgramme ← TierEntitlement
                     ← ServiceTicket ← ServiceTicketEvent
    PointsRule ← PointsTierRate
    PromotionPolicy, one for each issuing entity

What a member bought is a contract with lots in the ledger; an offer is only what is sold next.
So an offer may be changed at any time: contracts keep a snapshot of what they were sold on.
"""

from promotions.models.bundles import Bundle, BundleComponent, DayRule
from promotions.models.coins import CoinPack
from promotions.models.offers import (
    Offer,
    PrepaidOffer,
    PromotionPolicy,
    SpendOrder,
    TopUpOffer,
)
from promotions.models.paid_tiers import PaidTier
from promotions.models.points import PointsRule, PointsTierRate
from promotions.models.rewards import Exchange, Reward
from promotions.models.services import (
    ServiceProgramme,
    ServiceTicket,
    ServiceTicketEvent,
    TierEntitlement,
)

__all__ = [
    "Bundle",
    "BundleComponent",
    "CoinPack",
    "DayRule",
    "Exchange",
    "Offer",
    "PaidTier",
    "PointsRule",
    "PointsTierRate",
    "PrepaidOffer",
    "PromotionPolicy",
    "Reward",
    "ServiceProgramme",
    "ServiceTicket",
    "ServiceTicketEvent",
    "SpendOrder",
    "TierEntitlement",
    "TopUpOffer",
]
