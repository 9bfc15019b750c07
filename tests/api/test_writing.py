"""Tills top up, sell, draw down, check in and undo; each answer says what was done."""

from uuid import uuid4

import pytest
from django.utils import timezone

from counter.models import ApiRequest
from ledger.models import Sale, Txn, Visit, Wallet
from ledger.operations.adjust import adjust
from ledger.operations.assets import stored_value
from tests.api.conftest import cash, machine_at, new_id
from tests.members.factories import TillFactory

pytestmark = pytest.mark.django_db


def balance(member, kind="money"):
    return sum(w.balance for w in Wallet.objects.filter(member=member, asset__kind=kind))


def test_tops_up_by_an_offer(machine, member, offer):
    answer = machine.post(
        "top-ups", id=new_id(), member=member.number, offer=offer.code, tenders=[cash(50000)]
    )

    assert answer.status_code == 201
    said = answer.json()
    assert said["sale"]["total"] == 50000
    assert [(one["origin"], one["amount"]) for one in said["movements"]] == [
        ("paid", 50000),
        ("bonus", 100000),
    ]
    assert said["movements"][-1]["balance_after"] == balance(member) == 150000


def test_tops_up_an_amount_of_ones_own(machine, member):
    answer = machine.post(
        "top-ups", id=new_id(), member=member.number, amount=12345, tenders=[cash(12345)]
    )

    assert answer.status_code == 201
    assert balance(member) == 12345


def test_sells_with_mixed_tenders(machine, member, skewers, value_tender):
    machine.post("top-ups", id=new_id(), member=member.number, amount=1000, tenders=[cash(1000)])

    answer = machine.post(
        "sales",
        id=new_id(),
        member=member.number,
        lines=[
            {"product": "skewers", "quantity": 5, "charged_value": 2500},
            {"description": "Corkage", "charged_value": 503},
        ],
        rounding=-3,
        tenders=[
            {"tender": value_tender, "amount": 1000},
            {"tender": "wechat", "amount": 2000, "reference": "wx-1"},
        ],
        external_ref="pos-17",
    )

    assert answer.status_code == 201, answer.json()
    bill = answer.json()["sale"]
    assert (bill["list_total"], bill["total"], bill["rounding"]) == (3503, 3000, -3)
    assert [line["charged_value"] for line in bill["lines"]] == [2500, 503, -3]
    assert balance(member) == 0
    sale = Sale.objects.get(external_ref="pos-17")
    assert (sale.till, sale.source, sale.member) == (machine.till, "api", member)


def test_sells_to_nobody_in_particular(machine):
    answer = machine.post(
        "sales",
        id=new_id(),
        lines=[{"description": "Soup", "charged_value": 900}],
        tenders=[cash(900)],
    )

    assert answer.status_code == 201
    assert answer.json()["member"] is None
    assert answer.json()["movements"] == []


def test_sells_a_bundle_and_draws_it_down(machine, member, beers):
    sold = machine.post(
        "bundles", id=new_id(), member=member.number, bundle="beer-101", tenders=[cash(2018)]
    )
    drawn = machine.post("draw-downs", id=new_id(), member=member.number, unit="beer", quantity=5)

    assert (sold.status_code, drawn.status_code) == (201, 201)
    assert sold.json()["movements"][0]["amount"] == 101
    assert drawn.json()["movements"][0] == {
        "asset": "beer",
        "asset_kind": "unit",
        "origin": "bundle",
        "amount": -5,
        "balance_after": 96,
        "contract": sold.json()["sale"]["lines"][0]["contract"],
        "expires_at": None,
    }


def test_undoes_a_draw_down(machine, member, beers):
    machine.post(
        "bundles", id=new_id(), member=member.number, bundle="beer-101", tenders=[cash(2018)]
    )
    drawn = new_id()
    machine.post("draw-downs", id=drawn, member=member.number, unit="beer", quantity=5)

    undone = machine.post("undo", id=new_id(), transaction=drawn, reason="wrong table")

    assert undone.status_code == 201
    assert undone.json()["reverses"] == drawn
    assert balance(member, "unit") == 101
    assert machine.get(f"transactions/{drawn}").json()["is_undone"] is True


