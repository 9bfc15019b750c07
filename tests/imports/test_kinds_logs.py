"""Bills with refunds, logs that come twice, a member's statement: history that moves no balance."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.models import ImportBatch, ImportRow
from imports.operations import check_file, run_batch
from imports.queries import report_of
from imports.rules.choices import Choices
from imports.rules.sheets import Row
from imports.rules.whose import MemberNotNamed, named_above
from ledger.models import CoinPlay, Dispense, Lot, MemberFacts, Sale, SaleRefund, Visit, Wallet
from ledger.operations.rollups import refresh_members
from ledger.queries.audit import differences
from ledger.queries.refundable import refundable
from ledger.queries.rollups import rollups_equal_raw
from members.models import Member, Store
from members.operations import create_store
from tests.imports.sheets_made import NOW, csv_file, xlsx_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def bring(
    store: Store, path: Path, rows: list[list[Any]], *, name: str = "log", **options: Any
) -> dict[str, Any]:
    """Write the rows to a file, import it, and answer the report; no row may be lost."""
    file = path / f"{name}.xlsx" if options.pop("xlsx", False) else path / f"{name}.csv"
    (xlsx_file if file.suffix == ".xlsx" else csv_file)(file, rows)
    batch = check_file(path=file, file_name=file.name, store=store, at=NOW, by=None, **options)
    foreseen = dict(batch.import_rows.values_list("number", "outcome"))
    run_batch(batch=batch, at=NOW, by=None)
    report = report_of(batch)
    done = dict(batch.import_rows.values_list("number", "outcome"))
    assert done == foreseen
    assert len(done) == report["rows"]
    assert batch.import_rows.filter(is_settled=False).count() == 0
    assert differences() == []
    return report


def spent(member: Member) -> tuple[int, int]:
    """Purchases of a member and what they came to, as every figure counts them."""
    refresh_members(limit=1_000, at=NOW)
    assert rollups_equal_raw() == []
    facts = MemberFacts.objects.get(member=member)
    return facts.orders, facts.spend


def bills() -> dict[str, tuple[int, int]]:
    """Number → total and what went back of it."""
    return {sale.external_ref: (sale.total, sale.refunded_total) for sale in Sale.objects.all()}


def why(batch: int, number: int) -> list[str]:
    """The codes of what is said about a row."""
    return [found["code"] for found in ImportRow.objects.get(batch=batch, number=number).why]


HEAD = ["单号", "时间", "会员卡号", "商品", "实收金额", "状态"]


def test_a_refund_with_the_number_of_its_bill_comes_off_it(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        HEAD,
        ["A1", "2025-03-02 15:00", "C1", "啤酒", "-12.5", "已退款"],
        ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30", "已完成"],
        ["A1", "2025-03-01 12:00", "C1", "啤酒", "12.5", "已完成"],
        ["A2", "2025-03-01 18:00", "C1", "啤酒", "8", "已完成"],
        ["A2", "2025-03-03 18:00", "C1", "啤酒", "8", "退款"],
        ["A3", "2025-03-04 18:00", "C1", "啤酒", "8", "作废"],
        ["A4", "2025-03-05 18:00", "", "啤酒", "8", "已完成"],
        ["A5", "2025-03-06 18:00", "C1", "啤酒", "-99", "退货"],
    ]

    report = bring(store, tmp_path, rows)

    assert bills() == {"A1": (4_250, 1_250), "A2": (800, 800), "A4": (800, 0)}
    assert spent(zhang) == (1, 3_000)
    assert (report["created"], report["merged"], report["ignored_rows"]) == (3, 1, [2, 6, 7, 9])
    assert [why(report["batch"], row) for row in (2, 6, 7, 9)] == [
        ["refund_taken_off"],
        ["refund_taken_off"],
        ["cancelled"],
        ["refund"],
    ]
    assert SaleRefund.objects.count() == 0


def test_a_refund_names_its_bill_or_is_the_only_one_that_fits(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        ["Receipt number", "Date", "Phone", "Net total", "Type", "Original receipt"],
        ["R1", "2025-03-01 12:00", "13800138000", "30.00", "Sale", ""],
        ["R2", "2025-03-02 12:00", "13800138000", "20.00", "Sale", ""],
        ["R3", "2025-03-02 13:00", "13800138000", "20.00", "Sale", ""],
        ["R4", "2025-03-03 12:00", "13800138000", "(10.00)", "Refund", "R1"],
        ["R5", "2025-03-04 12:00", "13800138000", "-30.00", "Refund", ""],
        ["R6", "2025-03-04 12:30", "13800138000", "-20.00", "Refund", ""],
        ["R7", "2025-03-04 12:30", "13800138000", "-5.00", "Refund", "R0"],
    ]

    report = bring(store, tmp_path, rows)

    # R5 fits R1 alone, of which 20.00 are left; R6 fits two bills and so none.
    assert bills() == {"R1": (3_000, 3_000), "R2": (2_000, 0), "R3": (2_000, 0)}
    assert spent(zhang) == (2, 4_000)
    assert why(report["batch"], 6) == ["refund_taken_off", "refund_above_bill"]
    assert [why(report["batch"], row) for row in (7, 8)] == [["refund"], ["refund"]]
    assert report["refunds"] == {
        "rows": [5, 6, 7, 8],
        "taken_off": 3_000,
        "left_out": 3_500,
    }


def test_refunds_that_come_in_a_later_file_change_the_bill_once(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    bring(store, tmp_path, [HEAD, ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30", "已完成"]])
    later = [HEAD, ["A1", "2025-03-02 12:00", "C1", "羊肉串", "-10", "退款"]]

    first = bring(store, tmp_path, later, name="later")
    again = bring(store, tmp_path, later, name="again")

    assert (first["created"], first["updated"]) == (0, 1)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 1)
    assert bills() == {"A1": (3_000, 1_000)}
    assert spent(zhang) == (1, 2_000)


def test_many_refunds_of_a_later_file_ask_the_database_no_oftener_than_two(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    day = "2025-03-02 12:00"
    bring(
        store,
        tmp_path,
        [HEAD, *([f"A{n}", day, "C1", "羊肉串", "30", "已完成"] for n in range(20))],
    )

    def asked(name: str, numbers: range) -> int:
        rows = [HEAD, *([f"A{n}", day, "C1", "羊肉串", "-10", "退款"] for n in numbers)]
        with CaptureQueriesContext(connection) as queries:
            bring(store, tmp_path, rows, name=name)
        return len(queries)

    few, many = asked("few", range(2)), asked("many", range(2, 20))

    assert set(bills().values()) == {(3_000, 1_000)}
    assert many == few


def test_a_column_of_refunds_comes_off_each_bill_and_may_grow(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    head = ["订单号", "时间", "手机号", "支付金额", "退款金额", "订单状态"]
    first = [
        head,
        ["A1", "2025-03-01 12:00", "13800138000", "30", "5", "部分退款"],
        ["A2", "2025-03-01 13:00", "13800138000", "20", "0", "已完成"],
    ]
    bring(store, tmp_path, first)
    later = [head, ["A1", "2025-03-01 12:00", "13800138000", "30", "12", "部分退款"], first[2]]

    report = bring(store, tmp_path, later, name="later")

    assert bills() == {"A1": (3_000, 1_200), "A2": (2_000, 0)}
    assert (report["updated"], report["unchanged"]) == (1, 1)
    assert spent(zhang) == (2, 3_800)


def test_the_amount_of_the_bill_in_each_line_is_counted_once(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        ["订单号", "时间", "手机号", "商品名称", "数量", "小计", "实收金额"],
        ["A1", "2025-03-01 12:00", "13800138000", "羊肉串", "10", "30", "40"],
        ["A1", "2025-03-01 12:00", "13800138000", "啤酒", "2", "12.5", "40"],
        ["合计", "", "", "", "12", "42.5", "40"],
    ]

    report = bring(store, tmp_path, rows)

    sale = Sale.objects.get()
    lines = [(line.kind, line.quantity, line.charged_value) for line in sale.lines.order_by("line")]
    assert (sale.total, lines) == (
        4_000,
        [("product", 10, 3_000), ("product", 2, 1_250), ("rounding", 1, -250)],
    )
    totals = {one["column"]: (one["accepted"], one["holds"]) for one in report["control_totals"]}
    assert totals["实收金额"] == (4_000, True)


def test_a_header_row_carries_the_bill_and_its_lines_the_products(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        ["Name", "Created at", "Phone", "Total", "Lineitem name", "Lineitem quantity"],
        ["#1001", "2025-03-01 12:00", "13800138000", "42.50", "Skewers", "10"],
        ["#1001", "2025-03-01 12:00", "", "", "Beer", "2"],
    ]

    report = bring(
        store, tmp_path, rows, kind="sales", choices=Choices(columns={"Name": "source_id"})
    )

    assert bills() == {"#1001": (4_250, 0)}
    assert (report["created"], report["merged"]) == (1, 1)
    assert [line.description for line in Sale.objects.get().lines.order_by("line")] == [
        "Skewers",
        "Beer",
    ]


def test_numbers_that_begin_anew_every_day_are_bills_of_their_own(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        HEAD,
        ["1", "2025-03-01 12:00", "C1", "羊肉串", "30", "已完成"],
        ["1", "2025-03-01 12:00", "C1", "啤酒", "5", "已完成"],
        ["1", "2025-03-02 12:00", "C1", "羊肉串", "20", "已完成"],
    ]
    first = bring(store, tmp_path, rows)
    third = [HEAD, ["1", "2025-03-03 12:00", "C1", "羊肉串", "10", "已完成"]]

    bring(store, tmp_path, third, name="third")
    again = bring(store, tmp_path, [*rows, third[1]], name="again")

    assert (first["created"], first["merged"]) == (2, 1)
    assert bills() == {"1": (3_500, 0), "1@2025-03-02": (2_000, 0), "1@2025-03-03": (1_000, 0)}
    assert (again["created"], again["unchanged"]) == (0, 4)
    assert spent(zhang) == (3, 6_500)


def test_a_long_number_on_two_days_is_a_question(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        HEAD,
        ["SO-20250301-1", "2025-03-01 12:00", "C1", "羊肉串", "30", "已完成"],
        ["SO-20250301-1", "2025-03-09 12:00", "C1", "羊肉串", "30", "已完成"],
    ]

    report = bring(store, tmp_path, rows)

    assert [(one["row"], one["code"]) for one in report["flagged"]] == [(3, "same_number")]
    assert bills() == {"SO-20250301-1": (3_000, 0)}


def test_stores_by_name_or_code_and_cells_nobody_asked_for(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    two = create_store(
        code="two",
        name="Second Store",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="en",
        entity=store.entity,
    )
    rows = [
        ["单号", "时间", "会员卡号", "实收金额", "门店", "桌号"],
        ["A1", "2025-03-01 12:00", "C1", "30", "two", "7"],
        ["A1", "2025-03-01 12:00", "C1", "20", "一店", "8"],
        ["A2", "2025-03-01 12:00", "C1", "10", "second store", ""],
        ["A3", "2025-03-01 12:00", "C1", "5", "三店", ""],
    ]

    report = bring(store, tmp_path, rows)

    found = {(s.store_id, s.external_ref): s.total for s in Sale.objects.all()}
    assert found == {
        (two.pk, "A1"): 3_000,
        (store.pk, "A1"): 2_000,
        (two.pk, "A2"): 1_000,
        (store.pk, "A3"): 500,
    }
    assert report["created"] == 4
    row = ImportRow.objects.get(number=2)
    assert (row.values["extra"], row.raw["桌号"]) == ({"桌号": "7"}, "7")
    assert ImportRow.objects.get(number=5).values["extra"] == {"门店": "三店"}
    assert [(one["row"], one["code"]) for one in report["warnings"]] == [(5, "unknown_store")]
    assert report["walk_ins"] == 0


PLAYS = ["记录编号", "时间", "会员卡号", "机台", "投币数"]


def test_plays_of_one_second_count_by_their_numbers(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        PLAYS,
        ["K-1", "2025-03-01 12:00:00", "C1", "M1", "2"],
        ["K-2", "2025-03-01 12:00:00", "C1", "M1", "2"],
        ["K-2", "2025-03-01 12:00:00", "C1", "M1", "2"],
        ["K-1", "2025-03-01 12:00:05", "C1", "M2", "3"],
        ["7", "2025-03-01 12:00:06", "C1", "M1", "1"],
        ["7", "2025-03-02 12:00:06", "C1", "M1", "1"],
        ["", "2025-03-01 12:00:09", "", "M1", "1"],
        ["", "2025-03-01 12:00:09", "", "M1", "1"],
        ["", "2025-03-01 12:00:10", "", "", "1"],
        ["", "2025-03-01 12:00:11", "", "M1", "0"],
    ]

    report = bring(store, tmp_path, rows)

    assert (report["kind"], report["created"], report["coins"]) == ("coin_plays", 6, 10)
    assert report["repeated_rows"] == [4, 9]
    assert [(one["row"], one["code"]) for one in report["errors"]] == [(10, "machine_missing")]
    assert why(report["batch"], 11) == ["no_coins"]
    assert CoinPlay.objects.count() == 6


def test_late_plays_in_another_file_are_known_again(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    head = ["时间", "会员卡号", "机台", "投币数"]
    lines = [["2025-03-01 12:00:00", "C1", "M1", "2"], ["2025-03-01 12:00:01", "", "M1", "1"]]
    bring(store, tmp_path, [head, *lines, lines[1]])
    late = ["2025-03-01 11:59:00", "C1", "M1", "5"]

    wider = [[*head, "导出时间"], *([*line, "2025-04-01"] for line in [late, *lines])]
    report = bring(store, tmp_path, wider, name="late")

    assert (report["created"], report["unchanged"]) == (1, 2)
    assert sum(CoinPlay.objects.values_list("coins", flat=True)) == 8


def test_dispenses_come_twice_in_other_columns(store: Store, zhang: Member, tmp_path: Path) -> None:
    head = ["日期", "会员", "应出币", "实出币", "终端"]
    line = ["2025-05-01 10:55:00", "C1", "50", "48", "售币机01"]
    bring(store, tmp_path, [head, line, line])

    report = bring(store, tmp_path, [[*head, "备注"], [*line, "补打"]], name="again")

    assert (report["created"], report["unchanged"]) == (0, 1)
    assert Dispense.objects.get().paid_out == 48


LINES = ["时间", "类型", "收入", "支出", "余额", "单号"]
STATEMENT: list[list[Any]] = [
    ["会员账户流水"],
    ["会员：张三   卡号：C1   手机：138****8000"],
    LINES,
    ["2025-03-01 10:00", "会员充值", "500", "", "500", "T1"],
    ["2025-03-01 10:00", "充值赠送", "100", "", "600", "T2"],
    ["2025-03-01 12:00", "消费", "", "38.50", "561.50", "X1"],
    ["2025-03-05 12:00", "消费", "", "61.50", "500", "X2"],
    ["2025-03-06 12:00", "退款", "61.50", "", "561.50", "X2"],
    ["2025-03-08 12:00", "签到", "", "", "561.50", ""],
    ["2025-03-09 12:00", "积分兑换调整", "", "1.5", "550", "Z1"],
]


def test_a_pour_says_that_its_number_counts_no_coins(store: Store, tmp_path: Path) -> None:
    rows = [
        ["时间", "终端", "应出量", "实出量", "备注"],
        ["2025-03-01 10:00", "T1", "0.5L", "480ml", "泡"],
    ]

    bring(store, tmp_path, rows, kind="dispenses")

    assert list(Dispense.objects.values_list("due", "paid_out", "note")) == [
        (500, 480, "480 ml · 泡")
    ]


def test_a_statement_is_history_of_the_member_in_its_title(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    report = bring(store, tmp_path, STATEMENT, xlsx=True)

    assert report["kind"] == "statement"
    assert bills() == {"T1": (50_000, 0), "X1": (3_850, 0), "X2": (6_150, 6_150)}
    assert spent(zhang) == (1, 3_850)
    assert {sale.member_id for sale in Sale.objects.all()} == {zhang.pk}
    days = sorted(visit.business_date.isoformat() for visit in Visit.objects.all())
    assert days == ["2025-03-01", "2025-03-05", "2025-03-08"]
    assert (report["created"], report["ignored_rows"]) == (4, [5, 8, 10])
    assert why(report["batch"], 5) == ["no_visit_no_sale"]
    assert [(one["row"], one["code"]) for one in report["warnings"]] == [(10, "balance_breaks")]
    assert (Wallet.objects.count(), Lot.objects.count()) == (0, 0)


def test_the_last_balance_of_a_statement_opens_when_the_owner_says_so(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    choices = Choices(open_balance=True)

    report = bring(store, tmp_path, STATEMENT, xlsx=True, choices=choices)
    again = bring(store, tmp_path, STATEMENT, xlsx=True, choices=choices, name="again")

    assert Wallet.objects.get().balance == 55_000
    assert report["totals"]["stored_value_principal"] == 55_000
    assert (again["created"], again["updated"]) == (0, 0)
    assert Lot.objects.get().cost == 55_000


def test_a_later_statement_opens_no_second_balance(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    choices = Choices(open_balance=True)
    bring(store, tmp_path, STATEMENT, xlsx=True, choices=choices)
    later = [*STATEMENT[:3], ["2025-04-01 12:00", "消费", "", "50", "500", "X9"]]

    report = bring(store, tmp_path, later, xlsx=True, choices=choices, name="later")

    assert Wallet.objects.get().balance == 55_000
    assert why(report["batch"], 4) == ["opened_before"]
    assert Sale.objects.filter(external_ref="X9").exists()


def test_a_statement_with_one_column_of_amounts_newest_first(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        ["Date", "Description", "Amount", "Balance"],
        ["2025-03-05 12:00", "Sale at till 2", "-30.00", "70.00"],
        ["2025-03-02 12:00", "Check-in", "", "100.00"],
        ["2025-03-01 12:00", "Top-up", "100.00", "100.00"],
        ["2025-02-01 12:00", "oops", "abc", ""],
    ]

    report = bring(store, tmp_path, rows, choices=Choices(member="13800138000"))

    assert (report["kind"], report["created"], report["error_rows"]) == ("statement", 3, 1)
    assert sorted(sale.total for sale in Sale.objects.all()) == [3_000, 10_000]
    assert spent(zhang) == (1, 3_000)
    assert report["warnings"] == []


def test_a_statement_of_nobody_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(MemberNotNamed):
        bring(store, tmp_path, STATEMENT[2:], xlsx=True)

    assert ImportBatch.objects.count() == 0


@pytest.mark.parametrize(
    ("cells", "who"),
    [
        (["会员：张三 卡号：0001"], {"name": "张三", "card": "0001"}),
        (
            ["会员姓名:", "李四", "手机号码：", "13800138001"],
            {"name": "李四", "phone": "+8613800138001"},
        ),
        (["Member: Ada Lark  Card no.: C-7"], {"name": "Ada Lark", "card": "C-7"}),
        (["客户名称：王五（会员号：88）"], {"name": "王五", "card": "88"}),
        (["2025年会员流水", "导出时间：2025-01-01"], {}),
    ],
)
def test_whose_statement_it_is(cells: list[str], who: dict[str, str]) -> None:
    assert named_above([Row(1, tuple(cells))], "CN") == who


HISTORIES: dict[str, list[list[Any]]] = {
    "sales": [
        HEAD,
        ["A1", "2025-03-01 12:00", "C1", "储值卡充值", "500", "已完成"],
        ["A2", "2025-03-01 12:00", "C1", "啤酒", "8", "已完成"],
        ["A2", "2025-03-02 12:00", "C1", "啤酒", "-8", "退款"],
    ],
    "visits": [["会员卡号", "到店时间"], ["C1", "2025-03-01 12:00"], ["", "2025-03-01 13:00"]],
    "coin_plays": [PLAYS, ["K-1", "2025-03-01 12:00:00", "C1", "M1", "2"]],
    "dispenses": [
        ["日期", "会员", "应出币", "实出币", "终端"],
        ["2025-05-01 10:55:00", "C1", "50", "48", "售币机01"],
    ],
    "statement": STATEMENT,
}


@pytest.mark.parametrize("kind", HISTORIES)
def test_history_changes_no_balance(kind: str, store: Store, zhang: Member, tmp_path: Path) -> None:
    opening = [
        ["卡号", "姓名", "手机号", "余额", "积分", "游戏币"],
        ["C1", "张三", "13800138000", "100", "7", "30"],
    ]
    bring(store, tmp_path, opening, name="members")
    lots = sorted(Lot.objects.values_list("pk", "granted", "remaining"))
    wallets = sorted(Wallet.objects.values_list("pk", "balance", "seq"))

    report = bring(store, tmp_path, HISTORIES[kind], xlsx=True)

    assert (report["kind"], report["created"] > 0) == (kind, True)
    assert sorted(Lot.objects.values_list("pk", "granted", "remaining")) == lots
    assert sorted(Wallet.objects.values_list("pk", "balance", "seq")) == wallets
    assert [balance for _pk, balance, _seq in wallets if balance] == [10_000, 7, 30]


def test_what_went_back_before_is_not_paid_back_again(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        HEAD,
        ["A1", "2025-03-01 12:00", "C1", "羊肉串", "30", "已完成"],
        ["A1", "2025-03-01 12:00", "C1", "啤酒", "12", "已完成"],
        ["A1", "2025-03-02 12:00", "C1", "羊肉串", "-35", "退款"],
    ]

    bring(store, tmp_path, rows)

    left = [line.state.left_amount for line in refundable(Sale.objects.get()).lines]
    assert left == [0, 700]


def test_lines_of_several_members_are_accounts_of_their_own(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        ["会员卡号", "会员姓名", "变动时间", "变动类型", "变动金额", "变动后余额", "单号"],
        ["C1", "张三", "2025-03-01 10:00", "充值", "500", "500", "T1"],
        ["C2", "李四", "2025-03-01 11:00", "消费", "-30", "70", "X1"],
        ["C1", "张三", "2025-03-02 11:00", "消费", "-100", "400", "X2"],
        ["C1", "张三", "2025-03-03 11:00", "消费退款", "100", "500", "X2"],
        ["C2", "李四", "2025-03-04 11:00", "消费", "-10", "50", "X3"],
    ]

    report = bring(store, tmp_path, rows)

    assert (report["kind"], report["unknown_members"]) == ("statement", ["C2"])
    assert bills() == {
        "T1": (50_000, 0),
        "X1": (3_000, 0),
        "X2": (10_000, 10_000),
        "X3": (1_000, 0),
    }
    assert [(one["row"], one["code"]) for one in report["warnings"]] == [(6, "balance_breaks")]
    assert (Wallet.objects.count(), Lot.objects.count()) == (0, 0)


def test_a_bill_that_was_refunded_is_taken_off_no_other_one(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        ["交易流水号", "交易时间", "会员卡号", "交易金额", "交易状态"],
        ["4200003", "2025-03-01 10:00", "C1", "8", "交易成功"],
        ["4200005", "2025-03-01 11:00", "C1", "8", "已退款"],
    ]

    bring(store, tmp_path, rows)

    assert bills() == {"4200003": (800, 0)}


def test_a_total_that_knows_of_refunds_and_of_nothing_cancelled_is_explained(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [
        ["单号", "时间", "会员卡号", "实收金额", "状态"],
        ["A1", "2025-03-01 12:00", "C1", "30", "已完成"],
        ["A2", "2025-03-01 13:00", "C1", "8", "作废"],
        ["A1", "2025-03-02 12:00", "C1", "-5", "退款"],
        ["合计", "", "", "25", ""],
    ]

    report = bring(store, tmp_path, rows)

    assert bills() == {"A1": (3_000, 500)}
    assert [(one["declared"], one["is_explained"]) for one in report["declared"]] == [(2_500, True)]


@pytest.mark.parametrize(
    ("type_", "purchases"), [("储值消费", 1), ("储值卡支付", 1), ("会员储值", 0)]
)
def test_what_stored_value_paid_is_a_purchase(
    type_: str, purchases: int, store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [["单号", "时间", "会员卡号", "消费类型", "消费金额"]]
    rows += [["A1001", "2025-03-01 12:00", "C1", type_, "30"]]

    bring(store, tmp_path, rows)

    assert Sale.objects.filter(is_purchase=True).count() == purchases
