"""A till pays a bill back: once for each id, within its scope and the store's cash limit."""

import pytest

from ledger.models import Sale, SaleRefund
from tests.api.conftest import cash, new_id

pytestmark = pytest.mark.django_db


def sold(machine):
    answer = machine.post(
        "sales",
        id=new_id(),
        lines=[{"description": "Soup", "quantity": 3, "charged_value": 1000}],
        tenders=[cash(1000)],
    )
    return answer.json()["id"]


def test_pays_back_a_part_and_answers_what_is_left(machine):
    sale = sold(machine)

    answer = machine.post(
        "sale-refunds",
        id=new_id(),
        sale=sale,
        reason="Cold",
        lines=[{"line": 1, "quantity": 2}],
    )

    assert answer.status_code == 201, answer.json()
    said = answer.json()
    assert (said["total"], said["left"], said["movements"]) == (666, 334, [])
    assert said["lines"] == [{"line": 1, "quantity": 2, "amount": 666}]
    assert said["payments"] == [{"line": 1, "tender": "cash", "amount": 666, "reference": ""}]


def test_the_same_id_again_gets_the_first_answer(machine):
    sale, request = sold(machine), new_id()

    answers = [machine.post("sale-refunds", id=request, sale=sale, reason="Cold") for _ in range(2)]

    assert [one.status_code for one in answers] == [201, 200]
    assert answers[0].json() == answers[1].json()
    assert SaleRefund.objects.count() == 1


def test_an_unknown_bill_is_not_found_and_the_id_stays_free(machine):
    request = new_id()

    answer = machine.post("sale-refunds", id=request, sale=new_id(), reason="Cold")

    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_sale")
    again = machine.post("sale-refunds", id=request, sale=sold(machine), reason="Cold")
    assert again.status_code == 201


def test_a_till_without_a_person_keeps_to_the_cash_limit(machine):
    sale = sold(machine)
    machine.till.store.cash_refund_limit = 999
    machine.till.store.save()

    answer = machine.post("sale-refunds", id=new_id(), sale=sale, reason="Cold")

    assert (answer.status_code, answer.json()["code"]) == (409, "cash_payout_above_limit")
    assert Sale.objects.get().refunded_total == 0
