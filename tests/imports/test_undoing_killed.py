"""An undo whose process is killed goes on to the same end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from imports.models import ImportBatch
from imports.operations import undo_batch
from tests.imports.sheets_made import open_store
from tests.imports.undoing import HEAD, LATER, brought, state

pytestmark = pytest.mark.slow
CHILD = Path(__file__).with_name("undo_in_a_child.py")
ROWS = 60


@pytest.mark.django_db(transaction=True)
def test_an_undo_that_was_killed_goes_on_to_the_same_end(tmp_path: Path) -> None:
    store = open_store()
    before = state()
    rows = [[f"C{n}", f"客人{n}", f"1380013{n:04}", "100", "20", "7"] for n in range(ROWS)]
    batch = brought(store, tmp_path, [HEAD, *rows])

    killed_at = killed_in_the_middle(batch)
    report = undo_batch(batch=batch, at=LATER, by=None).undo_report

    assert 0 < killed_at < ROWS
    assert report["values"]["taken_back"] == {
        "points": 7 * ROWS,
        "stored_value_bonus": 2_000 * ROWS,
        "stored_value_principal": 10_000 * ROWS,
    }
    assert (report["taken_back"], report["left"]) == (ROWS, 0)
    assert state() == before


def killed_in_the_middle(batch: ImportBatch) -> int:
    """Let a child begin the undo and kill it; how many rows it had taken back by then."""
    name = str(connection.settings_dict["NAME"])
    role = connection.settings_dict["OPTIONS"].get("assume_role", "")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings_test",
        "PYTHONPATH": str(settings.BASE_DIR),
    }
    command = [sys.executable, str(CHILD), name, role, str(batch.pk)]
    child = subprocess.Popen(command, env=environment)
    try:
        done = 0
        while done < ROWS // 6 and child.poll() is None:
            time.sleep(0.01)
            batch.refresh_from_db()
            done = batch.undo_report.get("taken_back", 0)
    finally:
        child.kill()
        child.wait()
    batch.refresh_from_db()
    assert batch.status == "undoing"
    return int(batch.undo_report["taken_back"])
