"""Which tier a member has earned, and whether it is time to look again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from common.days import add_months


@dataclass(frozen=True, kw_only=True)
class Earned:
    """What a member did in a window: spend in the smallest unit, visits, points earned."""

    spend: int = 0
    visits: int = 0
    points: int = 0


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A tier as far as earning goes. Any one of the minimums reaches it."""

    tier_id: int
    rank: int
    window_months: int = 12
    min_spend: int | None = None
    min_visits: int | None = None
    min_points: int | None = None

    def is_reached(self, earned: Earned) -> bool:
        """Whether any of the minimums that are set is met; never when none is set."""
        pairs = (
            (self.min_spend, earned.spend),
            (self.min_visits, earned.visits),
            (self.min_points, earned.points),
        )
        return any(least is not None and did >= least for least, did in pairs)

    @property
    def is_open_to_all(self) -> bool:
        """Whether no minimum is set."""
        return self.min_spend is self.min_visits is self.min_points is None


def earned_tier(tiers: Sequence[Threshold], earned_in: Mapping[int, Earned]) -> Threshold | None:
    """The best tier reached; ``earned_in`` maps months of a window to what was done in it.

    The lowest tier is everybody's when it asks for nothing. A higher one that asks for nothing is
    bought or given, never earned.

    >>> gold = Threshold(tier_id=2, rank=2, min_spend=1000)
    >>> earned_tier([Threshold(tier_id=1, rank=1), gold], {12: Earned(spend=999)}).rank
    1
    """
    best = None
    for position, tier in enumerate(sorted(tiers, key=lambda tier: tier.rank)):
        did = earned_in.get(tier.window_months, Earned())
        if tier.is_reached(did) or (position == 0 and tier.is_open_to_all):
            best = tier
    return best


class Verdict(StrEnum):
    """What a review decides."""

    RAISE = "raise"
    KEEP = "keep"
    RENEW = "renew"
    LOWER = "lower"


def review(
    *,
    today: date,
    since: date,
    held_rank: int,
    earned_rank: int,
    review_months: int,
    grace_days: int,
) -> Verdict:
    """Decide on a tier earned on ``since``: up at once, down only at its review and after grace.

    At the review a tier still reached begins anew; one that is not is kept through the days of
    grace, in which it can yet be reached.

    >>> facts = {"since": date(2025, 1, 10), "held_rank": 3, "review_months": 12, "grace_days": 30}
    >>> [review(today=day, earned_rank=2, **facts).value for day in
    ...  (date(2026, 1, 9), date(2026, 2, 8), date(2026, 2, 9))]
    ['keep', 'keep', 'lower']
    """
    if earned_rank > held_rank:
        return Verdict.RAISE
    due = add_months(since, review_months)
    if today < due:
        return Verdict.KEEP
    if earned_rank == held_rank:
        return Verdict.RENEW
    return Verdict.LOWER if today >= due + timedelta(days=grace_days) else Verdict.KEEP
