"""How an import is applied: what it writes, what it remembers, and that it may stop anywhere."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction

from imports.models import ImportBatch, ImportRow
from imports.operations import check_file, queue_batch, run, run_batch
from imports.queries.listed import Listed
from imports.queries.references import with_email
from ledger.models import Movement, Txn, Wallet
from ledger.queries.audit import differences
from members.models import Card, Consent, Member, MemberChange, Store, Tier, TierHolding
from tests.imports.sheets_made import NOW, csv_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
HEAD = ["卡号", "姓名", "手机号", "余额", "赠送余额", "积分"]
WIDE = ["卡号", "姓名", "手机号", "会员等级", "开卡时间", "接收短信", "生日", "QQ", "会员编号"]


def bring(store: Store, path: Path, rows: list[list[str]], **options: Any) -> list[ImportRow]:
    """Import the rows; answers them as they were kept."""
    csv_file(path / "list.csv", rows)
    batch = check_file(
        path=path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None, **options
    )
    run_batch(batch=batch, at=NOW, by=None)
    return list(batch.import_rows.select_related("member").order_by("number"))


def test_a_row_that_makes_a_member_has_nothing_before_it(store: Store, tmp_path: Path) -> None:
    (row,) = bring(store, tmp_path, [HEAD, ["C1", "张三", "13800138000", "100", "20", "7"]])

    assert (row.outcome, row.before) == ("created", None)


def test_a_row_that_changes_a_member_keeps_what_was_there(store: Store, tmp_path: Path) -> None:
    row = ["C1", "张三", "13800138000", "银卡", "2020-05-01", "是", "1990-08-15", "12345", ""]
    bring(store, tmp_path, [WIDE, row])
    silver = Tier.objects.get(name="银卡")
    new = ["C1", "张三丰", "13800138000", "金卡", "2020-05-02", "否", "1990-08-16", "777", ""]

    (changed,) = bring(store, tmp_path, [WIDE, new])

    assert changed.outcome == "updated"
    assert changed.before == {
        "fields": {
            "name": "张三",
            "birth_day": 15,
            "pinyin": "zhangsan",
            "initials": "zs",
            "last_word": "san",
            "joined_on": "2020-05-01",
        },
        "attributes": {"QQ": "12345"},
        "external_ids": {},
        "tier": silver.pk,
        "cards_added": [],
        "consents_added": ["sms"],
    }


def test_a_row_of_somebody_known_by_phone_keeps_the_card_and_the_blanks(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, [["姓名", "手机号"], ["张三", "13800138000"]])

    (row,) = bring(
        store, tmp_path, [["卡号", "姓名", "手机号", "QQ"], ["C9", "张三", "13800138000", "5"]]
    )

    assert row.before == {
        "fields": {},
        "attributes": {"QQ": None},
        "external_ids": {},
        "cards_added": ["C9"],
        "consents_added": [],
    }
    assert Member.objects.get().attributes == {"QQ": "5"}


def test_a_row_that_changes_nothing_keeps_nothing(store: Store, tmp_path: Path) -> None:
    rows = [HEAD, ["C1", "张三", "13800138000", "100", "20", "7"]]
    bring(store, tmp_path, rows)

    (row,) = bring(store, tmp_path, rows)

    assert (row.outcome, row.before) == ("unchanged", None)


def checked(store: Store, path: Path, rows: list[list[str]]) -> ImportBatch:
    csv_file(path / "list.csv", rows)
    return check_file(path=path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None)


def people(count: int) -> list[list[str]]:
    """A header and so many people with all that a list can say of them."""
    head = [*HEAD, "会员等级", "接收短信", "QQ", "剩余啤酒"]
    return [
        head,
        *(
            [
                *(f"{n:05d}", f"李{'一二三四五六七八九'[n % 9]}{n}", f"1380013{n:04d}"),
                *(str(n), str(n % 7), str(n % 5), ["金卡", "银卡", ""][n % 3]),
                *(["是", "否", ""][n % 3], str(n), str(n % 4)),
            ]
            for n in range(count)
        ),
    ]


def state() -> dict[str, list[Any]]:
    """All that an import writes, by what it is known by in all runs."""
    return {
        "members": sorted(
            Member.objects.values_list(
                *("request_id", "name", "phone", "pinyin", "initials", "last_word", "tier__code"),
                *("joined_on", "created_at", "home_store"),
            ),
            key=str,
        ),
        "attributes": sorted(map(str, Member.objects.values_list("phone", "attributes"))),
        "cards": sorted(Card.objects.values_list("member__phone", "number", "status")),
        "tiers": sorted(TierHolding.objects.values_list("member__phone", "tier__code", "since")),
        "consents": sorted(Consent.objects.values_list("member__phone", "channel", "state", "at")),
        "wallets": sorted(
            Wallet.objects.values_list("member__phone", "asset__code", "balance", "seq")
        ),
        "movements": sorted(
            Movement.objects.values_list(
                *("txn", "line", "amount", "contra", "cost", "wallet_seq", "balance_after"),
                *("lot__contract", "lot__origin", "lot__priority", "lot__expires_at"),
            ),
            key=str,
        ),
        "rows": list(
            ImportRow.objects.order_by("batch", "number").values_list(
                "number", "key", "outcome", "member__phone", "is_settled"
            )
        ),
    }


def test_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, people(30))
    before = state()

    rows = bring(store, tmp_path, people(30))

    assert {row.outcome for row in rows} == {"unchanged"}
    after = state()
    assert {name for name in before if before[name] != after[name]} == {"rows"}


def test_a_corrected_file_changes_only_what_differs(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, people(20))
    before, txns = state(), Txn.objects.count()
    corrected = people(20)
    corrected[4][1] = "王五"
    corrected[6][3] = "1000"

    rows = bring(store, tmp_path, corrected)

    assert [row.number for row in rows if row.outcome == "updated"] == [5, 7]
    assert (Txn.objects.count() - txns, MemberChange.objects.count()) == (1, 1)
    assert Member.objects.get(phone="+8613800130003").pinyin == "wangwu"
    assert Wallet.objects.get(member__phone="+8613800130005", asset__kind="money").balance == (
        100_500
    )
    after = state()
    assert {name for name in before if before[name] != after[name]} == {
        *("members", "wallets", "movements", "rows"),
    }
    assert differences() == []


def test_one_bad_row_among_many_is_left_out_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = checked(store, tmp_path, people(40))
    row = batch.import_rows.get(number=19)
    row.values["card"] = " 00017 "
    row.save(update_fields=["values"])

    run_batch(batch=batch, at=NOW, by=None)

    assert list(batch.import_rows.filter(outcome="error").values_list("number", flat=True)) == [19]
    assert batch.import_rows.filter(outcome="created", is_settled=True).count() == 39
    assert Member.objects.count() == 39
    assert (batch.rows_done, differences()) == (40, [])


def test_values_no_member_can_have_are_an_error_of_their_row(store: Store, tmp_path: Path) -> None:
    batch = checked(store, tmp_path, [["姓名", "邮箱"], ["甲", "a@-b.cn"], ["乙", "b@b.cn"]])

    run_batch(batch=batch, at=NOW, by=None)

    (error,) = batch.import_rows.get(number=2).errors
    assert error["code"] == "row_failed"
    assert list(Member.objects.values_list("name", flat=True)) == ["乙"]


def test_columns_that_follow_from_others_are_worked_out_where_the_check_left_none(
    store: Store, tmp_path: Path
) -> None:
    batch = checked(
        store, tmp_path, [["姓名", "手机号", "农历生日"], ["曾国", "13800138000", "八月十五"]]
    )
    row = batch.import_rows.get()
    derived = row.values.pop("derived")
    row.save(update_fields=["values"])

    run_batch(batch=batch, at=NOW, by=None)

    member = Member.objects.get()
    assert (member.pinyin, member.initials, member.last_word) == ("zengguo", "zg", "guo")
    assert (member.lunar_month, member.lunar_day, member.lunar_leap) == (8, 15, False)
    assert {name: getattr(member, name) for name in derived} == derived


def test_a_pause_stops_before_the_next_group_and_queueing_goes_on(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.operations.run.ROWS_AT_A_TIME", 4)
    batch = checked(store, tmp_path, people(10))
    ask = after_groups(1, lambda: ImportBatch.objects.update(is_pause_asked=True))
    with monkeypatch.context() as asked:
        asked.setattr("imports.operations.run._plan_anew", ask)
        run_batch(batch=batch, at=NOW, by=None)

    paused = ImportBatch.objects.get()
    assert (paused.status, paused.rows_done, paused.is_pause_asked) == ("paused", 4, False)
    assert (Member.objects.count(), paused.beat_at is not None) == (4, True)

    run_batch(batch=queue_batch(batch=paused), at=NOW, by=None)

    done = ImportBatch.objects.get()
    assert (done.status, done.rows_done, Member.objects.count()) == ("done", 10, 10)


def after_groups(groups: int, act: Callable[[], Any]) -> Callable[[], None]:
    """What runs before each group, acting before the one after so many."""
    begun: list[int] = []

    def before_group() -> None:
        begun.append(1)
        if len(begun) == groups:
            act()

    return before_group


WORKER = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
import django
django.setup()
from datetime import datetime
from time import sleep
from django.db import connection
from imports.models import ImportBatch
from imports.operations import run, run_batch
connection.settings_dict["NAME"] = sys.argv[1]
run.ROWS_AT_A_TIME = 10
settle = run._settle
def slowly(rows):
    settle(rows)
    sleep(0.2)
run._settle = slowly
run_batch(batch=ImportBatch.objects.get(), at=datetime.fromisoformat(sys.argv[2]), by=None)
"""


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_is_resumed_to_the_same_end(
    store: Store, tmp_path: Path
) -> None:
    with transaction.atomic():
        run_batch(batch=checked(store, tmp_path, people(60)), at=NOW, by=None)
        expected = state()
        transaction.set_rollback(True)
    batch = checked(store, tmp_path, people(60))

    name = connection.settings_dict["NAME"]
    with subprocess.Popen([sys.executable, "-c", WORKER, name, NOW.isoformat()]) as worker:
        # The rows of a group are written and not yet committed when the worker sleeps.
        wait_until(lambda: ImportBatch.objects.get().rows_done >= 20)
        sleep(0.1)
        os.kill(worker.pid, signal.SIGKILL)
    killed = ImportBatch.objects.get()
    assert (killed.status, 20 <= killed.rows_done < 60) == ("running", True)
    assert Member.objects.count() == killed.rows_done

    wait_until(nobody_runs)
    run_batch(batch=batch, at=NOW, by=None)

    assert state() == expected
    assert (ImportBatch.objects.get().status, differences()) == ("done", [])


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = monotonic() + seconds
    while not holds():
        assert monotonic() < end
        sleep(0.02)


def nobody_runs() -> bool:
    """Whether the server has noticed that the worker is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 4711002"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(cursor.fetchone()[0] == 0)


def test_a_run_leaves_the_other_cores_to_the_tills(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cores() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW max_parallel_workers_per_gather")
            return str(cursor.fetchone()[0])

    book_group, before, during = run._book_group, cores(), []
    monkeypatch.setattr(
        run, "_book_group", lambda *args: (during.append(cores()), book_group(*args))
    )

    bring(store, tmp_path, [HEAD, ["C1", "张三", "13800138000", "100", "20", "7"]])

    assert (during, cores()) == (["0"], before)
    assert before != "0"


def test_people_are_found_by_their_address_without_reading_all_members() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    plan = with_email().filter(email__in=Listed(["a@shop.example", "b@shop.example"])).explain()

    assert "members_member_by_email" in plan
