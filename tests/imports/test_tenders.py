"""Ways to pay as columns: a bill comes to their sum, which proves a column of the whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from imports.operations import check_file, run_batch, undo_batch
from imports.rules.findings import sentence
from ledger.models import Sale, SaleTender, TenderType, Wallet
from ledger.operations.assets import ensure_tenders
from ledger.queries.audit import differences
from ledger.queries.day_close import open_rows
from members.models import Member, Store
from tests.imports.sheets_made import NOW, checked, csv_file

HEAD = ["流水号", "时间", "会员卡号", "现金", "微信", "储值卡"]
BILLS = [
    ["2025030110001", "2025-03-01 10:00", "C1", "10", "", "5.5"],
    ["2025030110002", "2025-03-01 11:00", "C1", "-", "20", ""],
]


def read(tmp_path: Path, rows: list[list[str]], **options: Any) -> list[tuple[Any, Any, list[str]]]:
    """Amount, ways to pay and errors of each row."""
    delimiter = options.pop("delimiter", ",")
    found = checked(csv_file(tmp_path / "a.csv", rows, delimiter=delimiter), **options)[2]
    values = [row.judged.values for row in found]
    errors = [[one["code"] for one in row.judged.errors] for row in found]
    return [
        (said.get("amount"), said.get("tenders"), codes)
        for said, codes in zip(values, errors, strict=True)
    ]


def test_a_bill_comes_to_what_was_paid_in_all_ways(tmp_path: Path) -> None:
    assert read(tmp_path, [HEAD, *BILLS]) == [
        (1_550, {"现金": 1_000, "储值卡": 550}, []),
        (2_000, {"微信": 2_000}, []),
    ]


def test_a_column_of_the_whole_is_known_and_proved_by_its_sum(tmp_path: Path) -> None:
    rows = [[*HEAD, "本单共收"], [*BILLS[0], "15.5"], [*BILLS[1], "20"], [*BILLS[1], "21"]]
    rows[3][0] = "2025030110003"
    path = csv_file(tmp_path / "a.csv", [*rows, ["合计", "", "", "10", "40", "5.5", "56.5"]])

    plan, check, (_first, _second, wrong) = checked(path)

    assert [(one.column, one.file_total == one.rows) for one in check.totals.values()] == [
        ("现金", True),
        ("微信", True),
        ("储值卡", True),
        ("本单共收", True),
    ]
    assert plan.header_of("amount") == "本单共收"
    assert [sentence(found) for found in wrong.judged.errors] == [
        "What was paid (微信) does not add up to 21: correct the cell that is wrong."
    ]


@pytest.mark.parametrize(
    ("header", "bill", "amount"),
    [
        (["小票号", "时间", "应收", "现金", "找零", "微信"], "20;7.5;", 1_250),
        (["Bon-Nr", "Datum", "Endbetrag", "Bar", "EC-Karte", "Gutschein"], "10,00;-;2,50", 1_250),
        (["Ticket", "Date", "Total TTC", "Espèces", "CB", "Chèque"], ";12.50;", 1_250),
        (
            ["レシート番号", "日時", "合計", "現金", "クレジットカード", "電子マネー"],
            "5;;7.5",
            1_250,
        ),
        (["Номер чека", "Дата", "Итого", "Наличные", "Карта", "СБП"], "12.5;;", 1_250),
    ],
)
def test_tills_of_other_tongues(tmp_path: Path, header: list[str], bill: str, amount: int) -> None:
    total = "12,50" if "," in bill else "12.50"
    rows = [header, ["1000001", "2025-03-01 10:00", total, *bill.split(";")]]

    ((found, paid, errors),) = read(tmp_path, rows, delimiter=";")

    assert (found, sum(paid.values()), errors) == (amount, amount, [])


@pytest.mark.parametrize(
    ("header", "bills", "said"),
    [
        (["应收", "现金", "找零"], ["12.5;20;7.5", "3;3;"], (1_250, {"现金": 2_000, "找零": -750})),
        (
            ["应收", "现金", "找零"],
            ["12.5;20;-7.5", "3;3;"],
            (1_250, {"现金": 2_000, "找零": -750}),
        ),
        (["实收", "现金", "团购券"], ["10;10;8", "3;3;"], (1_000, {"现金": 1_000})),
        (["实收", "现金", "储值卡"], ["10;10;8", "3;3;"], (1_000, {"现金": 1_000})),
        (
            ["现金", "支付宝", "银行卡"],
            ["10;5;6222020200112233", "3;;"],
            (1_500, {"现金": 1_000, "支付宝": 500}),
        ),
        (["小计", "现金", "支付宝"], ["30;20;10", "3;3;"], (3_000, None)),
        (
            ["金额", "应收", "现金", "支付宝"],
            ["30;25;20;5", "4;3;3;"],
            (2_500, {"现金": 2_000, "支付宝": 500}),
        ),
    ],
)
def test_what_counts_as_paid(
    tmp_path: Path, header: list[str], bills: list[str], said: tuple[int, dict[str, int] | None]
) -> None:
    rows = [["小票号", "时间", *header, "微信"]]
    rows += [
        [f"100000{n}", "2025-03-01 10:00", *bill.split(";"), ""] for n, bill in enumerate(bills)
    ]

    amount, paid, errors = read(tmp_path, rows, kind="sales")[0]

    assert (amount, paid, errors) == (*said, [])


def test_a_header_of_two_tiers_names_the_ways_to_pay(tmp_path: Path) -> None:
    rows = [
        ["小票号", "时间", "会员手机", "支付方式", "", ""],
        ["", "", "", "现金", "微信", "抖店"],
    ]
    rows += [["1000001", "2025-03-01 10:00", "13800138000", "1", "", "2"]]

    assert read(tmp_path, rows) == [(300, {"现金": 100, "抖店": 200}, [])]


def test_columns_that_add_up_to_nothing_are_only_kept(tmp_path: Path) -> None:
    rows = [[*HEAD, "实收金额"], [*BILLS[0], "99"], [*BILLS[1], "98"]]

    found = read(tmp_path, rows)

    assert [(amount, paid) for amount, paid, _codes in found] == [(9_900, None), (9_800, None)]


def test_a_bill_that_nothing_was_paid_of_is_not_taken_for_nought(tmp_path: Path) -> None:
    rows = [HEAD, *BILLS, ["2025030110003", "2025-03-01 12:00", "C1", "", "", ""]]

    assert read(tmp_path, rows)[-1] == (None, None, ["bad_amount"])


@pytest.mark.django_db
def test_bills_are_booked_by_their_sum_and_move_no_balance(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    path = csv_file(tmp_path / "a.csv", [HEAD, *BILLS])

    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)

    assert sorted(Sale.objects.values_list("member__name", "total")) == [
        ("张三", 1_550),
        ("张三", 2_000),
    ]
    assert not Wallet.objects.exists()

    undo_batch(batch=batch, at=NOW, by=None)
    assert not Sale.objects.exists()


def test_every_way_to_pay_counts_beside_a_discount(tmp_path: Path) -> None:
    rows = [["流水号", "时间", "优惠", "抹零", "现金", "支付宝", "会员卡支付", "实收"]]
    rows += [["2025030110001", "2025-03-01 10:00", "10", "0.5", "", "80", "9.5", "89.5"]]

    assert read(tmp_path, rows) == [(8_950, {"支付宝": 8_000, "会员卡支付": 950}, [])]


def test_what_was_collected_is_the_bill_and_neither_what_fees_leave_nor_gift_cards_sold(
    tmp_path: Path,
) -> None:
    head = ["Date", "Transaction ID", "Net Sales", "Gift Card Sales", "Total Collected"]
    head += ["Card", "Cash", "Square Gift Card", "Other Tender", "Fees", "Net Total"]
    rows = [
        ["2025-03-01", "T1", "22.00", "5.00", "27.00", "27.00", "0", "0", "0", "-0.80", "26.20"],
        ["2025-03-01", "T2", "10.00", "0", "10.00", "0", "4.00", "6.00", "0", "0", "10.00"],
    ]

    plan, _check, found = checked(csv_file(tmp_path / "a.csv", [head, *rows]))

    assert plan.header_of("amount") == "Total Collected"
    assert [column.header for column in plan.columns if column.how == "asked"] == []
    assert [row.judged.values["tenders"] for row in found] == [
        {"Card": 2_700, "Cash": 0, "Square Gift Card": 0, "Other Tender": 0},
        {"Card": 0, "Cash": 400, "Square Gift Card": 600, "Other Tender": 0},
    ]


def paid() -> dict[str, list[tuple[str, str, int]]]:
    """Ways to pay of each bill: name, kind, amount."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for one in SaleTender.objects.select_related("tender", "sale"):
        ways = found.setdefault(one.sale.external_ref, [])
        ways.append((one.tender.name, one.tender.kind, one.amount))
    return {number: sorted(ways) for number, ways in found.items()}


