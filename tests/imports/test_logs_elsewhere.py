"""Logs of other tills, doors and tongues: what they list, what counts of it and what does not."""

from pathlib import Path
from typing import Any

import pytest

from imports.rules.checking import CheckedRow
from imports.rules.findings import sentence
from imports.rules.guessing import guess_kind
from tests.imports.sheets_made import checked, csv_file

HEADERS = {
    "sales": [
        ["单据编号", "单据类型", "原单据编号", "业务时间", "会员卡号", "会员姓名", "实收金额"],
        ["order_id", "created_at", "user_phone", "pay_amount", "status"],
        ["レシート番号", "取引日", "会員番号", "商品名", "金額", "支払方法"],
        ["거래번호", "거래일시", "회원명", "결제금액", "결제수단", "상태"],
        ["Номер чека", "Дата", "Покупатель", "Сумма", "Тип операции"],
        ["Mã hóa đơn", "Thời gian", "Khách hàng", "Khách cần trả", "Trạng thái"],
        ["Belegnummer", "Belegdatum", "Kunde", "Gesamtpreis", "Zahlart", "Storno"],
        ["Número da venda", "Data da venda", "Cliente", "Valor líquido", "Situação"],
    ],
    "visits": [
        ["设备名称", "通行时间", "人员姓名", "卡号", "进出方向", "通行结果"],
        ["Member ID", "First name", "Last name", "Class date", "Booking status", "Checked in"],
        ["출석일시", "회원번호", "이름", "연락처", "구분"],
        ["Дата и время", "Клиент", "Номер карты", "Событие"],
    ],
    "coin_plays": [
        ["event_id", "ts", "machine_id", "card_no", "coins", "payload"],
        ["Swipe time", "Reader", "Game name", "Card ID", "Credits", "Transaction no"],
    ],
    "dispenses": [["出杯时间", "酒头", "会员卡", "应出", "实出", "状态"]],
    "statement": [
        ["会员卡号", "会员姓名", "变动时间", "变动类型", "变动金额", "变动后余额"],
        ["时间", "卡号", "姓名", "业务类型", "收入", "支出", "余额", "备注"],
        ["礼品卡号", "交易时间", "交易类型", "交易金额", "余额"],
        ["Date", "Customer", "Phone", "Description", "Amount", "Running balance"],
    ],
    "members": [
        ["卡号", "姓名", "开卡时间", "余额"],
        ["First name", "Last name", "Email", "Created at"],
        ["姓名", "手机号", "最近消费时间", "储值余额"],
    ],
}


@pytest.mark.parametrize("kind", HEADERS)
def test_what_a_file_lists_is_told_by_its_columns(kind: str) -> None:
    assert [guess_kind(header) for header in HEADERS[kind]] == [kind] * len(HEADERS[kind])


def judged(tmp_path: Path, rows: list[list[str]], **options: Any) -> list[CheckedRow]:
    return checked(csv_file(tmp_path / "a.csv", rows), **options)[2]


def outcomes(rows: list[CheckedRow]) -> list[str]:
    return [row.outcome.value for row in rows]


@pytest.mark.parametrize(
    "word",
    [
        *(
            "反结账",
            "已冲正",
            "挂单",
            "已撤销",
            "キャンセル",
            "결제취소",
            "ยกเลิก",
            "Аннулирован",
            "Storniert",
        ),
        *("Annulé", "Anulado", "Cancelada", "Đã hủy", "Waitlisted", "TRADE_CLOSED"),
    ],
)
def test_what_was_cancelled_in_any_tongue_does_not_count(tmp_path: Path, word: str) -> None:
    rows = [["单号", "时间", "会员卡号", "实收金额", "状态"]]
    rows += [["A1", "2025-03-01 10:00", "C1", "5", word]]

    (row,) = judged(tmp_path, rows)

    assert [found["code"] for found in row.found] == ["cancelled"]


