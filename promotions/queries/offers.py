"""What may be sold in a store today."""

from datetime import date, datetime

from ledger.queries.policies import policy_for
from members.models import IssuingEntity, Member, Store
from promotions.models import Bundle, CoinPack, PaidTier, PromotionPolicy, Reward, TopUpOffer
from promotions.models.offers import Offer


def policy_of(entity: IssuingEntity) -> PromotionPolicy:
    """What the entity allows; the columns' defaults where nobody has said."""
    found = PromotionPolicy.objects.filter(pk=entity.pk).select_related("terms").first()
    return found or PromotionPolicy(entity=entity)


def cooling_off_days(store: Store, day: date) -> int:
    """How long a member may change their mind about what the store sells on ``day``.

    What the jurisdiction asks for; the issuing entity may only grant more.
    """
    asked = policy_for(store, day).cooling_off_days
    return max(asked, policy_of(store.entity).cooling_off_days)


def top_up_offers(*, store: Store, at: datetime, member: Member | None = None) -> list[TopUpOffer]:
    """Top-up offers on sale here, the smallest first; only those open to the member's tier."""
    return _on_sale(TopUpOffer, "pays", store=store, at=at, member=member)


def bundles_on_sale(*, store: Store, at: datetime, member: Member | None = None) -> list[Bundle]:
    """Bundles on sale here, by name; only those open to the member's tier."""
    found = _on_sale(Bundle, "name", store=store, at=at, member=member)
    day = store.business_date(at)
    return [bundle for bundle in found if not bundle.season_until or day <= bundle.season_until]


def coin_packs(*, store: Store, at: datetime, member: Member | None = None) -> list[CoinPack]:
    """Coin packs on sale here, the smallest first; only those open to the member's tier."""
    return _on_sale(CoinPack, "price", store=store, at=at, member=member)


def paid_tiers(*, store: Store, at: datetime, member: Member | None = None) -> list[PaidTier]:
    """Memberships on sale here, the cheapest first; only those open to the member's tier."""
    return _on_sale(PaidTier, "price", store=store, at=at, member=member)


def rewards(*, store: Store, at: datetime, member: Member | None = None) -> list[Reward]:
    """Rewards to be had here, the cheapest first; only those open to the member's tier."""
    return _on_sale(Reward, "cost_points", store=store, at=at, member=member)


def _on_sale[O: Offer](
    model: type[O], order: str, *, store: Store, at: datetime, member: Member | None
) -> list[O]:
    offers = model.objects.in_force(store, store.business_date(at)).order_by(order, "pk")
    offers = offers.prefetch_related("tiers")
    return [offer for offer in offers if is_open_to(offer, member)]


def is_open_to(offer: Offer, member: Member | None) -> bool:
    """Whether the offer is for everybody or for the member's tier."""
    tiers = {tier.pk for tier in offer.tiers.all()}
    return not tiers or (member is not None and member.tier_id in tiers)
