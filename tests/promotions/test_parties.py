"""Payer, presenter and guardian of a prepaid sale."""

from datetime import date

import pytest

from ledger.models import Contract, OverRide, Sale
from ledger.operations.overrides import Permission
from ledger.rules.snapshots import kept
from members.models import Store
from members.operations import create_staff
from members.rules.birthdays import Birthday
from promotions.models import PromotionPolicy
from promotions.operations import Parties, sell_bundle, top_up
from promotions.operations.parties import ChildCannotBuy, GuardianMissing
from tests.promotions.shops import WORKDAY, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    shop = open_shop()
    Store.objects.filter(pk=shop.store.pk).update(jurisdiction="CN")
    shop.store.refresh_from_db()
    PromotionPolicy.objects.create(entity=shop.store.entity, minors_pay_up_to=10000)
    return shop


def minor(shop, age):
    return shop.member(birthday=Birthday(2026 - age, 1, 1))


def test_the_contract_names_payer_presenter_and_guardian(shop):
    child, mother = minor(shop, 7), shop.member()
    parties = Parties(payer=mother, presented_by="her aunt", guardian="王芳")

    sale = top_up(
        **shop.asks(child), offer=None, amount=50000, tenders=shop.in_cash(50000), parties=parties
    )

    contract = Contract.objects.get(txn_id=sale.pk)
    said = kept(contract.snapshot)
    assert (contract.member, contract.payer) == (child, mother)
    assert (said.presented_by, said.guardian_name) == ("her aunt", "王芳")
    assert said.guardian_consent_at == WORKDAY.isoformat()


@pytest.mark.parametrize("amount", [100, 50000])
def test_a_small_child_buys_nothing_without_a_guardian(shop, amount):
    child = minor(shop, 7)

    with pytest.raises(ChildCannotBuy) as refusal:
        top_up(**shop.asks(child), offer=None, amount=amount, tenders=shop.in_cash(amount))

    assert "7" in str(refusal.value)
    assert not Sale.objects.exists()


def test_a_minor_prepays_alone_up_to_the_limit(shop):
    child = minor(shop, 16)

    top_up(**shop.asks(child), offer=None, amount=10000, tenders=shop.in_cash(10000))

    assert Contract.objects.get().paid == 10000


def test_above_the_limit_a_guardian_is_asked_for(shop):
    child = minor(shop, 17)
    bundle = shop.bundle(10001, {"asset": shop.beer, "quantity": 1, "list_price": 800})

    with pytest.raises(GuardianMissing):
        sell_bundle(**shop.asks(child), bundle=bundle, tenders=shop.in_cash(10001))

    assert not Sale.objects.exists()


def test_an_adult_needs_nobody(shop):
    adult = minor(shop, 18)

    top_up(**shop.asks(adult), offer=None, amount=50000, tenders=shop.in_cash(50000))

    assert kept(Contract.objects.get().snapshot).guardian_name == ""


def test_a_manager_over_rides_with_a_reason(shop):
    child = minor(shop, 17)
    boss = create_staff(
        username="boss", password="korrekt-horse-9", role="manager", stores=[shop.store]
    )
    parties = Parties(permission=Permission(approved_by=boss, reason="Mother on the phone"))

    top_up(
        **shop.asks(child), offer=None, amount=50000, tenders=shop.in_cash(50000), parties=parties
    )

    kept_over_ride = OverRide.objects.get()
    assert (kept_over_ride.rule, kept_over_ride.reason) == (
        "guardian_missing",
        "Mother on the phone",
    )


def test_gifts_and_the_terms_of_the_house_are_kept(shop):
    old = shop.terms()
    shop.terms(version="2", text_en="Newer.", in_force_from=date(2026, 5, 1))
    PromotionPolicy.objects.update(terms=old)
    gift = {"name": "Cup", "name_zh": "杯子", "quantity": 2, "list_value": 3000}
    offer = shop.top_up_offer(50000, 0, gifts=[gift])

    sale = top_up(**shop.asks(shop.member()), offer=offer, tenders=shop.in_cash(50000))

    contract = Contract.objects.get(txn_id=sale.pk)
    said = kept(contract.snapshot)
    assert [(one.name, one.quantity, one.list_value) for one in said.gifts] == [("Cup", 2, 3000)]
    assert (contract.terms_version, said.texts["en"]) == ("2", "Newer.")
