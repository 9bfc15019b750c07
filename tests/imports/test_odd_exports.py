"""Exports of other systems whose columns mean something else than their names say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports.rules.guessing import guess_kind
from imports.rules.sheets import FileUnreadable
from tests.imports.sheets_made import checked, csv_file, said, xlsx_file


def fields_of(tmp_path: Path, rows: list[list[str]], kind: str | None = None) -> dict[str, str]:
    plan, _check, _rows = checked(csv_file(tmp_path / "a.csv", rows), kind=kind, country="US")
    return {column.header: column.field for column in plan.columns}


def test_a_time_of_day_takes_its_day_from_the_column_beside_it(tmp_path: Path) -> None:
    rows = [["营业日期", "下单时间", "订单号", "实收金额"]]
    rows += [["2024-03-01", "10:00:05", "1000001", "9"], ["2024-03-02", "00:30", "1000002", "6"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.judged.values["at"] for row in judged] == [
        "2024-03-01T10:00:05+08:00",
        "2024-03-02T00:30:00+08:00",
    ]


def test_codes_with_what_they_were_worth_are_gift_cards() -> None:
    header = ["Code", "Client", "Status", "Value", "Remaining", "Expiry date"]

    assert guess_kind(header) == "gift_cards"
    assert guess_kind(["Code", "Client", "Phone", "Value", "Remaining"]) == "members"


def test_a_number_whose_signs_are_hidden_is_no_card(tmp_path: Path) -> None:
    cards = [["Gift card number", "Balance"], ["••••1a2b", "5"]]
    people = [["Name", "Card number", "Phone"], ["Ann", "****1234", "6175550111"]]

    _plan, _check, sold = checked(csv_file(tmp_path / "a.csv", cards))
    _plan, _check, held = checked(csv_file(tmp_path / "b.csv", people), country="US")

    assert said(sold) == [(2, "error", [("Gift card number", "masked_card")])]
    assert said(held) == [(2, "right", [("Card number", "masked_card")])]
    assert held[0].judged.values["attributes"] == {"Card number": "****1234"}
    assert "card" not in held[0].judged.values


def test_the_last_signs_of_a_gift_card_are_not_its_number(tmp_path: Path) -> None:
    rows = [["Last Characters", "Customer Name", "Created At", "Initial Balance", "Balance"]]
    rows += [["a1b2", "Ann", "2025-01-02", "50.00", "12.50"]]

    plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert plan.kind == "gift_cards"
    assert said(judged) == [(2, "error", [("Last Characters", "masked_card")])]


def test_a_number_says_no_state_of_a_card(tmp_path: Path) -> None:
    rows = [["卡号", "姓名", "卡状态"], ["C1", "张三", "0"], ["C2", "李四", "挂失"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="members")

    assert said(judged) == [(2, "right", [("卡状态", "unknown_word")])]
    assert [row.judged.values.get("card_status") for row in judged] == [None, "lost"]


def test_of_several_addresses_the_first_counts(tmp_path: Path) -> None:
    rows = [["Name", "Email"], ["Ann", "ann@example.com; ann2@example.com"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    values = judged[0].judged.values
    assert (values["email"], said(judged)) == ("ann@example.com", [])
    assert values["attributes"] == {"Email": "ann@example.com; ann2@example.com"}


def test_one_whole_year_of_the_republic_tells_the_short_ones(tmp_path: Path) -> None:
    rows = [
        ["姓名", "生日"],
        ["林一", "73/05/06"],
        ["林二", "101/01/02"],
        ["林三", "民國85年1月2日"],
    ]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country="TW")

    assert [row.judged.values["birthday"]["year"] for row in judged] == [1984, 2012, 1996]


@pytest.mark.parametrize(
    ("names", "cells", "born"),
    [
        (("birthday_month", "birthday_day", "x"), ("5", "9", ""), (None, 5, 9)),
        (("出生年", "出生月", "出生日"), ("1988年", "08", "15日"), (1988, 8, 15)),
        (("Birth day", "Birth Year", "x"), ("May 9", "88", ""), (1988, 5, 9)),
        (("生日(年)", "生日(月)", "生日(日)"), ("0", "February", "29"), (None, 2, 29)),
        (("Birth Month", "Birth Year", "x"), ("Sept", "1900", ""), (None, 9, None)),
        (("dob day", "Birth Year", "x"), ("1990-05-09", "", ""), (1990, 5, 9)),
    ],
)
def test_a_birthday_in_columns_of_its_own(
    tmp_path: Path, names: tuple[str, ...], cells: tuple[str, ...], born: tuple[int | None, ...]
) -> None:
    rows = [["Name", "Email", *names], ["Ann", "ann@example.com", *cells]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country="US")

    assert said(judged) == []
    assert tuple(judged[0].judged.values["birthday"].values()) == born
    assert judged[0].judged.values["attributes"] == {}


@pytest.mark.parametrize("day", ["31", "32", "x"])
def test_a_day_that_its_month_does_not_have_is_an_error(tmp_path: Path, day: str) -> None:
    rows = [["Name", "Email", "Birth month", "birthday_day"], ["Ann", "ann@example.com", "4", day]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(judged) == [(2, "error", [("birthday_day", "bad_date")])]


def test_the_state_of_an_account_is_no_address(tmp_path: Path) -> None:
    rows = [["Name", "Email", "State"]]
    rows += [[name, f"{name}@example.com", "member"] for name in "abc"]

    assert fields_of(tmp_path, rows)["State"] == ""


def test_names_that_are_order_numbers_are_those(tmp_path: Path) -> None:
    rows = [["Name", "Email", "Created at", "Total", "Payment method"]]
    rows += [[f"#100{n}", "ann@example.com", "2024-03-05 10:00", "5", "card"] for n in "123"]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="sales", country="US")

    assert [row.judged.values["source_id"] for row in judged] == ["#1001", "#1002", "#1003"]
    assert judged[0].judged.values["who"] == {"email": "ann@example.com"}


def test_an_order_is_known_by_the_number_that_stands_in_all_its_lines(tmp_path: Path) -> None:
    rows = [["Name", "Email", "Total", "Created at", "Lineitem quantity", "Lineitem name", "Id"]]
    rows += [["#1001", "ann@example.com", "30.00", "2024-03-05 10:00", "1", "Tea", "5001001"]]
    rows += [["#1001", "ann@example.com", "", "2024-03-05 10:00", "2", "Cup", ""]]
    rows += [["#1002", "ben@example.com", "5.00", "2024-03-06 10:00", "1", "Tea", "5001002"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="sales", country="US")

    assert [row.judged.values["source_id"] for row in judged] == ["#1001", "#1001", "#1002"]
    assert [row.outcome for row in judged] == ["right", "merged", "right"]


def test_a_phone_that_hides_digits_in_a_log_is_told(tmp_path: Path) -> None:
    rows = [["订单号", "交易时间", "手机号", "实收金额"]]
    rows += [["1000001", "2024-03-01 10:00", "138****8001", "9"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert said(judged) == [(2, "right", [("手机号", "masked_phone")])]


@pytest.mark.parametrize(
    ("top", "total"),
    [(["合计", None, 350.5], 35_050), (["合计", 40, 350.5], None), (["共两人", None, 350.5], None)],
)
def test_totals_above_the_table_prove_it(tmp_path: Path, top: list[Any], total: int | None) -> None:
    people = [["张三", "13800138001", 100.5], ["李四", "13800138002", 250]]
    rows: list[list[Any]] = [["会员余额表"], top, ["姓名", "手机号", "余额"], *people]

    _plan, check, _rows = checked(xlsx_file(tmp_path / "a.xlsx", rows))

    assert [one.file_total for one in check.totals.values()] == [total]


def test_drawn_lines_are_no_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(
        "+------+-------------+\n| 姓名 | 手机号      |\n+------+-------------+\n"
        "| 张三 | 13800138001 |\n| 李四 | 13800138002 |\n+------+-------------+\n"
        "2 rows in set (0.00 sec)\n"
    )

    _plan, check, judged = checked(path)

    assert [row.judged.values["name"] for row in judged] == ["张三", "李四"]
    assert (said(judged), check.ignored) == ([], [3, 6, 7])


def test_numbers_wrapped_as_formulas_are_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('="卡号",="姓名",="手机",="余额"\n="000123",="张三",="",="1,000.50"\n')

    _plan, _check, judged = checked(path)

    values = judged[0].judged.values
    assert (values["card"], values["balances"]["stored_value_principal"]) == ("000123", 100_050)
    assert said(judged) == []


@pytest.mark.parametrize(
    ("last", "total"), [(["平均", "", "150"], None), (["", "", "300"], 30_000), (["", "", "9"], 0)]
)
def test_figures_and_bare_sums_below_the_table_are_nobody(
    tmp_path: Path, last: list[str], total: int | None
) -> None:
    people = [["张三", "13800138001", "100"], ["李四", "13800138002", "200"]]
    rows = [["姓名", "手机", "余额"], *people, last]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    if total == 0:
        # No sum of anything: the row says what nobody holds.
        assert said(judged) == [(4, "error", [("姓名", "nobody_named")])]
    else:
        assert (len(judged), check.ignored) == (2, [4])
        assert [one.file_total for one in check.totals.values()] == [total]


def test_steps_counted_beside_names_are_not_the_names(tmp_path: Path) -> None:
    rows = [
        ["会员卡名称", "级别", "折扣"],
        ["银卡", "1", "95"],
        ["金卡", "2", "9折"],
        ["钻", "3", ""],
    ]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="tiers")

    assert [row.judged.values["name"] for row in judged] == ["银卡", "金卡", "钻"]
    assert [row.judged.values["rank"] for row in judged] == [1, 2, 3]


@pytest.mark.parametrize("word", ["散客", "Walk-in"])
def test_words_for_nobody_name_nobody(tmp_path: Path, word: str) -> None:
    rows = [["Sale ID", "Date", "Customer", "Total"], ["S1001", "2024-05-05 10:00", word, "5"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="sales")

    assert judged[0].judged.values["who"] == {}


def test_whoever_did_not_come_made_no_visit(tmp_path: Path) -> None:
    rows = [["Check-in time", "Member", "Status"]]
    rows += [["2024-05-06 07:00", name, f"{name} Show"] for name in ("No", "Ann")]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="visits")

    assert [row.outcome for row in judged] == ["ignored", "right"]


@pytest.mark.parametrize(
    ("text", "birthday"),
    [("--05-12", [None, 5, 12]), ("0000-05-12", [None, 5, 12]), ("1990-00-00", [1990, None, None])],
)
def test_parts_of_a_birthday_left_out(
    tmp_path: Path, text: str, birthday: list[int | None]
) -> None:
    rows = [["姓名", "手机", "生日"], ["张三", "13800138001", text]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert list(judged[0].judged.values["birthday"].values()) == birthday


@pytest.mark.parametrize("text", ["微信同号13800138008", "138,0013,8008"])
def test_words_and_signs_around_a_phone(tmp_path: Path, text: str) -> None:
    rows = [["姓名", "手机", "余额"], ["张三", f'"{text}"', "5"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert judged[0].judged.values["phone"] == "+8613800138008"
    assert judged[0].judged.values["attributes"] == {"手机": text}


def test_what_makes_the_balance_with_the_bonus_is_the_principal(tmp_path: Path) -> None:
    rows = [["姓名", "手机", "储值余额", "客户自己出的", "赠送余额"]]
    rows += [["张三", "13800138001", "70", "60", "10"], ["李四", "13800138002", "5", "5", "0"]]

    plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [column.how for column in plan.columns_of("stored_value_principal")] == ["content"]
    held = judged[0].judged.values["balances"]
    assert (held["stored_value_principal"], held["stored_value_bonus"]) == (6_000, 1_000)


def test_what_was_paid_less_what_was_spent_is_the_balance(tmp_path: Path) -> None:
    rows = [["会员姓名", "手机", "充值本金", "赠送金额", "已消费", "剩余"]]
    rows += [["张三", "13800138001", "1000", "100", "300", "800"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    held = judged[0].judged.values["balances"]
    assert (held["stored_value_principal"], held["stored_value_bonus"]) == (80_000, 0)
    assert judged[0].judged.values["attributes"]["充值本金"] == "1000"


@pytest.mark.parametrize(
    "word", ["人数：2", "Итого", "Tổng cộng:", "합계", "Toplam", 'סה"כ', "Totaux"]
)
def test_totals_of_other_tongues_are_nobody(tmp_path: Path, word: str) -> None:
    people = [["张三", "13800138001", "100"], ["李四", "13800138002", "200"]]
    rows = [["姓名", "手机", "余额"], *people, [word, "", "300"]]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert (len(judged), [one.file_total for one in check.totals.values()]) == (2, [30_000])


def test_the_name_of_a_unit_stands_in_its_column(tmp_path: Path) -> None:
    rows = [["Name", "Package Name", "Sessions Purchased", "Sessions Balance", "Package Expiry"]]
    rows += [["Ann", "Facial", "6", "4", "2027-06-30"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), country="US")

    units = judged[0].judged.values["balances"]["units"]
    assert units == {"Facial": {"count": 4, "expires": "2027-06-30"}}


def test_a_last_day_beside_a_cell_of_bundles_is_theirs(tmp_path: Path) -> None:
    rows = [["姓名", "项目及次数", "到期"], ["张三", "洗车剩3次/共10次；打蜡2次", "2027-01-01"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert judged[0].judged.values["balances"]["units"] == {
        "洗车": {"count": 3, "expires": "2027-01-01"},
        "打蜡": {"count": 2, "expires": "2027-01-01"},
    }


def test_words_and_days_are_no_card_numbers(tmp_path: Path) -> None:
    rows = [["Name", "Membership Num", "会员卡"], ["Ann", "2027-01-05", "储值500剩320"]]

    assert fields_of(tmp_path, rows) == {"Name": "name", "Membership Num": "", "会员卡": ""}


def test_a_unit_is_called_what_its_card_is(tmp_path: Path) -> None:
    rows = [["姓名", "手机", "卡名称", "卡类型", "剩余次数"]]
    rows += [["张三", "13800138001", "精洗10次卡", "次卡", "3"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert judged[0].judged.values["balances"]["units"] == {"精洗10次卡": {"count": 3}}
    assert judged[0].judged.values["tier"] == "次卡"


def test_headings_inside_the_table_are_nobody(tmp_path: Path) -> None:
    people = [["安一", "13800138001", "1"], ["白二", "13800138002", "2"]]
    rows = [["姓名", "手机", "余额"], ["A", "", ""], people[0], ["B：（1人）", "", ""], people[1]]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert ([row.number for row in judged], check.ignored) == ([3, 5], [2, 4])


def test_cards_in_stock_in_a_list_of_members_are_left_out(tmp_path: Path) -> None:
    rows = [["卡号", "持卡人", "手机", "性别", "卡状态", "余额"], ["1", "", "", "", "未售", "0"]]
    rows += [["2", "", "", "", "未激活", "5"]]

    _plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows), kind="members")

    assert [row.outcome for row in judged] == ["ignored", "right"]


@pytest.mark.parametrize(
    "header",
    [["礼品卡编码", "卡密", "面值", "剩余"], ["Gutscheinnummer", "PIN", "Wert", "Restwert"]],
)
def test_what_a_gift_card_was_worth_is_not_asked_about(tmp_path: Path, header: list[str]) -> None:
    rows = [header, ["G1", "77", "100", "35.5"]]

    plan, _check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert (plan.kind, [column.how for column in plan.columns][2:]) == (
        "gift_cards",
        ["second choice", "name"],
    )
    assert judged[0].judged.values["balances"]["stored_value_principal"] == 3_550
    assert judged[0].judged.values["attributes"] == {header[2]: "100"}


def test_json_is_no_table(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('[{"name": "Ann", "phone": "6175550111"}]\n')

    with pytest.raises(FileUnreadable):
        checked(path)


def test_a_table_that_goes_on_beside_itself_is_told(tmp_path: Path) -> None:
    rows = [["姓名", "手机", "余额"] * 2, ["张三", "13800138001", "1", "李四", "13800138002", "2"]]

    _plan, check, judged = checked(csv_file(tmp_path / "a.csv", rows))

    assert [note["code"] for note in check.notes] == ["twice_side_by_side"]
    assert "李四" in judged[0].judged.values["attributes"].values()
