"""An id is answered once: the same question gets the same answer, another one is refused."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from counter.models import ApiRequest
from counter.tasks import forget_refused_enrolments
from ledger.models import Asset, Sale, Txn
from members.models import Member
from tests.api.conftest import cash, machine_at, new_id
from tests.members.factories import TillFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def top_up(machine, member, request_id, amount=1000, **more):
    body = {"member": member.number, "amount": amount, "tenders": [cash(amount)]}
    return machine.post("top-ups", id=request_id, **(body | more))


def test_the_same_request_gets_the_same_answer_and_moves_nothing_more(machine, member):
    request_id = new_id()

    first = top_up(machine, member, request_id)
    second = top_up(machine, member, request_id)

    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.headers.get("Idempotent-Replay"), second.headers["Idempotent-Replay"]) == (
        None,
        "true",
    )
    assert first.json() == second.json()
    assert Txn.objects.count() == 1


def test_the_answer_stays_the_first_one_after_an_undo(machine, member):
    request_id = new_id()
    first = top_up(machine, member, request_id)
    machine.post("undo", id=new_id(), transaction=request_id, reason="wrong member")

    again = top_up(machine, member, request_id)

    assert again.json() == first.json()
    assert Txn.objects.count() == 2


def test_another_body_under_the_id_is_refused_and_moves_nothing(machine, member):
    request_id = new_id()
    top_up(machine, member, request_id)

    answer = top_up(machine, member, request_id, amount=2000)

    assert (answer.status_code, answer.json()["code"]) == (409, "request_reused")
    assert Txn.objects.count() == 1


def test_another_verb_under_the_id_is_refused(machine, member):
    request_id = new_id()
    machine.post("check-ins", id=request_id, member=member.number)

    answer = top_up(machine, member, request_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "request_reused")
    assert not Txn.objects.exists()


def test_another_tills_same_request_is_refused(machine, member):
    request_id = new_id()
    top_up(machine, member, request_id)

    answer = top_up(machine_at(TillFactory(store=machine.store)), member, request_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "request_reused")
    assert Txn.objects.count() == 1


def test_the_order_of_names_makes_no_other_request(machine, member):
    request_id = new_id()
    machine.post("check-ins", id=request_id, member=member.number, note="early")

    answer = machine.post("check-ins", note="early", member=member.number, id=request_id)

    assert answer.status_code == 200


def test_a_refusal_is_refused_again_though_it_would_be_possible_now(machine, member, beers):
    request_id = new_id()
    draw = {"member": member.number, "unit": "beer", "quantity": 5}
    first = machine.post("draw-downs", id=request_id, **draw)
    machine.post(
        "bundles", id=new_id(), member=member.number, bundle="beer-101", tenders=[cash(2018)]
    )

    again = machine.post("draw-downs", id=request_id, **draw)
    new = machine.post("draw-downs", id=new_id(), **draw)

    assert (first.status_code, again.status_code, new.status_code) == (409, 409, 201)
    assert again.json() == first.json()
    assert first.json()["code"] == "not_enough"
    assert again.headers["Idempotent-Replay"] == "true"


def test_a_refusal_before_anything_is_posted_burns_the_id_too(machine, member):
    request_id = new_id()
    first = top_up(machine, member, request_id, tenders=[cash(999)])
    again = top_up(machine, member, request_id, tenders=[cash(999)])

    assert first.json()["code"] == "tenders_do_not_add_up"
    assert (again.status_code, again.json()) == (409, first.json())
    assert not Sale.objects.exists()
    assert not Txn.objects.exists()


def test_what_was_not_even_tried_leaves_the_id_free(machine, member):
    request_id = new_id()
    refused = machine.post("check-ins", id=request_id, member="99999")

    answer = machine.post("check-ins", id=request_id, member=member.number)

    assert (refused.status_code, answer.status_code) == (404, 201)


def test_an_enrolment_that_was_cut_off_is_not_made_twice(machine):
    request_id = new_id()
    body = {"name": "Han Meimei", "phone": "13911112222"}
    first = machine.post("members", id=request_id, **body)
    ApiRequest.objects.update(answer=None, is_refused=None)

    again = machine.post("members", id=request_id, **body)

    assert again.status_code == 200
    assert again.json() == first.json()
    assert Member.objects.count() == 1


def test_a_cut_off_top_up_is_finished_once(machine, member):
    request_id = new_id()
    first = top_up(machine, member, request_id)
    ApiRequest.objects.update(answer=None, is_refused=None)

    again = top_up(machine, member, request_id)

    assert again.json() == first.json()
    assert Txn.objects.count() == 1


def test_how_an_operation_ended_can_be_asked(machine, member, beers):
    done, refused = new_id(), new_id()
    sold = top_up(machine, member, done)
    draw = {"member": member.number, "unit": "beer", "quantity": 5}
    refusal = machine.post("draw-downs", id=refused, **draw)

    assert machine.get(f"transactions/{done}").json() == {
        "id": done,
        "kind": "top_up",
        "outcome": "done",
        "is_undone": False,
        "transaction": sold.json(),
        "refusal": None,
    }
    assert machine.get(f"transactions/{refused}").json()["refusal"] == refusal.json()
    assert machine.get(f"transactions/{new_id()}").status_code == 404


def test_a_visit_is_on_record_without_value(machine, member):
    request_id = new_id()
    machine.post("check-ins", id=request_id, member=member.number)

    said = machine.get(f"transactions/{request_id}").json()

    assert (said["kind"], said["outcome"], said["transaction"]) == ("check_in", "done", None)


def test_answers_kept_hold_no_personal_data(machine):
    machine.post("members", id=new_id(), name="Han Meimei", phone="13911112222")

    kept = str(ApiRequest.objects.get().answer)

    assert "Han" not in kept
    assert "2222" not in kept


def test_what_was_typed_into_a_refused_enrolment_is_forgotten_after_a_month(machine, member):
    machine.post("members", id=new_id(), name="Han Meimei", phone="12")
    machine.post("members", id=new_id(), name="Li Lei", phone="13911113333")
    top_up(machine, member, new_id(), tenders=[cash(1)])

    assert forget_refused_enrolments() == 0

    ApiRequest.objects.update(received_at=timezone.now() - timedelta(days=31))

    assert (forget_refused_enrolments(), forget_refused_enrolments()) == (1, 0)
    assert set(ApiRequest.objects.values_list("verb", "is_refused")) == {
        ("enrol", False),
        ("top_up", True),
    }


@pytest.mark.django_db(transaction=True)
def test_twins_at_the_same_moment_are_one(machine, member):
    """The barrier lets all of them ask at once; one is new, the others repeat it."""
    request_id, answers = new_id(), []
    start = Barrier(6)

    def ask():
        twin = machine_at(machine.till)
        start.wait()
        answers.append(top_up(twin, member, request_id))
        connection.close()

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert all(answer.json() == answers[0].json() for answer in answers)
    assert Txn.objects.count() == 1
    assert Asset.objects.filter(kind="money").count() == 1
