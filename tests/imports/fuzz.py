"""Thousands of mutated files: none crashes, hangs, loses a row or makes money from nowhere.

Run by `make fuzz`; `FUZZ=10000 FUZZ_SEED=7 make fuzz` names how many and which. A file that does
harm is named by seed and number and can be made again by `mutants.mutant`.
"""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from random import SystemRandom
from signal import SIGALRM, alarm, signal
from typing import Any

import pytest
from django.db import transaction

from common.errors import DomainError
from imports.models import ImportBatch, ImportRow
from imports.operations import check_file, run_batch
from imports.operations.totals import DifferenceUnsigned
from imports.queries import report_of
from imports.rules import workbook_child
from imports.rules.fields import Column
from imports.rules.mapping import Plan
from imports.rules.reading import open_book
from ledger.models import Lot
from ledger.queries.audit import differences
from members.models import Member, Store
from tests.imports.mutants import Mutant, mutant
from tests.imports.sheets_made import NOW, checked, open_store

HOW_MANY = int(os.environ.get("FUZZ", "10000"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or SystemRandom().getrandbits(31)
# Every so manieth file that can be checked is booked as well, then taken back.
BOOKED = int(os.environ.get("FUZZ_BOOKED", "4"))
CPU_SECONDS = 8
WALL_SECONDS = 120
PLAIN = re.compile(r"\d{1,9}(?:\.\d{1,2})?")
SUMMED = {"stored_value", "stored_value_principal", "stored_value_bonus", "points", "coins"}


@contextmanager
def forked_children() -> Iterator[None]:
    """Children forked from here instead of started anew: the same limits, ten times as many."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("imports.rules.reading.subprocess.run", _forked)
        yield


def _forked(command: list[str], **_options: Any) -> subprocess.CompletedProcess[bytes]:
    read, write = os.pipe()
    if (pid := os.fork()) == 0:
        code = 1
        try:
            os.dup2(write, 2)
            # A fork has what its parent has grown to, a child started anew has not.
            workbook_child.MEMORY_LIMIT += _own_size()
            sys.argv = command[2:]
            workbook_child.main()
            code = 0
        except BaseException as error:  # noqa: BLE001 — this process ends here
            os.write(write, repr(error).encode()[:1_000])
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as said:
        words = said.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return subprocess.CompletedProcess(command, code, b"", words)


def _own_size() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def examine(found: Mutant, path: Path, store: Store | None) -> str:
    """Read and judge one file, and book it where there is a store; what came of it.

    An assertion fails where a row or an amount is lost or made.
    """
    path.write_bytes(found.data)
    with _in_time():
        try:
            plan, check, rows = checked(path)
        except DomainError as refusal:
            return refusal.code if str(refusal).endswith(".") else f"{refusal.code} says nothing"
        _no_row_is_lost(found, path, plan, check.ignored, [row.number for row in rows])
        for row in rows:
            assert row.number > plan.header.row or not row.judged.amounts, "booked off the table"
            _amounts_are_as_written(plan, row)
        if store is not None:
            _book(path, found.name, store)
    return "read"


@contextmanager
def _in_time() -> Iterator[None]:
    began, children = time.process_time(), _seconds_of_children()
    signal(SIGALRM, _too_long)
    alarm(WALL_SECONDS)
    try:
        yield
    finally:
        alarm(0)
    assert time.process_time() - began + _seconds_of_children() - children < CPU_SECONDS


def _too_long(*_signal: object) -> None:
    raise AssertionError("hangs")


def _seconds_of_children() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def _no_row_is_lost(
    found: Mutant, path: Path, plan: Plan, ignored: list[int], judged: list[int]
) -> None:
    with open_book(path) as book:
        sheet = next(sheet for sheet in book.sheets if sheet.name == plan.sheet)
        filled = [row.number for row in sheet.rows()]
        alone = len(book.sheets) == 1
    assert filled == sorted(set(filled)), "a row twice"
    if found.rows is not None and alone:
        assert len(filled) == found.rows, "rows in the file"
    below = {number for number in filled if number > plan.header.row}
    assert len(judged) == len(set(judged)), "a row judged twice"
    assert not set(judged) & set(ignored), "a row both judged and left out"
    # Rows of another table above the header are judged too: left out, with the reason.
    assert set(judged) <= set(filled), "a row made"
    assert below <= {*judged, *ignored}, "a row lost"


def _amounts_are_as_written(plan: Plan, row: Any) -> None:
    for column in plan.columns:
        amount = row.judged.amounts.get(column.index)
        raw = row.raw.get(column.header, "")
        if amount is None or column.field not in SUMMED or not PLAIN.fullmatch(raw):
            continue
        if [other.header for other in plan.columns].count(column.header) == 1:
            assert amount == _plain_amount(plan, column, raw), (column.header, raw)


def _plain_amount(plan: Plan, column: Column, raw: str) -> int:
    scale = 10**plan.exponent if column.field.startswith("stored_value") else 1
    return int(Decimal(raw) * scale * column.multiple)


def _book(path: Path, name: str, store: Store) -> None:
    """Check, run, prove and take everything back."""
    with transaction.atomic():
        try:
            batch = check_file(path=path, file_name=name, store=store, at=NOW, by=None)
        except DomainError:
            assert not ImportBatch.objects.exists()
        else:
            _counts_add_up(batch)
            if batch.kind == "members" and _is_run(batch):
                _counts_add_up(batch)
                _money_is_what_was_accepted(batch)
        transaction.set_rollback(True)


def _is_run(batch: ImportBatch) -> bool:
    """Run the batch, unless the sums of the file say that something is amiss."""
    try:
        run_batch(batch=batch, at=NOW, by=None)
    except DifferenceUnsigned:
        return False
    return True


def _counts_add_up(batch: ImportBatch) -> None:
    report = report_of(batch)
    outcomes = Counter(batch.import_rows.values_list("outcome", flat=True))
    assert sum(outcomes.values()) == batch.rows
    assert report["rows"] == sum(
        (
            *(report[name] for name in ("created", "updated", "unchanged", "merged")),
            *(report["error_rows"], len(report["flagged"]), outcomes["ignored"]),
        )
    )


def _money_is_what_was_accepted(batch: ImportBatch) -> None:
    totals = report_of(batch)["totals"]
    held: Counter[str] = Counter()
    for lot in Lot.objects.select_related("wallet__asset"):
        held[lot.wallet.asset.kind] += lot.granted
    said = {
        "money": totals["stored_value_principal"] + totals["stored_value_bonus"],
        "points": totals["points"],
        "coin": totals["coins"],
        "unit": sum(totals["units"].values()),
    }
    assert {kind: held[kind] for kind in said} == said
    created = batch.import_rows.filter(outcome=ImportRow.Outcome.CREATED).count()
    assert Member.objects.count() == created
    assert differences() == []


def say(text: str) -> None:
    """Tell whoever waits how far it is."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 — the run takes an hour


@pytest.mark.django_db
def test_no_mutated_file_does_harm(tmp_path: Path) -> None:
    store = open_store("en")
    came: Counter[str] = Counter()
    harmed: list[str] = []
    began = time.monotonic()

    for number in range(HOW_MANY):
        found = mutant(SEED, number)
        booked = store if number % BOOKED == 0 else None
        try:
            with forked_children():
                came[examine(found, tmp_path / found.name, booked)] += 1
        except Exception as harm:  # noqa: BLE001 — each is noted, and all are told at the end
            harmed.append(f"mutant({SEED}, {number}) {found.name}: {type(harm).__name__}: {harm}")
            say(harmed[-1][:300])
        if number % 500 == 499:
            say(f"{number + 1} in {time.monotonic() - began:.0f} s: {dict(came)}")

    say(f"seed {SEED}, {HOW_MANY} mutations: {dict(came)}")
    assert harmed == []