@pytest.mark.parametrize(
    "word",
    [
        "返品",
        "환불",
        "คืนเงิน",
        "Возврат",
        "Erstattet",
        "Remboursé",
        "Devuelto",
        "Reso",
        "Đã trả hàng",
    ],
)
def test_what_was_refunded_in_any_tongue_is_no_purchase(tmp_path: Path, word: str) -> None:
    rows = [["单号", "时间", "会员卡号", "实收金额", "状态"]]
    rows += [["A1", "2025-03-01 10:00", "C1", "5", word]]

    (row,) = judged(tmp_path, rows)

    assert [found["code"] for found in row.found] == ["refund"]


@pytest.mark.parametrize(("mark", "counts"), [("否", True), ("", True), ("0", True), ("是", False)])
@pytest.mark.parametrize("column", ["是否作废", "是否退货", "Voided"])
def test_a_mark_takes_a_bill_out(tmp_path: Path, column: str, mark: str, counts: bool) -> None:
    rows = [["销售单号", "销售时间", "会员电话", "销售金额", column]]
    rows += [["6000001", "2025-03-01 10:00", "13800138000", "30", mark]]

    (row,) = judged(tmp_path, rows)

    assert (row.outcome.value == "right") is counts


def test_who_was_booked_and_did_not_come_made_no_visit(tmp_path: Path) -> None:
    rows = [["Member ID", "First name", "Last name", "Class date", "Class time", "Checked in"]]
    rows += [["C1", "Ada", "Lark", "2025-03-01", "07:00", came] for came in ("Yes", "No")]

    came, absent = judged(tmp_path, rows, country="GB")

    assert (came.judged.values["at"], came.judged.values["who"]) == (
        "2025-03-01T07:00:00+08:00",
        {"id:Member ID": "C1", "name": "Ada Lark"},
    )
    assert absent.outcome.value == "ignored"


def test_the_way_out_of_a_door_is_no_visit(tmp_path: Path) -> None:
    rows = [["通行时间", "人员姓名", "卡号", "进出方向", "通行结果"]]
    rows += [["2025-03-01 07:00", "张三", "C1", "进", "成功"]]
    rows += [["2025-03-01 08:00", "张三", "C1", "出", "成功"]]
    rows += [["2025-03-01 09:00", "李四", "C2", "进", "失败"]]

    assert outcomes(judged(tmp_path, rows)) == ["right", "ignored", "ignored"]


def test_whoever_was_absent_needs_no_moment(tmp_path: Path) -> None:
    rows = [["会员姓名", "手机号", "签到状态", "签到时间"]]
    rows += [["张三", "13800138000", "已签到", "2025-03-01 09:55"]]
    rows += [["李四", "13800138001", "缺席", ""], ["王五", "13800138002", "", ""]]

    assert outcomes(judged(tmp_path, rows)) == ["right", "ignored", "error"]


def test_two_payments_of_one_amount_are_both_of_the_bill(tmp_path: Path) -> None:
    rows = [["小票号", "交易时间", "会员卡号", "支付方式", "支付金额"]]
    rows += [
        ["2025030100003", "2025-03-01 12:40", "C1", way, "10"] for way in ("现金", "微信", "微信")
    ]
    whole = [[*rows[0][:4], "订单总额"], *rows[1:]]

    assert outcomes(judged(tmp_path, rows)) == ["right", "merged", "ignored"]
    assert outcomes(judged(tmp_path, whole)) == ["right", "ignored", "ignored"]


def test_a_dish_taken_off_is_a_line_of_a_bill_that_stands(tmp_path: Path) -> None:
    rows = [["账单编号", "结账时间", "菜品", "数量", "菜品金额", "实收金额", "会员卡"]]
    rows += [["D0001202503", "2025-03-01 12:00", "羊肉串", "10", "30", "24", "C1"]]
    rows += [["D0001202503", "2025-03-01 12:00", "羊肉串", "-2", "-6", "24", "C1"]]

    bill, line = judged(tmp_path, rows)

    assert outcomes([bill, line]) == ["right", "merged"]
    assert (bill.judged.values["amount"], line.judged.values.get("amount")) == (2_400, None)


