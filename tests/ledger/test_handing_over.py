"""Lots change hands, change their time, and are closed for a settlement."""

from datetime import timedelta
from uuid import uuid4

import pytest

from ledger.models import Contra, Lot, LotOrigin, Movement, Txn, TxnKind
from ledger.operations.posting import close, grant, move, take
from ledger.operations.refusals import AlreadyUsed, ContractChanged, ContractSettled
from ledger.operations.reversal import undo
from ledger.queries.audit import differences
from tests.ledger.holding import DAY, NOON, balance, open_shop, sell_beers, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def giver(shop):
    giver = shop.member()
    sell_beers(shop, giver, 101, 2018)
    spend(shop, giver, shop.beer, 30)
    return giver


def left(contract):
    return dict(Lot.objects.filter(contract=contract, is_open=True).values_list("pk", "remaining"))


def refund(shop, member, contract, amount, expects=None):
    paid = {"member": member, "asset": shop.money, "amount": amount, "contract": contract}
    return shop.post(
        close(contract=contract, expects=left(contract) if expects is None else expects),
        grant(**paid, cost=amount, origin=LotOrigin.PAID, contra=Contra.SETTLEMENT),
        take(**paid, contra=Contra.CASH_IN),
        kind=TxnKind.REFUND,
        member=member,
    )


def test_a_moved_lot_takes_its_cost_and_terms_along(shop, giver):
    taker = shop.member()
    before = Lot.objects.get(wallet__member=giver)

    shop.post(move(member=giver, to_member=taker), kind=TxnKind.TRANSFER).or_raise()

    after = Lot.objects.get(wallet__member=taker)
    assert (balance(giver, shop.beer), balance(taker, shop.beer)) == (0, 71)
    assert (after.granted, after.cost, after.contract_id) == (71, 1419, before.contract_id)
    assert (after.granted_at, after.expires_at) == (before.granted_at, before.expires_at)
    assert differences() == []


def test_an_ended_lot_lives_again_under_a_new_end(shop, giver):
    lot = Lot.objects.get(wallet__member=giver)
    ends = NOON + 9 * DAY

    shop.post(
        move(member=giver, to_member=giver, lots=[lot.pk], expires_at=ends), kind=TxnKind.RETIME
    ).or_raise()

    assert Lot.objects.get(is_open=True).expires_at == ends
    assert balance(giver, shop.beer) == 71


def test_what_was_handed_over_and_used_does_not_come_back(shop, giver):
    taker, handed = shop.member(), uuid4()
    shop.post(move(member=giver, to_member=taker), kind=TxnKind.TRANSFER, id=handed).or_raise()
    spend(shop, taker, shop.beer, 1)
    moved = Movement.objects.count()

    with pytest.raises(AlreadyUsed):
        undo(request_id=uuid4(), txn_id=handed, store=shop.store, at=NOON, by=None, reason="slip")

    assert (Movement.objects.count(), balance(taker, shop.beer)) == (moved, 70)


def test_what_was_handed_over_comes_back_whole(shop, giver):
    taker, handed = shop.member(), uuid4()
    shop.post(move(member=giver, to_member=taker), kind=TxnKind.TRANSFER, id=handed).or_raise()

    undo(request_id=uuid4(), txn_id=handed, store=shop.store, at=NOON, by=None, reason="slip")

    assert (balance(giver, shop.beer), balance(taker, shop.beer)) == (71, 0)
    assert differences() == []


def test_a_refund_closes_the_lots_and_pays_out(shop, giver):
    contract = Lot.objects.get().contract_id

    answer = refund(shop, giver, contract, 1400).or_raise()

    moved = [(m["amount"], m["contra"], m["cost"]) for m in answer.movements]
    assert moved == [(-71, 10, -1419), (1400, 10, 1400), (-1400, 1, -1400)]
    assert left(contract) == {}
    assert differences() == []


def test_a_contract_is_refunded_once(shop, giver):
    contract = Lot.objects.get().contract_id
    refund(shop, giver, contract, 1400).or_raise()
    moved = Movement.objects.count()

    with pytest.raises(ContractSettled):
        refund(shop, giver, contract, 1400).or_raise()

    assert Movement.objects.count() == moved


def test_a_refund_that_was_undone_can_be_made_again(shop, giver):
    contract = Lot.objects.get().contract_id
    first = refund(shop, giver, contract, 1400).or_raise()
    undo(
        request_id=uuid4(),
        txn_id=first.id,
        store=shop.store,
        at=NOON,
        by=None,
        reason="wrong cause",
    )
    assert balance(giver, shop.beer) == 71

    refund(shop, giver, contract, 1419).or_raise()

    assert (balance(giver, shop.beer), balance(giver, shop.money)) == (0, 0)
    assert differences() == []


def test_a_refund_reckoned_before_a_sip_is_refused(shop, giver):
    contract = Lot.objects.get().contract_id
    seen = left(contract)
    spend(shop, giver, shop.beer, 1)

    with pytest.raises(ContractChanged):
        refund(shop, giver, contract, 1400, expects=seen).or_raise()

    assert balance(giver, shop.beer) == 70
    assert Txn.objects.filter(kind=TxnKind.REFUND, outcome="refused").count() == 1


def test_a_pause_hides_a_lot_until_it_ends(shop, giver):
    wakes = NOON + timedelta(hours=3)

    shop.post(
        move(member=giver, to_member=giver, available_from=wakes), kind=TxnKind.RETIME
    ).or_raise()

    assert Lot.objects.open_at(NOON).count() == 0
    assert Lot.objects.open_at(wakes).count() == 1
