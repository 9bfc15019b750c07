"""Tills hold deposits, take them or give them back, and send the code a large debit needs."""

from datetime import timedelta

import pytest

from common.errors import DomainError
from counter.models import ApiRequest
from ledger.models import AgeRule, Asset, Hold, Movement
from ledger.operations.assets import stored_value
from members.models import IssuingEntity, OneTimeCode, OutgoingText
from members.operations.people import block_member
from members.operations.texts import gateway
from members.rules.birthdays import Birthday
from promotions.operations.deposits import capture_deposit, release_deposit
from tests.api.conftest import cash, machine_at, new_id
from tests.api.test_writing import balance
from tests.counter.conftest import now
from tests.members.factories import MemberFactory, StoreFactory, TillFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def rich(machine, member):
    """Holds 500.00."""
    machine.post("top-ups", id=new_id(), member=member.number, amount=50000, tenders=[cash(50000)])
    return member


@pytest.fixture
def texts(settings):
    """Messages go out."""
    settings.TEXT_GATEWAY = "members.operations.texts.OnScreen"
    gateway.cache_clear()
    yield
    gateway.cache_clear()


def deposit(member, **more):
    asked = {"id": new_id(), "member": member.number, "amount": 30000, "purpose": "private room"}
    until = (now() + timedelta(days=2)).isoformat()
    return asked | {"asset": stored_value(member.home_store).code, "until": until} | more


def settles(held, **more):
    return {"id": new_id(), "deposit": held["id"]} | more


def test_a_deposit_is_held_and_a_part_of_it_taken_as_a_bill(machine, rich):
    held = machine.post("deposits", **deposit(rich))
    assert (held.status_code, held.json()["kind"], balance(rich)) == (201, "hold", 20000)

    taken = machine.post("deposit-captures", **settles(held.json(), amount=12050))

    assert (taken.status_code, taken.json()["sale"]["total"]) == (201, 12050)
    assert balance(rich) == 50000 - 12050
    back = machine.post(
        "sale-refunds", id=new_id(), sale=taken.json()["id"], reason="the room was cold"
    )
    assert (back.status_code, balance(rich)) == (201, 50000)


def test_a_deposit_is_settled_once_however_often_it_is_asked(machine, rich):
    held = machine.post("deposits", **deposit(rich)).json()
    released = settles(held)
    first = machine.post("deposit-releases", **released)
    count = Movement.objects.count()

    again = machine.post("deposit-releases", **released)
    by_another_id = machine.post("deposit-releases", **settles(held))
    taken = machine.post("deposit-captures", **settles(held, amount=100))

    assert (first.status_code, again.status_code, by_another_id.status_code) == (201, 200, 201)
    assert first.json() == again.json() == by_another_id.json()
    assert (taken.status_code, taken.json()["code"]) == (409, "hold_resolved")
    assert (Movement.objects.count(), balance(rich)) == (count, 50000)


def test_how_it_was_settled_is_found_by_the_id_of_the_request_too(machine, rich):
    held = machine.post("deposits", **deposit(rich)).json()
    asked = settles(held, amount=30000)
    taken = machine.post("deposit-captures", **asked).json()

    by_request = machine.get(f"transactions/{asked['id']}").json()
    by_operation = machine.get(f"transactions/{taken['id']}").json()

    assert by_request == by_operation
    assert by_request["transaction"] == taken
    assert by_request["outcome"] == "done"


def test_keys_without_the_scope_touch_no_deposit(machine, rich, beers):
    drawer = machine_at(machine.till, "draw")
    seller = machine_at(machine.till, "sell")
    held = machine.post("deposits", **deposit(rich)).json()
    count = Movement.objects.count()

    refused = [
        drawer.post("deposits", **deposit(rich)),
        drawer.post("deposit-captures", **settles(held, amount=1)),
        drawer.post("deposit-releases", **settles(held)),
        seller.post("deposits", **deposit(rich, asset="beer")),
        machine_at(machine.till, "read").post("codes", id=new_id(), member=rich.number),
    ]

    assert {(one.status_code, one.json()["code"]) for one in refused} == {(403, "scope_missing")}
    assert Movement.objects.count() == count


