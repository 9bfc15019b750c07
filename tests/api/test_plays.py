"""Machine controllers report plays in batches: late, repeated and wrong ones among them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ledger.models import AgeRule, CoinPlay, Machine, Wallet
from ledger.models.activity import MachineMode
from ledger.operations.adjust import adjust
from ledger.operations.assets import coins
from members.operations import add_card
from members.rules.birthdays import Birthday
from tests.api.conftest import new_id
from tests.members.factories import MemberFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def racer(store):
    return Machine.objects.create(store=store, code="M01", name="Racer", mode=MachineMode.CARD)


def play(source_id, minutes_ago=5, **more):
    at = (timezone.now() - timedelta(minutes=minutes_ago)).isoformat()
    return {"machine": "M01", "source_id": source_id, "coins": 2, "at": at} | more


def outcomes(answer):
    return [(one["source_id"], one["outcome"], one["fault"]) for one in answer.json()["plays"]]


def test_each_play_of_a_batch_is_answered(machine, member, racer):
    add_card(member=member, number="C-1", at=timezone.now())
    machine.post("coin-plays", id=new_id(), plays=[play("1")])
    batch = [
        play("1"),
        play("2", minutes_ago=60 * 24 * 9),
        play("2"),
        play("3", card="C-1"),
        play("4", machine="M99"),
        play("5", coins=0),
        play("6", minutes_ago=-5),
    ]

    answer = machine.post("coin-plays", id=new_id(), plays=batch)

    assert answer.status_code == 201
    assert outcomes(answer) == [
        ("1", "repeated", ""),
        ("2", "accepted", ""),
        ("2", "repeated", ""),
        ("3", "accepted", ""),
        ("4", "rejected", "unknown_machine"),
        ("5", "rejected", "coins_not_positive"),
        ("6", "rejected", "time_in_the_future"),
    ]
    said = answer.json()
    assert (said["accepted"], said["repeated"], said["rejected"]) == (2, 2, 3)
    assert (said["plays"][3]["shortfall"], said["plays"][3]["has_member"]) == (2, True)
    assert CoinPlay.objects.count() == 3


def test_a_batch_sent_twice_is_answered_alike_and_counts_once(machine, racer):
    request_id, batch = new_id(), [play("1"), play("2")]

    first = machine.post("coin-plays", id=request_id, plays=batch)
    second = machine.post("coin-plays", id=request_id, plays=batch)

    assert (first.status_code, second.status_code) == (201, 200)
    assert outcomes(first) == outcomes(second) == [("1", "accepted", ""), ("2", "accepted", "")]
    assert CoinPlay.objects.count() == 2


def test_a_thousand_plays_fit_in_one_batch(machine, racer):
    batch = [play(str(number)) for number in range(1000)]

    answer = machine.post("coin-plays", id=new_id(), plays=batch)

    assert answer.json()["accepted"] == 1000
    assert CoinPlay.objects.count() == 1000


def test_a_machine_of_another_store_is_unknown(machine, racer):
    racer.store = type(racer.store).objects.create(
        code="far", name="Far", entity=racer.store.entity, country="CN", currency="CNY",
        time_zone="Asia/Shanghai", language="en",
    )  # fmt: skip
    racer.save()

    answer = machine.post("coin-plays", id=new_id(), plays=[play("1")])

    assert outcomes(answer) == [("1", "rejected", "unknown_machine")]
    assert not CoinPlay.objects.exists()


def test_where_a_machine_asks_first_a_minor_is_refused(machine, store, member):
    """Failed without ``check_age`` in the draw."""
    child = MemberFactory(store=store, birthday=Birthday(timezone.now().year - 9))
    tokens = coins(store.entity)
    tokens.age_rule = AgeRule.ADULTS
    tokens.save(update_fields=["age_rule"])
    for holder in (child, member):
        told = {"at": timezone.now(), "by": None, "reason": "gift", "store": store}
        adjust(request_id=uuid4(), member=holder, asset=tokens, amount=10, **told)
    asked = {"unit": tokens.code, "quantity": 2}

    refused = machine.post("draw-downs", id=new_id(), member=child.number, **asked)
    answer = machine.post("draw-downs", id=new_id(), member=member.number, **asked)

    assert (refused.status_code, refused.json()["code"]) == (409, "not_for_minors")
    assert (answer.status_code, answer.json()["kind"]) == (201, "dispense")
    assert sorted(w.balance for w in Wallet.objects.filter(asset=tokens)) == [8, 10]
