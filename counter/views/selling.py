"""Sell what is used later: top-ups, prepaid bundles, coins, memberships."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.http import QueryDict

from common.errors import DomainError
from counter.forms.parties import read_parties
from counter.forms.payments import (
    PaymentForm,
    payment_form,
    read_tenders,
    without_stored_value,
)
from counter.forms.reading import pick, pick_row, read_amount
from counter.operations.tenders import tenders_at
from counter.views.action import Action
from counter.views.desk import Desk
from counter.views.drawing import value_at_hand
from ledger.operations.proving import stored_value_in
from members.models import Member
from promotions.models import Bundle, CoinPack, PaidTier, TopUpOffer
from promotions.operations import Parties, sell_bundle, sell_coins, sell_tier, top_up
from promotions.queries.offers import (
    bundles_on_sale,
    coin_packs,
    paid_tiers,
    policy_of,
    top_up_offers,
)

FREE = "free"


class TopUp(Action):
    """F2: by an offer, or any amount where the shop allows it."""

    template = "counter/panels/top_up.html"
    name = "top_up"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The offers, which one is chosen, and the payment for it."""
        offers = top_up_offers(store=desk.store, at=desk.at, member=member)
        allows_free = policy_of(desk.store.entity).allows_free_top_up
        chosen = typed.get("offer") or (str(offers[0].pk) if offers else FREE)
        return {
            "offers": offers,
            "allows_free": allows_free,
            "chosen": chosen,
            "payment": _payment(desk, typed, _price(desk, typed, offers, chosen)),
        }

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Top up."""
        chosen = typed.get("offer", "")
        offer = None if chosen == FREE else pick_row(TopUpOffer.objects.all(), chosen)
        amount = None if offer else read_amount(typed.get("free", ""), desk.store.currency)
        payment = _payment(desk, typed, offer.pays if offer else amount)
        top_up(
            request_id=entry,
            member=member,
            offer=offer,
            amount=amount,
            parties=_parties(desk, typed),
            tenders=read_tenders(payment),
            **desk.header,
        )


def _price(desk: Desk, typed: QueryDict, offers: list[TopUpOffer], chosen: str) -> int | None:
    try:
        if chosen == FREE:
            return read_amount(typed.get("free", ""), desk.store.currency)
        return pick(offers, chosen).pays
    except DomainError:
        return None


def _payment(
    desk: Desk, typed: QueryDict, total: int | None, *, by_value_of: Member | None = None
) -> PaymentForm:
    """The payment; stored value, ``by_value_of`` whom, only where it may buy this."""
    choices = tenders_at(desk.store)
    if by_value_of is None:
        choices = without_stored_value(choices)
    return payment_form(
        typed,
        store=desk.store,
        choices=choices,
        total=total,
        value_at_hand=value_at_hand(desk, by_value_of) if by_value_of else None,
    )


def _parties(desk: Desk, typed: QueryDict) -> Parties:
    return read_parties(typed, desk.stores, desk.permission(typed))


def _on_sale(
    on_sale: Sequence[tuple[Model, int]], field: str, typed: QueryDict
) -> tuple[dict[str, Any], int | None]:
    """What the panel shows of the rows with their prices, and the price of the chosen one."""
    chosen = typed.get(field) or (str(on_sale[0][0].pk) if on_sale else "")
    price = next((price for one, price in on_sale if str(one.pk) == chosen), None)
    return {"on_sale": on_sale, "field": field, "chosen": chosen}, price


class SellBundle(Action):
    """F7: so many of one prepaid bundle."""

    template = "counter/panels/bundle.html"
    name = "sell_bundle"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The bundles with today's prices, which one is chosen, and the payment for it."""
        bundles = bundles_on_sale(store=desk.store, at=desk.at, member=member)
        today = desk.store.business_date(desk.at)
        facts, price = _on_sale([(one, one.price_on(today)) for one in bundles], "bundle", typed)
        return facts | {"payment": _bundle_payment(desk, typed, member, price)}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Sell one bundle."""
        bundle = pick_row(Bundle.objects.all(), typed.get("bundle", ""))
        price = bundle.price_on(desk.store.business_date(desk.at))
        payment = _bundle_payment(desk, typed, member, price)
        tenders = read_tenders(payment)
        desk.prove(member, typed, entry, debits=stored_value_in(tenders))
        sell_bundle(
            request_id=entry,
            member=member,
            bundle=bundle,
            parties=_parties(desk, typed),
            tenders=tenders,
            **desk.header,
        )


def _bundle_payment(desk: Desk, typed: QueryDict, member: Member, total: int | None) -> PaymentForm:
    is_bought_by_value = policy_of(desk.store.entity).stored_value_buys_bundles
    return _payment(desk, typed, total, by_value_of=member if is_bought_by_value else None)


class SellCoins(Action):
    """F9: a pack of coins."""

    template = "counter/panels/coins.html"
    name = "sell_coins"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The packs, which one is chosen, and the payment for it."""
        packs = coin_packs(store=desk.store, at=desk.at, member=member)
        facts, price = _on_sale([(pack, pack.price) for pack in packs], "pack", typed)
        return facts | {"payment": _coin_payment(desk, typed, member, price)}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Sell one pack."""
        pack = pick_row(CoinPack.objects.all(), typed.get("pack", ""))
        payment = _coin_payment(desk, typed, member, pack.price)
        tenders = read_tenders(payment)
        desk.prove(member, typed, entry, debits=stored_value_in(tenders))
        parties = _parties(desk, typed)
        sell_coins(
            request_id=entry,
            member=member,
            pack=pack,
            tenders=tenders,
            parties=parties,
            permission=parties.permission,
            **desk.header,
        )


def _coin_payment(desk: Desk, typed: QueryDict, member: Member, total: int | None) -> PaymentForm:
    is_bought_by_value = policy_of(desk.store.entity).stored_value_buys_coins
    return _payment(desk, typed, total, by_value_of=member if is_bought_by_value else None)


class SellTier(Action):
    """A tier for some months."""

    template = "counter/panels/tier.html"
    name = "sell_tier"

    def facts(self, desk: Desk, member: Member, typed: QueryDict) -> dict[str, Any]:
        """The memberships, which one is chosen, and the payment for it."""
        offers = paid_tiers(store=desk.store, at=desk.at, member=member)
        facts, price = _on_sale([(offer, offer.price) for offer in offers], "offer", typed)
        return facts | {"payment": _payment(desk, typed, price)}

    def act(self, desk: Desk, member: Member, typed: QueryDict, entry: UUID) -> None:
        """Sell one membership."""
        offers = PaidTier.objects.select_related("tier", "terms")
        offer = pick_row(offers, typed.get("offer", ""))
        tenders = read_tenders(_payment(desk, typed, offer.price))
        desk.prove(member, typed, entry, debits=stored_value_in(tenders))
        sell_tier(
            request_id=entry,
            member=member,
            offer=offer,
            parties=_parties(desk, typed),
            tenders=tenders,
            **desk.header,
        )