def test_another_stores_till_touches_no_deposit(machine, rich):
    held = machine.post("deposits", **deposit(rich)).json()
    other = machine_at(TillFactory(store=StoreFactory(entity=machine.store.entity)))
    count = Movement.objects.count()

    taken = other.post("deposit-captures", **settles(held, amount=1))
    released = other.post("deposit-releases", **settles(held))
    unknown = machine.post("deposit-releases", **settles({"id": new_id()}))

    assert [one.json()["code"] for one in (taken, released, unknown)] == [
        "store_not_yours", "store_not_yours", "unknown_operation",
    ]  # fmt: skip
    assert Movement.objects.count() == count


def test_another_entitys_store_settles_no_deposit(machine, rich):
    machine.post("deposits", **deposit(rich))
    other = IssuingEntity.objects.create(code="other", name="Other")
    elsewhere = {"store": StoreFactory(entity=other), "at": now(), "by": None}

    for settle, more in ((capture_deposit, {"amount": 1}), (release_deposit, {})):
        with pytest.raises(DomainError) as refused:
            settle(deposit=Hold.objects.get(), **elsewhere, **more)
        assert refused.value.code == "not_honoured_here"

    assert Hold.objects.open().count() == 1


def test_what_a_minor_may_not_have_is_not_taken_by_way_of_a_deposit(machine, store, beers):
    born = now().year - 17
    child = MemberFactory(store=store, birthday=Birthday(year=born, month=12, day=31))
    machine.post(
        "bundles", id=new_id(), member=child.number, bundle=beers.code, tenders=[cash(2018)]
    )
    Asset.objects.filter(code="beer").update(age_rule=AgeRule.ADULTS)
    held = machine.post("deposits", **deposit(child, asset="beer", amount=5)).json()

    taken = machine.post("deposit-captures", **settles(held, amount=5))

    assert (taken.status_code, taken.json()["code"]) == (409, "not_for_minors")
    assert Hold.objects.open().count() == 1


def test_a_deposit_above_the_limit_goes_with_the_code_that_was_sent(machine, rich, texts):
    machine.store.pin_above = 10000
    machine.store.save(update_fields=["pin_above"])
    asked = deposit(rich)
    refused = machine.post("deposits", **asked)

    code = {"id": new_id(), "member": rich.number}
    sent = machine.post("codes", **code)
    again = machine.post("codes", **code)
    words = OutgoingText.objects.get().text
    digits = "".join(letter for letter in words if letter.isdigit())[-6:]
    held = machine.post("deposits", **asked, code=digits)

    assert (refused.status_code, refused.json()["code"]) == (409, "proof_needed")
    assert (sent.status_code, again.status_code, held.status_code) == (201, 200, 201)
    assert sent.json() == again.json()
    assert digits not in str(ApiRequest.objects.values_list("answer", flat=True))
    assert OneTimeCode.objects.get().used_at is not None


def test_a_code_too_soon_leaves_the_id_free_for_a_later_try(machine, rich, texts):
    machine.post("codes", id=new_id(), member=rich.number)
    later = {"id": new_id(), "member": rich.number}

    refused = machine.post("codes", **later)
    OneTimeCode.objects.update(sent_at=now() - timedelta(minutes=1))

    assert (refused.status_code, refused.json()["code"]) == (409, "code_too_soon")
    assert machine.post("codes", **later).status_code == 201
    assert OutgoingText.objects.count() == 2


def test_a_blocked_member_sets_nothing_aside(machine, rich):
    block_member(member=rich, at=now(), by=None)

    answer = machine.post("deposits", **deposit(rich))

    assert (answer.status_code, answer.json()["code"]) == (409, "member_may_not_trade")
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("until", "code"),
    [
        ("2020-01-01T00:00:00Z", "hold_ends_too_soon"),
        ("9999-12-31T23:59:59-12:00", "hold_ends_too_late"),
    ],
)
def test_an_end_out_of_reach_is_refused_and_holds_nothing(machine, rich, until, code):
    answer = machine.post("deposits", **deposit(rich, until=until))

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert not Hold.objects.exists()
