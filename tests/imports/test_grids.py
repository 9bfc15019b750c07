"""Sign-in sheets with days across: a visit for each mark, and none for what nobody can tell."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from imports.models import ImportBatch, ImportRow
from imports.operations import check_file, fix_row, run_batch, undo_batch
from imports.queries.pages import counts_of
from imports.queries.values import unknown_values
from imports.rules.choices import Choices, MappingWrong
from imports.rules.findings import sentence
from imports.rules.grids import GridYearMissing
from imports.rules.grids_down import turned_grid_in
from imports.rules.headers import HeaderNotFound
from imports.rules.reading import open_book
from ledger.models import Visit, Wallet
from members.models import Member, Store
from tests.imports.sheets_made import NOW, checked, csv_file, xlsx_file
from tests.members.factories import UserFactory

HEAD = ["序号", "姓名", "手机号", "1", "2", "3", "4", "5", "合计"]
ROWS = [
    ["瑜伽班 2025年3月签到表"],
    HEAD,
    ["", "", "", "六", "日", "一", "二", "三"],
    ["1", "张三", "13800138000", "√", "", "√", "×", "?", "2"],
    ["2", "李四", "13800138001", "", "2", "事假", "-", "18:30", "2"],
    ["3", "王五", "13800138002", "", "", "", "", "", ""],
    ["合计", "", "", "1", "1", "1", "", "1", "4"],
    ["教练：王"],
]


Outcome = ImportRow.Outcome


def visits(path: Path, **options: Any) -> list[tuple[int, str, str]]:
    """Number, outcome and moment of each mark."""
    found = checked(path, **options)[2]
    return [(r.number, r.outcome.value, r.judged.values.get("at", "")[:16]) for r in found]


def test_each_mark_is_a_row_and_every_row_of_the_sheet_is_counted(tmp_path: Path) -> None:
    plan, check, found = checked(csv_file(tmp_path / "a.csv", ROWS, encoding="gb18030"))

    assert plan.kind == "visits"
    assert [(r.number, r.outcome.value, r.judged.values["at"][:16]) for r in found] == [
        (4, "right", "2025-03-01T00:00"),
        (2004, "right", "2025-03-03T00:00"),
        (3004, "ignored", "2025-03-04T00:00"),
        (4004, "error", "2025-03-05T00:00"),
        (1005, "right", "2025-03-02T00:00"),
        (2005, "ignored", "2025-03-03T00:00"),
        (4005, "right", "2025-03-05T18:30"),
    ]
    assert check.ignored == [3, 6, 7, 8]
    assert found[0].raw == {
        "序号": "1",
        "姓名": "张三",
        "手机号": "13800138000",
        "合计": "2",
        "日期": "2025-03-01",
        "是否签到": "√",
    }
    assert sentence(found[3].judged.errors[0]) == (
        "? on 2025-03-05 is no mark that is known: say under Words what it means, or write ✓ for "
        "whoever came and × for whoever did not."
    )
    (note,) = check.notes
    assert note["params"] == {"days": 5, "step": 1000, "number": 1003, "row": 3}


@pytest.mark.parametrize(
    ("title", "days", "moments"),
    [
        ("", ["2025-03-01", "2025-03-08", "2025-03-15"], ["2025-03-01", "2025-03-15"]),
        ("2024年", ["12/30", "12/31", "1/1"], ["2024-12-30", "2025-01-01"]),
        ("March 2025", ["Mon 3", "Tue 4", "Wed 5"], ["2025-03-03", "2025-03-05"]),
        ("Q1 2025", ["3 Mar", "10 Mar", "17-Mar"], ["2025-03-03", "2025-03-17"]),
        ("2025.2", ["3/2", "10/2", "17/2"], ["2025-02-03", "2025-02-17"]),
        ("2025年2月", ["26", "27", "28", "1", "2"], ["2025-02-26", "2025-02-28"]),
    ],
)
def test_days_across_in_every_writing(
    tmp_path: Path, title: str, days: list[str], moments: list[str]
) -> None:
    rows = [[title], ["Name", "Email", *days], ["Ada", "ada@example.com", "X", "", "X"]]

    found = visits(csv_file(tmp_path / "a.csv", rows), country="GB")

    assert [(outcome, at[:10]) for _number, outcome, at in found] == [
        ("right", day) for day in moments
    ]


def test_days_of_a_workbook_and_a_31st_that_never_was(tmp_path: Path) -> None:
    days = [date(2025, 2, day) for day in (26, 27, 28)]
    rows = [["姓名", "手机号", *days], ["张三", 13800138000, 1, None, 1]]
    whole: list[list[Any]] = [["2025年2月"], ["姓名", *range(1, 32)], ["张三", *[None] * 29, "√"]]

    known = visits(xlsx_file(tmp_path / "a.xlsx", rows))
    never = visits(xlsx_file(tmp_path / "b.xlsx", whole))

    assert [at[:10] for _number, _outcome, at in known] == ["2025-02-26", "2025-02-28"]
    assert never == [(29003, "error", "")]


def test_months_in_sheets_of_their_own_are_read_together(tmp_path: Path) -> None:
    march: list[list[Any]] = [
        ["2025年3月"],
        ["姓名", "3/1", "3/2", "3/3"],
        ["张三", "√", None, "√"],
    ]
    april: list[list[Any]] = [
        ["2025年4月"],
        ["姓名", "4/1", "4/2", "4/3"],
        ["张三", None, "√", None],
    ]

    found = visits(xlsx_file(tmp_path / "a.xlsx", march, sheets={"四月": april}))

    assert [at[:10] for _number, _outcome, at in found] == [
        "2025-03-01",
        "2025-03-03",
        "2025-04-02",
    ]


def test_days_without_a_year_are_asked_about(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "3/1", "3/2", "3/3"], ["张三", "13800138000", "√", "", "√"]]

    with pytest.raises(GridYearMissing):
        checked(csv_file(tmp_path / "a.csv", rows))


@pytest.mark.parametrize(
    ("title", "days", "told", "moments"),
    [
        ("签到", ["3/1", "3/2", "3/3"], "2025", ["2025-03-01", "2025-03-03"]),
        ("签到", [*"12345"], "2025-03", ["2025-03-01", "2025-03-03"]),
        ("3月份签到", [*"12345"], "2025", ["2025-03-01", "2025-03-03"]),
        ("2024年签到", [*"12345"], "2025-03", ["2024-03-01", "2024-03-03"]),
    ],
)
def test_the_year_and_month_of_days_may_be_told(
    tmp_path: Path, title: str, days: list[str], told: str, moments: list[str]
) -> None:
    rows = [[title], ["姓名", "手机号", *days], ["张三", "13800138000", "√", "", "√"]]
    path = csv_file(tmp_path / "a.csv", rows)

    found = visits(path, choices=Choices.from_json({"month": told}))

    assert [at[:10] for _number, _outcome, at in found] == moments


@pytest.mark.parametrize("told", ["25", "2025-13", "03-2025", 2025])
def test_what_is_no_month_is_refused(told: Any) -> None:
    with pytest.raises(MappingWrong):
        Choices.from_json({"month": told})


@pytest.mark.django_db
def test_the_wizard_asks_for_the_month_of_the_days(store: Store) -> None:
    client = Client()
    client.force_login(UserFactory(role="manager", stores=[store]))
    text = "姓名,手机号,1,2,3,4,5\n张三,13800138000,√,,√,,\n"
    upload = SimpleUploadedFile("a.csv", text.encode())

    answer = client.post(
        reverse("imports:home"),
        {"file": upload, "store": store.pk, "on_duplicate": "flag", "balance": "principal"},
    )
    batch = ImportBatch.objects.get()
    page = client.get(answer.url).content.decode()
    client.post(reverse("imports:file", args=[batch.pk]), {"month": "2025-03"})

    batch.refresh_from_db()
    assert 'name="month"' in page
    assert (batch.status, batch.choices["month"]) == ("checked", "2025-03")
    assert batch.import_rows.count() == 2


DOWN = [
    ["瑜伽班签到表 2025年3月"],
    ["日期", "星期", "张三", "李四", "王五", "备注"],
    ["手机号", "", "13800138000", "13800138001", "", ""],
    ["3/1", "六", "√", "", "√", "雨天"],
    ["3/2", "日", "", "", "", ""],
    ["3/3", "一", "×", "18:30", "L", ""],
    ["三月四日晚", "二", "", "√", "", ""],
    ["合计", "", "1", "1", "1", ""],
    ["教练：王"],
]


def test_days_down_and_people_across_are_read_the_same_way(tmp_path: Path) -> None:
    plan, check, found = checked(csv_file(tmp_path / "a.csv", DOWN))

    assert plan.kind == "visits"
    assert [(r.number, r.outcome.value, r.judged.values.get("at", "")[:16]) for r in found] == [
        (4, "right", "2025-03-01T00:00"),
        (2004, "right", "2025-03-01T00:00"),
        (6, "ignored", "2025-03-03T00:00"),
        (1006, "right", "2025-03-03T18:30"),
        (2006, "error", "2025-03-03T00:00"),
        (1007, "error", ""),
    ]
    assert check.ignored == [5, 8, 9]
    assert found[1].judged.values["who"] == {"name": "王五"}
    assert found[0].raw["备注"] == "雨天"
    (note,) = check.notes
    assert (note["code"], note["params"]) == (
        "people_unfolded",
        {"people": 3, "step": 1000, "number": 1004, "row": 4},
    )


@pytest.mark.parametrize(
    "rows",
    [
        [["日期", "堂食", "外卖"], ["2025-03-01", "3", "4"], ["2025-03-02", "5", "1"]],
        [["日期", "姓名", "到店"], ["2025-03-01", "张三", "√"], ["2025-03-02", "李四", "√"]],
    ],
)
def test_counts_by_day_and_lists_of_visits_are_no_sign_in_sheets(
    tmp_path: Path, rows: list[list[str]]
) -> None:
    rows = [*rows, ["2025-03-03", *rows[1][1:]]]
    with open_book(csv_file(tmp_path / "a.csv", rows)) as book:
        assert turned_grid_in(book.sheets[0]) is None


def test_people_across_in_a_workbook_with_whole_dates(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["Date \\ Name", "Ada Lovelace", "Bo Diddley"]]
    rows += [[date(2025, 3, day), "x", None if day % 2 else "x"] for day in (1, 2, 3, 8)]

    found = visits(xlsx_file(tmp_path / "a.xlsx", rows), country="GB")

    assert [(number, at[:10]) for number, _outcome, at in found] == [
        (2, "2025-03-01"),
        (3, "2025-03-02"),
        (1003, "2025-03-02"),
        (4, "2025-03-03"),
        (5, "2025-03-08"),
        (1005, "2025-03-08"),
    ]


def test_small_amounts_that_go_up_in_the_first_row_of_a_list_are_no_days(tmp_path: Path) -> None:
    rows = [
        ["会员表 2025年3月"],
        ["卡号", "姓名", "手机号", "余额", "赠送余额", "积分", "游戏币", "啤酒"],
    ]
    rows += [[f"C{n}", "张三", f"1380013800{n}", "1", "2", "3", "5", "8"] for n in range(3)]

    plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert (plan.kind, [row.number for row in found]) == ("members", [3, 4, 5])


def test_the_names_may_stand_above_the_days(tmp_path: Path) -> None:
    rows = [["2025年3月"], ["姓名", "手机号", "签到"], ["日期", "", "1", "2", "3", "4", "5"]]
    rows += [["张三", "13800138000", "√", "", "√"]]

    found = visits(csv_file(tmp_path / "a.csv", rows))

    assert [(number, at[:10]) for number, _outcome, at in found] == [
        (4, "2025-03-01"),
        (2004, "2025-03-03"),
    ]


def test_amounts_under_numbers_are_no_marks(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "1", "2", "3", "4", "5"], ["张三", "13800138000", *["100"] * 5]]

    with pytest.raises(HeaderNotFound):
        checked(csv_file(tmp_path / "a.csv", rows))


def test_a_blank_beside_marks_is_nobody_who_came(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "日期", "是否签到"], ["张三", "13800138000", "2025-03-01", "√"]]
    rows += [["李四", "13800138001", "2025-03-01", ""]]

    assert [outcome for _n, outcome, _at in visits(csv_file(tmp_path / "a.csv", rows))] == [
        "right",
        "ignored",
    ]


@pytest.mark.django_db
def test_a_mark_of_the_shops_own_is_said_once_for_the_whole_sheet(
    store: Store, tmp_path: Path
) -> None:
    rows = [["2025年3月"], ["姓名", *"12345"], ["张三", "√", "L", "√", "L", "×"]]
    path = csv_file(tmp_path / "a.csv", rows)
    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)
    told = Choices(values={"came_mark": {"L": "✓"}})
    again = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None, choices=told)

    asked = unknown_values(batch)

    assert [(one["value"], one["rows"]) for one in asked["came_mark"]] == [("L", 2)]
    assert [one["value"] for one in asked["came_mark"][0]["suggestions"]] == ["✓", "×"]
    assert counts_of(batch)[Outcome.ERROR] == 2
    assert (Outcome.ERROR in counts_of(again), unknown_values(again)["came_mark"][0]["told"]) == (
        False,
        {"action": "pick", "name": "✓"},
    )


@pytest.mark.django_db
def test_visits_are_booked_mended_and_taken_back(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", ROWS)
    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)

    wrong = ImportRow.objects.get(batch=batch, number=4004)
    fix_row(row=wrong, cells={"是否签到": "✓"}, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)

    days = Visit.objects.filter(member=zhang).values_list("business_date", flat=True)
    assert sorted(day.day for day in days) == [1, 3, 5]
    assert not Wallet.objects.exists()

    undo_batch(batch=batch, at=NOW, by=None)
    assert not Visit.objects.exists()
