"""What promotions can do, one verb a function."""

from promotions.operations.bundles import sell_bundle
from promotions.operations.coins import dispense_coins, sell_coins
from promotions.operations.draws import draw_down
from promotions.operations.entitlements import ensure_entitlement, grant_entitlements
from promotions.operations.merging import merge_members, undo_merge
from promotions.operations.paid_tiers import sell_tier
from promotions.operations.parties import Parties
from promotions.operations.refunds import refund_contract
from promotions.operations.rewards import exchange
from promotions.operations.sales import sell
from promotions.operations.services import advance_ticket, collect, take_in
from promotions.operations.tiers import review_tiers
from promotions.operations.topups import top_up
from promotions.operations.undoing import undo

__all__ = [
    "Parties",
    "advance_ticket",
    "collect",
    "dispense_coins",
    "draw_down",
    "ensure_entitlement",
    "exchange",
    "grant_entitlements",
    "merge_members",
    "refund_contract",
    "review_tiers",
    "sell",
    "sell_bundle",
    "sell_coins",
    "sell_tier",
    "take_in",
    "top_up",
    "undo",
    "undo_merge",
]
