"""A page left open while its import went on: a button works, or says why not and does nothing."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from imports.models import ImportBatch, ImportRow, SavedMapping
from members.models import Member, Store
from tests.imports.test_pages import as_role, upload

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
FILE = "姓名,手机号,余额\n王小明,13800138001,5\n李四,1380013,6\n孙七,13800138001,7\n".encode()
NOTHING_UNDONE = {"rows": 1, "taken_back": 0, "left": 0, "values": {"taken_back": {}, "left": {}}}
ACTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "file": ("file/", {"kind": "members"}),
    "columns": ("columns/", {"field-0": "name", "field-1": "phone", "field-2": "points"}),
    "values": ("values/", {"word-0": "leave"}),
    "policy": ("policy/", {"on_duplicate": "merge", "balance": "bonus"}),
    "totals": ("totals/", {"total-0": "9"}),
    "sign": ("totals/sign/", {"reason": "so it is"}),
    "remember": ("mapping/remember/", {"name": "till"}),
    "use": ("mapping/use/", {}),
    "run": ("run/", {}),
    "pause": ("pause/", {}),
    "drop": ("drop/", {}),
    "another": ("another/", {"sheet": "x"}),
    "forget": ("file/forget/", {}),
    "mend": ("mend/", {}),
    "fix": ("rows/3/fix/", {"cell-1": "13800138009"}),
    "decide": ("rows/4/decide/", {"decision": "merge"}),
    "decide_many": ("rows/decide/", {"decision": "skip"}),
    "undo": ("undo/", {}),
}
SAY = {"file", "columns", "values", "policy", "totals", "use", "drop"}
CORRECT = {"fix", "decide", "decide_many"}
# How the file was understood may be kept, and rows brought corrected, at any time.
ALWAYS = {"remember", "mend"}
WORKS = {
    "uploaded": SAY,
    "checking": SAY,
    "checked": SAY | CORRECT | {"run"},
    "queued": {"run", "pause"},
    "running": {"run", "pause"},
    "paused": CORRECT | {"run", "undo"},
    "done": CORRECT | {"undo", "forget"},
    "undoing": {"undo", "pause"},
    "undo_paused": {"undo"},
    "undone": {"undo", "forget"},
}


def brought_to(status: str, client: Client, store: Store) -> str:
    """The address of an import there."""
    url: str = upload(client, store, FILE).url
    client.post(f"{url}mapping/remember/", {"name": "old till"})
    if status in {"done", "undone", "undoing", "undo_paused"}:
        client.post(f"{url}run/")
    if status == "undone":
        client.post(f"{url}undo/")
    report = {"undo_report": NOTHING_UNDONE} if status.startswith("undo") else {}
    ImportBatch.objects.update(status=status, **report)
    return url


def everything() -> tuple[Any, ...]:
    tables = (ImportBatch, ImportRow, SavedMapping, Member)
    return tuple(list(table.objects.order_by("pk").values()) for table in tables)


@pytest.mark.parametrize("status", sorted(WORKS))
def test_what_is_too_late_is_refused_with_a_sentence(
    client: Client, store: Store, status: str
) -> None:
    manager = as_role(client, "manager", store)
    url = brought_to(status, manager, store)
    said = {"use": {"mapping": SavedMapping.objects.get().pk}}
    before, worked = everything(), set()

    for name, (address, fields) in ACTIONS.items():
        if name == "mend":
            said[name] = {"file": SimpleUploadedFile("rows.csv", FILE)}
        with transaction.atomic():
            answer = manager.post(url + address, said.get(name, fields))
            if answer.status_code == 302:
                worked.add(name)
            else:
                assert (answer.status_code, everything()) == (409, before), name
                assert str(answer.context["error"])
            transaction.set_rollback(True)

    assert worked == WORKS[status] | ALWAYS


def test_a_second_run_of_what_is_done_books_nothing_and_says_so(
    client: Client, store: Store
) -> None:
    manager = as_role(client, "manager", store)
    url = brought_to("done", manager, store)
    before = everything()

    answer = manager.post(f"{url}run/", headers={"Referer": f"http://testserver{url}"}, follow=True)

    assert "nothing was booked once more" in answer.content.decode()
    assert everything() == before


def test_a_row_decided_elsewhere_stays_in_its_place_with_the_reason(
    client: Client, store: Store
) -> None:
    manager = as_role(client, "manager", store)
    url = brought_to("checked", manager, store)
    manager.post(f"{url}rows/4/decide/", {"decision": "skip"})
    before = everything()

    answer = manager.post(
        f"{url}rows/4/decide/", {"decision": "merge"}, headers={"HX-Request": "true"}
    )

    assert (answer.status_code, everything()) == (422, before)
    assert '<tr id="row-4"' in answer.content.decode()
    assert "Nobody has to decide about row 4 any more" in answer.content.decode()
