from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.rules.aliases import KINDS, recognise
from imports.rules.choices import Choices, MappingWrong
from imports.rules.guessing import ColumnMissing, KindUnknown, guess_kind
from imports.rules.headers import HeaderNotFound, find_header
from imports.rules.mapping import SheetUnknown
from imports.rules.no_rows import is_footer, is_totals_row
from imports.rules.reading import open_book
from imports.rules.sheets import Row, Sheet
from imports.rules.spellings import normalise
from tests.imports.sheets_made import checked, csv_file, said, xlsx_file


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("手机号（必填）", "phone"),
        ("会员手机", "phone"),
        ("Phone Number", "phone"),
        ("Phone 1", "phone"),
        ("Ｍｏｂｉｌｅ", "phone"),
        ("E-mail", "email"),
        ("账户余额(元)", "stored_value"),
        ("本金余额", "stored_value_principal"),
        ("赠送余额", "stored_value_bonus"),
        ("总余额", "stored_value_total"),
        ("可用积分", "points"),
        ("Points balance", "points"),
        ("游戏币余额", "coins"),
        ("剩余次数", "units"),
        ("beers left", "units"),
        ("Date of Birth", "birthday"),
        ("customer_group_name", "tier"),
        ("Accepts Email Marketing", "consent_email"),
        ("支付密码", "secret"),
    ],
)
def test_knows_a_column_by_its_name(header: str, field: str) -> None:
    match = recognise(header, "members")

    assert match is not None
    assert match.field == field


@pytest.mark.parametrize(
    "header",
    [
        "Lifetime Spend",
        "Transaction Count",
        "Total Spent",
        "Total visits",
        "Last Visit",
        "累计消费",
        "累计充值",
        "累计积分",
        "消费次数",
        "充值次数",
        "已用次数",
        "总消费金额",
        "历史积分",
        "已用积分",
        "充值总额",
        "最近消费时间",
        "消费金额",
        "Points Earned",
        "Total Orders",
        "year_to_date",
        "冻结余额",
        "欠款",
        "Credit limit",
        "Average spend",
        "赠送次数",
        "客单价",
    ],
)
def test_history_is_no_balance(header: str) -> None:
    match = recognise(header, "members")

    assert match is not None
    assert match.field == "history"


@pytest.mark.parametrize("header", ["QQ", "Company Name", "推荐人", "年龄", "", "column1"])
def test_what_is_not_known_is_not_guessed(header: str) -> None:
    assert recognise(header, "members") is None


@given(st.text(max_size=30))
def test_any_header_is_survived(header: str) -> None:
    normalise(header)
    for kind in KINDS:
        recognise(header, kind)


def test_every_listed_name_is_its_own_field_or_history() -> None:
    wrong = [
        (kind, name)
        for kind, fields in KINDS.items()
        for names in fields.values()
        for name in names
        if recognise(name, kind) is None
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["姓名", "电话", "余额"], "members"),
        (
            ["First Name", "Last Name", "Email Address", "Transaction Count", "First Visit"],
            "members",
        ),
        (["姓名", "手机号", "累计消费", "消费次数", "注册时间", "最近消费时间"], "members"),
        (["单号", "时间", "手机号", "实收金额", "支付方式"], "sales"),
        (["Date", "Time", "Net Total", "Payment ID", "Customer Name"], "sales"),
        (["卡号", "到店时间"], "visits"),
        (["姓名", "电话", "创建时间"], "members"),
        (["会员", "日期"], "visits"),
        (["Member", "Check-in"], "visits"),
        (["时间", "机台", "投币数", "会员卡号"], "coin_plays"),
        (["日期", "会员", "状态", "应出币", "实出币"], "dispenses"),
    ],
)
def test_tells_what_a_file_lists(names: list[str], kind: str) -> None:
    assert guess_kind(names) == kind


def test_says_when_it_cannot_tell() -> None:
    with pytest.raises(KindUnknown):
        guess_kind(["foo", "bar"])


def test_finds_the_header_below_titles_and_blank_rows(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["会员列表"],
            ["导出时间：2025-05-31", "", "门店：一店"],
            [""],
            ["姓名", "电话", "余额"],
            ["张三", "13800138000", "5"],
        ],
    )

    plan, check, rows = checked(path)

    assert (plan.header.row, check.count, [row.number for row in rows]) == (4, 1, [5])


