"""What is not exactly a request is refused in one shape, and nothing is written."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counter.models import ApiRequest
from ledger.models import Sale, Txn, Visit
from members.operations import revoke_till_key
from tests.api.conftest import cash, machine_at, new_id
from tests.members.factories import MemberFactory, StoreFactory, TillFactory

pytestmark = pytest.mark.django_db

WRITING = [
    "members",
    "check-ins",
    "top-ups",
    "bundles",
    "sales",
    "draw-downs",
    "coin-plays",
    "undo",
]


def nothing_written():
    return not any(model.objects.exists() for model in (Sale, Txn, Visit, ApiRequest))


def errors(answer):
    assert answer.status_code == 400
    said = answer.json()
    assert set(said) == {"code", "message", "params"}
    assert said["code"] == "invalid_request"
    return {(one["field"], one["code"]) for one in said["params"]["errors"]}


@pytest.mark.parametrize("path", WRITING)
@pytest.mark.parametrize(
    "raw",
    [
        " ",
        "{",
        "nonsense",
        '{"id": NaN}',
        '{"id": 1, "id": 2}',
        "[" * 20000,
        b"\xff\xfe",
        '{"a": ' + "9" * 5000 + "}",
    ],
)
def test_what_is_not_json_is_refused(machine, path, raw):
    answer = machine.send(path, raw)

    assert answer.status_code == 400
    assert answer.json() == {
        "code": "malformed_json",
        "message": "The request is not valid JSON, or not a JSON object.",
        "params": {},
    }
    assert nothing_written()


@pytest.mark.parametrize("raw", ["[]", '"text"', "12", "null", "true"])
def test_json_that_is_no_object_is_refused(machine, raw):
    assert machine.send("check-ins", raw).status_code == 400
    assert nothing_written()


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("12.5", "invalid"),
        (12.5, "invalid"),
        (12.0, "invalid"),
        ("1250", "invalid"),
        (True, "invalid"),
        (None, "null"),
        (-1, "min_value"),
        (0, "min_value"),
        (10**12 + 1, "max_value"),
        (10**400, "max_value"),
    ],
)
def test_an_amount_is_a_whole_number_of_the_smallest_unit(machine, member, amount, code):
    answer = machine.post(
        "top-ups", id=new_id(), member=member.number, amount=amount, tenders=[cash(amount)]
    )

    assert errors(answer) == {("amount", code), ("tenders.0.amount", code)}
    assert nothing_written()


def test_unknown_fields_are_named(machine, member):
    line = {"description": "Soup", "charged_value": 900, "price": 1}

    answer = machine.post("sales", id=new_id(), lines=[line], tenders=[cash(900)], stor="x")

    assert errors(answer) == {("stor", "unknown_field"), ("lines.0.price", "unknown_field")}
    assert nothing_written()


@pytest.mark.parametrize(
    "request_id", [None, "", "7", 7, "x" * 36, "6f1f6f0e5c3b4a0d9c1e2b7a8d4f5e6a"]
)
def test_an_id_is_a_uuid_of_the_clients(machine, member, request_id):
    answer = machine.post("check-ins", id=request_id, member=member.number)

    assert {field for field, _code in errors(answer)} == {"id"}
    assert nothing_written()


def test_an_id_is_required(machine, member):
    answer = machine.post("check-ins", member=member.number)

    assert errors(answer) == {("id", "required")}


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", 7, ["x"], {"x": 1}])
def test_a_text_is_a_text(machine, member, text):
    answer = machine.post("check-ins", id=new_id(), member=member.number, note=text)

    assert {field for field, _code in errors(answer)} == {"note"}


def test_a_name_that_cannot_be_encoded_is_still_answered(machine, member):
    answer = machine.send("check-ins", '{"\\ud800": 1}')

    assert ("\ud800", "unknown_field") in errors(answer)


@pytest.mark.parametrize(
    "at", ["2026-05-01T20:00:00", "yesterday", 1777636800, "2026-02-30T00:00Z"]
)
def test_a_moment_has_its_offset(machine, at):
    play = {"machine": "M1", "source_id": "1", "coins": 1, "at": at}

    answer = machine.post("coin-plays", id=new_id(), plays=[play])

    assert errors(answer) == {("plays.0.at", "no_offset")}


def test_too_many_plays_are_refused(machine):
    play = {"machine": "M1", "source_id": "1", "coins": 1, "at": "2026-05-01T20:00:00Z"}

    answer = machine.post("coin-plays", id=new_id(), plays=[play] * 1001)

    assert {code for _field, code in errors(answer)} == {"max_length"}


def test_a_top_up_of_nothing_is_refused(machine, member):
    answer = machine.post("top-ups", id=new_id(), member=member.number, tenders=[cash(1)])

    assert errors(answer) == {("offer", "offer_or_amount")}


def test_a_large_body_is_refused(machine):
    answer = machine.send("check-ins", '{"note": "' + "x" * 1024 * 1024 + '"}')

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_another_content_type_is_refused(machine):
    answer = machine.send("check-ins", "<id>1</id>", content_type="application/xml")

    assert (answer.status_code, answer.json()["code"]) == (415, "not_json")


def test_another_method_is_refused(machine):
    answer = machine.get("check-ins")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


# Who asks -----------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    ["", "Api-Key", "Api-Key ", "Api-Key x.y", "Bearer x.y", "Api-Key \x00.\xff", "Api-Key é"],
)
@pytest.mark.parametrize("path", [*WRITING, "transactions/b1b2b3b4-0000-4000-8000-000000000000"])
def test_without_a_good_key_nobody_gets_in(client, header, path):
    answer = client.get(f"/api/v1/{path}", headers={"Authorization": header})

    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "message", "params"}
    assert answer.headers["WWW-Authenticate"] == "Api-Key"


def test_a_revoked_key_opens_nothing(machine, member):
    revoke_till_key(key=machine.key)

    answer = machine.post("check-ins", id=new_id(), member=member.number)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert nothing_written()


def test_a_key_ends_with_its_till(machine, member):
    machine.till.is_active = False
    machine.till.save()

    assert machine.get("members", q="x").status_code == 401


def test_a_closed_store_serves_nobody(machine):
    machine.store.is_open = False
    machine.store.save()

    answer = machine.get("members", q="x")

    assert (answer.status_code, answer.json()["code"]) == (403, "store_closed")


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("members", "sell"),
        ("check-ins", "checkin"),
        ("top-ups", "sell"),
        ("bundles", "sell"),
        ("sales", "sell"),
        ("draw-downs", "draw"),
        ("coin-plays", "plays"),
        ("undo", "sell | draw"),
    ],
)
def test_each_verb_needs_its_scope(machine, path, scope):
    others = {"read", "sell", "draw", "checkin", "plays"} - set(scope.split(" | "))

    answer = machine_at(machine.till, *others).post(path, id=new_id())

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert answer.json()["params"] == {"scope": scope}


def test_reading_needs_its_scope(machine, member):
    blind = machine_at(machine.till, "sell")

    assert blind.get("members", q="x").status_code == 403
    assert blind.get(f"members/{member.number}/sheet").status_code == 403


def test_a_till_asks_as_often_as_its_rate_allows(machine, monkeypatch):
    monkeypatch.setattr("ledger.api.keys.TillThrottle.rate", "2/min", raising=False)

    statuses = [machine.get("members", q="x") for _ in range(3)]

    assert [answer.status_code for answer in statuses] == [200, 200, 429]
    assert statuses[-1].json()["code"] == "too_many_requests"
    assert int(statuses[-1].headers["Retry-After"]) > 0


def test_an_operation_of_another_store_is_out_of_reach(machine, member):
    elsewhere = machine_at(TillFactory(store=StoreFactory()))
    done = new_id()
    machine.post("top-ups", id=done, member=member.number, amount=1000, tenders=[cash(1000)])

    seen = elsewhere.get(f"transactions/{done}")
    undone = elsewhere.post("undo", id=new_id(), transaction=done, reason="mine")

    for answer in (seen, undone):
        assert (answer.status_code, answer.json()["code"]) == (403, "store_not_yours")
    assert Txn.objects.count() == 1


def test_a_key_that_only_reports_plays_sees_no_bills_of_other_tills(machine, member):
    done = new_id()
    machine.post("top-ups", id=done, member=member.number, amount=1000, tenders=[cash(1000)])
    controller = machine_at(TillFactory(store=machine.store), "plays")

    assert controller.get(f"transactions/{done}").status_code == 403


def test_unknown_codes_are_named(machine, member):
    for path, body in {
        "check-ins": {"member": "99999"},
        "top-ups": {"member": member.number, "offer": "nope", "tenders": [cash(1)]},
        "bundles": {"member": member.number, "bundle": "nope", "tenders": [cash(1)]},
        "draw-downs": {"member": member.number, "unit": "nope", "quantity": 1},
        "sales": {
            "lines": [{"product": "nope", "charged_value": 1}],
            "tenders": [cash(1)],
        },
        "undo": {"transaction": new_id(), "reason": "x"},
    }.items():
        answer = machine.post(path, id=new_id(), **body)

        assert answer.status_code == 404, path
        assert answer.json()["code"].startswith("unknown_"), path
    assert nothing_written()


def test_a_refusal_is_said_in_the_language_asked_for(machine, member, beers, settings):
    draw = {"member": member.number, "unit": "beer", "quantity": 5}
    request_id = new_id()

    chinese = machine.post("draw-downs", "zh-hans", id=request_id, **draw)
    english = machine.post("draw-downs", "en", id=request_id, **draw)

    assert chinese.json()["code"] == english.json()["code"] == "not_enough"
    assert chinese.headers["Content-Language"] == "zh-hans"
    assert english.headers["Content-Language"] == "en"


# Whatever is sent ----------------------------------------------------------

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = [
    "id", "member", "tenders", "lines", "plays", "amount", "quantity", "unit", "offer", "bundle",
    "transaction", "reason", "name", "phone", "birthday", "cards", "rounding", "note", "q",
]  # fmt: skip


@pytest.mark.slow
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    path=st.sampled_from(WRITING),
    body=st.dictionaries(st.sampled_from(FIELDS), ANY_JSON, max_size=6),
)
def test_nothing_a_caller_sends_breaks_it(machine, path, body):
    answer = machine.send(path, json.dumps({"id": new_id()} | body))

    assert answer.status_code in {201, 400, 404, 409}
    if answer.status_code != 201:
        assert set(answer.json()) == {"code", "message", "params"}


@pytest.mark.slow
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=st.text(min_size=1, max_size=90))
def test_no_search_breaks_it(machine, text):
    assert machine.get("members", q=text).status_code in {200, 400}


def test_members_of_other_stores_are_found_and_named_by_their_own(machine):
    guest = MemberFactory(store=StoreFactory(), phone="13877776666")

    found = machine.get("members", q="6666").json()["members"]

    assert [one["number"] for one in found] == [guest.number]
