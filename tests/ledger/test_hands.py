"""A contract changes hands, is paused and comes back; value and cost stay whole."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from ledger.models import Contract, ContractEvent, Lot, Movement, Txn
from ledger.operations.expiry import sweep_expired
from ledger.operations.handing_over import (
    CardOfSomebodyElse,
    NothingLeftOfContract,
    NoticeToCome,
    PartlyOnDeposit,
    SameHolder,
    transfer_contract,
)
from ledger.operations.holds import hold
from ledger.operations.pausing import (
    NotPaused,
    PausedAlready,
    PauseEndsTooSoon,
    pause_contract,
    resume_contract,
)
from ledger.operations.refusals import (
    AlreadyUsed,
    NotEnough,
    ReasonMissing,
    RequestReused,
    ReversalIsFinal,
)
from ledger.operations.reversal import undo
from ledger.operations.reviving import EndOutOfReach, NotEnded, NothingExpired, reactivate
from ledger.queries.audit import differences
from ledger.queries.contracts import holder_of
from members.models import Card, MemberPin, User
from members.operations import add_card
from members.operations.people import MemberClosed, erase_member
from members.operations.pins import set_pin
from tests.ledger.holding import DAY, NOON, balance, open_shop, sell_beers, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


@pytest.fixture
def giver(shop):
    return shop.member()


@pytest.fixture
def sold(shop, giver):
    ends = shop.store.end_of(date(2026, 6, 10))
    return Contract.objects.get(pk=sell_beers(shop, giver, 101, 2018, expires_at=ends))


def asks(shop, at=NOON, **more):
    standard = {"request_id": uuid4(), "store": shop.store, "at": at, "by": shop.clerk}
    return standard | {"reason": "moves away"} | more


def written():
    return Txn.objects.count(), Movement.objects.count(), ContractEvent.objects.count()


def last_day(shop, lot):
    return shop.store.business_date(lot.expires_at - timedelta(seconds=1))


# Transfer ------------------------------------------------------------------


def test_a_transfer_hands_all_that_is_left_over_and_keeps_the_notice(shop, giver, sold):
    taker = shop.member()
    spend(shop, giver, shop.beer, 30)

    event = transfer_contract(
        **asks(shop), contract=sold, to_member=taker, noticed_at=NOON - 3 * DAY
    )

    assert (balance(giver, shop.beer), balance(taker, shop.beer)) == (0, 71)
    assert (event.from_member, event.to_member, event.noticed_at) == (
        giver, taker, NOON - 3 * DAY,
    )  # fmt: skip
    assert holder_of(sold) == taker
    assert differences() == []


def test_a_transfer_asked_twice_is_made_once(shop, giver, sold):
    taker, asked = shop.member(), asks(shop)
    first = transfer_contract(**asked, contract=sold, to_member=taker, noticed_at=NOON)

    again = transfer_contract(**asked, contract=sold, to_member=taker, noticed_at=NOON)

    assert again == first
    assert balance(taker, shop.beer) == 101
    with pytest.raises(RequestReused):
        transfer_contract(**asked, contract=sold, to_member=giver, noticed_at=NOON)


def test_a_card_handed_over_opens_nothing_and_its_pin_is_forgotten(shop, giver, sold):
    card = add_card(member=giver, number="C-1", at=NOON)
    set_pin(member=giver, pin="2580", again="2580", at=NOON, by=None)

    event = transfer_contract(
        **asks(shop), contract=sold, to_member=shop.member(), noticed_at=NOON, card=card
    )

    card.refresh_from_db()
    assert card.status == Card.Status.REPLACED
    assert event.details["card"] == "C-1"
    assert not MemberPin.objects.exists()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"reason": " "}, ReasonMissing),
        ({"noticed_at": NOON + DAY}, NoticeToCome),
        ({"to_member": "giver"}, SameHolder),
        ({"card": "stranger"}, CardOfSomebodyElse),
        ({"to_member": "erased"}, MemberClosed),
    ],
)
def test_a_refused_transfer_writes_nothing(shop, giver, sold, change, refusal):
    taker = shop.member()
    given = asks(shop) | {"to_member": taker, "noticed_at": NOON} | change
    if given["to_member"] == "giver":
        given["to_member"] = giver
    if given["to_member"] == "erased":
        given["to_member"] = erase_member(member=taker, at=NOON, by=None)
    if "card" in given:
        given["card"] = add_card(member=taker, number="C-2", at=NOON)
    before = written()

    with pytest.raises(refusal):
        transfer_contract(contract=sold, **given)

    assert written() == before


def test_nothing_left_or_a_deposit_on_it_stops_a_transfer(shop, giver, sold):
    taker = shop.member()
    kept = hold(
        **{name: value for name, value in asks(shop).items() if name != "reason"},
        member=giver,
        asset=shop.beer,
        amount=1,
        purpose="table",
        expires_at=NOON + DAY,
    )
    before = written()
    with pytest.raises(PartlyOnDeposit):
        transfer_contract(**asks(shop), contract=sold, to_member=taker, noticed_at=NOON)
    assert written() == before
    assert kept.amount == 1

    spend(shop, giver, shop.beer, 100)
    with pytest.raises(NothingLeftOfContract):
        transfer_contract(**asks(shop), contract=sold, to_member=taker, noticed_at=NOON)


def test_an_undone_transfer_leaves_the_giver_the_holder(shop, giver, sold):
    taker = shop.member()
    event = transfer_contract(**asks(shop), contract=sold, to_member=taker, noticed_at=NOON)

    undo(**asks(shop), txn_id=event.txn_id)

    assert holder_of(sold) == giver
    assert balance(giver, shop.beer) == 101


# Pause ---------------------------------------------------------------------


def test_a_planned_pause_moves_the_end_and_hides_the_units_until_then(shop, giver, sold):
    pause_contract(**asks(shop), contract=sold, until=date(2026, 5, 21))

    lot = Lot.objects.get(is_open=True)
    assert last_day(shop, lot) == date(2026, 6, 20)
    with pytest.raises(NotEnough):
        spend(shop, giver, shop.beer, 1).or_raise()
    wakes = shop.store.day_bounds(date(2026, 5, 21))[0]
    spend(shop, giver, shop.beer, 1, at=wakes).or_raise()


def test_resuming_early_gives_back_only_the_days_that_were_paused(shop, giver, sold):
    before = Lot.objects.get()
    pause_contract(**asks(shop), contract=sold, until=date(2026, 5, 21))

    resume_contract(**asks(shop, at=NOON + 4 * DAY), contract=sold)

    lot = Lot.objects.get(is_open=True)
    assert last_day(shop, lot) == date(2026, 6, 14)
    assert lot.available_from == before.available_from
    assert (lot.granted, lot.cost) == (101, 2018)
    assert differences() == []


def test_an_open_pause_lasts_over_the_old_end(shop, giver, sold):
    pause_contract(**asks(shop), contract=sold)
    sweep_expired(at=NOON + 60 * DAY)
    assert balance(giver, shop.beer) == 101

    resume_contract(**asks(shop, at=NOON + 60 * DAY), contract=sold)

    assert last_day(shop, Lot.objects.get(is_open=True)) == date(2026, 8, 9)


def test_a_pause_over_the_change_of_clocks_costs_no_hour(shop, giver):
    berlin = shop.store
    berlin.time_zone = "Europe/Berlin"
    berlin.save(update_fields=["time_zone"])
    start = datetime(2026, 3, 20, 12, tzinfo=UTC)
    ends = berlin.end_of(date(2026, 3, 27))
    contract = sell_beers(shop, giver, 10, 100, expires_at=ends, at=start)
    sold = Contract.objects.get(pk=contract)

    pause_contract(**asks(shop, at=start), contract=sold, until=date(2026, 4, 1))

    assert Lot.objects.get(is_open=True).expires_at == berlin.end_of(date(2026, 4, 8))


def test_a_transfer_while_paused_still_resumes_for_the_taker(shop, giver, sold):
    taker = shop.member()
    pause_contract(**asks(shop), contract=sold)
    transfer_contract(**asks(shop), contract=sold, to_member=taker, noticed_at=NOON)

    resume_contract(**asks(shop, at=NOON + 2 * DAY), contract=sold)

    spend(shop, taker, shop.beer, 101, at=NOON + 2 * DAY).or_raise()
    assert balance(taker, shop.beer) == 0


def test_pausing_twice_resuming_what_runs_and_a_pause_of_no_day_write_nothing(shop, sold):
    with pytest.raises(PauseEndsTooSoon):
        pause_contract(**asks(shop), contract=sold, until=date(2026, 5, 11))
    with pytest.raises(NotPaused):
        resume_contract(**asks(shop), contract=sold)
    asked = asks(shop)
    first = pause_contract(**asked, contract=sold)
    before = written()

    with pytest.raises(PausedAlready):
        pause_contract(**asks(shop), contract=sold)

    assert pause_contract(**asked, contract=sold) == first
    assert written() == before


# Re-activation ----------------------------------------------------------------


@pytest.mark.parametrize("is_swept", [True, False])
def test_an_ended_lot_comes_back_swept_or_not(shop, giver, sold, is_swept):
    spend(shop, giver, shop.beer, 1)
    late = NOON + 60 * DAY
    if is_swept:
        assert sweep_expired(at=late) == 1

    lot = reactivate(**asks(shop, at=late), lot=Lot.objects.get(), last_day=date(2026, 8, 1))

    assert (lot.remaining, last_day(shop, lot)) == (100, date(2026, 8, 1))
    assert balance(giver, shop.beer) == 100
    assert differences() == []
    old = Lot.objects.exclude(pk=lot.pk).get()
    with pytest.raises(NothingExpired):
        reactivate(**asks(shop, at=late), lot=old, last_day=date(2026, 8, 1))


def test_a_reactivation_asked_twice_is_made_once(shop, sold):
    late = NOON + 60 * DAY
    sweep_expired(at=late)
    asked = asks(shop, at=late)
    first = reactivate(**asked, lot=Lot.objects.get(), last_day=date(2026, 8, 1))

    old = Lot.objects.exclude(pk=first.pk).get()
    assert reactivate(**asked, lot=old, last_day=date(2026, 8, 1)) == first


def test_what_runs_is_not_reactivated_and_a_manager_sets_no_far_end(shop, sold):
    before = written()
    with pytest.raises(NotEnded):
        reactivate(**asks(shop), lot=Lot.objects.get(), last_day=date(2026, 8, 1))
    shop.clerk.role = User.Role.MANAGER
    late = NOON + 60 * DAY
    with pytest.raises(EndOutOfReach):
        reactivate(**asks(shop, at=late), lot=Lot.objects.get(), last_day=date(2028, 8, 1))

    assert written() == before


def test_a_swept_lot_brought_back_is_not_undone_but_an_unswept_one_is(shop, giver, sold):
    late = NOON + 60 * DAY
    asked = asks(shop, at=late)
    reactivate(**asked, lot=Lot.objects.get(), last_day=date(2026, 8, 1))
    undo(**asks(shop, at=late), txn_id=asked["request_id"])
    sweep_expired(at=late)
    asked = asks(shop, at=late)
    reactivate(**asked, lot=Lot.objects.earliest("pk"), last_day=date(2026, 8, 1))

    with pytest.raises(ReversalIsFinal):
        undo(**asks(shop, at=late), txn_id=asked["request_id"])

    assert balance(giver, shop.beer) == 101


def test_a_pause_that_was_used_since_is_not_undone(shop, giver, sold):
    event = pause_contract(**asks(shop), contract=sold, until=date(2026, 5, 13))
    spend(shop, giver, shop.beer, 1, at=NOON + 5 * DAY).or_raise()

    with pytest.raises(AlreadyUsed):
        undo(**asks(shop), txn_id=event.txn_id)