def test_two_tiers_of_merged_headers_say_principal_and_bonus_apart(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx",
        [
            ["会员资料"],
            ["姓名", "电话", "账户", None, "积分"],
            [None, None, "本金", "赠送余额", None],
            ["张三", "13800138000", 100, 20, 7],
        ],
        merged=[
            (0, 0, 0, 4, "会员资料"),
            (1, 0, 2, 0, "姓名"),
            (1, 1, 2, 1, "电话"),
            (1, 2, 1, 3, "账户"),
            (1, 4, 2, 4, "积分"),
        ],
    )

    plan, _check, rows = checked(path)

    assert plan.header.row == 3
    assert rows[0].judged.values["balances"] == {
        "stored_value_principal": 10_000,
        "stored_value_bonus": 2_000,
        "points": 7,
        "coins": 0,
        "units": {},
    }


def test_groups_over_a_full_row_of_names(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx",
        [
            ["会员", None, "账户", None],
            ["姓名", "电话", "余额", "积分"],
            ["张三", "13800138000", 1, 2],
        ],
        merged=[(0, 0, 0, 1, "会员"), (0, 2, 0, 3, "账户")],
    )

    plan, _check, rows = checked(path)

    assert plan.header.row == 2
    assert [column.header for column in plan.columns] == ["姓名", "电话", "余额", "积分"]
    assert rows[0].judged.values["balances"]["stored_value_principal"] == 100


def test_the_sheet_with_the_table_is_chosen(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx",
        [["使用说明"], ["请勿修改"]],
        sheets={"会员": [["姓名", "电话"], ["张三", "13800138000"]]},
    )

    plan, _check, rows = checked(path)

    assert (plan.sheet, len(rows)) == ("会员", 1)


def test_merged_cells_go_on_downwards_but_money_is_counted_once(tmp_path: Path) -> None:
    path = xlsx_file(
        tmp_path / "a.xlsx",
        [
            ["会员等级", "姓名", "电话", "余额"],
            ["金卡", "张三", "13800138000", 50],
            [None, "李四", "13800138001", None],
        ],
        merged=[(1, 0, 2, 0, "金卡"), (1, 3, 2, 3, 50)],
    )

    _plan, check, rows = checked(path)

    assert [row.judged.values["tier"] for row in rows] == ["金卡", "金卡"]
    assert [total.rows for total in check.totals.values()] == [5_000]


def test_totals_footers_blank_and_repeated_header_rows_are_left_out(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["姓名", "电话", "余额"],
            ["张三", "13800138000", "5"],
            ["小计", "", "5"],
            ["姓名", "电话", "余额"],
            [""],
            ["李四", "13800138001", "6"],
            ["合 计：", "", "11"],
            ["制表人：王经理"],
            [""],
        ],
    )

    _plan, check, rows = checked(path)

    assert [row.number for row in rows] == [2, 6]
    assert check.ignored == [3, 4, 5, 7, 8]
    assert [total.file_total == total.rows for total in check.totals.values()] == [True]


def test_a_person_called_total_is_a_person(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["Name", "Phone"], ["Total", "+8613800138000"]])

    _plan, check, _rows = checked(path)

    assert (check.count, check.ignored) == (1, [])


def test_what_a_totals_row_says_is_kept_beside_what_the_rows_come_to(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["姓名", "电话", "余额"],
            ["张三", "13800138000", "5"],
            ["李四", "123", "6"],
            ["合计", "", "12"],
        ],
    )

    _plan, check, _rows = checked(path)

    assert check.control() == [
        {"index": 2, "column": "余额", "field": "stored_value", "file_total": 1_200}
    ]
    assert check.totals[2].rows == 1_100


def test_of_two_columns_for_one_field_the_surer_name_wins_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["会员名称", "真实姓名", "手机号", "家里电话"],
            ["user_1", "张三", "13800138000", "010-1"],
        ],
    )

    _plan, _check, rows = checked(path)

    assert rows[0].judged.values["name"] == "张三"
    assert rows[0].judged.values["attributes"] == {"会员名称": "user_1", "家里电话": "010-1"}


def test_phones_are_known_by_their_look_where_the_name_says_nothing(tmp_path: Path) -> None:
    people = [[f"张{i}", f"1380013800{i}"] for i in range(5)]
    path = csv_file(tmp_path / "a.csv", [["姓名", "会员号"], *people])

    plan, _check, rows = checked(path)

    assert plan.column("phone") is not None
    assert rows[0].judged.values["phone"] == "+8613800138000"