def test_undoes_a_bill_that_moved_no_value(machine):
    sold, undo = new_id(), new_id()
    line = {"description": "Soup", "charged_value": 900}
    machine.post("sales", id=sold, lines=[line], tenders=[cash(900)])

    undone = machine.post("undo", id=undo, transaction=sold, reason="rung up twice")
    again = machine.post("undo", id=undo, transaction=sold, reason="rung up twice")

    assert (undone.status_code, again.status_code) == (201, 200)
    assert undone.json() == again.json()
    assert undone.json()["movements"] == []
    assert Sale.objects.get(pk=sold).voided_at is not None


def test_what_is_undone_needs_the_scope_that_did_it(machine, member, beers):
    machine.post(
        "bundles", id=new_id(), member=member.number, bundle="beer-101", tenders=[cash(2018)]
    )
    drawn = new_id()
    machine.post("draw-downs", id=drawn, member=member.number, unit="beer", quantity=5)

    refused = machine_at(machine.till, "sell").post(
        "undo", id=new_id(), transaction=drawn, reason="wrong table"
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert balance(member, "unit") == 96


def test_what_no_till_did_no_till_undoes(machine, member):
    entry = uuid4()
    adjust(
        request_id=entry,
        member=member,
        asset=stored_value(machine.store),
        amount=500,
        reason="goodwill",
        store=machine.store,
        at=timezone.now(),
        by=None,
    )

    refused = machine.post("undo", id=new_id(), transaction=str(entry), reason="mine")

    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_tills")
    assert balance(member) == 500
    assert not ApiRequest.objects.exists()


def test_checks_in_once_a_day(machine, member):
    first = machine.post("check-ins", id=new_id(), member=member.number)
    second = machine.post("check-ins", id=new_id(), member=member.number)

    assert (first.json()["is_new"], second.json()["is_new"]) == (True, False)
    assert Visit.objects.count() == 1


def test_enrols(machine):
    answer = machine.post(
        "members",
        id=new_id(),
        name="李雷",
        phone="13900001111",
        birthday={"month": 5, "day": 17},
        cards=["C-77"],
    )

    assert answer.status_code == 201
    found = machine.get("members", q="C-77").json()["members"]
    assert found == [
        {
            "number": answer.json()["member"],
            "name": "李雷",
            "phone": "139****1111",
            "tier": None,
            "status": "active",
            "home_store": machine.store.code,
        }
    ]


def test_a_taken_phone_is_refused_without_telling_whose_it_is(machine, member):
    answer = machine.post("members", id=new_id(), name="Other", phone=member.phone)

    assert (answer.status_code, answer.json()["code"]) == (409, "phone_taken")
    assert member.name not in answer.content.decode()


def test_an_external_reference_counts_once(machine):
    line = {"description": "Soup", "charged_value": 900}
    bill = {"lines": [line], "tenders": [cash(900)], "external_ref": "pos-1"}
    machine.post("sales", id=new_id(), **bill)

    answer = machine.post("sales", id=new_id(), **bill)

    assert (answer.status_code, answer.json()["code"]) == (409, "external_ref_taken")
    assert Sale.objects.count() == 1


def test_another_tills_operation_of_the_store_may_be_undone(machine, member):
    topped = new_id()
    machine.post("top-ups", id=topped, member=member.number, amount=1000, tenders=[cash(1000)])
    neighbour = machine_at(TillFactory(store=machine.store))

    undone = neighbour.post("undo", id=new_id(), transaction=topped, reason="wrong member")

    assert undone.status_code == 201
    assert balance(member) == 0
    assert Txn.objects.count() == 2
