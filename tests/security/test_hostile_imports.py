"""Whoever sends rubbish to an import is told so: no server error, and nothing of it is kept."""

from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.test import Client

from imports.models import ImportBatch
from imports.operations import check_batch
from imports.tasks import run_waiting_imports
from tests.api.conftest import Machine, machine_at, new_id
from tests.api.test_imports import LI, ZHANG, send
from tests.imports.sheets_made import xlsx_file
from tests.imports.test_pages import as_role, upload
from tests.members.factories import StoreFactory, TillFactory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
LIST = "卡号,姓名,手机号,余额\nC1,张三,13800138000,100\nC2,李四,1380013800,50\n"


@pytest.fixture
def script() -> Machine:
    return machine_at(TillFactory(store=StoreFactory()), "import")


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"kind": 5}, "mapping_wrong"),
        ({"kind": {"a": 1}}, "mapping_wrong"),
        ({"kind": "people"}, "mapping_wrong"),
        ({"on_duplicate": ["flag"]}, "policy_unknown"),
        ({"member": "a\0b"}, "mapping_wrong"),
        ({"member": "\ud800"}, "mapping_wrong"),
        ({"columns": {"a\0b": None}}, "mapping_wrong"),
        ({"columns": {"余额": False}}, "mapping_wrong"),
        ({"columns": {"余额": "units:" + "x" * 3_000}}, "mapping_wrong"),
        ({"columns": {f"c{n}": "name" for n in range(31_000)}}, "mapping_wrong"),
        ({"values": {"colour": {"a": "b"}}}, "mapping_wrong"),
        ({"scales": {"余额": "1E+999999"}}, "mapping_wrong"),
        ({"scales": {"余额": "Infinity"}}, "mapping_wrong"),
        ({"header_row": 10**30}, "mapping_wrong"),
        ({"encoding": "idna"}, "encoding_unknown"),
    ],
    ids=lambda said: str(said)[:30].encode("ascii", "replace").decode(),
)
def test_a_mapping_that_is_none_is_refused_and_changes_nothing(
    script: Machine, mapping: dict[str, Any], code: str
) -> None:
    made = send(script, ZHANG, dry_run="true").json()["batch"]
    before = ImportBatch.objects.values("kind", "on_duplicate", "choices").get()

    answer = script.post(f"imports/{made}/mapping", mapping=mapping)

    assert (answer.status_code, answer.json()["code"]) == (409, code)
    if code != "encoding_unknown":  # that one is a choice which only the file can refuse
        assert ImportBatch.objects.values("kind", "on_duplicate", "choices").get() == before


@pytest.mark.parametrize("mapping", ['{"columns": {"\\u0000": null}}', '{"member": "\\ud800"}'])
def test_a_text_that_cannot_be_kept_comes_in_with_no_file(script: Machine, mapping: str) -> None:
    answer = send(script, ZHANG, LI, mapping=mapping)

    assert (answer.status_code, answer.json()["code"]) == (409, "mapping_wrong")
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize("row", ["9" * 5_000, 10**30, "9" * 25, "²", "a!1"])
def test_a_row_that_no_file_has_is_not_found(script: Machine, row: Any) -> None:
    made = send(script, ZHANG, dry_run="true").json()["batch"]

    answer = script.post(f"imports/{made}/decide", decision="skip", row=row)

    assert answer.status_code == 404


def test_a_file_that_is_gone_is_said_to_be_gone(client: Client) -> None:
    store = StoreFactory()
    owner = as_role(client, "owner")
    script = machine_at(TillFactory(store=store), "import")
    upload(owner, store, LIST.encode())
    batch = ImportBatch.objects.get()
    batch.upload.storage.delete(batch.upload.name)

    page = owner.post(f"/imports/{batch.pk}/policy/", {"on_duplicate": "skip", "balance": "bonus"})
    answer = script.post(f"imports/{batch.pk}/mapping", kind="members")

    assert page.status_code == 409
    assert (answer.status_code, answer.json()["code"]) == (409, "file_gone")


def test_a_mended_cell_keeps_nothing_that_no_database_keeps(client: Client) -> None:
    store = StoreFactory()
    owner = as_role(client, "owner")
    upload(owner, store, LIST.encode())
    batch = ImportBatch.objects.get()

    answer = owner.post(f"/imports/{batch.pk}/rows/3/fix/", {"cell-1": "a\0b"})

    assert answer.status_code == 302
    assert batch.import_rows.get(number=3).fixes == {"姓名": "ab"}


