"""A till's program cannot debit above the store's limit without what the member typed."""

import pytest

from counter.models import ApiRequest
from ledger.models import Movement
from members.operations.pins import set_pin
from tests.api.conftest import cash, new_id
from tests.counter.conftest import now

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_draw_above_the_limit_needs_the_pin_and_keeps_its_id(machine, member, beers):
    sold = {"member": member.number, "bundle": beers.code, "tenders": [cash(2018)]}
    machine.post("bundles", id=new_id(), **sold)
    machine.store.pin_above = 0
    machine.store.save(update_fields=["pin_above"])
    set_pin(member=member, pin="2580", again="2580", at=now(), by=None)
    asked = {"id": new_id(), "member": member.number, "unit": "beer", "quantity": 1}
    before = Movement.objects.count()

    refused = machine.post("draw-downs", **asked)
    wrong = machine.post("draw-downs", **asked, pin="2581")
    assert (refused.status_code, refused.json()["code"]) == (409, "proof_needed")
    assert refused.json()["message"].startswith("Above ¥0.00, ")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_pin")
    assert Movement.objects.count() == before
    assert ApiRequest.objects.count() == 1

    drawn = machine.post("draw-downs", **asked, pin="2580")

    assert drawn.status_code == 201
    assert machine.post("draw-downs", **asked).status_code == 200
    assert Movement.objects.count() == before + 1
