"""What stands between the rows of a table: stores, other tables, titles, remarks, sums carried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports.operations import check_file, run_batch, undo_batch
from imports.queries import report_of
from imports.rules.choices import Choices
from ledger.queries.audit import differences
from members.models import Member, Store
from members.operations import create_store
from tests.imports.sheets_made import NOW, checked, csv_file, said, xlsx_file

HEAD = ["姓名", "手机", "余额"]
ANN, BOB, CY = (
    ["张三", "13800138001", "5"],
    ["李四", "13800138002", "6"],
    ["王五", "13800138003", "7"],
)


def codes(check: Any) -> list[str]:
    return [note["code"] for note in check.notes]


def names(rows: Any) -> list[str]:
    return [row.judged.values["name"] for row in rows if row.outcome == "right"]


@pytest.mark.django_db
def test_a_line_with_a_store_is_the_store_of_the_rows_below_it(
    store: Store, tmp_path: Path
) -> None:
    create_store(
        code="two", name="二店", country="CN", currency="CNY", time_zone="Asia/Shanghai",
        language="zh-hans", entity=store.entity,
    )  # fmt: skip
    rows = [HEAD, ["一店"], ANN, ["小计", "", "5"], ["门店：二店（1人）"], BOB, ["新开的分店"], CY]
    path = csv_file(tmp_path / "a.csv", rows)
    facts = {"path": path, "file_name": "a.csv", "store": store, "at": NOW, "by": None}

    batch = check_file(**facts, choices=Choices())
    run_batch(batch=batch, at=NOW, by=None)

    assert dict(Member.objects.values_list("name", "home_store__name")) == {
        "张三": "一店", "李四": "二店", "王五": "一店",
    }  # fmt: skip
    assert [note["code"] for note in batch.plan["notes"]] == ["stores_above", "stores_unknown"]
    assert batch.plan["notes"][1]["params"]["names"] == "新开的分店"
    report = report_of(batch)
    assert (report["rows"], report["ignored_rows"]) == (3, [2, 4, 5, 7])
    undo_batch(batch=batch, at=NOW, by=None)
    assert not Member.objects.findable().exists()
    assert differences() == []


def test_a_store_above_each_repeated_header(tmp_path: Path) -> None:
    head = ["日期", "单号", "金额"]
    rows = [["门店：一店"], head, ["2024-01-05", "S1001", "100"], ["合计", "", "100"]]
    rows += [["门店：二店"], head, ["2024-01-05", "S2001", "50"], ["合计", "", "50"]]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.judged.values["store"] for row in judged] == ["一店", "二店"]
    assert [total.file_total for total in check.totals.values()] == [15_000]


def test_the_store_of_one_list_is_no_line(tmp_path: Path) -> None:
    rows = [["门店：人民路店"], HEAD, ANN, ["老王"], BOB]

    plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert plan.column("store") is None
    assert (names(judged), codes(check)) == (["张三", "老王", "李四"], [])


def test_another_table_is_told_once_and_left_out(tmp_path: Path) -> None:
    sales = [["消费日期", "单号", "金额"], ["2024-01-05", "S1", "30"], ["2024-01-06", "S2", "80"]]
    rows = [HEAD, ANN, BOB, ["合计", "", "11"], ["制表人：王"], [""], *sales, ["合计", "", "110"]]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(judged) == [(number, "ignored", [("", "of_other_table")]) for number in (8, 9)]
    assert (check.count, check.ignored) == (4, [4, 5, 6, 7, 10])
    assert [note["params"] for note in check.notes] == [
        {"header": 7, "names": "消费日期, 单号, 金额", "first": 8, "last": 9}
    ]
    assert [total.file_total for total in check.totals.values()] == [1_100]


def test_another_table_is_read_by_its_header_row(tmp_path: Path) -> None:
    rows = [HEAD, *[["王", f"1380013{n}", "5"] for n in range(8000, 8300)], ["计", "", "5"]]
    rows += [[""], ["日期", "单号", "金额"], ["2024-01-05", "S1", "30"]]

    _plan, check, judged = checked(
        csv_file(tmp_path / "a.csv", rows), choices=Choices.from_json({"header_row": 304})
    )

    assert [row.outcome for row in judged] == [*["ignored"] * 300, "right"]
    assert [total.file_total for total in check.totals.values()] == [None]


def test_the_longest_of_two_tables_is_read(tmp_path: Path) -> None:
    wide = [["单号", "日期", "金额", "商品", "数量"], ["S1", "2024-01-05", "30", "洗车", "1"]]
    rows = [HEAD, ANN, BOB, CY, [""], *wide]

    plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert (plan.kind, names(judged), codes(check)) == (
        "members", ["张三", "李四", "王五"], ["other_table"],
    )  # fmt: skip


def test_a_small_table_above_is_told_and_left_out(tmp_path: Path) -> None:
    rows = [["门店", "会员数", "余额合计"], ["一店", "2", "11"], [""], HEAD, ANN, BOB]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert (names(judged), codes(check)) == (["张三", "李四"], ["other_table"])
    assert said(judged) == [(2, "ignored", [("", "of_other_table")])]


def test_the_same_table_goes_on_in_another_order(tmp_path: Path) -> None:
    rows = [HEAD, ANN, ["合计", "", "5"], ["手机号", "客户姓名", "余额"]]
    rows += [["13800138002", "李四", "6"], HEAD, CY]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.judged.values["phone"][-1] for row in judged] == ["1", "2", "3"]
    assert (names(judged), said(judged), codes(check)) == (["张三", "李四", "王五"], [], [])


def test_titles_on_each_page_are_nobody(tmp_path: Path) -> None:
    title = [["阳光会员名单"], ["打印时间：2024-05-01 10:00"], ["序号", *HEAD]]
    rows = [*title, ["1", *ANN], ["阳光会员名单（续）"], ["打印时间：2024-05-01 10:02"], title[2]]

    plan, _check, judged = checked(csv_file(tmp_path / "a.csv", [*rows, ["2", *BOB]]))

    assert (plan.columns[0].field, names(judged)) == ("sequence", ["张三", "李四"])


def test_headings_and_remarks_are_told_and_nobody(tmp_path: Path) -> None:
    rows = [
        HEAD,
        ANN,
        ["老客户", None, None],
        BOB,
        ["注意：余额以手工账为准"],
        CY,
        ["赵六"],
        ["Gold members"],
    ]
    path = xlsx_file(tmp_path / "a.xlsx", rows, merged=[(2, 0, 2, 2, "老客户")])

    _plan, check, judged = checked(path)

    assert names(judged) == ["张三", "李四", "王五", "赵六"]
    assert [note["params"]["rows"] for note in check.notes] == [
        "3 (老客户), 5 (注意：余额以手工账为准), 8 (Gold members)"
    ]


def test_what_is_carried_to_the_next_page_is_nobody(tmp_path: Path) -> None:
    rows = [HEAD, ANN, BOB, ["Übertrag", "", "11"], HEAD, ["Übertrag", "", "11"], CY]
    rows += [["合计", "", "18"], ["其中：金卡", "2人", "11"], ["银卡", "1人", "7"]]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert (names(judged), check.count) == (["张三", "李四", "王五"], 3)
    assert [total.file_total for total in check.totals.values()] == [1_800]


def test_halves_of_a_day_are_no_visits(tmp_path: Path) -> None:
    rows = [["时间", "姓名", "电话"], ["日期：2024-03-01"], ["上午"], ["9:05", *ANN[:2]], ["下午"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", [*rows, ["15:30", *BOB[:2]]]))

    assert [row.judged.values["at"][:16] for row in judged] == [
        "2024-03-01T09:05", "2024-03-01T15:30",
    ]  # fmt: skip


def test_names_in_three_tiers_and_merged_down(tmp_path: Path) -> None:
    rows = [["信息", None, "储值", None, "积分"], ["姓名", "手机", "余额"]]
    rows += [[None, None, "本金", "赠送"], ["张三", "13800138001", 100, 20, 7]]
    down = [(1, 0, 2, 0, "姓名"), (1, 1, 2, 1, "手机"), (0, 4, 2, 4, "积分")]
    across = [(0, 0, 0, 1, "信息"), (0, 2, 0, 3, "储值"), (1, 2, 1, 3, "余额")]

    plan, _check, judged = checked(xlsx_file(tmp_path / "a.xlsx", rows, merged=[*down, *across]))

    assert [column.field for column in plan.columns] == [
        "name", "phone", "stored_value_principal", "stored_value_bonus", "points",
    ]  # fmt: skip
    assert judged[0].judged.values["balances"]["points"] == 7


def test_what_is_paid_of_a_balance_is_no_history(tmp_path: Path) -> None:
    rows = [["", "", "Balance", "", "Visits"], ["Name", "Phone", "Paid", "Bonus", "Count"]]

    plan, _check, _rows = checked(
        csv_file(tmp_path / "a.csv", [*rows, ["Ann", "617-555-0111", "5", "1", "12"]]), country="US"
    )

    assert [column.field for column in plan.columns[2:]] == [
        "stored_value_principal", "stored_value_bonus", "history",
    ]  # fmt: skip


def test_a_wrapped_name_is_one_line(tmp_path: Path) -> None:
    rows = [
        ["Customer\nName", "Phone"],
        ["Ann\nLee", "617-555-0111"],
        ["欧阳\n小明", "617-555-0112"],
    ]

    _plan, _check, judged = checked(xlsx_file(tmp_path / "a.xlsx", rows), country="US")

    assert names(judged) == ["Ann Lee", "欧阳小明"]


def test_cards_that_are_not_sold_yet_are_left_out(tmp_path: Path) -> None:
    rows = [["卡号", "状态", *HEAD], ["800001", "正常", *ANN], ["【库存】"], ["800002", "未售"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(judged) == [(4, "ignored", [("", "card_not_issued")])]


def test_shops_that_are_members_are_no_lines(tmp_path: Path) -> None:
    rows = [HEAD, ["小王烟酒店", *ANN[1:]], ["阳光花店"], BOB]

    plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert plan.column("store") is None
    assert names(judged) == ["小王烟酒店", "阳光花店", "李四"]


def test_pages_whose_names_differ_in_words_are_one_table(tmp_path: Path) -> None:
    rows = [HEAD, ANN, ["第1页"], ["客户姓名", "手机号", "余额"], BOB, CY]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert (names(judged), codes(check)) == (["张三", "李四", "王五"], [])


@pytest.mark.parametrize("name", ["余额（本金/赠送）", "本金+赠金", "Balance (paid/bonus)"])
def test_two_amounts_in_one_cell_are_two_columns(tmp_path: Path, name: str) -> None:
    rows = [
        ["姓名", "手机", name, "积分"],
        [*ANN[:2], "100/20", "7"],
        [*BOB[:2], "50元（赠5）", "1"],
    ]
    rows += [["姓名", "手机", name, "积分"], [*CY[:2], "约30", "1"], ["合计", "", "150/25", "9"]]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    held = [row.judged.values["balances"] for row in judged[:2]]
    assert [(one["stored_value_principal"], one["stored_value_bonus"]) for one in held] == [
        (10_000, 2_000), (5_000, 500),
    ]  # fmt: skip
    assert [row.outcome for row in judged] == ["right", "right", "error"]
    assert [total.file_total for total in check.totals.values()] == [9, 15_000, 2_500]
