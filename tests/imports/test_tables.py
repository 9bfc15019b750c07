"""Tables among titles, totals and footers: every row of people is judged, and nothing else is."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.rules.checking import CheckedRow
from imports.rules.headers import HeaderNotFound, find_header
from imports.rules.sheets import Row, Sheet
from tests.imports.old_workbooks import xls_file
from tests.imports.sheets_made import checked, csv_file, rows_of, said, xlsx_file

HEAD = ["卡号", "姓名", "手机号", "余额"]
ZHANG = ["001", "张三", "13800138000", "100"]
LI = ["002", "李四", "13800138001", "50"]
WANG = ["003", "王五", "13800138002", "7"]


def names(rows: Sequence[CheckedRow]) -> list[tuple[int, str]]:
    return [(row.number, row.judged.values["name"]) for row in rows]


def test_titles_and_export_lines_stand_above_the_header(tmp_path: Path) -> None:
    rows = [
        ["会员资料导出"],
        ["导出时间：2026-11-20 10:00", "", "操作员：小王", "门店：一店"],
        [],
        ["说明", "余额为本金"],
        HEAD,
        ZHANG,
    ]

    plan, _check, found = checked(xlsx_file(tmp_path / "a.xlsx", rows))

    assert (plan.header.row, names(found)) == (5, [(6, "张三")])


def test_two_tiers_of_merged_header_cells_say_one_name(tmp_path: Path) -> None:
    rows = [
        ["会员信息", None, None, "账户", None, None],
        ["卡号", "姓名", "手机号", "本金", "赠送", "积分"],
        ["001", "张三", "13800138000", 100, 20, 7],
    ]
    path = xlsx_file(
        tmp_path / "a.xlsx", rows, merged=[(0, 0, 0, 2, "会员信息"), (0, 3, 0, 5, "账户")]
    )

    plan, _check, found = checked(path)

    assert [column.field for column in plan.columns] == [
        *("card", "name", "phone", "stored_value_principal", "stored_value_bonus", "points"),
    ]
    assert found[0].judged.values["balances"] | {"units": {}} == {
        "stored_value_principal": 10_000,
        "stored_value_bonus": 2_000,
        "points": 7,
        "coins": 0,
        "units": {},
    }


def test_group_names_in_a_text_padded_to_one_width(tmp_path: Path) -> None:
    rows = [
        ["会员", "", "洗剪吹", "", "染发", ""],
        ["姓名", "手机", "剩余次数", "备注", "剩余次数", "备注"],
        ["张三", "13800138000", "8", "", "2", ""],
    ]

    _plan, _check, found = checked(csv_file(tmp_path / "a.csv", rows))

    # Failed with both counts under one unit without a name.
    units = found[0].judged.values["balances"]["units"]
    assert {name: held["count"] for name, held in units.items()} == {"洗剪吹": 8, "染发": 2}


def test_a_header_merged_downwards_beside_one_in_two_tiers(tmp_path: Path) -> None:
    rows = [
        ["客户名单"],
        ["卡号", "姓名", "手机号", "储值账户", None],
        [None, None, None, "本金", "赠送"],
        ["001", "张三", "13800138000", 100, 20],
    ]
    path = xlsx_file(
        tmp_path / "a.xlsx",
        rows,
        merged=[
            *((0, 0, 0, 4, "客户名单"), (1, 3, 1, 4, "储值账户")),
            *((1, column, 2, column, rows[1][column]) for column in range(3)),
        ],
    )

    plan, _check, found = checked(path)

    assert (plan.header.row, names(found)) == (3, [(4, "张三")])
    assert found[0].judged.amounts == {3: 10_000, 4: 2_000}


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_merged_cells_go_down_but_never_amounts(tmp_path: Path, kind: str) -> None:
    rows: list[list[Any]] = [
        ["门店", "会员等级", "姓名", "手机号", "余额"],
        ["一店", "金卡", "张三", "13800138000", 100],
        [None, None, "李四", "13800138001", None],
        [None, None, "王五", "13800138002", 7],
    ]
    if kind == "xlsx":
        merged = [(1, 0, 3, 0, "一店"), (1, 1, 3, 1, "金卡"), (1, 4, 2, 4, 100)]
        path = xlsx_file(tmp_path / "a.xlsx", rows, merged=merged)
    else:
        areas = [(1, 3, 0, 0), (1, 3, 1, 1), (1, 2, 4, 4)]
        path = xls_file(tmp_path / "a.xls", {"a": rows}, merged=areas)

    _plan, _check, found = checked(path)

    assert [row.judged.values["store"] for row in found] == ["一店"] * 3
    assert [row.judged.values["tier"] for row in found] == ["金卡"] * 3
    assert [row.judged.amounts.get(4) for row in found] == [10_000, None, 700]


def test_cells_merged_downwards_on_a_page_go_down(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_text(
        "<table><tr><th>门店<th>姓名<th>手机号<th>余额</tr>"
        "<tr><td rowspan=2>一店<td>张三<td>13800138000<td rowspan=2>100</tr>"
        "<tr><td>李四<td>13800138001</tr><tr><td>二店<td>王五<td>13800138002<td>7</table>",
        encoding="utf-8",
    )

    _plan, _check, found = checked(path)

    assert [row.judged.values["store"] for row in found] == ["一店", "一店", "二店"]
    assert [row.judged.amounts.get(3) for row in found] == [10_000, None, 700]


def test_a_row_of_blanks_over_the_header_is_no_tier(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["", "\u200b", "x"], HEAD, ZHANG])

    plan, _check, found = checked(path)

    assert (plan.header.row, names(found)) == (2, [(3, "张三")])


def test_headers_come_again_and_rows_stay_blank(tmp_path: Path) -> None:
    rows = [HEAD, ZHANG, [], ["", " "], HEAD, LI, ["卡 号", "姓名：", "手机号", "余额"], WANG]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert names(found) == [(2, "张三"), (6, "李四"), (8, "王五")]
    assert check.ignored == [3, 4, 5, 7]


@pytest.mark.parametrize(
    "total",
    [
        ["合计", "", "", "157"],
        ["", "小计：", "", "157"],
        ["总 计", "3人", "", "157"],
        ["Total", "", "", "157.00"],
        ["", "", "Grand Total", "157"],
        ["Subtotal:", "", "", "157"],
        ["SUM", "", "", "157"],
        ["合计：157元"],
        ["共计3条记录", "", "", "157"],
        ["本页合计", "", "", "157"],
        ["合计(元)", "", "", "157"],
        ["【总计】", "3", "", "157"],
        ["合计人数：3", "", "", "157"],
    ],
)
def test_totals_are_no_people(tmp_path: Path, total: list[str]) -> None:
    rows = [HEAD, ZHANG, LI, total, WANG, total]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert names(found) == [(2, "张三"), (3, "李四"), (5, "王五")]
    assert check.ignored == [4, 6]


@pytest.mark.parametrize(
    "footer",
    [
        ["制表人：王经理"],
        ["制表人：王", "审核人：李", "日期：2026-11-20"],
        ["", "", "制表：", "王"],
        ["第1页/共3页"],
        ["第 1 页，共 3 页"],
        ["第1页", "共3页"],
        ["1/3"],
        ["Page 1 of 3"],
        ["- 1 -"],
        ["共 120 条记录"],
        ["打印时间：2026-11-20 10:00:00"],
        ["Printed on 2026-11-20", "by Jo"],
        ["备注：以上余额不含赠送"],
        ["以下空白"],
        ["*** End of report ***"],
        ["——以上为全部会员——"],
    ],
)
def test_footers_are_no_people(tmp_path: Path, footer: list[str]) -> None:
    rows = [HEAD, ZHANG, footer, HEAD, LI, [], footer]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert names(found) == [(2, "张三"), (5, "李四")]
    assert check.ignored == [3, 4, 6, 7]


@pytest.mark.parametrize(
    "person",
    [
        ["004", "Total Wine", "13800138009", "5"],
        ["005", "合计", "13800138009", "5"],
        ["006", "制表人", "13800138009", "5"],
        ["007", "Page", "13800138009", "5"],
        ["008", "共同", "13800138009", "5"],
        ["009", "Sum Wong", "", "5"],
    ],
)
def test_people_with_such_names_are_people(tmp_path: Path, person: list[str]) -> None:
    _plan, check, found = checked(csv_file(tmp_path / "a.csv", [HEAD, ZHANG, person]))

    assert names(found) == [(2, "张三"), (3, person[1])]
    assert check.ignored == []


def test_the_sheet_with_the_list_is_found_among_others(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx",
        [["封面"], ["2026 年会员"]],
        sheets={"空": [], "会员": [HEAD, ZHANG], "等级": [["等级", "折扣"], ["金卡", "9折"]]},
    )

    plan, _check, found = checked(path)

    assert (plan.sheet, names(found)) == ("会员", [(2, "张三")])


def test_true_and_false_are_words(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [[*HEAD, "VIP"], [*ZHANG, True], [*LI, False]])

    _plan, _check, found = checked(path)

    assert [row.judged.values["attributes"]["VIP"] for row in found] == ["TRUE", "FALSE"]


def test_a_file_of_one_column_is_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.txt", [["手机号"], ["13800138000"], ["13800138001"]])

    _plan, _check, found = checked(path)

    assert [row.judged.values["phone"] for row in found] == ["+8613800138000", "+8613800138001"]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("姓名", "#N/A", "cell_error"),
        ("手机号", "#REF!", "bad_phone"),
        ("余额", "#VALUE!", "bad_amount"),
        ("卡号", "#DIV/0!", "cell_error"),
    ],
)
def test_an_error_in_a_cell_that_counts_is_an_error_of_its_row(
    tmp_path: Path, column: str, cell: str, code: str
) -> None:
    row = list(ZHANG)
    row[HEAD.index(column)] = cell
    path = csv_file(tmp_path / "a.csv", [HEAD, row, LI])

    _plan, _check, found = checked(path)

    assert said(found) == [(2, "error", [(column, code)])]


def test_an_error_in_a_cell_that_is_only_kept_is_worth_a_word(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [[*HEAD, "QQ"], [*ZHANG, "#N/A"]])

    _plan, _check, found = checked(path)

    assert said(found) == [(2, "right", [("QQ", "cell_error")])]


def test_a_formula_nobody_calculated_is_named_in_every_column(tmp_path: Path) -> None:
    rows = [[*HEAD, "QQ"], ["001", "=A1", "13800138000", "5", "=B1"]]
    path = xlsx_file(tmp_path / "a.xlsx", [[str(cell) for cell in row] for row in rows])

    _plan, _check, found = checked(path)

    assert said(found) == [
        (2, "error", [("姓名", "formula_without_value"), ("QQ", "formula_without_value")])
    ]


def test_a_lost_character_is_worth_a_word(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = ",".join(HEAD) + "\n" + ",".join(LI) * 1 + "\n" + "001,张三,13800138000,常客"
    path.write_bytes(text.replace("余额", "备注").encode()[:-1] + b"\n")

    _plan, _check, found = checked(path)

    assert said(found) == [(3, "right", [("备注", "lost_character")])]


def test_rows_are_numbered_as_a_person_sees_them(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('sep=,\r\n卡号,姓名\r\n\r\n1,"张\r\n三"\r\n2,李四\r\n', "utf-8", newline="")

    assert rows_of(path) == [
        (1, ("卡号", "姓名")),
        (3, ("1", "张\r\n三")),
        (4, ("2", "李四")),
    ]


titles = st.lists(
    st.sampled_from(["会员表", "导出时间：2026-11-20", "", "名单", "打印人：王"]), max_size=3
)
known = st.lists(
    st.sampled_from(["姓名", "手机号", "余额", "积分", "卡号", "性别", "生日", "备注", "会员等级"]),
    min_size=3,
    unique=True,
)


@given(titles, known, st.integers(0, 5))
def test_the_header_is_found_below_any_titles(above: list[str], head: list[str], size: int) -> None:
    rows = [(title,) for title in above] + [tuple(head)] + [("甲",) * len(head)] * size
    numbered = [Row(n, row) for n, row in enumerate(rows, start=1) if any(row)]

    header = find_header(Sheet(name="a", rows=lambda: iter(numbered)))

    assert (header.row, header.names) == (len(above) + 1, tuple(head))


@given(st.lists(st.lists(st.text(max_size=8), max_size=6), min_size=1, max_size=12))
def test_any_table_has_a_header_or_is_said_to_have_none(table: list[list[str]]) -> None:
    numbered = [Row(n, tuple(row)) for n, row in enumerate(table, start=1)]

    with suppress(HeaderNotFound):
        header = find_header(Sheet(name="a", rows=lambda: iter(numbered)))
        assert 1 <= header.row <= len(table)


def test_sums_of_a_store_by_any_name_are_told_by_their_figures(tmp_path: Path) -> None:
    rows = [
        ["门店", "姓名", "手机号", "余额"],
        ["一店", "张三", "13800138000", "100"],
        ["一店", "李四", "13800138001", "50"],
        ["一店小计", "", "", "150"],
        ["二店", "王五", "13800138002", "20"],
        ["二店小计", "", "", "21"],
        ["总计", "", "", "170"],
    ]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(found) == [(6, "error", [("门店", "nobody_named")])]
    assert check.ignored == [4, 7]


def test_a_person_is_no_sum_though_the_figures_are_alike(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "余额"], ["张三", "13800138000", "50"], ["王计", "", "50"]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert ([row.outcome.value for row in found], check.ignored) == (["right", "right"], [])


@pytest.mark.parametrize(
    "again", [["Name", "Mobile", "Balance"], ["必填", "必填", "选填"], ["text", "number", "number"]]
)
def test_a_second_line_of_names_is_no_row(tmp_path: Path, again: list[str]) -> None:
    rows = [["姓名", "手机号", "余额"], again, ["张三", "13800138000", "50"]]

    _plan, check, found = checked(csv_file(tmp_path / "a.csv", rows))

    assert ([row.number for row in found], check.ignored) == ([3], [2])