def test_numbers_that_do_not_count_up_are_cards(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [["编号", "姓名"], ["8801", "张三"], ["0032", "李四"], ["7003", "王五"]],
    )

    _plan, _check, rows = checked(path)

    assert [row.judged.values["card"] for row in rows] == ["8801", "0032", "7003"]


def test_the_owner_has_the_last_word(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [["姓名", "电话", "余额", "备用金"], ["张三", "13800138000", "5", "7"]],
    )
    choices = Choices.from_json({"columns": {"余额": None, "备用金": "stored_value_bonus"}})

    _plan, _check, rows = checked(path, choices=choices)

    balances = rows[0].judged.values["balances"]
    assert (balances["stored_value_principal"], balances["stored_value_bonus"]) == (0, 700)
    assert rows[0].judged.values["attributes"] == {"余额": "5"}


def test_a_balance_may_be_called_bonus(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["姓名", "余额"], ["张三", "5"]])

    _plan, _check, rows = checked(path, choices=Choices(balance="bonus"))

    assert rows[0].judged.values["balances"]["stored_value_bonus"] == 500


@pytest.mark.parametrize(
    "data",
    [[], {"colums": {}}, {"columns": {"余额": "money"}}, {"balance": "gift"}],
)
def test_a_mapping_with_a_mistake_is_refused(data: object) -> None:
    with pytest.raises(MappingWrong):
        Choices.from_json(data)


def test_a_sheet_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path / "a.xlsx", [["姓名", "电话"], ["张三", "13800138000"]])

    with pytest.raises(SheetUnknown) as refused:
        checked(path, choices=Choices(sheet="会员"))

    assert "Sheet1" in str(refused.value)


def test_a_log_without_a_time_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["单号", "实收金额"], ["1", "5"]])

    with pytest.raises(ColumnMissing, match="no column for moment;"):
        checked(path, kind="sales")


def test_a_sheet_of_numbers_has_no_header() -> None:
    sheet = Sheet("S", lambda: iter([Row(1, (1, 2)), Row(2, (3, 4))]))

    with pytest.raises(HeaderNotFound):
        find_header(sheet)


@pytest.mark.parametrize("cells", [("合计",), ("总计", 5), (None, "Grand Total", 5), ("共 40 条",)])
def test_totals_rows_are_known_by_their_word(cells: tuple[object, ...]) -> None:
    assert is_totals_row(cells)  # type: ignore[arg-type]


def test_footers_say_who_made_the_table() -> None:
    assert is_footer(("第1页", "共3页"))
    assert not is_footer(("张三", "13800138000", 5))


def test_the_total_column_proves_principal_and_bonus(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path / "a.csv",
        [
            ["姓名", "手机号", "总余额", "本金", "赠金"],
            ["张三", "13800138000", "15", "10", "5"],
            ["李四", "13800138001", "16", "10", "5"],
        ],
    )

    _plan, _check, rows = checked(path)

    assert rows[0].judged.values["balances"]["stored_value_principal"] == 1_000
    assert said(rows) == [(3, "error", [("总余额", "balances_disagree")])]


def test_the_bonus_is_what_the_total_holds_beyond_the_principal(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["姓名", "总余额", "本金"], ["张三", "15", "10"]])

    _plan, _check, rows = checked(path)

    balances = rows[0].judged.values["balances"]
    assert (balances["stored_value_principal"], balances["stored_value_bonus"]) == (1_000, 500)


def test_a_file_may_be_opened_by_anything(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.tsv", [["姓名", "电话"], ["张三", "13800138000"]], delimiter="\t")

    with open_book(path) as book:
        assert (book.format, book.delimiter) == ("tsv", "\t")


def test_a_row_whose_cells_have_slipped_is_an_error(tmp_path: Path) -> None:
    rows = [["姓名", "手机号", "余额", "积分"], ["张三", "13800138000", "1,200", "30"]]
    others = [[f"李{i}", f"1380013801{i}", "5", "1"] for i in range(5)]
    path = csv_file(tmp_path / "a.csv", [*rows, *others])

    _plan, check, checked_rows = checked(path)

    assert said(checked_rows) == [(2, "error", [("积分", "too_many_cells")])]
    assert [total.rows for total in check.totals.values()] == [2_500, 5]


def test_a_last_column_without_a_name_is_kept(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [["姓名", "手机号"], ["张三", "13800138000", "常客"]])

    _plan, _check, rows = checked(path)

    assert rows[0].judged.values["attributes"] == {"column 3": "常客"}
