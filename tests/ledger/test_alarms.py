"""Owners hear of it when a check found something, when none ran, and when sealing stands still."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from ledger.models import CheckKind, CheckRun, Txn
from ledger.operations.evidence import audit, check_seals, seal_up
from ledger.queries.evidence import CHECKED_EVERY, SEALED_WITHIN, alarms
from ledger.tasks import audit_ledger, seal_ledger, verify_seals
from tests.ledger.holding import NOON, as_superuser, member_holding, open_shop

MOMENT = timedelta(seconds=1)


@pytest.fixture
def began(db: None) -> datetime:
    """When the first transaction was recorded; it is sealed."""
    member_holding(open_shop(), beer=1)
    seal_up()
    return Txn.objects.get().recorded_at


def codes(at: datetime) -> list[str]:
    return [alarm.code for alarm in alarms(at=at)]


def note(kind: CheckKind, finished_at: datetime, differences: int = 0) -> CheckRun:
    return CheckRun.objects.create(
        kind=kind,
        started_at=finished_at,
        finished_at=finished_at,
        ok=differences == 0,
        differences=differences,
        findings=[],
    )


def test_an_empty_shop_has_nothing_to_check(db: None):
    assert codes(NOON) == []


def test_checks_that_never_ran_are_missed_after_26_hours(began: datetime):
    assert codes(began + CHECKED_EVERY) == []
    assert codes(began + CHECKED_EVERY + MOMENT) == ["audit_stale", "seals_stale"]


def test_a_check_that_ran_is_good_for_26_hours(began: datetime):
    later = began + timedelta(days=9)
    note(CheckKind.AUDIT, later - CHECKED_EVERY)
    note(CheckKind.SEALS, later - CHECKED_EVERY - MOMENT)

    found = alarms(at=later)

    assert [(alarm.code, alarm.is_grave) for alarm in found] == [("seals_stale", False)]
    assert found[0].params == {"since": later - CHECKED_EVERY - MOMENT}


@pytest.mark.parametrize("kind", CheckKind)
def test_a_check_that_found_something_is_grave_until_one_finds_nothing(
    began: datetime, kind: CheckKind
):
    for each in CheckKind:
        note(each, began)
    run = note(kind, began + MOMENT, differences=3)

    (alarm,) = alarms(at=began + 2 * MOMENT)
    note(kind, began + 2 * MOMENT)

    assert (alarm.code, alarm.is_grave, alarm.run) == (f"{kind}_failed", True, run)
    assert "found 3 differences" in alarm.title % alarm.params
    assert codes(began + 3 * MOMENT) == []


def test_what_waits_for_its_seal_is_missed_after_two_hours(began: datetime):
    member_holding(open_shop("bar"), beer=1)
    waiting = Txn.objects.order_by("number").last().recorded_at

    assert codes(waiting + SEALED_WITHIN) == []
    assert codes(waiting + SEALED_WITHIN + MOMENT) == ["sealing_behind"]


@pytest.mark.django_db(transaction=True)
def test_an_audit_is_noted_with_what_it_found(began: datetime):
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_wallet SET seq = 7")

    done = audit(at=NOON)

    kept = CheckRun.objects.get()
    assert (done.run, kept.kind, kept.started_at) == (kept, CheckKind.AUDIT, NOON)
    assert (kept.ok, kept.differences) == (False, 1)
    assert [found["proof"] for found in kept.findings] == ["wallet_numbers_its_movements"]
    assert kept.findings[0]["rows"][0]["stored"] == 7


@pytest.mark.django_db(transaction=True)
def test_seals_are_checked_in_one_snapshot_that_cannot_write(
    began: datetime, monkeypatch: pytest.MonkeyPatch
):
    seen: list[Any] = []
    proven = check_seals(at=NOON).proof

    def look(**_given: object) -> object:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('transaction_isolation'),"
                " current_setting('transaction_read_only')"
            )
            seen.append(cursor.fetchone())
        return proven

    monkeypatch.setattr("ledger.operations.evidence.prove_seals", look)
    check_seals(at=NOON)

    assert seen == [("repeatable read", "on")]


# The tasks ----------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_nightly_checks_run_once_however_often_they_are_nudged(began: datetime):
    assert (audit_ledger(), verify_seals()) == (True, True)
    assert (audit_ledger(), verify_seals()) == (False, False)
    assert sorted(CheckRun.objects.values_list("kind", "ok")) == [("audit", True), ("seals", True)]


def test_the_worker_seals_what_is_new_and_keeps_the_hash_in_its_log(
    db: None, caplog: pytest.LogCaptureFixture
):
    member_holding(open_shop(), beer=1)
    caplog.set_level("INFO", logger="ledger.tasks")

    made = seal_ledger(), seal_ledger()

    assert made == (1, 0)
    assert [record.message[:8] for record in caplog.records] == ["seal 1: "]
    assert len(caplog.records[0].message) == len("seal 1: ") + 64


@pytest.mark.django_db(transaction=True)
def test_a_failed_check_is_an_error_in_the_log(began: datetime, caplog: pytest.LogCaptureFixture):
    with as_superuser() as cursor:
        cursor.execute("UPDATE ledger_txn SET reason = 'x'")

    verify_seals()

    assert [(r.levelname, r.message) for r in caplog.records if r.name == "ledger.tasks"] == [
        ("ERROR", "seals found 1 differences")
    ]
