"""Where a contract stands: its holder after hand-overs, its pause, what is held of it."""

from uuid import uuid4

import pytest

from ledger.models import Contract, ContractEvent, EventKind, Lot, TxnKind
from ledger.operations.posting import move
from ledger.operations.reversal import undo
from ledger.queries.contracts import holder_of, open_lots, pause_in_force
from members.models import Member
from tests.ledger.holding import DAY, NOON, open_shop, sell_beers

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def sold(shop):
    member = shop.member()
    return member, Contract.objects.get(pk=sell_beers(shop, member, 101, 2018))


def hand_over(shop, contract, giver, taker):
    answer = shop.post(
        move(member=giver, to_member=taker, contract=contract.pk), kind=TxnKind.TRANSFER
    ).or_raise()
    note(contract, EventKind.TRANSFERRED, giver, taker, answer.id)
    return answer.id


def note(contract, kind, giver, taker, txn, **details):
    return ContractEvent.objects.create(
        contract=contract,
        kind=kind,
        txn_id=txn,
        from_member=giver,
        to_member=taker,
        noticed_at=NOON,
        recorded_at=NOON,
        reason="said so",
        details=details,
    )


def test_who_bought_holds(sold):
    member, contract = sold

    assert holder_of(contract) == member
    assert [lot.remaining for lot in open_lots(contract)] == [101]


def test_the_last_taker_holds_until_it_is_undone(shop, sold):
    member, contract = sold
    taker = shop.member()
    handed = hand_over(shop, contract, member, taker)
    assert holder_of(contract) == taker

    undo(request_id=uuid4(), txn_id=handed, store=shop.store, at=NOON, by=None, reason="slip")

    assert holder_of(contract) == member
    assert Lot.objects.get(is_open=True).wallet.member == member


def test_a_merged_holder_stands_for_whom_they_became(shop, sold):
    member, contract = sold
    survivor = shop.member()
    Member.objects.filter(pk=member.pk).update(status=Member.Status.MERGED, merged_into=survivor)

    assert holder_of(contract) == survivor


def test_a_pause_is_in_force_until_its_end(shop, sold):
    member, contract = sold
    ends = NOON + 5 * DAY
    note(contract, EventKind.PAUSED, member, member, uuid4(), until=ends.isoformat(), lots=[])

    assert pause_in_force(contract, NOON) is not None
    assert pause_in_force(contract, ends) is None
