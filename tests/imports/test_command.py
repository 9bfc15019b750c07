"""The command line of imports: list them, go on with one, take one back."""

import json
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from imports.models import ImportBatch
from imports.operations import check_file, queue_undo
from imports.rules.findings import sentence
from ledger.models import Lot
from members.models import Member, Store
from members.operations import update_member
from tests.imports.sheets_made import NOW, csv_file, xlsx_file
from tests.imports.undoing import HEAD, LATER, LI, ZHANG, brought

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("import_sheet", *arguments, stdout=out)
    return out.getvalue()


def told(*arguments: str) -> dict[str, Any]:
    return json.loads(said(*arguments, "--json"))


def test_an_import_is_taken_back_by_its_number(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG, LI])
    update_member(member=Member.objects.get(name="李四"), at=NOW, by=None, notes="likes tea")

    report = told("--undo", str(batch.pk))

    left = report.pop("left_rows")
    assert [(one["row"], one["code"]) for one in left] == [(3, "member_changed_since")]
    assert left[0]["message"] == sentence({"code": "member_changed_since", "params": {}})
    assert report == {
        "batch": batch.pk,
        "status": "undone",
        "kind": "members",
        "store": "one",
        "file": "list.csv",
        "rows": 2,
        "taken_back": 1,
        "left": 1,
        "values": {
            "taken_back": {
                "points": 7,
                "stored_value_bonus": 2_000,
                "stored_value_principal": 15_000,
            },
            "left": {},
        },
    }
    assert not Lot.objects.filter(is_open=True).exists()


def test_an_undo_is_told_in_words_without_json(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG])

    first = said("--undo", str(batch.pk))
    with translation.override("zh-hans"):
        again = said("--undo", str(batch.pk))

    assert f"Batch {batch.pk} is undone: 1 of 1 rows taken back, 0 left." in first
    assert "Taken back: points  7" in first
    assert "¥100.00" in first
    assert f"导入 {batch.pk}（已撤销）：1 行中已撤回 1 行，保留 0 行。" in again
    assert "已撤回：积分  7" in again


def test_a_report_without_json_is_in_the_language_asked_for(store: Store, tmp_path: Path) -> None:
    csv_file(tmp_path / "list.csv", [HEAD, ZHANG, ["C9", "王五", "12", "1", "0", "0"]])

    english = said(str(tmp_path / "list.csv"), "--dry-run")
    chinese = said(str(tmp_path / "list.csv"), "--dry-run", "--language", "zh-hans")
    listed = said("--list", "--language", "zh-hans")

    assert "is checked, nothing booked yet: 2 rows · created 1 · error 1." in english
    assert "  Row 3, 手机号: " in english
    assert "  Sum: balance paid in  CN¥100.00" in english
    assert "（已检查，尚未入账）：2 行 · 新建 1 · 错误 1。" in chinese
    assert "  第 3 行，手机号：" in chinese
    assert "  合计：本金余额  ¥100.00" in chinese
    assert "0/2  已检查" in listed


def test_imports_are_listed_the_latest_first(store: Store, tmp_path: Path) -> None:
    first = brought(store, tmp_path, [HEAD, ZHANG])
    second = brought(store, tmp_path, [HEAD, LI])

    listed = told("--list")["batches"]

    assert [(one["batch"], one["status"], one["rows"]) for one in listed] == [
        (second.pk, "done", 1),
        (first.pk, "done", 1),
    ]
    assert told("--list", "--store", "two") == {"batches": []}
    assert said("--list").count("list.csv") == 2


def test_a_checked_import_is_run_by_resuming_it(store: Store, tmp_path: Path) -> None:
    csv_file(tmp_path / "list.csv", [HEAD, ZHANG])
    checked = told(str(tmp_path / "list.csv"), "--dry-run")
    assert (checked["status"], Member.objects.count()) == ("checked", 0)

    done = told("--resume", str(checked["batch"]))

    assert (done["status"], Member.objects.count()) == ("done", 1)


def test_an_undo_that_was_cut_off_is_gone_on_with(store: Store, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, [HEAD, ZHANG])
    queue_undo(batch=batch, at=LATER, by=None)

    report = told("--resume", str(batch.pk))

    assert (report["status"], report["taken_back"]) == ("undone", 1)


@pytest.mark.parametrize(("option", "code"), [("--undo", 0), ("--undo", 99), ("--resume", 99)])
def test_an_unknown_number_is_refused(store: Store, option: str, code: int) -> None:
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("import_sheet", option, str(code), "--json", stdout=out)
    assert ended.value.code == 1
    assert json.loads(out.getvalue())["error"]["code"] == "unknown_batch"

    with pytest.raises(CommandError, match="There is no import"):
        call_command("import_sheet", option, str(code))


def test_what_is_not_booked_is_not_undone(store: Store, tmp_path: Path) -> None:
    csv_file(tmp_path / "list.csv", [HEAD, ZHANG])
    batch = check_file(
        path=tmp_path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None
    )

    with pytest.raises(CommandError, match="Nothing of this import is booked"):
        said("--undo", str(batch.pk))

    assert ImportBatch.objects.get().status == "checked"


def test_one_thing_is_done_at_a_time(store: Store) -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        call_command("import_sheet", "--undo", "1", "--list")


def test_sheets_are_named_on_the_command_line(store: Store, tmp_path: Path) -> None:
    rows = {name: [HEAD, [name, name, f"1380013800{n}"]] for n, name in enumerate("甲乙丙")}
    path = str(xlsx_file(tmp_path / "a.xlsx", rows["甲"], sheets=dict(list(rows.items())[1:])))

    two = told(path, "--sheet", "乙", "--sheet", "丙", "--dry-run")
    every = told(path, "--sheet", "all", "--dry-run")
    one = told(path, "--sheet", "乙", "--dry-run")

    assert (two["sheets"], two["rows"]) == (["乙", "丙"], 2)
    assert (every["sheets"], every["rows"]) == (["Sheet1", "乙", "丙"], 3)
    assert (one["sheet"], one["sheets"], one["rows"]) == ("乙", [], 1)
    with pytest.raises(CommandError, match="There is no sheet 丁"):
        said(path, "--sheet", "丁")


def test_an_export_of_everything_is_told_its_way(store: Store, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as package:
        for name in ("manifest.json", "data/members_member.csv", "lists/members.csv"):
            package.writestr(name, "")

    with pytest.raises(CommandError, match="restores it into an empty"):
        said(str(tmp_path / "all.zip"))
    with pytest.raises(CommandError, match="全量导出"):
        said(str(tmp_path / "all.zip"), "--language", "zh-hans")
