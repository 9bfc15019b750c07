"""Whether this may be sold or drawn here, now and to this member."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from ledger.models import Asset, Sale
from ledger.operations.sales import Tender
from members.models import Member, Store
from promotions.models import Offer


class OfferNotInUse(DomainError):
    """The offer was taken off sale."""

    code = "offer_not_in_use"
    message = _("%(offer)s is not on sale. Choose another offer.")


class OfferNotYet(DomainError):
    """Its first day is still to come."""

    code = "offer_not_yet"
    message = _("%(offer)s is on sale from %(day)s on. Choose another offer until then.")


class OfferOver(DomainError):
    """Its last day has passed."""

    code = "offer_over"
    message = _("%(offer)s was on sale until %(day)s. Choose another offer.")


class OfferNotHere(DomainError):
    """Other stores sell it, or another entity or currency."""

    code = "offer_not_here"
    message = _("%(offer)s is not sold in this store. Choose one of this store's offers.")


class OfferNotForMember(DomainError):
    """It is kept for other tiers."""

    code = "offer_not_for_member"
    message = _("%(offer)s is for other tiers than the member's. Choose another offer.")


class MemberMayNotTrade(DomainError):
    """The member is blocked, merged or erased."""

    code = "member_may_not_trade"
    message = _("The member %(number)s is %(status)s and cannot trade. Ask a manager.")


class NotHonouredHere(DomainError):
    """Another legal person owes it."""

    code = "not_honoured_here"
    message = _(
        "%(asset)s was issued by %(issuer)s and cannot be used in this store. Use it in one of "
        "theirs, or choose something else."
    )


def check_member(member: Member) -> None:
    """Raise MemberMayNotTrade unless the member is active."""
    if not member.is_active:
        status = Member.Status(member.status).label
        raise MemberMayNotTrade(number=member.number, status=status)


def check_on_sale(offer: Offer, *, store: Store, member: Member | None, at: datetime) -> None:
    """Raise the refusal that keeps ``offer`` from being sold here, now, to the member.

    Raises OfferNotInUse, OfferNotHere, OfferNotYet, OfferOver, OfferNotForMember,
    MemberMayNotTrade.
    """
    if not offer.is_active:
        raise OfferNotInUse(offer=offer.label)
    _check_place(offer, store)
    _check_day(offer, store.business_date(at))
    if member is not None:
        check_member(member)
        tiers = {tier.pk for tier in offer.tiers.all()}
        if tiers and member.tier_id not in tiers:
            raise OfferNotForMember(offer=offer.label)


def _check_place(offer: Offer, store: Store) -> None:
    stores = {one.pk for one in offer.stores.all()}
    same_house = (offer.entity_id, offer.currency) == (store.entity_id, store.currency)
    if not same_house or (stores and store.pk not in stores):
        raise OfferNotHere(offer=offer.label)


def _check_day(offer: Offer, day: date) -> None:
    if offer.valid_from and day < offer.valid_from:
        raise OfferNotYet(offer=offer.label, day=lazy_day(offer.valid_from))
    if offer.valid_until and day > offer.valid_until:
        raise OfferOver(offer=offer.label, day=lazy_day(offer.valid_until))


def check_honoured(asset: Asset, store: Store) -> None:
    """Raise NotHonouredHere for what another issuing entity owes."""
    if asset.entity_id != store.entity_id:
        raise NotHonouredHere(asset=asset.label, issuer=str(asset.entity))


def check_tenders(tenders: Sequence[Tender], store: Store) -> None:
    """Raise NotHonouredHere for stored value that another issuing entity owes."""
    for tender in tenders:
        if tender.tender.asset:
            check_honoured(tender.tender.asset, store)


def sold_before(request_id: UUID) -> Sale | None:
    """The sale this very request made earlier.

    A retry gets the terms of its first try: it is not judged again by an offer that has ended or
    changed since. Whether it is the same request the ledger decides.
    """
    return Sale.objects.filter(pk=request_id).first()
