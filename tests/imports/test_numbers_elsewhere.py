"""Members whom another system's lists and logs name by that system's own number alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from django.db import connection

from imports.models import ImportRow
from imports.operations import check_file, run_batch
from ledger.models import Sale, Wallet
from members.models import Member, Store
from members.operations import enrol
from tests.imports.sheets_made import NOW, csv_file

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
DIRECTORY = ["First Name", "Last Name", "Phone Number", "Square Customer ID"]
ADA = ["Ada", "Lark", "13800138000", "P3VQ7W"]
SALES = ["Date", "Transaction ID", "Total Collected", "Customer ID", "Customer Name"]


def bring(store: Store, path: Path, rows: Sequence[Sequence[str]]) -> list[ImportRow]:
    """Import the rows; answers them as they were kept."""
    csv_file(path / "list.csv", rows)
    batch = check_file(path=path / "list.csv", file_name="list.csv", store=store, at=NOW, by=None)
    run_batch(batch=batch, at=NOW, by=None)
    return list(batch.import_rows.select_related("member").order_by("number"))


def test_a_bill_finds_its_member_by_the_number_in_the_other_system(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, [DIRECTORY, ADA, ["Ben", "Crow", "13800138001", "436W91"]])

    bring(store, tmp_path, [SALES, ["2026-03-01 10:00", "T1", "29.16", "P3VQ7W", "A. L."]])

    assert [sale.member.name for sale in Sale.objects.all() if sale.member] == ["Ada Lark"]


def test_a_namesake_with_another_number_is_somebody_else(store: Store, tmp_path: Path) -> None:
    bring(store, tmp_path, [DIRECTORY, ADA])

    (row,) = bring(store, tmp_path, [SALES, ["2026-03-01", "T1", "9.00", "OTHER", "Ada Lark"]])

    assert row.member is None
    assert [found["params"]["text"] for found in row.why] == ["Ada Lark"]


def test_a_namesake_without_any_number_is_found(store: Store, tmp_path: Path) -> None:
    ada = enrol(store=store, name="Ada Lark", phone="13800138000", at=NOW, by=None)

    (row,) = bring(store, tmp_path, [SALES, ["2026-03-01", "T1", "9.00", "P3VQ7W", "Ada Lark"]])

    assert row.member == ada


def test_a_number_two_members_have_in_two_systems_is_that_of_its_own_column(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, [["Name", "Phone", "Customer ID"], ["Ada", "13800138000", "12"]])
    bring(store, tmp_path, [["Name", "Phone", "Loyverse ID"], ["Ben", "13800138001", "12"]])
    rows = [["Date", "Receipt no", "Total", "Customer ID"], ["2026-03-01", "T1", "9.00", "12"]]

    (named,) = bring(store, tmp_path, rows)
    rows[0][3], rows[1][1] = "Guest ID", "T2"
    (other,) = bring(store, tmp_path, rows)

    assert named.member is not None
    assert (named.member.name, other.member) == ("Ada", None)


def test_points_find_their_member_by_the_number_alone(store: Store, tmp_path: Path) -> None:
    head = ["Customer code", "Name", "Phone", "User ID"]
    bring(store, tmp_path, [head, ["C1", "Ada", "13800138000", "u12"]])

    (row,) = bring(store, tmp_path, [["User ID", "Points"], ["u12", "350"]])

    assert row.member is not None
    assert (Member.objects.count(), row.member.name) == (1, "Ada")
    assert Wallet.objects.get(member=row.member).balance == 350


def test_a_number_under_another_name_is_not_taken_for_the_same_person(
    store: Store, tmp_path: Path
) -> None:
    bring(store, tmp_path, [["Name", "Phone", "ID"], ["Ada", "13800138000", "12"]])

    rows = bring(store, tmp_path, [["Name", "Email", "Guest ID"], ["Ben", "b@example.com", "12"]])

    assert [row.outcome for row in rows] == ["created"]
    assert Member.objects.count() == 2


def test_lists_of_one_system_are_of_the_same_people(store: Store, tmp_path: Path) -> None:
    people = ["External ID", "Name", "Phone"], ["res_41", "Ann Lee", "13800138000"]
    cards = (
        ["Code", "Partner/External ID", "Partner", "Points"],
        ["044-1", "res_41", "Ann Lee", "7"],
    )
    bills = ["Receipt Number", "Date", "Customer", "Customer/External ID", "Total"]

    for table in (people, cards, (bills, ["R1", "2026-03-01 10:00", "Ann", "res_41", "9.00"])):
        bring(store, tmp_path, table)

    ann = Member.objects.get()
    assert [card.number for card in ann.cards.all()] == ["044-1"]
    assert (Sale.objects.get().member, Wallet.objects.get(member=ann).balance) == (ann, 7)


@pytest.mark.parametrize(
    ("people", "bills", "called"),
    [
        (
            (["会员号（必填）", "姓名（必填）", "电话"], ["0001", "张三", "13800138000"]),
            (["流水号", "日期", "实收金额", "会员", "支付方式"], "张三(0001)"),
            "张三",
        ),
        (
            (["Customer ID", "First Name", "Email"], ["'72104", "Ann", "ann@example.com"]),
            (["Id", "Created at", "Total", "Email", "Payment Method"], "Ann@example.com"),
            "Ann",
        ),
        (
            (["Customer ID", "Customer name", "Phone"], ["e1", "Ann", "13800138000"]),
            (
                ["Receipt number", "Date", "Total collected", "Customer contacts", "Payment type"],
                "138 0013 8000",
            ),
            "Ann",
        ),
    ],
    ids=["pospal", "shopify", "loyverse"],
)
def test_bills_of_a_system_find_the_members_of_its_list(
    store: Store,
    tmp_path: Path,
    people: tuple[list[str], list[str]],
    bills: tuple[list[str], str],
    called: str,
) -> None:
    header, who = bills
    bring(store, tmp_path, people)

    (row,) = bring(store, tmp_path, [header, ["#1001", "2026-03-01 10:00", "9.00", who, "cash"]])

    assert row.member is not None
    assert row.member.name == called


def test_a_member_id_in_a_log_may_be_the_number_of_a_card(
    store: Store, zhang: Member, tmp_path: Path
) -> None:
    (row,) = bring(store, tmp_path, [["Member ID", "Visit date"], ["C1", "2026-03-01 10:00"]])

    assert row.member == zhang


def test_numbers_elsewhere_are_found_without_reading_all_members() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    plan = Member.objects.numbered_elsewhere(map(str, range(1_000))).explain()

    assert "members_member_numbers" in plan
