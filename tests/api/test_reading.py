"""Machines find members and read their sheet: what the store's issuing entity knows."""

from uuid import uuid4

import pytest
from django.utils import timezone

from ledger.operations.adjust import adjust
from ledger.operations.assets import points
from members.models import IssuingEntity
from tests.api.conftest import cash, machine_at, new_id
from tests.members.factories import MemberFactory, StoreFactory, TillFactory

pytestmark = pytest.mark.django_db


def give_points(member, store, amount):
    adjust(
        request_id=uuid4(),
        member=member,
        asset=points(store.entity),
        amount=amount,
        reason="welcome",
        store=store,
        at=timezone.now(),
        by=None,
    )


def test_the_sheet_keeps_principal_and_bonus_apart(machine, member, offer):
    machine.post(
        "top-ups", id=new_id(), member=member.number, offer=offer.code, tenders=[cash(50000)]
    )

    said = machine.get(f"members/{member.number}/sheet").json()

    assert said["member"]["number"] == member.number
    assert said["balances"] == [
        {
            "asset": "stored-value-cny",
            "kind": "money",
            "name": "Stored value",
            "currency": "CNY",
            "principal": 50000,
            "bonus": 100000,
            "spendable": 150000,
            "pending": 0,
            "ends_next": None,
        }
    ]


def test_the_sheet_shows_what_is_left_of_bundles(machine, member, beers):
    machine.post(
        "bundles", id=new_id(), member=member.number, bundle="beer-101", tenders=[cash(2018)]
    )
    machine.post("draw-downs", id=new_id(), member=member.number, unit="beer", quantity=5)

    (units,) = machine.get(f"members/{member.number}/sheet").json()["units"]

    assert (units["unit"], units["left"], units["granted"]) == ("beer", 96, 101)
    assert (units["is_usable"], units["obstacle"]) == (True, None)


def test_what_another_entity_owes_is_not_shown(machine, member):
    other = IssuingEntity.objects.create(code="other", name="Other")
    elsewhere = StoreFactory(entity=other)
    give_points(member, machine.store, 7)
    give_points(member, elsewhere, 400)

    here = machine.get(f"members/{member.number}/sheet").json()
    there = machine_at(TillFactory(store=elsewhere)).get(f"members/{member.number}/sheet").json()

    assert [one["spendable"] for one in here["balances"]] == [7]
    assert [one["spendable"] for one in there["balances"]] == [400]


def test_names_are_in_the_language_asked_for(machine, member):
    give_points(member, machine.store, 7)

    said = machine.get(f"members/{member.number}/sheet", "zh-hans").json()

    assert said["balances"][0]["name"] == "积分"


def test_the_sheet_of_nobody_is_not_found(machine):
    answer = machine.get("members/99999/sheet")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_member")


@pytest.mark.parametrize("number", ["%ff", "x" * 40, "é", "..", "1'--"])
def test_what_cannot_be_a_number_is_not_found(machine, number):
    assert machine.get(f"members/{number}/sheet").status_code == 404


def test_a_null_character_in_the_address_is_a_bad_request(machine):
    assert machine.get("members/%00/sheet").status_code == 400


def test_members_are_found_by_the_last_digits(machine, member):
    MemberFactory(store=machine.store)

    found = machine.get("members", q=member.phone[-4:]).json()["members"]

    assert [one["number"] for one in found] == [member.number]


@pytest.mark.parametrize("query", [{}, {"q": ""}, {"q": "x" * 81}, {"q": "x", "limit": "0"}])
def test_a_search_says_what_for(machine, query):
    assert machine.get("members", **query).status_code == 400


def test_a_search_takes_no_other_question(machine):
    assert machine.get("members", q="x", store="other").status_code == 400
