"""Every kind of file can be taken back: the shop stands as it stood before."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from imports.models import ImportBatch
from imports.operations import check_file, run_batch
from imports.operations.undoing import undo_batch
from imports.rules.choices import Choices
from ledger.models import Sale, SaleTender, TenderType
from ledger.operations.invoices import record_invoice
from ledger.operations.sale_refunds import refund_sale
from ledger.queries.audit import differences
from members.models import Card, Member, Store, Tier
from tests.imports.sheets_made import NOW, xlsx_file
from tests.imports.test_kinds_logs import HEAD, STATEMENT
from tests.imports.undoing import LATER, state

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def brought(store: Store, path: Path, rows: list[list[Any]], **options: Any) -> ImportBatch:
    """Import the rows; answers the batch."""
    file = xlsx_file(path / "list.xlsx", rows)
    batch = check_file(path=file, file_name="list.xlsx", store=store, at=NOW, by=None, **options)
    return run_batch(batch=batch, at=NOW, by=None)


def taken_back(batch: ImportBatch) -> dict[str, Any]:
    """Undo the batch; answers what it says of its rows."""
    report: dict[str, Any] = undo_batch(batch=batch, at=LATER, by=None).undo_report
    return report


FILES: dict[str, tuple[list[list[Any]], Choices | None]] = {
    "cards": (
        [
            ["卡号", "姓名", "手机号", "卡状态"],
            ["C1", "", "13800138000", "挂失"],
            ["C2", "", "13800138000", "作废"],
            ["C3", "李四", "", "正常"],
            ["C4", "", "", "冻结"],
        ],
        None,
    ),
    "gift_cards": (
        [["礼品卡号", "余额", "有效期"], ["G1", 100, "2028-01-01"], ["G2", 0, ""]],
        None,
    ),
    "statement": (STATEMENT, Choices(open_balance=True)),
    "sales": (
        [
            HEAD,
            ["A1", "2025-03-01 12:00", "C1", "啤酒", 30, "已完成"],
            ["A1", "2025-03-02 12:00", "C1", "啤酒", -10, "退款"],
        ],
        None,
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_what_a_file_brought_goes_again(
    kind: str, store: Store, zhang: Member, tmp_path: Path
) -> None:
    before = state()
    rows, choices = FILES[kind]
    batch = brought(store, tmp_path, rows, choices=choices)
    brought_something = state() != before

    report = taken_back(batch)

    assert list(batch.import_rows.exclude(undo_why=[]).values_list("number", "undo_why")) == []
    assert (batch.kind, brought_something, report["left"]) == (kind, True, 0)
    assert state() == before


def test_a_bill_is_whole_again_when_its_refund_is_taken_back(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    brought(store, tmp_path, [HEAD, ["A1", "2025-03-01 12:00", "C1", "啤酒", 30, "已完成"]])
    before = state()
    refund = [HEAD, ["A1", "2025-03-02 12:00", "C1", "啤酒", -10, "退款"]]
    batch = brought(store, tmp_path, refund)
    refunded = Sale.objects.get().refunded_total

    report = taken_back(batch)

    assert (refunded, Sale.objects.get().refunded_total) == (1_000, 0)
    assert report["taken_back"] == 1
    assert state() == before


def test_refunds_brought_once_more_after_an_undo_come_off_their_bills_again(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows, _choices = FILES["sales"]
    taken_back(brought(store, tmp_path, rows))

    brought(store, tmp_path, rows)

    assert Sale.objects.get().refunded_total == 1_000


def test_a_refund_comes_off_a_bill_that_was_taken_back_and_came_again(
    store: Store, tmp_path: Path
) -> None:
    bill = [HEAD, ["A1", "2025-03-01 12:00", "", "啤酒", 30, "已完成"]]
    refund = [HEAD, ["A1", "2025-03-02 12:00", "", "啤酒", -10, "退款"]]
    first, _refund = brought(store, tmp_path, bill), brought(store, tmp_path, refund)
    taken_back(first)

    brought(store, tmp_path, bill)
    brought(store, tmp_path, refund)
    brought(store, tmp_path, refund)

    assert Sale.objects.get().refunded_total == 1_000


def test_a_refund_goes_back_whose_bill_another_import_brought_since_the_check(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows, _choices = FILES["sales"]
    file = xlsx_file(tmp_path / "both.xlsx", rows)
    batch = check_file(path=file, file_name="both.xlsx", store=store, at=NOW, by=None)
    brought(store, tmp_path, rows[:2])
    run_batch(batch=batch, at=NOW, by=None)
    refunded = Sale.objects.get().refunded_total

    taken_back(batch)

    assert (refunded, Sale.objects.get().refunded_total) == (1_000, 0)


def test_a_bill_that_stays_keeps_the_refund_its_row_took_off(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    head = ["订单号", "时间", "会员卡号", "支付金额", "退款金额"]
    brought(store, tmp_path, [head, ["A1", "2025-03-01 12:00", "", 30, 0]])
    batch = brought(store, tmp_path, [head, ["A1", "2025-03-01 12:00", "C1", 30, 5]])
    record_invoice(sale_id=Sale.objects.get().pk, store=store, number="FP-1", at=NOW, by=None)

    reports = [taken_back(batch), taken_back(batch)]

    assert [report["left"] for report in reports] == [1, 1]
    assert Sale.objects.get().refunded_total == 500


def tiers() -> list[tuple[Any, ...]]:
    """Every tier as it stands."""
    return list(Tier.objects.lowest_first().values_list("code", "rank", "discount_percent"))


def test_tiers_go_and_return_unless_somebody_is_in_them(store: Store, tmp_path: Path) -> None:
    Tier.objects.all().delete()
    Tier.objects.create(code="silver", name="银卡", rank=1)
    Tier.objects.create(code="gold", name="金卡", rank=2, discount_percent=3)
    before = tiers()
    rows = [
        ["等级名称", "排序", "折扣"],
        ["金卡", "1", "9折"],
        ["银卡", "2", "8折"],
        ["黑卡", "3", "7折"],
        ["白卡", "4", "6折"],
    ]
    batch = brought(store, tmp_path, rows)
    after = tiers()
    brought(store, tmp_path, [["姓名", "手机号", "等级"], ["张三", "13800138000", "黑卡"]])

    report = taken_back(batch)

    assert [row[0] for row in after][:2] == ["gold", "silver"]
    assert tiers()[:2] == before
    assert len(tiers()) == 3
    assert (report["taken_back"], report["left"]) == (3, 1)
    row = batch.import_rows.get(number=4)
    assert [found["code"] for found in row.undo_why] == ["tier_in_use"]


def test_tiers_that_staff_changed_since_stay_as_they_left_them(
    store: Store, tmp_path: Path
) -> None:
    Tier.objects.all().delete()
    Tier.objects.create(code="gold", name="金卡", rank=1, discount_percent=3)
    Tier.objects.create(code="silver", name="银卡", rank=2, discount_percent=1)
    names = [("银卡", "8折"), ("金卡", "9折"), ("黑卡", "7折"), ("白卡", "6折")]
    rows = [[name, str(rank), off] for rank, (name, off) in enumerate(names, start=1)]
    batch = brought(store, tmp_path, [["等级名称", "排序", "折扣"], *rows])
    Tier.objects.filter(name="金卡").update(discount_percent=15, rank=7)
    Tier.objects.filter(name="黑卡").update(discount_percent=40)
    Tier.objects.filter(name="白卡").delete()
    Tier.objects.create(code="vip", name="贵宾", rank=2)

    report = taken_back(batch)

    assert (report["taken_back"], report["left"]) == (2, 2)
    left = batch.import_rows.filter(undone="left").order_by("number")
    assert [(row.number, [found["code"] for found in row.undo_why]) for row in left] == [
        (3, ["field_changed_since"]),
        (4, ["field_changed_since"]),
    ]
    # Ranks that others have by now are not given back.
    assert [tier[1:] for tier in tiers()] == [(1, 1), (2, 0), (3, 40), (7, 15)]


def test_a_card_that_was_replaced_since_stays(store: Store, zhang: Member, tmp_path: Path) -> None:
    batch = brought(store, tmp_path, [["卡号", "手机号", "卡状态"], ["C9", "13800138000", "正常"]])
    Card.objects.filter(number="C9").update(status="lost")

    report = taken_back(batch)

    assert report["left"] == 1
    assert Card.objects.filter(number="C9").exists()


def test_a_bill_that_was_paid_back_at_the_till_is_left(store: Store, tmp_path: Path) -> None:
    head = ["单号", "时间", "商品", "现金", "微信", "实收金额"]
    bills = [["A1", "2025-03-01 12:00", "啤酒", 10, 20, 30], ["A2", "2025-03-01", "茶", 8, "", 8]]
    batch = brought(store, tmp_path, [head, *bills])
    TenderType.objects.update(is_active=True)
    paid = Sale.objects.get(external_ref="A1")
    refund_sale(request_id=uuid4(), sale_id=paid.pk, store=store, at=NOW, by=None, reason="坏了")

    report = taken_back(batch)

    assert (report["taken_back"], report["left"]) == (1, 1)
    assert [sale.pk for sale in Sale.objects.all()] == [paid.pk]
    assert SaleTender.objects.count() == 2
    assert differences() == []