def test_lines_whose_amount_is_their_own_are_no_bill_repeated(tmp_path: Path) -> None:
    rows = [["单号", "时间", "会员卡号", "商品", "小计", "实收金额"]]
    rows += [["A1", "2025-03-01 12:00", "C1", dish, "8", "8"] for dish in ("米饭", "拍黄瓜")]

    amounts = [row.judged.values["amount"] for row in judged(tmp_path, rows)]

    assert amounts == [800, 800]


def test_the_amount_of_a_refund_in_each_of_its_lines_counts_once(tmp_path: Path) -> None:
    rows = [["单号", "时间", "会员卡号", "商品", "小计", "实收金额", "类型"]]
    rows += [["T1", "2025-03-01 12:00", "C1", "羊肉串", "-30", "-42", "退货"]]
    rows += [["T1", "2025-03-01 12:00", "C1", "啤酒", "-12", "-42", "退货"]]

    amounts = [row.judged.values.get("amount") for row in judged(tmp_path, rows)]

    assert amounts == [-4_200, None]


def test_one_number_with_other_coins_is_told(tmp_path: Path) -> None:
    rows = [["流水号", "设备编号", "投币时间", "卡号", "投币数"]]
    rows += [["9000001", "M1", "2025-03-01 12:00:00", "C1", coins] for coins in ("2", "2", "5")]

    first, same, other = judged(tmp_path, rows)

    assert [(row.outcome.value, row.is_repeated) for row in (first, same, other)] == [
        ("right", False),
        ("ignored", True),
        ("ignored", True),
    ]
    assert [[found["code"] for found in row.found] for row in (same, other)] == [
        ["repeated_row"],
        ["number_repeated"],
    ]


@pytest.mark.parametrize("moment", ["1970-01-01 08:00:10", "1980-01-06 00:00:00"])
def test_a_clock_that_was_never_set_names_no_moment(tmp_path: Path, moment: str) -> None:
    rows = [["流水号", "设备编号", "投币时间", "卡号", "投币数"], ["1", "M1", moment, "C1", "2"]]

    (row,) = judged(tmp_path, rows)

    assert [found["code"] for found in row.judged.errors] == ["bad_date"]


def test_what_was_paid_goes_before_what_it_would_have_cost(tmp_path: Path) -> None:
    rows = [["消费单号", "消费时间", "会员卡号", "消费类型", "消费金额", "折后金额"]]
    rows += [["2025030110001", "2025-03-01 10:00", "C1", "快速消费", "100", "90"]]

    (row,) = judged(tmp_path, rows)

    assert row.judged.values["amount"] == 9_000


@pytest.mark.parametrize("who", ["비회원", "Khách lẻ", "Consumidor final", "零售", "0", "--"])
def test_nobody_goes_by_many_names(tmp_path: Path, who: str) -> None:
    rows = [["Sale ID", "Date", "Customer", "Total"], ["S1001", "2024-05-05 10:00", who, "5"]]

    assert judged(tmp_path, rows, kind="sales")[0].judged.values["who"] == {}


def test_sums_of_shifts_and_days_between_the_rows_are_no_bills(tmp_path: Path) -> None:
    rows = [["日期", "小票号", "会员号", "金额"], ["2025-03-01", "1000001", "C1", "5"]]
    rows += [["早班小计", "", "", "5"], ["2025-03-01", "1000002", "C1", "6"]]
    rows += [["2025-03-01", "晚班合计", "", "6"], ["合计", "", "", "11"]]

    _plan, check, entries = checked(csv_file(tmp_path / "a.csv", rows))

    assert [row.number for row in entries] == [2, 4]
    assert check.ignored == [3, 5, 6]
    assert [(one.file_total, one.rows) for one in check.totals.values()] == [(1_100, 1_100)]


