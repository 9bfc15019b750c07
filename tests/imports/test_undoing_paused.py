"""An undo pauses before its next group, and gone on with it comes to the same end."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from imports.models import ImportBatch
from imports.operations import pause_batch, queue_batch, queue_undo, run_batch, undo_batch, undoing
from imports.operations.alone import RUN_LOCK, BatchNotReady
from imports.operations.undoing_values import take_back_values
from imports.tasks import run_waiting_imports
from ledger.queries.audit import differences
from members.models import Member, Store
from members.operations import update_member
from tests.imports.test_command import told
from tests.imports.test_pages import as_role
from tests.imports.undoing import HEAD, LATER, LI, WANG, ZHANG, brought, state

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_group(monkeypatch: pytest.MonkeyPatch) -> dict[int, Callable[[], Any]]:
    """What is done in the undo's transaction with its nth group, of one row each."""
    then: dict[int, Callable[[], Any]] = {}
    groups: list[int] = []

    def take_back(*args: Any) -> Any:
        groups.append(1)
        then.get(len(groups), lambda: None)()
        return take_back_values(*args)

    monkeypatch.setattr(undoing, "ROWS_AT_A_TIME", 1)
    monkeypatch.setattr(undoing, "take_back_values", take_back)
    monkeypatch.setattr("imports.operations.steering.ROWS_AT_ONCE", 0)
    return then


def ask() -> None:
    pause_batch(batch=ImportBatch.objects.get())


def half_undone(store: Store, path: Path, at_group: dict[int, Callable[[], Any]]) -> ImportBatch:
    """A list of three of which one row was taken back before somebody asked for a pause."""
    batch = brought(store, path, [HEAD, ZHANG, LI, WANG])
    queue_undo(batch=batch, at=LATER, by=None)
    at_group[1] = ask
    assert run_waiting_imports() == 0
    return ImportBatch.objects.get()


def test_it_stops_before_the_next_group_and_goes_on_to_the_same_end(
    store: Store, tmp_path: Path, at_group: dict[int, Callable[[], Any]]
) -> None:
    before = state()
    paused = half_undone(store, tmp_path, at_group)
    found = (paused.status, paused.is_pause_asked, paused.undone_at, run_waiting_imports())
    assert found == ("undo_paused", False, None, 0)
    assert (paused.undo_report["taken_back"], Member.objects.findable().count()) == (1, 2)
    assert differences() == []

    queue_undo(batch=paused, at=LATER, by=None)
    assert run_waiting_imports() == 1

    done = ImportBatch.objects.get()
    report = done.undo_report
    assert (done.status, report["rows"], report["taken_back"]) == ("undone", 3, 3)
    assert state() == before


def test_what_was_left_before_the_pause_is_told_at_the_end(
    store: Store, tmp_path: Path, at_group: dict[int, Callable[[], Any]]
) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI])
    update_member(member=Member.objects.get(name="李四"), at=LATER, by=None, notes="regular")
    at_group[1] = ask

    undo_batch(batch=batch, at=LATER, by=None)
    report = undo_batch(batch=ImportBatch.objects.get(), at=LATER, by=None).undo_report

    assert (report["rows"], report["taken_back"], report["left"]) == (2, 1, 1)
    assert report["values"]["taken_back"]["stored_value_principal"] == 15_000
    assert differences() == []


def test_nothing_is_run_or_paused_while_half_of_it_is_undone(
    store: Store, tmp_path: Path, at_group: dict[int, Callable[[], Any]]
) -> None:
    paused = half_undone(store, tmp_path, at_group)

    for work in (
        lambda: run_batch(batch=paused, at=LATER, by=None),
        lambda: queue_batch(batch=paused),
    ):
        with pytest.raises(BatchNotReady, match="half undone, paused"):
            work()

    assert ImportBatch.objects.get().status == "undo_paused"
    assert Member.objects.findable().count() == 2


@pytest.mark.parametrize("option", ["--resume", "--undo"])
def test_the_command_pauses_and_goes_on(
    store: Store, tmp_path: Path, at_group: dict[int, Callable[[], Any]], option: str
) -> None:
    number = str(brought(store, tmp_path, [HEAD, ZHANG, LI]).pk)
    at_group[1] = lambda: told("--pause", number)

    paused, done = told("--undo", number), told(option, number)

    assert (paused["status"], paused["taken_back"]) == ("undo_paused", 1)
    assert (done["status"], done["taken_back"]) == ("undone", 2)


def test_the_pages_pause_it_and_go_on(
    client: Client, store: Store, tmp_path: Path, at_group: dict[int, Callable[[], Any]]
) -> None:
    manager = as_role(client, "manager", store)
    url = f"/imports/{brought(store, tmp_path, [HEAD, ZHANG, LI]).pk}/"
    manager.post(f"{url}undo/")
    assert f'action="{url}pause/"' in manager.get(url).content.decode()
    at_group[1] = lambda: manager.post(f"{url}pause/")
    run_waiting_imports()

    page, undo = (manager.get(address).content.decode() for address in (url, f"{url}undo/"))
    assert "The undo is paused: 1 of 2 rows are taken back" in page
    assert f'action="{url}undo/"' in page
    assert "Go on" in page
    assert "Go on" in undo

    manager.post(f"{url}undo/")
    run_waiting_imports()
    assert ImportBatch.objects.get().status == "undone"


@pytest.mark.parametrize(("at_work", "paused"), [("running", "paused"), ("undoing", "undo_paused")])
def test_a_worker_that_waited_its_turn_leaves_alone_what_was_paused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_work: str, paused: str
) -> None:
    """It found the import while another one was at it, which was then told to pause."""
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI])
    ImportBatch.objects.update(status=at_work)
    first = connection.copy()
    first.cursor().execute("SELECT pg_advisory_lock(%s, %s)", [RUN_LOCK, batch.pk])

    def paused_meanwhile(_seconds: float) -> None:
        ImportBatch.objects.update(status=paused)
        first.close()

    monkeypatch.setattr("imports.operations.alone.time.sleep", paused_meanwhile)

    assert run_waiting_imports() == 0
    assert ImportBatch.objects.get().status == paused
