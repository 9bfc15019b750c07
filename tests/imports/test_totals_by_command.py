"""The command line books what listed rows explain, and nothing where money is missing."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from imports.models import ImportBatch
from members.models import Member
from members.operations import create_store
from tests.imports.sheets_made import csv_file

pytestmark = pytest.mark.django_db
ROWS = [
    ["姓名", "手机号", "余额"],
    ["张三", "13800138000", "100"],
    ["李四", "13800138001", "-5"],
    ["王五", "13800138002", "50"],
]


@pytest.fixture(autouse=True)
def _store() -> None:
    create_store(
        code="one",
        name="One",
        country="CN",
        currency="CNY",
        time_zone="Asia/Shanghai",
        language="en",
    )


def bring(*arguments: Any) -> tuple[dict[str, Any], int]:
    out = StringIO()
    try:
        call_command("import_sheet", *map(str, arguments), "--json", stdout=out)
    except SystemExit as end:
        return json.loads(out.getvalue()), int(str(end.code))
    return json.loads(out.getvalue()), 0


def test_a_difference_that_rows_explain_is_said_and_booked(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [*ROWS, ["合计", "", "145"]])

    report, status = bring(path)

    assert (report["status"], status, Member.objects.count()) == ("done", 0, 2)
    (money,) = report["declared"]
    assert (money["declared"], money["accepted"], money["difference"]) == (14_500, 15_000, -500)
    assert money["is_explained"]
    assert [row["row"] for row in money["left_out"]] == [3]


def test_money_nobody_can_account_for_is_not_booked_around(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [*ROWS, ["合计", "", "1045"]])

    report, status = bring(path)

    assert (report["status"], status) == ("checked", 1)
    assert report["error"]["code"] == "difference_unsigned"
    assert Member.objects.count() == 0

    again, status = bring("--resume", report["batch"], "--accept-difference", "Old till rounds")

    assert (again["status"], status, Member.objects.count()) == ("done", 0, 2)
    assert ImportBatch.objects.get().sign_reason == "Old till rounds"


def test_a_person_reads_why_nothing_was_booked(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [*ROWS, ["合计", "", "1045"]])
    out = StringIO()

    with pytest.raises(SystemExit):
        call_command("import_sheet", str(path), stdout=out)

    assert "CN¥1,045.00 declared, CN¥150.00 accepted, difference CN¥895.00." in out.getvalue()
    assert "--accept-difference REASON" in out.getvalue()


def test_the_owner_types_what_the_file_must_come_to(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", [ROWS[0], ROWS[1], ROWS[3]])
    rows = ("--total", "rows=2", "--total", "stored_value_principal")

    _report, status = bring(path, *rows[:-1], f"{rows[-1]}=￥0.016万")
    assert (status, Member.objects.count()) == (1, 0)

    report, status = bring(path, *rows[:-1], f"{rows[-1]}=￥0.015万")
    assert (status, Member.objects.count()) == (0, 2)
    assert [(one["what"], one["declared"], one["holds"]) for one in report["declared"]] == [
        ("rows", 2, True),
        ("stored_value_principal", 15_000, True),
    ]


def test_a_total_nobody_adds_up_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path / "a.csv", ROWS)

    report, status = bring(path, "--total", "teapots=3")

    assert (report["error"]["code"], status) == ("total_unknown", 1)
    assert Member.objects.count() == 0
