"""Which rule turns money into points here and today."""

from datetime import date

from members.models import Store
from promotions.models import PointsRule
from promotions.rules.points import Earning


def points_rule(store: Store, day: date) -> PointsRule | None:
    """The rule of the store on its business day, the lowest position first; None: no points."""
    rules = PointsRule.objects.in_force(store, day).order_by("position", "pk")
    return rules.select_related("asset__debt_asset").first()


def earning_of(rule: PointsRule, tier_id: int | None) -> Earning:
    """What the rule gives to members of a tier."""
    rate = rule.tier_rates.filter(tier=tier_id).first() if tier_id else None
    return Earning(
        points=rule.points, per_amount=rule.per_amount, percent=rate.percent if rate else 100
    )


def excluded_categories(rule: PointsRule) -> set[int]:
    """Ids of the product categories that earn nothing."""
    return set(rule.excluded_categories.values_list("pk", flat=True))
