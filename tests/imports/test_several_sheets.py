"""A workbook with several sheets: those with the same columns are one table, others follow."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.files.base import ContentFile
from python_calamine import CalamineWorkbook

from imports.models import ImportBatch
from imports.operations import (
    check_batch,
    check_file,
    choose,
    fix_row,
    receive_file,
    run_batch,
)
from imports.queries import report_of
from imports.queries.bad_rows import bad_rows_workbook
from imports.rules.choices import Choices
from imports.rules.findings import SamePhone
from imports.rules.together import SPAN, SheetsDiffer, TooMuchTogether
from ledger.models import Wallet
from ledger.queries.audit import differences
from members.models import Member, Store
from members.operations import create_store
from tests.imports.sheets_made import NOW, checked, rows_of, said, xlsx_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
HEAD = ["姓名", "手机号", "余额"]
NORTH = [HEAD, ["王小明", "13800138001", 100], ["李四", "13800138002", 20.5]]
SOUTH = [["南店会员"], HEAD, ["赵六", "13800138003", 7], ["孙七", "13800138004", 0]]


def workbook(path: Path, sheets: dict[str, Any]) -> Path:
    made = path / "book.xlsx"
    with xlsxwriter.Workbook(str(made)) as book:
        for name, table in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(table):
                sheet.write_row(number, 0, row)
    return made


def imported(store: Store, path: Path, *, run: bool = True, **options: Any) -> dict[str, Any]:
    batch = check_file(path=path, file_name=path.name, store=store, at=NOW, by=None, **options)
    if run:
        run_batch(batch=batch, at=NOW, by=None)
    return report_of(batch)


def checked_upload(store: Store, path: Path, **said: Any) -> ImportBatch:
    file = ContentFile(path.read_bytes())
    batch = receive_file(file=file, file_name=path.name, store=store, at=NOW, by=None, **said)
    return check_batch(batch=batch, at=NOW, by=None)


def load(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()


def balances() -> dict[str, int]:
    return dict(Wallet.objects.values_list("member__name", "balance"))


def test_sheets_with_the_same_columns_are_one_table(store: Store, tmp_path: Path) -> None:
    path = workbook(tmp_path, {"北店": NORTH, "说明": [["只看前两张表"], ["谢谢"]], "南店": SOUTH})

    report = imported(store, path)

    assert (report["sheets"], report["rows"], report["created"]) == (["北店", "南店"], 4, 4)
    assert balances() == {"王小明": 10_000, "李四": 2_050, "赵六": 700}
    assert differences() == []


def test_a_row_is_told_with_its_sheet(store: Store, tmp_path: Path) -> None:
    south = [*SOUTH, ["周八", "1380013", 5], ["王大明", "13800138001", 1], ["合计", "", 13]]
    path = workbook(tmp_path, {"北店": NORTH, "南店": south})

    report = imported(store, path, run=False)

    assert [(one["row"], one["code"]) for one in report["errors"]] == [("南店!5", "bad_phone")]
    assert [(one["row"], one["same_as"], one["why"]) for one in report["flagged"]] == [
        (
            "南店!6",
            "北店!2",
            str(SamePhone(other="北店!2")),
        )
    ]
    assert report["ignored_rows"] == ["南店!7"]
    batch = ImportBatch.objects.get()
    numbers = batch.import_rows.order_by("number").values_list("number", flat=True)
    assert list(numbers) == [2, 3, SPAN + 3, SPAN + 4, SPAN + 5, SPAN + 6]
    assert batch.import_rows.order_by("number").first().raw["工作表"] == "北店"
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(bad_rows_workbook(batch))
    assert [cells[:5] for _number, cells in rows_of(bad)[1:]] == [
        ("周八", "1380013", "5", "南店", "南店!5"),
        ("王大明", "13800138001", "1", "南店", "南店!6"),
    ]


def test_each_sheet_is_held_to_its_own_total(store: Store, tmp_path: Path) -> None:
    north, south = [*NORTH, ["合计", "", 120.5]], [*SOUTH, ["合计", "", 8]]
    path = workbook(
        tmp_path, {"北店": north, "南店": south, "东店": [HEAD, *NORTH[2:], ["钱", "", 3]]}
    )

    report = imported(store, path, run=False)

    assert [
        (one["sheet"], one["file_total"], one["rows_total"], one["holds"])
        for one in report["control_totals"]
    ] == [("北店", 12_050, 12_050, True), ("南店", 800, 700, False)]
    assert [(one["sheet"], one["difference"]) for one in report["declared"]] == [
        ("北店", 0),
        ("南店", 100),
    ]


def test_columns_may_stand_in_another_order_and_be_called_otherwise(tmp_path: Path) -> None:
    south = [["余额", "电话", "姓名"], [7, "13800138003", "赵六"]]
    path = workbook(tmp_path, {"北店": NORTH, "南店": south})

    plan, check, rows = checked(path)

    assert (list(plan.together), said(rows)) == (["北店", "南店"], [])
    assert rows[2].raw == {
        "姓名": "赵六",
        "手机号": "13800138003",
        "余额": "7",
        "工作表": "南店",
    }
    assert [total.rows for total in check.totals.values()] == [12_750]


def test_a_sheet_that_differs_is_left_for_another_time(store: Store, tmp_path: Path) -> None:
    cards = [["卡号", "手机号"], ["C1", "13800138001"]]
    path = workbook(tmp_path, {"北店": NORTH, "卡": cards, "南店": SOUTH})

    report = imported(store, path)

    assert report["sheets"] == ["北店", "南店"]
    with pytest.raises(SheetsDiffer):
        imported(store, path, choices=Choices(sheet=["北店", "卡"]))
    assert ImportBatch.objects.count() == 1


def test_one_sheet_may_still_be_chosen(store: Store, tmp_path: Path) -> None:
    path = workbook(tmp_path, {"北店": NORTH, "南店": SOUTH})

    report = imported(store, path, choices=Choices(sheet="南店"))

    assert (report["sheet"], report["sheets"], report["rows"]) == ("南店", [], 2)
    assert balances() == {"赵六": 700}


def test_the_same_workbook_again_changes_nothing_when_a_sheet_was_added(
    store: Store, tmp_path: Path
) -> None:
    imported(store, workbook(tmp_path, {"北店": NORTH}))
    imported(store, workbook(tmp_path, {"北店": NORTH, "南店": SOUTH}))

    again = workbook(
        tmp_path, {"东店": [HEAD, ["吴九", "13800138009", 3]], "北店": NORTH, "南店": SOUTH}
    )
    report = imported(store, again)

    assert (report["created"], report["unchanged"], report["updated"]) == (1, 4, 0)
    assert balances() == {"王小明": 10_000, "李四": 2_050, "赵六": 700, "吴九": 300}
    assert differences() == []


def test_somebody_who_stands_in_two_sheets_wholly_alike_is_counted_once(
    store: Store, tmp_path: Path
) -> None:
    path = workbook(tmp_path, {"全部": [*NORTH, *SOUTH[2:]], "W": NORTH[:2], "L": [HEAD, NORTH[2]]})

    report = imported(store, path)

    assert (report["created"], report["repeated_rows"]) == (4, ["W!2", "L!2"])
    assert balances()["王小明"] == 10_000


def test_sheets_that_are_called_as_stores_say_whose_rows_they_are(
    store: Store, tmp_path: Path
) -> None:
    create_store(
        code="south",
        name="南店",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="zh-hans",
        entity=store.entity,
    )
    path = workbook(tmp_path, {"一店": NORTH, "南店": SOUTH})

    imported(store, path)

    assert dict(Member.objects.values_list("name", "home_store__name")) == {
        "王小明": "一店",
        "李四": "一店",
        "赵六": "南店",
        "孙七": "南店",
    }


def test_too_many_sheets_are_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imports.rules.together.SHEETS_LIMIT", 1)
    path = workbook(tmp_path, {"北店": NORTH, "南店": SOUTH})

    with pytest.raises(TooMuchTogether):
        imported(store, path)

    assert not ImportBatch.objects.exists()


def test_balances_of_one_person_in_two_sheets_add_up_and_that_is_said(
    store: Store, tmp_path: Path
) -> None:
    path = workbook(tmp_path, {"一月": NORTH, "二月": [HEAD, ["王小明", "13800138001", 5]]})

    report = imported(store, path)

    assert balances()["王小明"] == 10_500
    assert [(one["code"], one["message"][:60]) for one in report["notes"]] == [
        ("in_several_sheets", "Rows of people who stand in an earlier sheet too: 1. Their b")
    ]


def test_corrected_rows_come_back_under_their_sheets(store: Store, tmp_path: Path) -> None:
    south = [*SOUTH, ["周八", "1380013", 5]]
    first = checked_upload(store, workbook(tmp_path, {"北店": NORTH, "南店": south}))
    run_batch(batch=first, at=NOW, by=None)
    bad = bad_rows_workbook(first)
    sheet = load(bad)
    sheet[1][1] = "13800138008"
    fixed = workbook(tmp_path, {"Sheet1": sheet})

    second = checked_upload(store, fixed, mends=first)
    run_batch(batch=second, at=NOW, by=None)

    assert list(second.import_rows.values_list("number", "outcome")) == [(SPAN + 5, "created")]
    assert second.place_of(SPAN + 5) == "南店!5"
    assert balances()["周八"] == 500


def test_what_was_said_of_one_sheets_rows_says_nothing_of_anothers(
    store: Store, tmp_path: Path
) -> None:
    wrong = [HEAD, ["周八", "1380013", 5]]
    batch = checked_upload(
        store, workbook(tmp_path, {"北店": wrong, "卡": [["姓名", "x"], *wrong[1:]]})
    )
    row = batch.import_rows.get()
    fix_row(row=row, cells={"手机号": "13800138008"}, at=NOW, by=None)

    again = check_batch(batch=batch, at=NOW, by=None)
    kept = again.import_rows.get().fixes
    choose(batch=again, changes={"sheet": "卡"})
    other = check_batch(batch=again, at=NOW, by=None)

    assert kept == {"手机号": "13800138008"}
    assert other.import_rows.get().fixes == {}


def test_the_names_of_sheets_may_be_said_to_be_tiers(store: Store, tmp_path: Path) -> None:
    path = workbook(tmp_path, {"金卡": NORTH, "银卡": SOUTH})
    said_so = Choices(columns={"工作表": "tier"})

    batch = check_file(path=path, file_name="a.xlsx", store=store, at=NOW, by=None, choices=said_so)

    rows = batch.import_rows.order_by("number").values_list("values__tier", flat=True)
    assert list(rows) == ["金卡", "金卡", "银卡", "银卡"]


def test_sheets_of_tables_side_by_side_are_read_together(tmp_path: Path) -> None:
    head = ["姓名", "手机号", "余额", None, "姓名", "手机号", "余额"]
    first = [head, ["张三", "13800138000", 5, None, "李四", "13800138001", 6]]
    second = [head, ["王五", "13800138002", 7, None, "赵六", "13800138003", 8]]

    found = checked(xlsx_file(tmp_path / "a.xlsx", first, sheets={"二": second}))[2]

    assert [(row.number, row.judged.values["name"]) for row in found] == [
        (2, "张三"),
        (1002, "李四"),
        (2_000_002, "王五"),
        (2_001_002, "赵六"),
    ]
