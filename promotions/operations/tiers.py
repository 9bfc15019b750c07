"""Review tiers: up at once, down at the review after grace, each with what it rests on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from itertools import batched, groupby

from django.db import transaction

from members.models import Member, Tier, TierHolding
from members.operations import TierChangeOutOfOrder, end_tier, set_tier
from promotions.queries.tiers import earned_by, thresholds
from promotions.rules.tiers import Earned, Threshold, Verdict, earned_tier, review

MEMBERS_AT_ONCE = 500
# Tiers that were bought or given end with their period, not by a review.
REVIEWED = {TierHolding.Source.EARNED, TierHolding.Source.IMPORT}


def review_tiers(*, at: datetime, member_ids: Sequence[int] | None = None) -> Counter[Verdict]:
    """Review all active members, or the given ones, and return how often each verdict fell.

    A better tier is taken at once. A tier that was earned is looked at again when its review months
    are over: still reached, it begins anew; not reached, it is lowered to what is once the days of
    grace have passed. A tier that ran out gives way to what is earned. Running it again changes
    nothing.
    """
    tiers = thresholds()
    verdicts: Counter[Verdict] = Counter()
    if not tiers:
        return verdicts
    for today, members in _members_by_day(at, member_ids):
        earned = earned_by([member.pk for member in members], today=today, tiers=tiers)
        holdings = _holdings([member.pk for member in members], at)
        for member in members:
            verdict = _decide(
                member, holdings.get(member.pk), tiers, earned[member.pk], today=today, at=at
            )
            verdicts[verdict] += 1
    return verdicts


def _members_by_day(
    at: datetime, member_ids: Sequence[int] | None
) -> Iterator[tuple[date, list[Member]]]:
    """Active members some at a time, by the business day it is in their home store."""
    members = Member.objects.active().order_by("home_store", "pk")
    if member_ids is not None:
        members = members.filter(pk__in=member_ids)
    ids = members.values_list("pk", flat=True).iterator(chunk_size=10_000)
    for some in batched(ids, MEMBERS_AT_ONCE):
        found = Member.objects.filter(pk__in=some).select_related("home_store", "tier")
        ordered = sorted(found, key=lambda member: member.home_store.business_date(at))
        for day, group in groupby(ordered, key=lambda one: one.home_store.business_date(at)):
            yield day, list(group)


def _holdings(ids: Sequence[int], at: datetime) -> Mapping[int, TierHolding]:
    """The latest holding of each member, in force or run out."""
    held = TierHolding.objects.filter(member__in=ids, since__lte=at).select_related("tier")
    latest = held.order_by("member", "-since", "-pk").distinct("member")
    return {holding.member_id: holding for holding in latest}


def _decide(
    member: Member,
    held: TierHolding | None,
    tiers: Sequence[Threshold],
    earned_in: Mapping[int, Earned],
    *,
    today: date,
    at: datetime,
) -> Verdict:
    best = earned_tier(tiers, earned_in)
    inputs = _inputs(best, earned_in)
    try:
        if held is None or (held.until is not None and held.until <= at):
            return _settle(member, best, inputs, at=at)
        verdict = _verdict(member, held, best, today)
        if verdict is not Verdict.KEEP:
            _change(member, best, inputs, at=at, renew=verdict is Verdict.RENEW)
    except TierChangeOutOfOrder:
        # Someone has just decided on this member by hand; their word is the later one.
        return Verdict.KEEP
    return verdict


def _verdict(member: Member, held: TierHolding, best: Threshold | None, today: date) -> Verdict:
    rank = best.rank if best else 0
    if held.source not in REVIEWED:
        return Verdict.RAISE if rank > held.tier.rank else Verdict.KEEP
    return review(
        today=today,
        since=member.home_store.business_date(held.since),
        held_rank=held.tier.rank,
        earned_rank=rank,
        review_months=held.tier.review_months,
        grace_days=held.tier.grace_days,
    )


def _settle(
    member: Member, best: Threshold | None, inputs: dict[str, object], *, at: datetime
) -> Verdict:
    """Give a member without a tier in force what they have earned; take the old one's name off."""
    if best is not None:
        _change(member, best, inputs, at=at)
        return Verdict.RAISE
    if member.tier_id is None:
        return Verdict.KEEP
    end_tier(member=member, at=at)
    return Verdict.LOWER


@transaction.atomic
def _change(
    member: Member,
    best: Threshold | None,
    inputs: dict[str, object],
    *,
    at: datetime,
    renew: bool = False,
) -> None:
    if best is None or renew:
        # The same tier from the same source would be left as it is, its review with it.
        end_tier(member=member, at=at)
    if best is not None:
        set_tier(
            member=member,
            tier=Tier(pk=best.tier_id),
            source=TierHolding.Source.EARNED,
            at=at,
            by=None,
            inputs=inputs,
        )


def _inputs(best: Threshold | None, earned_in: Mapping[int, Earned]) -> dict[str, object]:
    """What the decision rests on: the figures of each window, and the minimums that were met."""
    return {
        "windows": {str(months): asdict(earned) for months, earned in sorted(earned_in.items())},
        "reached": asdict(best) if best else None,
    }
