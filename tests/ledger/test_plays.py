"""Plays count once however often they arrive, and a wallet never goes below zero for them."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ledger.models import CoinPlay, Contra, LotOrigin, Machine, TxnKind, Visit
from ledger.models.activity import MachineMode
from ledger.operations.adjust import adjust
from ledger.operations.assets import coins
from ledger.operations.expiry import sweep_expired
from ledger.operations.plays import Play, PlayOutcome, record_plays
from ledger.operations.posting import Header, grant, post
from ledger.operations.refusals import AmountNotPositive, NotEnough, ReasonMissing
from members.models import Card
from tests.members.factories import MemberFactory, StoreFactory

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return StoreFactory()


@pytest.fixture
def member(store):
    member = MemberFactory(store=store)
    Card.objects.create(member=member, number="30010242", issued_at=AT)
    return member


@pytest.fixture
def machine(store):
    return Machine.objects.create(
        store=store, code="M01", name="Racer", mode=MachineMode.CARD, coins_per_play=2
    )


def hold(member, store, amount, **terms):
    header = Header(
        id=uuid4(),
        kind=TxnKind.SELL_COINS,
        request={},
        store=store,
        at=AT - timedelta(days=9),
        by=None,
        member=member,
    )
    leg = grant(
        member=member,
        asset=coins(store.entity),
        amount=amount,
        origin=LotOrigin.PAID,
        contra=Contra.CASH_IN,
        **terms,
    )
    post(header, [leg]).or_raise()


def play(source_id="1", coins=2, at=AT, card="30010242", machine="M01"):
    return Play(machine=machine, source_id=source_id, coins=coins, at=at, card=card)


def send(store, *plays, at=AT):
    return record_plays(store=store, batch="b1", plays=plays, at=at, by=None)


def balance(member):
    return member.wallets.get().balance


def test_a_card_play_debits_the_member_and_notes_the_visit(store, member, machine):
    hold(member, store, 10)

    report = send(store, play(), play("2"))

    assert (report.accepted, report.repeated, report.shortfalls) == (2, 0, 0)
    assert balance(member) == 6
    assert Visit.objects.get().channel == "play"


def test_a_batch_sent_twice_counts_once(store, member, machine):
    hold(member, store, 10)
    send(store, play(), play())

    report = send(store, play())

    assert (report.accepted, report.repeated) == (0, 1)
    assert CoinPlay.objects.count() == 1
    assert balance(member) == 8


def test_what_the_wallet_cannot_cover_is_a_shortfall(store, member, machine):
    hold(member, store, 3)

    report = send(store, play(), play("2", at=AT + timedelta(0)), play("3"))

    assert report.shortfalls == 2
    assert [row.shortfall for row in CoinPlay.objects.order_by("source_id")] == [0, 1, 2]
    assert balance(member) == 0


def test_a_token_machine_only_logs(store, member, machine):
    hold(member, store, 10)
    Machine.objects.update(mode=MachineMode.TOKEN)

    report = send(store, play())

    assert (report.accepted, report.shortfalls) == (1, 0)
    assert balance(member) == 10


def test_an_unknown_card_leaves_the_play_without_a_member(store, machine):
    report = send(store, play(card="999"))

    assert report.without_member == 1
    assert CoinPlay.objects.get().card_number == "999"
    assert not Visit.objects.exists()


def test_plays_that_cannot_be_right_are_rejected_by_name(store, machine):
    late = AT + timedelta(hours=1)

    report = send(store, play("a", machine="M99"), play("b", coins=0), play("c", at=late))

    assert report.rejected == [
        ("a", "unknown_machine"),
        ("b", "coins_not_positive"),
        ("c", "time_in_the_future"),
    ]
    assert not CoinPlay.objects.exists()


def test_each_play_has_an_outcome_in_the_order_sent(store, member, machine):
    hold(member, store, 3)
    too_old = datetime(1980, 1, 1, tzinfo=UTC)

    report = send(store, play("1"), play("x", at=too_old), play("1"), play("2", card="999"))

    assert report.outcomes == [
        PlayOutcome(is_accepted=True, has_member=True),
        PlayOutcome(is_accepted=False, fault="time_too_long_ago"),
        PlayOutcome(is_accepted=False),
        PlayOutcome(is_accepted=True),
    ]


def test_a_late_play_belongs_to_the_day_it_was_played(store, member, machine):
    hold(member, store, 10)

    send(store, play(at=datetime(2026, 4, 28, 12, tzinfo=UTC)))

    assert CoinPlay.objects.get().business_date.isoformat() == "2026-04-28"
    assert Visit.objects.get().business_date.isoformat() == "2026-04-28"


def test_the_sweep_books_what_is_due_once(store, member):
    hold(member, store, 10, expires_at=AT)
    hold(member, store, 5, expires_at=AT + timedelta(seconds=1))

    booked = [sweep_expired(at=AT), sweep_expired(at=AT)]

    assert booked == [1, 0]
    assert balance(member) == 5


def test_an_adjustment_is_an_entry_with_a_reason(store, member):
    asset = coins(store.entity)
    terms = {"member": member, "asset": asset, "store": store, "at": AT, "by": None}

    adjust(request_id=uuid4(), amount=10, reason="machine ate them", **terms)
    adjust(request_id=uuid4(), amount=-4, reason="too many", **terms)

    assert balance(member) == 6
    with pytest.raises(NotEnough):
        adjust(request_id=uuid4(), amount=-7, reason="too many", **terms)
    with pytest.raises(ReasonMissing):
        adjust(request_id=uuid4(), amount=1, reason=" ", **terms)
    with pytest.raises(AmountNotPositive):
        adjust(request_id=uuid4(), amount=0, reason="nothing", **terms)
    assert balance(member) == 6