def workbook(folder: Path, *cells: str) -> bytes:
    """A workbook of people whose notes say these, one long text being kept once."""
    rows = [["姓名", "手机号", "备注"]]
    rows += [[f"A{n}", f"138001380{n:02}", text] for n, text in enumerate(cells)]
    return xlsx_file(folder / "list.xlsx", rows).read_bytes()


def test_one_endless_cell_is_refused_at_once(client: Client, tmp_path: Path) -> None:
    owner = as_role(client, "owner")
    data = endless(workbook(tmp_path, "ENDLESS"), 8 << 20)

    answer = upload(owner, StoreFactory(), data)
    run_waiting_imports()

    assert (len(data) < 100_000, answer.status_code) == (True, 302)
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.problem["code"]) == ("uploaded", "too_much_text")


def endless(data: bytes, size: int) -> bytes:
    """The workbook with so many letters where it says ENDLESS."""
    out = BytesIO()
    with ZipFile(BytesIO(data)) as before, ZipFile(out, "w", ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b"ENDLESS", b"x" * size))
    return out.getvalue()


def test_one_text_said_too_often_is_refused(client: Client, tmp_path: Path) -> None:
    owner = as_role(client, "owner")
    text = "x" * 32_000

    answer = upload(owner, StoreFactory(), workbook(tmp_path, *[text] * 600))

    assert answer.status_code == 422
    assert "holds more text than a table needs" in answer.content.decode()
    assert not ImportBatch.objects.exists()


def test_a_store_keeps_so_many_files_and_no_more(
    client: Client, script: Machine, settings: Any
) -> None:
    settings.UPLOADS_KEPT_LIMIT = 1
    owner = as_role(client, "owner")
    upload(owner, script.store, LIST.encode())

    page = upload(owner, script.store, LIST.encode())
    answer = send(script, ZHANG)
    elsewhere = upload(owner, StoreFactory(), LIST.encode())

    assert (page.status_code, "Import or drop" in page.content.decode()) == (422, True)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_files_kept")
    assert elsewhere.status_code == 302
    assert ImportBatch.objects.count() == 2


def test_a_file_that_breaks_the_check_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    owner, store = as_role(client, "owner"), StoreFactory()
    for _file in range(2):
        upload(owner, store, LIST.encode())
    first, second = ImportBatch.objects.order_by("pk")
    ImportBatch.objects.update(status="checking", beat_at=None)

    def break_down(*, batch: ImportBatch, **said: Any) -> ImportBatch:
        if batch.pk == first.pk:
            raise RecursionError
        return check_batch(batch=batch, **said)

    monkeypatch.setattr("imports.tasks.check_batch", break_down)
    with pytest.raises(RecursionError):
        run_waiting_imports()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.problem["code"]) == ("uploaded", "check_broke")
    assert second.status == "checked"
    assert "fault on our side" in owner.get(f"/imports/{first.pk}/file/").content.decode()


def test_a_file_sent_twice_at_once_is_kept_once(
    script: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = new_id()
    send(script, ZHANG, request_id=request_id, dry_run="true")
    batch = ImportBatch.objects.get()
    kept = batch.upload.storage.listdir("imports")
    answers = iter([None, batch])
    monkeypatch.setattr("imports.operations.scripted._known", lambda *_said: next(answers))

    again = send(script, ZHANG, request_id=request_id, dry_run="true")

    assert (again.status_code, again.json()["batch"]) == (200, batch.pk)
    assert batch.upload.storage.listdir("imports") == kept


def test_a_refused_file_is_not_kept(
    client: Client, script: Machine, django_capture_on_commit_callbacks: Any
) -> None:
    owner = as_role(client, "owner")
    upload(owner, script.store, LIST.encode())
    storage = ImportBatch.objects.get().upload.storage
    kept = storage.listdir("imports")

    with django_capture_on_commit_callbacks(execute=True):
        page = upload(owner, script.store, b"%PDF-1.7 no table")
        answer = send(script, kind="coin_plays")

    assert (page.status_code, answer.status_code) == (422, 409)
    assert storage.listdir("imports") == kept


@pytest.mark.parametrize("name", ["/etc/passwd", "../../etc/passwd", "gone"])
def test_no_file_of_the_machine_is_confirmed_as_a_table(client: Client, name: str) -> None:
    owner = as_role(client, "owner")
    said = {"import_file_name": name, "original_file_name": "a.csv", "format": "0", "resource": "0"}

    answer = owner.post("/admin/members/tag/process_import/", said, follow=True)

    assert "no longer kept here" in answer.content.decode()
