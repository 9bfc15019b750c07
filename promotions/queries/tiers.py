"""What members did in the windows their tiers look at."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Sum

from common.days import add_months
from ledger.models import Contra, LotOrigin, MemberDay, Movement
from members.models import Tier
from promotions.rules.tiers import Earned, Threshold


def thresholds() -> list[Threshold]:
    """The tiers as far as earning goes, lowest first."""
    return [
        Threshold(
            tier_id=tier.pk,
            rank=tier.rank,
            window_months=tier.window_months,
            min_spend=tier.min_spend,
            min_visits=tier.min_visits,
            min_points=tier.min_points,
        )
        for tier in Tier.objects.lowest_first()
    ]


def earned_by(
    member_ids: Sequence[int], *, today: date, tiers: Iterable[Threshold]
) -> Mapping[int, Mapping[int, Earned]]:
    """Member → months of a window → what was done in it, the day ``today`` included.

    Spend and visits come from the rollups over all stores, points from the ledger: what was earned
    less what was taken back.
    """
    tiers = list(tiers)
    counts_points = any(tier.min_points is not None for tier in tiers)
    found: dict[int, dict[int, Earned]] = {pk: {} for pk in member_ids}
    for months in {tier.window_months for tier in tiers}:
        start = add_months(today, -months) + timedelta(days=1)
        activity = _activity(member_ids, start, today)
        points = _points(member_ids, start, today) if counts_points else {}
        for pk in member_ids:
            spend, visits = activity.get(pk, (0, 0))
            found[pk][months] = Earned(spend=spend, visits=visits, points=points.get(pk, 0))
    return found


def _activity(ids: Sequence[int], start: date, today: date) -> Mapping[int, tuple[int, int]]:
    days = MemberDay.objects.filter(
        member__in=ids, store__isnull=True, business_date__range=(start, today)
    )
    sums = days.values_list("member").annotate(spend=Sum("amount"), visited=Sum("visits"))
    return {pk: (spend, visited) for pk, spend, visited in sums}


def _points(ids: Sequence[int], start: date, today: date) -> Mapping[int, int]:
    moved = Movement.objects.filter(
        wallet__member__in=ids,
        lot__origin=LotOrigin.EARNED,
        contra=Contra.PROMOTION,
        txn__business_date__range=(start, today),
    )
    return dict(moved.values_list("wallet__member").annotate(points=Sum("amount")))
