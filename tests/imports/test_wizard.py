"""A file that waits: kept, checked again with other choices, mended row by row, dropped."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from imports.models import ImportBatch, ImportRow
from imports.operations import (
    check_batch,
    choose,
    clear_rows_left,
    decide_all,
    decide_row,
    drop_batch,
    fix_row,
    pause_batch,
    queue_check,
    receive_file,
    remember_mapping,
    run_batch,
    sweep_uploads,
)
from imports.operations.alone import BatchWasRun
from imports.operations.check import FileGone
from imports.operations.deciding import NotSomebodyNew
from imports.operations.fixing import ColumnNotInFile, RowBooked, RowLeads
from imports.operations.steering import NotRunning
from imports.operations.uploads import BatchNotDroppable
from imports.queries.bad_rows import bad_rows_workbook
from imports.queries.report import report_of
from imports.rules.guessing import KindUnknown
from imports.tasks import run_waiting_imports
from ledger.models import Wallet
from members.models import Member, Store
from tests.imports.sheets_made import DATA, NOW
from tests.members.factories import StoreFactory

pytestmark = pytest.mark.django_db
LIST = """姓名,手机号,余额
王小明,13800138001,100
李四,1380013,20.5
赵六,13800138003,很多
孙七,13800138001,7
"""


@pytest.fixture
def store() -> Store:
    return StoreFactory()


def received(store: Store, text: str | bytes = LIST, **said) -> ImportBatch:
    data = text.encode() if isinstance(text, str) else text
    told = {"file_name": "会员.csv", "store": store, "at": NOW, "by": None} | said
    return receive_file(file=ContentFile(data), **told)


def checked(store: Store, text: str | bytes = LIST, **said) -> ImportBatch:
    return check_batch(batch=received(store, text, **said), at=NOW, by=None)


def row_of(batch: ImportBatch, number: int) -> ImportRow:
    return batch.import_rows.get(number=number)


def outcomes(batch: ImportBatch) -> dict[int, str]:
    return dict(batch.import_rows.order_by("number").values_list("number", "outcome"))


def fixed(batch: ImportBatch, number: int, **cells: str) -> ImportRow:
    return fix_row(row=row_of(batch, number), cells=cells, at=NOW, by=None)


def held() -> int:
    return sum(Wallet.objects.values_list("balance", flat=True))


def test_an_upload_waits_and_is_judged_by_the_check(store: Store) -> None:
    batch = received(store)

    assert (batch.status, batch.import_rows.count()) == ("uploaded", 0)

    check_batch(batch=batch, at=NOW, by=None)

    assert batch.status == "checked"
    assert outcomes(batch) == {2: "created", 3: "error", 4: "error", 5: "flagged"}


def test_a_mended_cell_makes_its_row_right_and_leaves_the_file_as_it_came(store: Store) -> None:
    batch = checked(store)

    row = fixed(batch, 3, 手机号="13800138002")

    assert (row.outcome, row.values["phone"], row.errors) == ("created", "+8613800138002", [])
    assert (row.raw["手机号"], row.fixes) == ("1380013", {"手机号": "13800138002"})

    run_batch(batch=batch, at=NOW, by=None)

    assert (Member.objects.count(), held()) == (2, 12050)


def test_the_files_own_text_takes_a_fix_back(store: Store) -> None:
    batch = checked(store)
    fixed(batch, 3, 手机号="13800138002")

    row = fixed(batch, 3, 手机号="1380013")

    assert (row.outcome, row.fixes) == ("error", {})


def test_a_row_mended_into_somebody_elses_phone_waits(store: Store) -> None:
    batch = checked(store)

    row = fixed(batch, 3, 手机号="13800138001")

    assert (row.outcome, row.why[0]["code"]) == ("flagged", "same_phone_other_name")
    assert row.values["same_as"] == 2


def test_mending_one_cell_leaves_another_one_wrong(store: Store) -> None:
    batch = checked(store, LIST.replace("1380013,20.5", "1380013,很少"))

    row = fixed(batch, 3, 手机号="13800138002")

    assert row.outcome == "error"
    assert [(found["column"], found["code"]) for found in row.errors] == [("余额", "bad_amount")]


def test_digits_a_spreadsheet_lost_stay_lost_until_the_phone_is_mended(store: Store) -> None:
    batch = checked(store, (DATA / "cn_members_title_rows.xlsx").read_bytes(), file_name="m.xlsx")

    row = fixed(batch, 10, 姓名="汤若思")
    assert (row.outcome, row.errors[0]["code"]) == ("error", "phone_lost_digits")

    row = fixed(batch, 10, 电话="13900138010")
    assert (row.outcome, row.errors) == ("created", [])


def test_a_fix_names_a_column_of_the_file(store: Store) -> None:
    batch = checked(store)

    with pytest.raises(ColumnNotInFile):
        fixed(batch, 3, 邮箱="a@example.com")

    assert row_of(batch, 3).fixes == {}


def test_a_row_others_belong_to_is_not_mended(store: Store) -> None:
    batch = checked(store, LIST.replace("孙七", "王小明"))

    with pytest.raises(RowLeads):
        fixed(batch, 2, 手机号="13800138009")

    assert row_of(batch, 2).values["phone"] == "+8613800138001"


def test_a_booked_row_is_not_mended(store: Store) -> None:
    batch = checked(store)
    run_batch(batch=batch, at=NOW, by=None)

    with pytest.raises(RowBooked):
        fixed(batch, 2, 手机号="13800138009")

    assert Member.objects.get().phone == "+8613800138001"


def test_a_row_mended_after_the_run_is_booked_by_the_next_one(store: Store) -> None:
    batch = checked(store)
    run_batch(batch=batch, at=NOW, by=None)

    fixed(batch, 4, 余额="8")
    run_batch(batch=batch, at=NOW, by=None)

    assert (Member.objects.count(), held()) == (2, 10800)
    assert report_of(batch)["created"] == 2


def test_another_check_keeps_fixes_and_decisions(store: Store) -> None:
    batch = checked(store)
    fixed(batch, 3, 手机号="13800138002")
    decide_row(row=row_of(batch, 5), decision="merge")

    choose(batch=batch, changes={"balance": "bonus"})
    check_batch(batch=batch, at=NOW, by=None)

    assert outcomes(batch) == {2: "created", 3: "created", 4: "error", 5: "merged"}
    row = row_of(batch, 3)
    assert (row.raw["手机号"], row.fixes) == ("1380013", {"手机号": "13800138002"})
    assert row.values["balances"]["stored_value_bonus"] == 2050


def test_another_policy_is_seen_before_anything_is_booked(store: Store) -> None:
    batch = checked(store)

    choose(batch=batch, changes={"on_duplicate": "merge"})
    check_batch(batch=batch, at=NOW, by=None)

    assert outcomes(batch)[5] == "merged"
    assert Member.objects.count() == 0


def test_what_was_booked_is_not_read_in_another_way(store: Store) -> None:
    batch = checked(store)
    run_batch(batch=batch, at=NOW, by=None)

    with pytest.raises(BatchWasRun):
        choose(batch=batch, changes={"balance": "bonus"})
    with pytest.raises(BatchWasRun):
        check_batch(batch=batch, at=NOW, by=None)

    assert batch.import_rows.count() == 4


def test_a_file_nobody_can_tell_keeps_its_problem_until_somebody_says(store: Store) -> None:
    batch = received(store, "a,b\n1,2\n3,4\n")

    with pytest.raises(KindUnknown):
        check_batch(batch=batch, at=NOW, by=None)

    batch.refresh_from_db()
    assert (batch.status, batch.problem["code"]) == ("uploaded", "kind_unknown")

    choose(batch=batch, changes={"kind": "members", "columns": {"a": "name", "b": "card"}})
    check_batch(batch=batch, at=NOW, by=None)

    assert (batch.kind, outcomes(batch)) == ("members", {2: "created", 3: "created"})


def test_decisions_for_all_that_wait_for_one_reason(store: Store) -> None:
    batch = checked(store, LIST + "周八,13800138001,1\n")

    count = decide_all(batch=batch, decision="skip", code="same_phone_other_name")

    assert count == 2
    assert [outcomes(batch)[number] for number in (5, 6)] == ["ignored", "ignored"]


def test_all_as_one_person_books_them_on_the_first(store: Store) -> None:
    batch = checked(store, LIST + "周八,13800138001,1\n")

    decide_all(batch=batch, decision="merge")
    run_batch(batch=batch, at=NOW, by=None)

    assert (Member.objects.count(), held()) == (1, 10800)


def test_bad_rows_come_back_with_their_numbers(store: Store) -> None:
    batch = checked(store)
    again = received(store, bad_rows_workbook(batch), file_name="rows.xlsx", mends=batch)

    check_batch(batch=again, at=NOW, by=None)

    assert outcomes(again) == {3: "error", 4: "error", 5: "created"}
    assert again.kind == "members"
    assert again.ignored_rows == []


def test_a_dropped_file_leaves_nothing(store: Store) -> None:
    batch = checked(store)
    path = Path(batch.upload.path)

    drop_batch(batch=batch)

    assert (ImportBatch.objects.count(), ImportRow.objects.count()) == (0, 0)
    # Deleted once the transaction has ended.
    assert path.exists()
    path.unlink()


def test_a_booked_file_is_not_dropped(store: Store) -> None:
    batch = checked(store)
    run_batch(batch=batch, at=NOW, by=None)

    with pytest.raises(BatchNotDroppable):
        drop_batch(batch=batch)

    assert batch.import_rows.count() == 4


def test_rows_that_a_killed_reading_left_are_deleted_a_day_later(settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    for name, age in (("killed", timedelta(days=2)), ("reading", timedelta(hours=1))):
        folder = tmp_path / "sheets" / name
        folder.mkdir(parents=True)
        (folder / "0.jsonl").write_text("[1, []]\n")
        written = (NOW - age).timestamp()
        os.utime(folder, (written, written))

    clear_rows_left(at=NOW)

    assert [folder.name for folder in (tmp_path / "sheets").iterdir()] == ["reading"]


def test_files_are_swept_when_they_ended_or_nobody_came_back(
    store: Store, django_capture_on_commit_callbacks
) -> None:
    ended, forgotten, fresh = checked(store), checked(store), checked(store)
    run_batch(batch=ended, at=NOW, by=None)
    ImportBatch.objects.filter(pk=forgotten.pk).update(created_at=NOW - timedelta(days=15))
    paths = [Path(batch.upload.path) for batch in (ended, forgotten, fresh)]

    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_uploads(at=NOW) == 2

    assert [path.exists() for path in paths] == [False, False, True]
    assert set(ImportBatch.objects.values_list("pk", flat=True)) == {ended.pk, fresh.pk}
    with pytest.raises(BatchWasRun):
        check_batch(batch=ended, at=NOW, by=None)
    paths[2].unlink()


def test_a_check_needs_its_file(store: Store) -> None:
    batch = received(store)
    Path(batch.upload.path).unlink()

    with pytest.raises(FileGone):
        check_batch(batch=batch, at=NOW, by=None)


def test_the_worker_checks_what_waits(store: Store) -> None:
    batch = queue_check(batch=received(store))

    assert run_waiting_imports() == 1

    batch.refresh_from_db()
    assert (batch.status, batch.rows) == ("checked", 4)


def test_only_a_running_import_is_paused(store: Store) -> None:
    batch = checked(store)

    with pytest.raises(NotRunning):
        pause_batch(batch=batch)

    ImportBatch.objects.filter(pk=batch.pk).update(status="running")
    assert pause_batch(batch=batch).is_pause_asked


def test_the_next_file_of_a_system_goes_by_the_saved_mapping(store: Store) -> None:
    first = received(store, "谁,电话,额\n王小明,13800138001,5\n")
    choose(batch=first, changes={"kind": "members", "columns": {"谁": "name", "额": "coins"}})
    check_batch(batch=first, at=NOW, by=None)
    saved = remember_mapping(batch=first, name="旧系统", is_shared=False, at=NOW, by=None)

    again = checked(store, "谁,电话,额\n李四,13800138002,6\n")

    assert again.mapping == saved
    assert row_of(again, 2).values["balances"]["coins"] == 6


def test_somebody_of_the_same_name_may_be_new(store: Store) -> None:
    batch = checked(store, "姓名,余额\n王小明,5\n王小明,6\n")
    assert outcomes(batch) == {2: "created", 3: "flagged"}

    decide_row(row=row_of(batch, 3), decision="new")
    run_batch(batch=batch, at=NOW, by=None)

    assert outcomes(batch) == {2: "created", 3: "created"}
    assert (Member.objects.count(), held()) == (2, 1100)


def test_who_shares_a_phone_is_nobody_new(store: Store) -> None:
    batch = checked(store)

    with pytest.raises(NotSomebodyNew):
        decide_row(row=row_of(batch, 5), decision="new")

    assert decide_all(batch=batch, decision="new") == 0
    assert outcomes(batch)[5] == "flagged"


def test_rows_the_check_has_settled_are_done_when_a_run_begins(store: Store) -> None:
    batch = checked(store)
    ImportBatch.objects.update(is_pause_asked=True)

    run_batch(batch=batch, at=NOW, by=None)

    batch.refresh_from_db()
    assert (batch.status, batch.rows_done, batch.rows) == ("paused", 3, 4)
