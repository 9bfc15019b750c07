"""No group of an import or of its undo reads a whole table: its time would grow with the shop."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from imports.operations import check_file, run_batch, undo_batch
from members.models import Store
from tests.imports.sheets_made import NOW, csv_file
from tests.imports.undoing import HEAD, LATER, LI, ZHANG, brought

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
# As many rows as a shop has members, or more.
GROWING = re.compile(
    r"Seq Scan on ((?:imports_(?:importrow|opening)|ledger_(?:wallet|txn|lot|movement|contract|sale"
    r"|saleline|visit|coinplay|dispense)|members_(?:member|card|consent|memberchange|tierholding))\b)"
)


def read_whole(work: Callable[[], Any]) -> set[tuple[str, str]]:
    """Tables that no index serves in what the work asks, each with the question."""
    found = set[tuple[str, str]]()

    def explained(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if str(sql).lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN {sql}", params)
                plan = "\n".join(line for (line,) in cursor.fetchall())
            found.update((table, str(sql)) for table in GROWING.findall(plan))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explained):
        work()
    return found


def test_every_look_up_of_an_undo_has_its_index(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    corrected = [[*ZHANG[:3], "30", "20", "9"], [*LI[:1], "李四四", *LI[2:]], ["C9", "新", "", "5"]]
    batch = brought(store, tmp_path, [HEAD, *corrected])

    assert read_whole(lambda: undo_batch(batch=batch, at=LATER, by=None)) == set()


def test_every_look_up_of_a_run_has_its_index(store: Store, tmp_path: Path) -> None:
    brought(store, tmp_path, [HEAD, ZHANG, LI])
    csv_file(tmp_path / "list.csv", [HEAD, [*ZHANG[:3], "30", "20", "9"], ["C9", "新", "", "5"]])
    batch = check_file(
        path=tmp_path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None
    )

    assert read_whole(lambda: run_batch(batch=batch, at=NOW, by=None)) == set()
