"""Logs that say the day once: on a line above its rows, in the first of them, or in a title."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from imports.operations import check_file, run_batch, undo_batch
from imports.rules.findings import sentence
from ledger.models import Sale, Wallet
from members.models import Member, Store
from tests.imports.sheets_made import NOW, checked, csv_file, said, xlsx_file

HEAD = ["时间", "小票号", "卡号", "金额"]


def moments(tmp_path: Path, rows: list[list[Any]], **options: Any) -> dict[int, str]:
    """The moment of each row, by the number it has in its file."""
    delimiter = options.pop("delimiter", ",")
    found = checked(csv_file(tmp_path / "a.csv", rows, delimiter=delimiter), **options)[2]
    return {row.number: row.judged.values.get("at", "")[:16] for row in found}


def test_a_day_on_a_line_is_that_of_the_rows_below_it(tmp_path: Path) -> None:
    rows = [HEAD, ["2024-03-01 星期五"], ["10:01", "1000001", "C1", "5"]]
    rows += [["早班小计", "", "", "5"], ["11:30", "1000002", "C2", "6"], ["合计", "", "", "11"]]
    rows += [["日期：", "2024-03-02"], HEAD, ["10:05", "1000003", "C1", "7"]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.judged.values["at"][:16] for row in found] == [
        "2024-03-01T10:01",
        "2024-03-01T11:30",
        "2024-03-02T10:05",
    ]
    assert check.ignored == [2, 4, 6, 7, 8]
    (note,) = check.notes
    assert sentence(note) == (
        "The rows do not say their day: it is the one that stands above them (lines between the "
        "rows that say a day: 2)."
    )


def test_no_day_goes_down_over_the_total_of_a_day(tmp_path: Path) -> None:
    rows = [HEAD, ["2024-03-01"], ["10:01", "1000001", "C1", "5"], ["日合计", "", "", "5"]]
    rows += [["10:05", "1000003", "C1", "7"]]

    assert said(checked(csv_file(tmp_path / "a.csv", rows))[2]) == [
        (5, "error", [("日期", "bad_date")])
    ]


def test_a_line_of_a_day_in_a_log_with_days_is_no_entry(tmp_path: Path) -> None:
    rows = [["日期", *HEAD[1:]], ["2024-03-01"], ["2024-03-01 10:01", "1000001", "C1", "5"]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert ([row.number for row in found], check.ignored, check.notes) == ([3], [2], [])


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        ([["门店：一店", "营业日期：2024-03-01"], HEAD], {}),
        ([["一店2024年流水"], HEAD, ["==== 3月1日 周五 早班 ===="]], {}),
        ([["日期", *HEAD], ["2024-03-01"]], {}),
        ([["Uhrzeit", "Bon", "Kundenkarte", "Betrag"], ["Freitag, 01.03.2024"]], {"country": "DE"}),
        ([["Heure", "Ticket", "Carte", "Montant"], ["vendredi 1 mars 2024"]], {"country": "FR"}),
        ([["Время", "Номер чека", "Номер карты", "Сумма"], ["1 марта 2024"]], {"country": "RU"}),
        ([["時刻", "レシート番号", "会員番号", "金額"], ["2024年3月1日（金）"]], {"country": "JP"}),
        ([["Time", "Receipt", "Card number", "Total"], ["Fri, 1 March 2024"]], {"country": "GB"}),
    ],
)
def test_days_above_the_rows_in_other_words(
    tmp_path: Path, rows: list[list[str]], options: dict[str, Any]
) -> None:
    lead = [""] if rows[0][0] == "日期" else []
    bill = [*lead, "10:01", "1000001", "C1", "5"]

    found = moments(tmp_path, [*rows, bill], delimiter=";", **options)

    assert found == {len(rows) + 1: "2024-03-01T10:01"}


@pytest.mark.parametrize("title", ["2024-03-01 至 2024-03-31", "打印日期：2024-03-05"])
def test_a_title_that_is_no_day_of_the_rows_says_none(tmp_path: Path, title: str) -> None:
    rows = [["日报"], [title], HEAD, ["10:01", "1000001", "C1", "5"]]

    assert moments(tmp_path, rows) == {4: ""}


def test_the_day_in_its_first_row_alone_goes_down_and_it_is_told(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["日期", *HEAD], [date(2024, 3, 1), "10:01", "1000001", "C1", 5]]
    rows += [[None, "11:30", "1000002", "C2", 6], ["小计", None, None, None, 11]]
    rows += [[None, "13:30", "1000003", "C2", 6], [date(2024, 3, 2), "9:05", "1000004", "C1", 7]]

    _plan, check, found = checked(xlsx_file(tmp_path / "a.xlsx", rows))

    assert [row.judged.values.get("at", "")[:16] for row in found] == [
        "2024-03-01T10:01",
        "2024-03-01T11:30",
        "",
        "2024-03-02T09:05",
    ]
    (note,) = check.notes
    assert sentence(note) == (
        "The day stands only in the first row of each day: these rows under 日期 have that of the "
        "row above: 3."
    )


def test_clocks_below_a_whole_moment_are_on_its_day(tmp_path: Path) -> None:
    rows = [HEAD, ["2024-03-01 10:00", "1000001", "C1", "5"], ["10:20", "1000002", "C2", "6"]]
    rows += [["", "1000003", "C2", "6"], ["2024-03-02 9:00", "1000004", "C1", "7"]]

    assert list(moments(tmp_path, rows).values()) == [
        "2024-03-01T10:00",
        "2024-03-01T10:20",
        "",
        "2024-03-02T09:00",
    ]


def test_a_blank_day_in_a_column_that_is_full_stays_an_error(tmp_path: Path) -> None:
    rows = [["日期", *HEAD[1:]], *[["2024-03-01", f"100000{n}", "C1", "5"] for n in range(3)]]
    rows += [["", "1000009", "C1", "5"]]

    assert said(checked(csv_file(tmp_path / "a.csv", rows))[2]) == [
        (5, "error", [("日期", "bad_date")])
    ]


def test_lines_of_shifts_are_left_out_where_their_figures_prove_them(tmp_path: Path) -> None:
    rows = [["日期", "小票号", "会员号", "金额"], ["早班", "收银员：小李", "", ""]]
    rows += [["2025-03-01", "1000001", "C1", "5"], ["早班共1单", "", "", "5"]]
    rows += [["交班金额：5", "备用金：500"], ["2025-03-01", "1000002", "C1", "6"]]
    rows += [["小王 小计", "", "", "6"], ["日合计", "", "", "11"], ["晚班共1单", "", "", "9"]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert check.ignored == [2, 4, 5, 7, 8]
    assert said(found) == [(9, "error", [("日期", "bad_date")])]
    (total,) = check.totals.values()
    assert (total.file_total, total.rows) == (None, 2_000)


@pytest.mark.django_db
def test_a_journal_is_booked_on_its_days_and_goes_back(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [HEAD, ["2024-03-01"], ["10:01", "1000001", "C1", "5"], ["合计", "", "", "5"]]
    rows += [["2024-03-02"], ["10:05", "1000003", "C1", "7"], ["合计", "", "", "7"]]
    path = csv_file(tmp_path / "a.csv", rows)

    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)

    assert sorted(Sale.objects.values_list("business_date", "member__name", "total")) == [
        (date(2024, 3, 1), "张三", 500),
        (date(2024, 3, 2), "张三", 700),
    ]
    assert not Wallet.objects.exists()

    undo_batch(batch=batch, at=NOW, by=None)
    assert not Sale.objects.exists()


def test_a_line_of_a_cashier_hides_neither_clocks_nor_days(tmp_path: Path) -> None:
    rows = [HEAD, ["2025-03-01（六）"], *[[f"{h}:10", f"10000{h}", "C1", "5"] for h in range(5, 9)]]
    rows += [["收银员 小李 小计", "", "", "20"]]

    assert moments(tmp_path, rows) == {
        number: f"2025-03-01T0{number + 2}:10" for number in range(3, 7)
    }


def test_sheets_called_by_their_days_are_read_together(tmp_path: Path) -> None:
    first: dict[str, Any] = {"2025-03-01": [HEAD, ["10:00", "100001", "C1", 5]]}
    second: dict[str, Any] = {
        "2025-03-02": [HEAD, ["10:00", "100001", "C1", 6], ["合计", None, None, 6]]
    }

    found = checked(xlsx_file(tmp_path / "a.xlsx", [], sheets=first | second))[2]

    assert [row.judged.values["at"][:16] for row in found] == [
        "2025-03-01T10:00",
        "2025-03-02T10:00",
    ]
