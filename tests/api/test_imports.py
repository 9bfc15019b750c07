"""An owner's scripts bring files into the store of their key, run imports and take them back."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from python_calamine import CalamineWorkbook

from imports.models import ImportBatch
from imports.operations import queue_batch
from imports.tasks import run_waiting_imports
from ledger.models import Lot
from members.models import Card, Member
from tests.api.conftest import Machine, machine_at, new_id
from tests.imports.sheets_made import xlsx_file
from tests.members.factories import StoreFactory, TillFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
HEAD = "卡号,姓名,手机号,余额,积分"
ZHANG = "C1,张三,13800138000,100,7"
LI = "C2,李四,13800138001,50,0"


@pytest.fixture
def script(store):
    return machine_at(TillFactory(store=store), "import")


def sheet(*rows: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("会员.csv", "\n".join((HEAD, *rows)).encode())


def send(script: Machine, *rows: str, request_id: str = "", **said: Any) -> Any:
    return script.http.post(
        "/api/v1/imports",
        {"id": request_id or new_id(), "file": sheet(*rows), **said},
        headers={"Authorization": f"Api-Key {script.secret}", "Accept-Language": "en"},
    )


def test_a_small_file_is_checked_run_and_reported_at_once(script):
    answer = send(script, ZHANG, LI, kind="members")

    said = answer.json()
    assert (answer.status_code, said["status"], said["report"]["created"]) == (201, "done", 2)
    assert said["report"]["totals"]["stored_value_principal"] == 15_000
    assert script.get(f"imports/{said['batch']}").json() == said
    assert Member.objects.get(name="张三").home_store == script.store
    assert script.get("imports").json()["batches"][0]["batch"] == said["batch"]


def test_the_same_file_under_the_same_id_is_one_import(script):
    request_id = new_id()

    first = send(script, ZHANG, request_id=request_id)
    again = send(script, ZHANG, request_id=request_id)
    other = send(script, LI, request_id=request_id)

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert other.json()["code"] == "request_reused"
    assert (ImportBatch.objects.count(), Member.objects.count()) == (1, 1)


def test_a_dry_run_books_nothing_until_it_is_run(script):
    checked = send(script, ZHANG, dry_run="true").json()
    assert (checked["status"], Member.objects.count()) == ("checked", 0)

    done = script.post(f"imports/{checked['batch']}/run")
    again = script.post(f"imports/{checked['batch']}/run")

    assert (done.status_code, done.json()["status"]) == (200, "done")
    assert (again.status_code, Member.objects.count()) == (200, 1)


def test_an_import_is_taken_back(script):
    batch = send(script, ZHANG, LI).json()["batch"]

    undone = script.post(f"imports/{batch}/undo").json()

    assert (undone["status"], undone["undo"]["taken_back"], undone["undo"]["left"]) == (
        "undone", 2, 0,
    )  # fmt: skip
    assert not Lot.objects.filter(is_open=True).exists()
    assert Member.objects.findable().count() == 0


def test_a_mapping_says_what_the_columns_mean(script):
    mapping = json.dumps({"columns": {"余额": "stored_value_bonus"}})

    said = send(script, ZHANG, mapping=mapping).json()

    assert said["report"]["totals"]["stored_value_bonus"] == 10_000
    assert [(lot.origin, lot.cost) for lot in Lot.objects.order_by("origin")] == [
        ("bonus", 0),
        ("opening", 0),
    ]


def test_a_file_that_does_not_come_to_its_totals_is_checked_and_not_run(script):
    said = send(script, ZHANG, totals=json.dumps({"stored_value_principal": 20_000})).json()

    assert (said["status"], said["problem"]["code"]) == ("checked", "difference_unsigned")
    assert script.post(f"imports/{said['batch']}/run").json()["code"] == "difference_unsigned"
    assert Member.objects.count() == 0


@pytest.mark.parametrize("principal", [10_000, "100.00", "￥100", "0.01万"])
def test_totals_are_whole_numbers_of_the_smallest_unit_or_texts_as_people_write_them(
    script, principal
):
    totals = {"rows": 1, "stored_value_principal": principal, "points": "7"}

    said = send(script, ZHANG, totals=json.dumps(totals)).json()

    assert (said["status"], said["problem"]) == ("done", None)
    typed = ImportBatch.objects.get().typed_totals
    assert typed == {"rows": 1, "stored_value_principal": 10_000, "points": 7}


def test_a_large_file_is_handed_to_the_worker(script, monkeypatch):
    sent: list[str] = []
    monkeypatch.setattr("imports.operations.steering.BYTES_AT_ONCE", 10)
    monkeypatch.setattr("imports.operations.steering.ROWS_AT_ONCE", 1)
    monkeypatch.setattr("common.edges.current_app.send_task", sent.append)
    answer = send(script, ZHANG, LI)
    batch = answer.json()["batch"]
    assert (answer.status_code, answer.json()["report"]) == (202, None)

    run_waiting_imports()
    assert script.get(f"imports/{batch}").json()["status"] == "checked"
    assert script.post(f"imports/{batch}/run").status_code == 202
    run_waiting_imports()
    assert script.get(f"imports/{batch}").json()["status"] == "done"
    assert script.post(f"imports/{batch}/undo").status_code == 202
    run_waiting_imports()

    assert script.get(f"imports/{batch}").json()["status"] == "undone"
    assert sent == [run_waiting_imports.name] * 3


def test_rows_not_booked_come_as_a_workbook(script):
    batch = send(script, ZHANG, "C3,王五,139,5,0").json()["batch"]

    answer = script.get(f"imports/{batch}/bad-rows")

    rows = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0)
    assert [row[1] for row in rows.to_python()[1:]] == ["王五"]


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"id": "7"}, 400, "invalid_request"),
        ({"colour": "red"}, 400, "invalid_request"),
        ({"mapping": "[]"}, 400, "invalid_request"),
        ({"totals": '{"rows": 1.5}'}, 400, "invalid_request"),
        ({"totals": '{"points": ""}'}, 400, "invalid_request"),
        ({"totals": '{"points": "1.5"}'}, 409, "fractional_unit"),
        ({"totals": '{"stored_value_principal": "1.005"}'}, 409, "bad_amount"),
        ({"totals": '{"stored_value_principal": "-1"}'}, 409, "negative_amount"),
        ({"kind": "cats"}, 400, "invalid_request"),
        ({"mapping": '{"colour": 1}'}, 409, "mapping_wrong"),
        ({"totals": '{"colour": 1}'}, 409, "total_unknown"),
        ({"store": "elsewhere"}, 403, "store_not_yours"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(script, said, status, code):
    answer = send(script, ZHANG, **({"request_id": said["id"]} if "id" in said else said))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (ImportBatch.objects.count(), Member.objects.count()) == (0, 0)


def test_a_file_that_is_no_table_leaves_its_id_free(script):
    request_id = new_id()
    headers = {"Authorization": f"Api-Key {script.secret}"}
    rubbish = SimpleUploadedFile("list.xlsx", b"PK\x03\x04rubbish")

    refused = script.http.post(
        "/api/v1/imports", {"id": request_id, "file": rubbish}, headers=headers
    )
    taken = send(script, ZHANG, request_id=request_id)

    assert (refused.status_code, refused.json()["code"]) == (409, "file_unreadable")
    assert taken.status_code == 201


def test_a_file_is_sent_as_a_form_within_the_limit(script, settings):
    as_json = script.post("imports", id=new_id())
    broken = script.send("imports", "x", content_type="multipart/form-data")
    settings.UPLOAD_LIMIT_BYTES = 20
    large = send(script, ZHANG)

    assert [(one.status_code, one.json()["code"]) for one in (as_json, broken, large)] == [
        (415, "not_a_form"),
        (400, "malformed_form"),
        (413, "too_large"),
    ]
    assert ImportBatch.objects.count() == 0


def test_columns_are_read_and_chosen_anew(script):
    batch = send(script, ZHANG, dry_run="true").json()["batch"]
    found = script.get(f"imports/{batch}/mapping").json()
    columns = found["mapping"]["columns"]
    assert (found["kind"], columns["余额"]) == ("members", "stored_value")

    mapping = {"columns": columns | {"积分": None}}
    said = script.post(f"imports/{batch}/mapping", mapping=mapping).json()

    assert (said["status"], said["report"]["totals"]["points"]) == ("checked", 0)
    refused = script.post(f"imports/{batch}/mapping", mapping={"columns": "no"})
    assert (refused.status_code, refused.json()["code"]) == (409, "mapping_wrong")


def test_rows_that_wait_are_decided_and_run(script):
    send(script, ZHANG)
    other = "C9,张叁,13800138000,100,7"
    said = send(script, other, LI).json()
    (waiting,) = said["report"]["flagged"]
    assert (waiting["row"], Member.objects.count()) == (2, 2)

    decided = script.post(f"imports/{said['batch']}/decide", decision="merge", row=2)
    script.post(f"imports/{said['batch']}/run")
    again = script.post(f"imports/{said['batch']}/decide", decision="skip", row=2)

    assert decided.status_code == 200
    assert Card.objects.get(number="C9").member.name == "张三"
    assert (again.status_code, again.json()["code"]) == (409, "row_not_waiting")
    missing = script.post(f"imports/{said['batch']}/decide", decision="skip", row=99)
    assert missing.status_code == 404


def test_a_difference_is_signed_by_name_and_then_run(script):
    batch = send(script, ZHANG, totals='{"rows": 2}').json()["batch"]
    nobody = script.post(f"imports/{batch}/sign", reason="one was me")
    assert (nobody.status_code, nobody.json()["code"]) == (400, "invalid_request")

    signed = script.post(f"imports/{batch}/sign", name="Wang Li", reason="one was me")
    done = script.post(f"imports/{batch}/run").json()

    assert (signed.status_code, done["status"]) == (200, "done")
    assert ImportBatch.objects.get().sign_reason == "Wang Li: one was me"


def test_what_waits_for_the_worker_is_held_back_and_goes_on(script):
    batch = send(script, ZHANG, dry_run="true").json()["batch"]
    early = script.post(f"imports/{batch}/pause")
    assert (early.status_code, early.json()["code"]) == (409, "import_not_running")
    queue_batch(batch=ImportBatch.objects.get())

    paused = script.post(f"imports/{batch}/pause").json()
    done = script.post(f"imports/{batch}/run").json()

    assert (paused["status"], done["status"]) == ("checked", "done")


def test_a_key_without_the_scope_does_nothing(store):
    till = machine_at(TillFactory(store=store), "read", "sell")

    for answer in (send(till, ZHANG), till.get("imports"), till.post("imports/1/undo")):
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert ImportBatch.objects.count() == 0


def test_imports_of_another_store_are_out_of_reach(script):
    elsewhere = machine_at(TillFactory(store=StoreFactory()), "import")
    batch = send(script, ZHANG).json()["batch"]

    for answer in (
        elsewhere.get(f"imports/{batch}"),
        elsewhere.get(f"imports/{batch}/bad-rows"),
        elsewhere.post(f"imports/{batch}/undo"),
        elsewhere.get(f"imports/{batch}/mapping"),
        elsewhere.post(f"imports/{batch}/mapping", kind="sales"),
        elsewhere.post(f"imports/{batch}/decide", decision="skip"),
        elsewhere.post(f"imports/{batch}/sign", name="A", reason="b"),
        elsewhere.post(f"imports/{batch}/pause"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert elsewhere.get("imports").json() == {"batches": []}
    assert ImportBatch.objects.get().status == "done"


def test_a_file_names_no_other_store_than_the_keys(script, store):
    second = StoreFactory(entity=store.entity, code="two")
    rows = SimpleUploadedFile("list.csv", "姓名,手机号,开卡门店\n张三,13800138000,two".encode())

    script.http.post(
        "/api/v1/imports",
        {"id": new_id(), "file": rows},
        headers={"Authorization": f"Api-Key {script.secret}"},
    )

    assert not Member.objects.filter(home_store=second).exists()
    assert Member.objects.get().home_store == store


def test_rows_of_several_sheets_are_decided_by_the_name_the_report_gives_them(script, tmp_path):
    head, ann = ["姓名", "手机号"], ["张三", "13800138000"]
    south = [head, ["张叁", "13800138000"], ["李四", "13800138001"]]
    book = xlsx_file(tmp_path / "a.xlsx", [head, ann], sheets={"南店": south, "卡": south})
    file = SimpleUploadedFile("a.xlsx", book.read_bytes())

    said = send(script, file=file, sheet=["Sheet1", "南店"]).json()
    (waiting,) = said["report"]["flagged"]
    decided = script.post(f"imports/{said['batch']}/decide", decision="skip", row=waiting["row"])
    missing = script.post(f"imports/{said['batch']}/decide", decision="skip", row="卡!2")

    assert (said["report"]["sheets"], waiting["row"]) == (["Sheet1", "南店"], "南店!2")
    assert (decided.status_code, decided.json()["report"]["flagged"]) == (200, [])
    assert missing.status_code == 404


def test_a_till_that_sends_files_without_end_is_told_to_wait(script, settings):
    settings.UPLOAD_RATES = ["1/min"]
    send(script, ZHANG)

    answer = send(script, LI)

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) > 0
    assert ImportBatch.objects.count() == 1
