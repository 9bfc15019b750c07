"""Days of the shop's go on past midnight; days without a clock are the days they say."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.utils import timezone

from imports.models import ImportRow
from imports.operations import check_file, run_batch
from imports.rules.findings import sentence
from ledger.models import Sale
from members.models import Member, Store
from tests.imports.sheets_made import NOW, csv_file

pytestmark = pytest.mark.django_db


def booked(store: Store, path: Path, rows: list[list[str]]) -> list[tuple[date, str]]:
    """Business day and wall clock of each bill, in the order of their numbers."""
    file = csv_file(path / "a.csv", rows)
    batch = check_file(path=file, file_name="a.csv", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)
    sales = Sale.objects.order_by("external_ref")
    clocks = (timezone.localtime(sale.at, store.zone) for sale in sales)
    return [
        (sale.business_date, f"{clock:%m-%d %H:%M}")
        for sale, clock in zip(sales, clocks, strict=True)
    ]


BILLS = [["23:30", "1000001", "C1", "5"], ["01:30", "1000002", "C1", "6"]]


@pytest.mark.parametrize("day", ["营业日期", "Business date"])
def test_a_clock_after_midnight_is_of_the_business_day(
    store: Store, zhang: Member, tmp_path: Path, day: str
) -> None:
    rows = [[day, "结账时间", "单号", "会员卡号", "实收金额"]]
    rows += [["2025-03-01", *bill] for bill in BILLS]

    assert booked(store, tmp_path, rows) == [
        (date(2025, 3, 1), "03-01 23:30"),
        (date(2025, 3, 1), "03-02 01:30"),
    ]
    (found,) = ImportRow.objects.get(number=3).warnings
    assert sentence(found) == (
        "Before the day's cut: read as the night after 2025-03-01, 2025-03-02 01:30."
    )


def test_a_plain_day_is_the_shops_where_its_clocks_go_on_past_midnight(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    head = ["时间", "单号", "会员卡号", "实收金额"]
    rows = [head, ["2025-03-01"], ["20:00", "1000000", "C1", "4"], *BILLS]

    assert [day.day for day, _clock in booked(store, tmp_path, rows)] == [1, 1, 1]


def test_a_plain_day_is_that_of_the_calendar(store: Store, zhang: Member, tmp_path: Path) -> None:
    rows = [["日期", "时间", "单号", "会员卡号", "实收金额"]]
    rows += [["2025-03-02", *bill] for bill in reversed(BILLS)]

    assert booked(store, tmp_path, rows) == [
        (date(2025, 3, 2), "03-02 23:30"),
        (date(2025, 3, 1), "03-02 01:30"),
    ]


def test_a_day_without_a_clock_is_booked_on_that_day(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [["日期", "单号", "会员卡号", "实收金额"], ["2025-03-02", "1000001", "C1", "5"]]

    assert booked(store, tmp_path, rows) == [(date(2025, 3, 2), "03-02 04:00")]


def test_midnight_among_clocks_is_a_clock(store: Store, zhang: Member, tmp_path: Path) -> None:
    rows = [["时间", "单号", "会员卡号", "实收金额"], ["2025-03-02 00:00:00", "1000001", "C1", "5"]]
    rows += [["2025-03-02 10:00:00", "1000002", "C1", "5"]]

    assert [day.day for day, _clock in booked(store, tmp_path, rows)] == [1, 2]
