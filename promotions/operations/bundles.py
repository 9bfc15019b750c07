"""Sell a prepaid bundle: one lot a component, with its own days, stores and share of the price."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from ledger.models import ContractKind, LotOrigin, Sale, Scope, TxnKind
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.refusals import positive
from ledger.operations.sales import Tender
from members.models import Member, Store, Till, User
from promotions.models import Bundle, BundleComponent, DayRule
from promotions.operations.checks import check_on_sale, sold_before
from promotions.operations.parties import THE_MEMBER_ALONE, Parties
from promotions.operations.prepaid import Deal, Part, plain, sell_deal, terms_of, title_in
from promotions.queries.offers import policy_of


class SeasonOver(DomainError):
    """Nothing of it could be used any more."""

    code = "season_over"
    message = _("The season of %(bundle)s ended on %(day)s. Choose another bundle.")


class BundleIsEmpty(DomainError):
    """Nobody has said what is in it."""

    code = "bundle_is_empty"
    message = _("%(bundle)s has nothing in it yet. A manager can add its components.")


def sell_bundle(
    *,
    request_id: UUID,
    member: Member,
    store: Store,
    bundle: Bundle,
    tenders: Sequence[Tender],
    at: datetime,
    by: User | None,
    till: Till | None = None,
    quantity: int = 1,
    parties: Parties = THE_MEMBER_ALONE,
    source: SaleSource = SaleSource.COUNTER,
) -> Sale:
    """Sell ``quantity`` of ``bundle`` as one contract, at the price of the store's business day.

    The components' lots share the money in the bill by their weights, to the cent. A repeated
    ``request_id`` returns the first sale.

    Raises SeasonOver, BundleIsEmpty, AmountNotPositive, what ``check_on_sale`` raises and what
    ``record_sale`` raises.
    """
    positive(quantity)
    earlier = sold_before(request_id)
    if not earlier:
        check_on_sale(bundle, store=store, member=member, at=at)
        _check_season(bundle, store, at)
    today = bundle.price_on(store.business_date(at)) * quantity
    deal = _deal(bundle, quantity, earlier.total if earlier else today, store=store, at=at)
    return sell_deal(
        deal,
        request_id=request_id,
        request={"bundle": bundle.code, "quantity": quantity},
        member=member,
        store=store,
        tenders=tenders,
        at=at,
        by=by,
        till=till,
        parties=parties,
        source=source,
    )


def _check_season(bundle: Bundle, store: Store, at: datetime) -> None:
    if bundle.season_until and store.business_date(at) > bundle.season_until:
        raise SeasonOver(bundle=bundle.label, day=lazy_day(bundle.season_until))


def _deal(bundle: Bundle, quantity: int, price: int, *, store: Store, at: datetime) -> Deal:
    components = list(
        bundle.components.order_by("position")
        .select_related("asset")
        .prefetch_related("categories")
    )
    if not components:
        raise BundleIsEmpty(bundle=bundle.label)
    stores = sorted(one.pk for one in bundle.stores.all())
    opens, ends = validity(bundle, store, at)
    return Deal(
        kind=TxnKind.SELL_BUNDLE,
        contract_kind=ContractKind.BUNDLE,
        line_kind=LineKind.BUNDLE,
        title=title_in(store, bundle),
        price=price,
        list_value=sum(one.list_price * one.quantity for one in components) * quantity,
        quantity=quantity,
        code=bundle.code,
        terms=bundle.terms,
        honoured_at=stores,
        snapshot=terms_of(bundle) | {"components": [_snapshot(one) for one in components]},
        buyable_with_value=policy_of(store.entity).stored_value_buys_bundles,
        parts=[
            Part(
                asset=component.asset,
                amount=component.quantity * quantity,
                origin=LotOrigin.BUNDLE,
                weight=component.weight,
                scope=scope_of(component, stores),
                available_from=opens,
                expires_at=ends,
            )
            for component in components
        ],
    )


def validity(bundle: Bundle, store: Store, at: datetime) -> tuple[datetime | None, datetime | None]:
    """From when and until when (exclusive) units sold now can be used; None: at once, for ever."""
    if bundle.season_from and bundle.season_until:
        opens, _end = store.day_bounds(bundle.season_from)
        return max(opens, at), store.end_of(bundle.season_until)
    if bundle.valid_days is not None:
        last = store.business_date(at) + timedelta(days=bundle.valid_days)
        return None, store.end_of(last)
    return None, None


def scope_of(component: BundleComponent, stores: Sequence[int]) -> Scope | None:
    """Where, on which days and for what the component's units may be used; None: for anything."""
    terms: dict[str, Any] = {
        "store_ids": sorted(stores),
        "day_kinds": [] if component.day_rule == DayRule.ANY else [component.day_rule],
        "category_ids": sorted(category.pk for category in component.categories.all()),
    }
    if not any(terms.values()):
        return None
    scope, _made = Scope.objects.get_or_create(**terms)
    return scope


def _snapshot(component: BundleComponent) -> dict[str, object]:
    return plain(
        {
            "asset": component.asset.code,
            "quantity": component.quantity,
            "day_rule": component.day_rule,
            "list_price": component.list_price,
            "weight": component.weight,
            "categories": [category.code for category in component.categories.all()],
        }
    )
