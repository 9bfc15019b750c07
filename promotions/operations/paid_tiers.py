"""Sell a tier for some months: a contract for the days of membership, and the tier itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.days import add_months
from common.errors import DomainError
from ledger.models import AssetKind, Contract, ContractKind, Lot, LotOrigin, Sale, TxnKind
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.assets import membership_days
from ledger.operations.contracts import contract_id_for
from ledger.operations.sales import Tender
from members.models import Member, Store, Tier, TierHolding, Till, User
from members.operations import end_tier, set_tier
from promotions.models import PaidTier
from promotions.operations.checks import check_on_sale, sold_before
from promotions.operations.parties import THE_MEMBER_ALONE, Parties
from promotions.operations.prepaid import Deal, Part, sell_deal, terms_of, title_in
from promotions.operations.tiers import review_tiers


class BetterTierHeld(DomainError):
    """Buying would lower them."""

    code = "better_tier_held"
    message = _("The member holds %(held)s, which is above %(tier)s. Sell a tier above it.")


class RenewedSince(DomainError):
    """What goes on from it comes first."""

    code = "renewed_since"
    message = _("This membership was renewed since. Pay the renewal back first.")


@dataclass(frozen=True)
class Period:
    """From when, until when (exclusive), and how many business days that is."""

    begins: datetime
    ends: datetime
    days: int


def sell_tier(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    offer: PaidTier,
    tenders: Sequence[Tender],
    at: datetime,
    by: User | None,
    till: Till | None = None,
    parties: Parties = THE_MEMBER_ALONE,
    source: SaleSource = SaleSource.COUNTER,
) -> Sale:
    """Sell ``offer``: a lot of as many days as it lasts, and the tier until its end.

    A renewal before the end goes on from there. A repeated ``request_id`` returns the first sale,
    and makes up for a tier that was not set because the first try broke off.

    Raises BetterTierHeld, what ``check_on_sale`` raises and what ``record_sale`` raises.
    """
    if not sold_before(request_id):
        check_on_sale(offer, store=store, member=member, at=at)
        _check_rank(offer, member)
    period = period_of(offer, member, store, at)
    sale = sell_deal(
        _deal(offer, period, store),
        request_id=request_id,
        request={"tier": offer.code},
        member=member,
        store=store,
        tenders=tenders,
        at=at,
        by=by,
        till=till,
        parties=parties,
        source=source,
    )
    _put_into_tier(offer, sale, at=at, by=by)
    return sale


def _check_rank(offer: PaidTier, member: Member) -> None:
    if member.tier is not None and member.tier.rank > offer.tier.rank:
        raise BetterTierHeld(held=member.tier.label, tier=offer.tier.label)


def period_of(offer: PaidTier, member: Member, store: Store, at: datetime) -> Period:
    """When a membership sold now begins and ends: at once, or where the bought one ends."""
    held = TierHolding.objects.filter(
        member=member, tier=offer.tier, source=TierHolding.Source.BOUGHT, until__gt=at
    )
    last = held.order_by("-until").first()
    begins = last.until if last and last.until else at
    first = store.business_date(begins)
    end = add_months(first, offer.months)
    return Period(begins, store.end_of(end - timedelta(days=1)), (end - first).days)


def _deal(offer: PaidTier, period: Period, store: Store) -> Deal:
    return Deal(
        kind=TxnKind.SELL_TIER,
        contract_kind=ContractKind.PAID_TIER,
        line_kind=LineKind.PAID_TIER,
        title=title_in(store, offer),
        price=offer.price,
        list_value=offer.price,
        code=offer.code,
        terms=offer.terms,
        snapshot=terms_of(offer)
        | {"begins": period.begins.isoformat(), "ends": period.ends.isoformat()},
        parts=[
            Part(
                asset=membership_days(store.entity),
                amount=period.days,
                origin=LotOrigin.PAID,
                weight=1,
                available_from=period.begins,
                expires_at=period.ends,
            )
        ],
    )


@transaction.atomic
def _put_into_tier(offer: PaidTier, sale: Sale, *, at: datetime, by: User | None) -> None:
    """Set the tier to the end of the days sold, once for each contract."""
    contract = Contract.objects.select_related("member").get(pk=contract_id_for(sale.pk))
    holdings = TierHolding.objects.filter(member=contract.member_id)
    if holdings.filter(inputs__contract=str(contract.pk)).exists():
        return
    lot = Lot.objects.get(contract=contract)
    set_tier(
        member=contract.member,
        tier=offer.tier,
        source=TierHolding.Source.BOUGHT,
        at=at,
        by=by,
        until=lot.expires_at,
        inputs={"contract": str(contract.pk)},
    )


def check_not_renewed(contract: Contract) -> None:
    """Raise RenewedSince where a later membership of the same tier goes on from this one."""
    lot = _days_of(contract)
    later = _memberships_of(lot.wallet.member).filter(
        contract__snapshot__tier=contract.snapshot.get("tier"),
        available_from__gt=lot.available_from,
    )
    if later.exclude(contract=contract).exists():
        raise RenewedSince


def give_up_tier(contract: Contract, *, at: datetime) -> None:
    """End the tier that ``contract`` bought, after it was undone or paid back.

    The member falls back on another membership that runs, else on what they have earned. A tier
    that is over or was changed since stays as it is. Raises MemberClosed, TierChangeOutOfOrder.
    """
    bought = TierHolding.objects.in_force_at(at).filter(source=TierHolding.Source.BOUGHT)
    held = bought.filter(inputs__contract=str(contract.pk)).first()
    if held is None:
        return
    end_tier(member=held.member, at=at)
    running = _memberships_of(held.member).filter(available_from__lte=at, expires_at__gt=at)
    other = running.exclude(contract=contract).order_by("-expires_at").first()
    if other is not None and other.contract is not None:
        take_up_tier(other.contract, at=at)
    review_tiers(at=at, member_ids=[held.member_id])


def take_up_tier(contract: Contract, *, at: datetime) -> None:
    """Put the holder into the tier that ``contract`` bought again, until its days are over.

    Nothing is done where the days are over, or a better tier is held meanwhile.

    Raises MemberClosed, TierChangeOutOfOrder.
    """
    lot = _days_of(contract)
    member, tier = lot.wallet.member, Tier.objects.get(pk=contract.snapshot["tier"])
    member.refresh_from_db(fields=["tier"])
    if lot.expires_at is None or lot.expires_at <= at:
        return
    if member.tier is not None and member.tier.rank > tier.rank:
        return
    set_tier(
        member=member,
        tier=tier,
        source=TierHolding.Source.BOUGHT,
        at=at,
        by=None,
        until=lot.expires_at,
        inputs={"contract": str(contract.pk)},
    )


def _days_of(contract: Contract) -> Lot:
    """The days of a membership, where they are now."""
    # A refund leaves a lot of money on the contract too.
    days = {"contract": contract, "wallet__asset__kind": AssetKind.ENTITLEMENT}
    lots = Lot.objects.filter(**days).select_related("wallet__member__tier")
    return lots.order_by("-is_open", "-pk")[0]


def _memberships_of(member: Member) -> QuerySet[Lot]:
    """What the member still has of memberships."""
    return Lot.objects.filter(
        wallet__member=member, contract__kind=ContractKind.PAID_TIER, is_open=True
    ).select_related("contract")
