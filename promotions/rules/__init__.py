"""Pure rules of promotions: sharing, points, tickets, tiers."""
