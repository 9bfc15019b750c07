"""A tier that is bought: a contract for its days, the tier to their end, and its undo."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ledger.models import Contract, Lot, Refund, RefundCause, Sale
from ledger.queries.audit import differences
from members.models import TierHolding
from promotions.models import PaidTier
from promotions.operations import sell_tier, undo
from promotions.operations.paid_tiers import BetterTierHeld, RenewedSince
from tests.promotions.refunding import contract_of, manager_of, refund, sheet_of, shop_in
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


def test_a_refund_pays_the_days_to_come_and_ends_the_tier():
    shop = shop_in("CN")
    member, plain, gold = shop.member(), tier("plain", 0), tier("gold", 2)
    contract = bought(shop, member, year_of(shop, gold, 36500))
    at = WORKDAY + timedelta(days=100)

    kept = refund(shop, contract, RefundCause.MEMBER, manager_of(shop), at=at)

    member.refresh_from_db()
    assert (kept.paid, kept.delivered, kept.refund, kept.settlement) == (36500, 10000, 26500, 10000)
    assert member.tier == plain
    assert days_left(contract) == 0
    assert differences() == []


def test_the_days_count_to_the_day_the_membership_ended():
    shop = shop_in("CN")
    contract = bought(shop, shop.member(), year_of(shop, tier("gold", 2), 36500))
    asked = {"at": WORKDAY + timedelta(days=100), "terminated_on": WORKDAY.date()}

    sheet = sheet_of(shop, contract, RefundCause.MERCHANT, **asked)
    at_the_end = sheet_of(shop, contract, RefundCause.MERCHANT, at=END)

    assert (sheet.reckoning.delivered, sheet.reckoning.refund) == (0, 36500)
    assert at_the_end.reckoning.refund == 0


def test_where_only_principal_goes_back_it_is_that_of_the_days_to_come():
    shop = shop_in("none")
    contract = bought(shop, shop.member(), year_of(shop, tier("gold", 2), 36500))

    sheet = sheet_of(shop, contract, RefundCause.MEMBER, at=WORKDAY + timedelta(days=100))

    assert sheet.total == 26500


def test_undoing_the_refund_gives_the_tier_back():
    """Failed without ``take_up_tier`` in the undo, and with ``give_up_tier`` doing nothing."""
    shop = shop_in("CN")
    member, plain, gold = shop.member(), tier("plain", 0), tier("gold", 2)
    contract, manager = bought(shop, member, year_of(shop, gold)), manager_of(shop)
    at = WORKDAY + timedelta(days=100)
    kept = refund(shop, contract, RefundCause.MERCHANT, manager, at=at)
    member.refresh_from_db()
    meanwhile = member.tier

    later = at + timedelta(minutes=5)
    said = {"store": shop.store, "at": later, "by": manager, "reason": "wrong contract"}
    undo(request_id=uuid4(), txn_id=kept.pk, **said)

    member.refresh_from_db()
    assert (meanwhile, member.tier) == (plain, gold)
    assert TierHolding.objects.in_force_at(later).get().until == END
    assert days_left(contract) == 365


def test_of_a_renewed_membership_the_renewal_goes_back_first():
    shop = shop_in("CN")
    member, gold, manager = shop.member(), tier("gold", 2), manager_of(shop)
    first = bought(shop, member, year_of(shop, gold, 36500))
    member.refresh_from_db()
    offer, at = PaidTier.objects.get(), WORKDAY + timedelta(days=100)
    second = bought(shop, member, offer, at=at)
    at += timedelta(hours=1)

    with pytest.raises(RenewedSince):
        refund(shop, first, RefundCause.MERCHANT, manager, at=at)
    assert not Refund.objects.exists()
    renewal = refund(shop, second, RefundCause.MERCHANT, manager, at=at)

    member.refresh_from_db()
    assert (renewal.refund, member.tier) == (36500, gold)
    assert TierHolding.objects.in_force_at(at).get().until == END
    rest = refund(shop, first, RefundCause.MERCHANT, manager, at=at + timedelta(hours=1))
    assert rest.refund == 26500


def bought(shop, member, offer, **given):
    tenders = shop.in_cash(offer.price)
    return contract_of(sell_tier(**shop.asks(member, **given), offer=offer, tenders=tenders))


def days_left(contract):
    return Lot.objects.get(contract=contract, wallet__asset__kind="entitlement").remaining