@pytest.mark.django_db
def test_bills_of_the_past_say_how_they_were_paid_and_no_till_knows(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    ensure_tenders(store)
    rows = [[*HEAD, "找零"], [*BILLS[0], ""], [*BILLS[1], "-2.5"]]
    rows[2][3] = "5"
    batch = check_file(
        path=csv_file(tmp_path / "a.csv", rows), file_name="a.csv", store=store, at=NOW, by=None
    )

    run_batch(batch=batch, at=NOW, by=None)

    assert paid() == {
        "2025030110001": [("Cash", "cash", 1_000), ("储值卡", "other", 550)],
        "2025030110002": [("Cash", "cash", 250), ("WeChat Pay", "mobile", 2_000)],
    }
    assert not TenderType.objects.get(name="储值卡").is_active
    assert not Wallet.objects.filter(balance__gt=0).exists()
    day = store.business_date(Sale.objects.get(external_ref="2025030110001").at)
    assert open_rows(store, day) == []
    assert differences() == []

    undo_batch(batch=batch, at=NOW, by=None)
    assert not Sale.objects.exists()
    assert not SaleTender.objects.exists()


@pytest.mark.django_db
def test_a_column_of_ways_to_pay_is_told_on_the_bill_where_it_adds_up(
    store: Store, tmp_path: Path
) -> None:
    rows = [
        ["小票号", "时间", "金额", "支付方式"],
        ["2025030110001", "2025-03-01 10:00", "10", "现金"],
        ["2025030110001", "2025-03-01 10:00", "5", "微信支付"],
        ["2025030110002", "2025-03-01 11:00", "7", ""],
    ]
    batch = check_file(
        path=csv_file(tmp_path / "a.csv", rows), file_name="a.csv", store=store, at=NOW, by=None
    )

    run_batch(batch=batch, at=NOW, by=None)

    assert paid() == {
        "2025030110001": [("微信支付", "other", 500), ("现金", "cash", 1_000)],
    }
    assert Sale.objects.count() == 2
    assert differences() == []
