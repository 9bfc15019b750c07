"""A tier that is bought: a contract for its days, the tier to their end, and its undo."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ledger.models import Contract, Lot, Sale
from members.models import TierHolding
from promotions.models import PaidTier
from promotions.operations import sell_tier, undo
from promotions.operations.paid_tiers import BetterTierHeld
from tests.promotions.shops import WORKDAY, open_shop, tier

pytestmark = pytest.mark.django_db

# Wednesday, 6 May 2026; a year later the business day of 5 May ends at four in the morning.
END = datetime(2027, 5, 5, 20, tzinfo=UTC)


def year_of(shop, of, price=19900):
    entity = shop.store.entity
    return PaidTier.objects.create(
        code=f"{of.code}-year", name="A year", entity=entity, currency="CNY", tier=of, price=price
    )


def test_the_days_are_a_contract_and_the_tier_lasts_as_long():
    shop = open_shop()
    member = shop.member()
    gold = tier("gold", 2)

    sale = sell_tier(**shop.asks(member), offer=year_of(shop, gold), tenders=shop.in_cash(19900))

    contract = Contract.objects.get(txn_id=sale.pk)
    lot = Lot.objects.get(contract=contract)
    held = TierHolding.objects.get(member=member)
    assert (contract.kind, contract.paid, sale.goods_total) == ("paid_tier", 19900, 19900)
    assert (lot.granted, lot.remaining, lot.cost, lot.expires_at) == (365, 365, 19900, END)
    assert (held.tier, held.source, held.since, held.until) == (gold, "bought", WORKDAY, END)
    member.refresh_from_db()
    assert member.tier == gold


def test_a_repeated_request_sells_once_and_sets_the_tier_once():
    shop = open_shop()
    member = shop.member()
    asked = shop.asks(member)
    offer = year_of(shop, tier("gold", 2))

    first = sell_tier(**asked, offer=offer, tenders=shop.in_cash(19900))
    again = sell_tier(
        **(asked | {"at": WORKDAY + timedelta(minutes=1)}),
        offer=offer,
        tenders=shop.in_cash(19900),
    )

    assert first == again
    assert Contract.objects.count() == TierHolding.objects.count() == 1


def test_a_renewal_goes_on_from_the_end():
    shop = open_shop()
    member = shop.member()
    offer = year_of(shop, tier("gold", 2))
    sell_tier(**shop.asks(member), offer=offer, tenders=shop.in_cash(19900))
    member.refresh_from_db()

    later = shop.asks(member, at=WORKDAY + timedelta(days=300))
    sell_tier(**later, offer=offer, tenders=shop.in_cash(19900))

    second = Lot.objects.order_by("pk").last()
    assert (second.available_from, second.granted) == (END, 366)
    assert second.expires_at == datetime(2028, 5, 5, 20, tzinfo=UTC)
    now = TierHolding.objects.in_force_at(later["at"]).get()
    assert now.until == second.expires_at


def test_a_lower_tier_is_not_sold():
    shop = open_shop()
    member = shop.member()
    gold = tier("gold", 2)
    sell_tier(**shop.asks(member), offer=year_of(shop, gold), tenders=shop.in_cash(19900))
    member.refresh_from_db()

    with pytest.raises(BetterTierHeld):
        sell_tier(
            **shop.asks(member),
            offer=year_of(shop, tier("silver", 1), 9900),
            tenders=shop.in_cash(9900),
        )

    assert Sale.objects.count() == TierHolding.objects.count() == 1


def test_an_undo_takes_the_tier_back():
    shop = open_shop()
    member, plain = shop.member(), tier("plain", 0)
    sale = sell_tier(
        **shop.asks(member), offer=year_of(shop, tier("gold", 2)), tenders=shop.in_cash(19900)
    )

    undo(
        request_id=uuid4(),
        txn_id=sale.pk,
        store=shop.store,
        at=WORKDAY + timedelta(minutes=5),
        by=shop.clerk,
        reason="Wrong member",
    )

    member.refresh_from_db()
    assert member.tier == plain
    assert Lot.objects.get().remaining == 0
    assert TierHolding.objects.get(source="bought").until == WORKDAY + timedelta(minutes=5)
