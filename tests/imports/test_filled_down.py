"""What a list says once for several lines goes down; a row that may be somebody's own does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from imports.operations import check_file, run_batch
from imports.rules.checking import CheckedRow
from imports.rules.findings import sentence
from ledger.models import Lot
from members.models import Member, Store
from tests.imports.sheets_made import NOW, checked, csv_file, said, xlsx_file

HEAD = ["姓名", "手机号", "卡号", "余额", "套餐", "剩余次数"]
ZHANG = ["张三", "13800138000", "C1", "100", "洗车", "5"]
LI = ["李四", "13800138001", "C2", "", "洗车", "2"]


def units(row: CheckedRow) -> dict[str, int]:
    held = row.judged.values["balances"]["units"]
    return {name: one["count"] for name, one in held.items()}


def test_further_bundles_are_of_the_person_above_and_it_is_told(tmp_path: Path) -> None:
    rows = [HEAD, ZHANG, ["", "", "", "100", "打蜡", "3"], ["", "", "", "", "抛光", "1"], LI]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows, encoding="gb18030"))

    assert [(row.number, row.outcome.value, row.other) for row in found] == [
        (2, "right", None),
        (3, "merged", 2),
        (4, "merged", 2),
        (5, "right", None),
    ]
    assert [units(row) for row in found] == [{"洗车": 5}, {"打蜡": 3}, {"抛光": 1}, {"洗车": 2}]
    assert found[1].raw["手机号"] == "13800138000"
    assert [total.rows for total in check.totals.values()] == [10_000, 11]
    (note,) = check.notes
    assert sentence(note) == (
        "Blank cells under 姓名, 手机号, 卡号 are read as those of the row above, of which these "
        "rows are further lines: 3, 4."
    )


@pytest.mark.parametrize(
    "between", [["合计", "", "", "100", "", "5"], [""], HEAD, ["王五", "", "", "", "", ""]]
)
def test_nothing_goes_down_over_anything_else(tmp_path: Path, between: list[str]) -> None:
    rows = [HEAD, ZHANG, between, ["", "", "", "", "打蜡", "3"]]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    own = found[-1].judged.values
    assert own.get("phone") is None
    assert own["name"] in {"", "王五"}


@pytest.mark.parametrize(
    "line",
    [
        ["", "", "", "50", "", ""],
        ["", "", "", "80", "打蜡", "3"],
        ["", "", "", "", "", "3"],
        ["", "", "", "", "洗车", "3"],
    ],
)
def test_a_row_that_may_be_somebody_without_a_name_is_an_error(
    tmp_path: Path, line: list[str]
) -> None:
    _plan, check, found = checked(csv_file(tmp_path / "a.csv", [HEAD, ZHANG, line]))

    assert said(found) == [(3, "error", [("姓名", "nobody_named")])]
    assert check.notes == []


def test_a_row_that_describes_a_person_is_one_of_its_own(tmp_path: Path) -> None:
    rows = [["序号", *HEAD, "性别"], ["1", *ZHANG, "男"], ["2", "", "", "", "", "打蜡", "3"]]
    rows += [["", "", "", "", "", "抛光", "3", "女"]]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.outcome.value for row in found] == ["right", "error", "error"]


def test_a_card_without_a_name_stays_a_card_of_nobody_and_is_told(tmp_path: Path) -> None:
    rows = [HEAD[:4], ZHANG[:4], ["", "", "C9", "50"]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert [(row.outcome.value, row.judged.values["name"]) for row in found] == [
        ("right", "张三"),
        ("right", ""),
    ]
    assert [(note["code"], note["params"]) for note in check.notes] == [
        ("cards_below", {"rows": "3"})
    ]


def test_merged_cells_of_a_workbook_say_the_same(tmp_path: Path) -> None:
    rows = [HEAD, ZHANG, ["", "", "", "", "打蜡", "3"]]
    merged = [(1, column, 2, column, ZHANG[column]) for column in range(4)]

    _plan, _check, found = checked(xlsx_file(tmp_path / "a.xlsx", rows, merged=merged))

    # Failed as another balance of the same card.
    assert [row.outcome.value for row in found] == ["right", "merged"]


def test_a_name_of_a_bundle_that_says_how_many_is_enough(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "套餐"], ["张三", "13800138000", "洗车 剩余十二次"]]
    rows += [["", "", "打蜡 剩余3次；抛光 剩余两次"], ["", "", "打蜡"]]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert [units(row) for row in found] == [{"洗车": 12}, {"打蜡": 3, "抛光": 2}, {}]
    assert said(found)[-1] == (4, "error", [("姓名", "nobody_named")])


@pytest.mark.parametrize("header", ["剩余", "Left"])
def test_what_is_left_beside_the_names_of_bundles_is_their_count(
    tmp_path: Path, header: str
) -> None:
    rows = [["姓名", "套餐", header, "到期日"], ["张三", "洗车", "5", "2027-01-01"]]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    # Failed as one pass until that day, the count only kept.
    assert units(found[0]) == {"洗车": 5}


def test_a_bundle_whose_count_is_asked_about_is_no_pass(tmp_path: Path) -> None:
    rows = [["姓名", "套餐", "次数", "到期日"], ["张三", "洗车", "5", "2027-01-01"]]

    plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert plan.as_json()["asked"] == ["次数"]
    assert units(found[0]) == {}
    assert found[0].judged.values["attributes"] == {
        "套餐": "洗车",
        "次数": "5",
        "到期日": "2027-01-01",
    }


def test_as_above_is_what_stands_above_but_never_an_amount(tmp_path: Path) -> None:
    rows = [["姓名", "会员等级", "套餐", "剩余次数"], ["张三", "金卡", "洗车", "5"]]
    rows += [["同上", "〃", "打蜡", "3"], ["李四", "同上", "打蜡", "同上"]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert [(row.number, row.outcome.value, row.other) for row in found] == [
        (2, "right", None),
        (3, "merged", 2),
        (4, "error", None),
    ]
    assert [row.judged.values["tier"] for row in found] == ["金卡"] * 3
    assert [(note["code"], note["params"]) for note in check.notes] == [
        ("same_as_above", {"rows": "3, 4"})
    ]


BILLS = ["单号", "时间", "会员手机", "商品", "数量", "金额"]


def test_lines_of_a_bill_take_its_number_moment_and_member(tmp_path: Path) -> None:
    rows = [
        BILLS,
        ["S1", "2024-03-01 10:00", "13800138000", "可乐", "2", "6"],
        ["", "", "", "薯片", "1", "4"],
        ["S2", "2024-03-01 11:00", "", "可乐", "1", "3"],
    ]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    line = found[1].judged.values
    assert (found[1].outcome.value, found[1].other) == ("merged", 2)
    assert (line["source_id"], line["at"], line["amount"], line["who"]) == (
        *("S1", "2024-03-01T10:00:00+08:00", 400, {"phone": "+8613800138000"}),
    )
    assert [note["params"] for note in check.notes] == [
        {"names": "单号, 时间, 会员手机", "rows": "3"}
    ]


@pytest.mark.parametrize(
    "line",
    [
        ["", "", "13800138001", "可乐", "1", "3"],
        ["", "", "", "", "", "3"],
        ["", "2024-03-02 10:00", "", "可乐", "1", "3"],
    ],
)
def test_an_entry_that_may_be_another_bill_is_none_of_its_lines(
    tmp_path: Path, line: list[str]
) -> None:
    rows = [BILLS, ["S1", "2024-03-01 10:00", "13800138000", "可乐", "2", "6"], line]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert "source_id" not in found[1].judged.values
    assert check.notes == []


@pytest.mark.django_db
def test_whoever_has_but_a_name_holds_all_their_bundles(store: Store, tmp_path: Path) -> None:
    rows = [
        ["姓名", "套餐", "剩余次数"],
        ["张三", "洗车", "5"],
        ["", "打蜡", "3"],
        ["", "抛光", "1"],
    ]
    path = csv_file(tmp_path / "a.csv", rows)

    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)

    held = Lot.objects.values_list("wallet__member__name", "wallet__asset__name", "remaining")
    assert sorted(held) == [("张三", "打蜡", 3), ("张三", "抛光", 1), ("张三", "洗车", 5)]
    assert Member.objects.count() == 1
