"""Reads about offers, what members hold, what happened to them, and their tickets."""

from promotions.queries.holdings import Held, Obstacle, held_lots, usable
from promotions.queries.offers import (
    bundles_on_sale,
    coin_packs,
    policy_of,
    rewards,
    top_up_offers,
)
from promotions.queries.sheet import Balance, MemberSheet, ServiceLeft, UnitsLeft, sheet
from promotions.queries.tickets import open_tickets_of, ticket_queue, tickets_to_be_told
from promotions.queries.timeline import Entry, Mark, Page, timeline

__all__ = [
    "Balance",
    "Entry",
    "Held",
    "Mark",
    "MemberSheet",
    "Obstacle",
    "Page",
    "ServiceLeft",
    "UnitsLeft",
    "bundles_on_sale",
    "coin_packs",
    "held_lots",
    "open_tickets_of",
    "policy_of",
    "rewards",
    "sheet",
    "ticket_queue",
    "tickets_to_be_told",
    "timeline",
    "top_up_offers",
    "usable",
]
