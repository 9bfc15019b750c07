"""The total of a bill that stands in each of its lines is booked once."""

from pathlib import Path

import pytest

from imports.operations import check_file, run_batch
from imports.queries.report import control_totals
from ledger.models import Sale, SaleLine
from members.models import Member, Store
from tests.imports.sheets_made import NOW, checked, csv_file

HEAD = ["Order", "Date", "Item", "Qty", "Price", "Total"]
BILLS = [
    ["1001", "2025-01-03 10:00", "Wash", "1", "10.00", "25.00"],
    ["1001", "2025-01-03 10:00", "Wax", "2", "7.50", "25.00"],
    ["1002", "2025-01-13 13:05", "Wash", "1", "10.00", "10.00"],
]


@pytest.mark.django_db
def test_a_total_in_each_line_is_booked_once_and_its_lines_by_their_prices(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    rows = [HEAD, *BILLS, ["Grand Total", "", "", "4", "", "35.00"]]
    path = csv_file(tmp_path / "a.csv", rows)

    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)

    assert sorted(Sale.objects.values_list("external_ref", "total")) == [
        ("1001", 2_500),
        ("1002", 1_000),
    ]
    lines = SaleLine.objects.filter(sale__external_ref="1001").order_by("line")
    assert list(lines.values_list("description", "quantity", "charged_value")) == [
        ("Wash", 1, 1_000),
        ("Wax", 2, 1_500),
    ]
    (control,) = control_totals(batch)
    assert (control["file_total"], control["holds"]) == (3_500, True)


@pytest.mark.parametrize(
    ("bills", "field", "line_amounts"),
    [
        (BILLS, "unit_price", [1_000, 1_500, 1_000]),
        (
            [["1", "2025-01-03", "A", "3", "8", "20"], ["1", "2025-01-03", "B", "2", "12", "20"]],
            "line_amount",
            [800, 1_200],
        ),
        (
            [
                ["1", "2025-01-03", "A", "0.355", "10", "23.55"],
                ["1", "2025-01-03", "B", "2", "10", "23.55"],
                *BILLS,
            ],
            "unit_price",
            None,
        ),
        (
            [
                ["1", "2025-01-03", "A", "0.5", "10", "12.5"],
                ["1", "2025-01-03", "B", "0.75", "10", "12.5"],
            ],
            "unit_price",
            [500, 750],
        ),
        # Lines that cost the same, each with its own amount.
        (
            [["1", "2025-01-03", "A", "1", "10", "10"], ["1", "2025-01-03", "B", "1", "10", "10"]],
            None,
            None,
        ),
        # A discount nobody tells of proves nothing.
        (
            [["1", "2025-01-03", "A", "1", "10", "15"], ["1", "2025-01-03", "B", "1", "10", "15"]],
            None,
            None,
        ),
    ],
)
def test_prices_say_whether_an_amount_is_that_of_the_bill(
    tmp_path: Path, bills: list[list[str]], field: str | None, line_amounts: list[int] | None
) -> None:
    plan, _check, rows = checked(csv_file(tmp_path / "a.csv", [HEAD, *bills]), kind="sales")

    found = next(column.field for column in plan.columns if column.header == "Price")
    assert (found or None) == field
    if line_amounts:
        assert [row.judged.values["line_amount"] for row in rows] == line_amounts
