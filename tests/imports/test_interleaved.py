"""What happens to a batch between its steps, or beside them, loses and doubles nothing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected

from common.errors import DomainError
from imports.models import ImportBatch
from imports.operations import check as checking
from imports.operations import (
    check_batch,
    check_file,
    choose,
    decide_row,
    drop_batch,
    fix_row,
    pause_batch,
    people,
    queue_batch,
    queue_check,
    receive_file,
    run,
    run_batch,
    type_totals,
)
from imports.operations.pace import Pace
from imports.operations.totals import DifferenceUnsigned
from imports.tasks import run_waiting_imports
from ledger.models import Wallet
from ledger.queries.audit import differences
from members.models import Member, Store, User
from members.operations import create_staff
from tests.imports.sheets_made import NOW, csv_file
from tests.imports.test_changed_since import merged
from tests.imports.undoing import HEAD, LI, ZHANG, brought

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
SAME_PHONE = ["C2", "李四", ZHANG[2], "50", "0", "0"]
BAD_PHONE = ["C3", "王五", "bad", "1", "0", "0"]


def checked(store: Store, *rows: list[str]) -> ImportBatch:
    """An upload of these rows, checked."""
    text = "\n".join(",".join(row) for row in (HEAD, *rows))
    file = ContentFile(text.encode(), name="list.csv")
    batch = receive_file(file=file, file_name="list.csv", store=store, at=NOW, by=None)
    return check_batch(batch=batch, at=NOW, by=None)


def outcomes(batch: ImportBatch) -> list[str]:
    return list(batch.import_rows.order_by("number").values_list("outcome", flat=True))


def elsewhere(work: Callable[[], Any]) -> Any:
    """What the work answers, or the code of its refusal, on another connection."""

    def answered() -> Any:
        try:
            return work()
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(answered).result()


def test_a_check_that_was_cut_off_forgets_nothing_said_of_rows(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(store, ZHANG, SAME_PHONE, BAD_PHONE)
    fix_row(row=batch.import_rows.get(number=4), cells={"手机号": LI[2]}, at=NOW, by=None)
    decide_row(row=batch.import_rows.get(number=3), decision="merge")
    for _time in range(2):
        with monkeypatch.context() as cut:
            cut.setattr(checking, "stage", lambda _rows: interrupt())
            with pytest.raises(KeyboardInterrupt):
                check_batch(batch=batch, at=NOW, by=None)

    check_batch(batch=ImportBatch.objects.get(), at=NOW, by=None)

    assert outcomes(batch) == ["created", "merged", "created"]
    assert "carried" not in ImportBatch.objects.get().plan


def interrupt() -> None:
    raise KeyboardInterrupt


SAYINGS: dict[str, Callable[[ImportBatch], Any]] = {
    "choose": lambda batch: choose(batch=batch, changes={"on_duplicate": "merge"}),
    "check": lambda batch: queue_check(batch=batch),
    "drop": lambda batch: drop_batch(batch=batch),
    "type": lambda batch: type_totals(batch=batch, totals={"rows": 7}),
    "decide": lambda batch: decide_row(row=batch.import_rows.get(number=3), decision="skip"),
    "queue": lambda batch: queue_batch(batch=batch),
}


@pytest.mark.parametrize(
    ("saying", "code"),
    [
        *(("choose", "check_runs_already"), ("check", "check_runs_already")),
        *(("drop", "check_runs_already"), ("type", "check_runs_already")),
        *(("decide", "batch_busy"), ("queue", "batch_not_ready")),
    ],
)
def test_nothing_is_said_of_a_file_while_it_is_read(
    saying: str, code: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(store, ZHANG, SAME_PHONE)
    stage, answers = checking.stage, []

    def staged(rows: Any) -> None:
        stage(rows)
        answers.append(elsewhere(lambda: SAYINGS[saying](ImportBatch.objects.get())))

    monkeypatch.setattr(checking, "stage", staged)
    check_batch(batch=batch, at=NOW, by=None)

    kept = ImportBatch.objects.get()
    assert answers == [code]
    assert (kept.status, kept.on_duplicate, kept.typed_totals) == ("checked", "flag", {})
    assert outcomes(kept) == ["created", "flagged"]


def test_what_was_paused_before_anything_was_booked_is_held_to_its_totals(store: Store) -> None:
    batch = type_totals(batch=checked(store, ZHANG, BAD_PHONE), totals={"rows": 1})
    pause_batch(batch=queue_batch(batch=batch))
    fix_row(row=batch.import_rows.get(number=3), cells={"手机号": LI[2]}, at=NOW, by=None)

    with pytest.raises(DifferenceUnsigned):
        queue_batch(batch=batch)

    assert (ImportBatch.objects.get().status, Member.objects.count()) == ("checked", 0)


def test_nobody_decides_about_rows_of_an_import_on_its_way(store: Store) -> None:
    batch = queue_batch(batch=checked(store, ZHANG, SAME_PHONE))

    assert elsewhere(lambda: SAYINGS["decide"](batch)) == "batch_busy"

    assert outcomes(batch) == ["created", "flagged"]


def test_the_same_person_brought_twice_at_once_is_made_once(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv_file(tmp_path / "list.csv", [HEAD, ZHANG])
    batches = [
        check_file(path=path, file_name="list.csv", store=store, at=NOW, by=None)
        for _time in range(2)
    ]
    both_looked, known_to, looked = Barrier(2), people.known_to, []

    def looked_up(*args: Any) -> Any:
        found = known_to(*args)
        looked.append(found)
        if len(looked) <= 2:
            both_looked.wait(10)
        return found

    monkeypatch.setattr(people, "known_to", looked_up)
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(run_and_close, batches))

    assert sorted(outcomes(batches[0]) + outcomes(batches[1])) == ["created", "unchanged"]
    assert (Member.objects.count(), differences()) == (1, [])


def test_what_is_brought_for_a_member_merged_meanwhile_is_the_survivors(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    batch = checked(store, ZHANG, [*LI[:3], "80", "0", "0"])
    known_to, looked = people.known_to, []

    def looked_up(*args: Any) -> Any:
        found = known_to(*args)
        looked.append(found)
        if len(looked) == 1:
            elsewhere(lambda: merged(store))
        return found

    monkeypatch.setattr(people, "known_to", looked_up)
    run_batch(batch=batch, at=NOW, by=None)

    assert outcomes(batch) == ["unchanged", "updated"]
    held = Wallet.objects.filter(asset__kind="money").values_list("member__name", "balance")
    assert sorted(held) == [("张三", 20_000), ("李四", 0)]
    assert differences() == []


def run_and_close(batch: ImportBatch) -> None:
    try:
        run_batch(batch=batch, at=NOW, by=None)
    finally:
        connection.close()


def test_a_group_given_up_for_a_deadlock_is_booked_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, settle, tried = checked(store, ZHANG), run._settle, []

    def settled(rows: Any) -> None:
        settle(rows)
        tried.append(rows)
        if len(tried) == 1:
            raise OperationalError from DeadlockDetected()

    monkeypatch.setattr(run, "_settle", settled)
    run_batch(batch=batch, at=NOW, by=None)

    assert (outcomes(batch), Member.objects.count(), len(tried)) == (["created"], 1, 2)


def test_an_import_that_may_not_run_keeps_no_other_from_running(store: Store) -> None:
    manager = create_staff(
        username="mei", password="quiet-river-57", role=User.Role.MANAGER, stores=[store]
    )
    refused = checked(store, ZHANG)
    refused.choices |= {"values": {"store": {"新店": {"create": "新店"}}}}
    refused.created_by = manager
    refused.save(update_fields=["choices", "created_by"])
    batches = [queue_batch(batch=batch) for batch in (refused, checked(store, LI))]

    assert run_waiting_imports() == 1

    for batch in batches:
        batch.refresh_from_db()
    assert [batch.status for batch in batches] == ["checked", "done"]
    assert batches[0].problem["code"] == "import_may_not_open_stores"
    assert list(Member.objects.values_list("name", flat=True)) == ["李四"]


def test_slow_groups_become_shorter_and_fast_ones_longer_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = iter([0, 3, 3, 6, 6, 6.5, 6.5, 6.6, 6.6, 6.7, 6.7, 6.8])
    monkeypatch.setattr("imports.operations.pace.monotonic", lambda: next(seconds))
    pace, rows = Pace(300), []

    for _group in range(6):
        with pace.kept():
            rows.append(pace.rows)

    assert rows == [300, 150, 100, 100, 200, 300]