def test_ways_to_pay_in_columns_are_nobodys_balance() -> None:
    header = ["流水号", "时间", "会员卡号", "现金", "微信", "支付宝", "会员余额", "找零"]

    assert guess_kind(header) == "sales"
    assert guess_kind(["卡号", "姓名", "时间", "会员余额"]) == "members"


def test_a_row_without_a_day_is_told_in_a_whole_sentence(tmp_path: Path) -> None:
    rows = [["单号", "时间", "会员卡号", "实收金额"], ["A1", "", "C1", "5"]]

    (row,) = judged(tmp_path, rows)

    assert [sentence(found) for found in row.judged.errors] == [
        "The row says no date; write it like 2024-05-31."
    ]


@pytest.mark.parametrize(
    ("header", "cells", "options", "poured"),
    [
        (["应出(ml)", "实出(ml)"], ["500", "498.5"], {}, (500, 499)),
        (["应出酒量", "出酒量"], ["0.5L", "0.48 升"], {}, (500, 480)),
        (["Volume (oz)"], ["16"], {"country": "US"}, (473, 473)),
        (["Volume"], ["1 pint"], {"country": "GB"}, (568, 568)),
    ],
)
def test_what_a_tap_poured_is_read_in_millilitres(
    tmp_path: Path,
    header: list[str],
    cells: list[str],
    options: dict[str, Any],
    poured: tuple[int, int],
) -> None:
    rows = [["Time", "Tap", "Card number", *header], ["2025-03-01 20:00", "1", "C1", *cells]]

    _plan, _check, (row,) = checked(csv_file(tmp_path / "a.csv", rows), **options)

    assert (row.judged.values["due"], row.judged.values["paid_out"]) == poured


def test_pours_without_a_unit_have_the_one_that_all_others_say(tmp_path: Path) -> None:
    rows = [["打酒时间", "酒头", "卡号", "出酒量"]]
    rows += [["2025-03-01 20:00", "1", "C1", cell] for cell in ("50cl", "40cl", "30")]

    assert [row.judged.values["paid_out"] for row in judged(tmp_path, rows)] == [500, 400, 300]


def test_ounces_are_not_guessed_where_the_country_has_none(tmp_path: Path) -> None:
    rows = [["Time", "Tap", "Card number", "Volume (oz)"], ["2025-03-01 20:00", "1", "C1", "16"]]

    (row,) = judged(tmp_path, rows)

    assert [one["code"] for one in row.judged.errors] == ["ambiguous_amount"]


def test_a_pour_without_a_unit_among_several_is_not_guessed(tmp_path: Path) -> None:
    rows = [["打酒时间", "酒头", "卡号", "出酒量"], *[["2025-03-01 20:00", "1", "C1"]] * 3]
    rows = [[*row, cell] for row, cell in zip(rows, ["", "500ml", "0.5L", "12"], strict=True)]
    rows[0].pop()

    found = judged(tmp_path, rows)

    assert [[one["code"] for one in row.judged.errors] for row in found] == [
        [],
        [],
        ["ambiguous_amount"],
    ]


def test_a_cross_sets_a_mark_that_stands_alone(tmp_path: Path) -> None:
    rows = [["Bon", "Datum", "Betrag", "Storno"], ["A1", "2025-03-01 10:00", "5", "x"]]
    rows += [["A2", "2025-03-01 10:05", "5", ""]]

    assert outcomes(judged(tmp_path, rows, country="DE")) == ["ignored", "right"]


def test_a_day_of_an_unknown_name_goes_with_a_clock(tmp_path: Path) -> None:
    rows = [["Fecha comercial", "Hora", "Ticket", "Importe"], ["2025-03-01", "10:40", "T1", "5"]]

    (row,) = judged(tmp_path, rows, country="ES")

    assert row.judged.values["at"][:16] == "2025-03-01T10:40"
