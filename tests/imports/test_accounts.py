"""Points beside the name of an account are what that name says: those of an eWallet are money."""

from pathlib import Path
from typing import Any

import pytest

from imports.models import ImportBatch
from imports.operations import check_file, run_batch
from imports.queries.values import unknown_values
from imports.rules.choices import Choices
from ledger.models import Wallet
from ledger.queries.audit import differences
from members.models import Member, Store
from tests.imports.sheets_made import NOW, checked, csv_file

ODOO = ["Code", "Partner", "Partner/External ID", "Program", "Points"]


def held(
    path: Path, *rows: list[str], head: list[str] = ODOO, **said: Any
) -> tuple[str, list[tuple[int, int]]]:
    """The kind of the file, and of each row money and points."""
    choices = Choices(**said)
    plan, _check, judged = checked(csv_file(path / "a.csv", [head, *rows]), choices=choices)
    balances = [row.judged.values["balances"] for row in judged]
    return plan.kind, [(one["stored_value_principal"], one["points"]) for one in balances]


def test_each_row_holds_what_its_account_is_of(tmp_path: Path) -> None:
    rows = [
        ["c1", "Ann Lee", "p1", "eWallet", "120.50"],
        ["c2", "Ann Lee", "p1", "Loyalty Program", "30.00"],
        ["c3", "Ben Crow", "p2", "礼品卡", "25"],
        ["c4", "Cat Dow", "p3", "Summer", "7"],
        ["c5", "Cat Dow", "p3", "Coupons", "1"],
    ]

    assert held(tmp_path, *rows) == ("members", [(12_050, 0), (0, 30), (2_500, 0), (0, 7), (0, 0)])


@pytest.mark.parametrize(
    ("header", "program", "has"),
    [
        ("Points", "eWallet", (3_050, 0)),
        ("Points", "储值", (3_050, 0)),
        ("Balance", "Loyalty Cards", (0, 30)),
        ("Balance", "Summer", (3_000, 0)),
    ],
)
def test_the_name_of_the_account_goes_before_that_of_the_column(
    tmp_path: Path, header: str, program: str, has: tuple[int, int]
) -> None:
    amount = "30.50" if program in {"eWallet", "储值"} else "30.00"
    head = ["Code", "Partner", "Program", header]

    found = held(tmp_path, ["c1", "Ann Lee", program, amount], head=head)

    assert found == ("members", [has])


def test_cards_that_are_all_gift_cards_belong_to_whoever_shows_them(tmp_path: Path) -> None:
    rows = [["c1", "", "", "Gift Cards", "50.00"], ["c2", "Ann Lee", "p1", "Gift Cards", "5.50"]]

    assert held(tmp_path, *rows) == ("gift_cards", [(5_000, 0), (550, 0)])


def test_a_column_said_to_be_a_balance_is_one_whatever_the_program_is_called(
    tmp_path: Path,
) -> None:
    row = ["c1", "Ann Lee", "p1", "Loyalty Program", "30.00"]

    assert held(tmp_path, row, columns={"Points": "stored_value"})[1] == [(3_000, 0)]


@pytest.mark.parametrize(("said", "has"), [("stored_value", (700, 0)), (None, (0, 0))])
def test_what_an_unknown_account_is_of_may_be_told(
    tmp_path: Path, said: str | None, has: tuple[int, int]
) -> None:
    rows = [["c4", "Cat Dow", "p3", "Summer", "7"]]

    assert held(tmp_path, *rows, values={"account": {"Summer": said}})[1] == [has]


@pytest.mark.django_db
def test_two_accounts_of_one_person_are_booked_to_them(store: Store, tmp_path: Path) -> None:
    rows = [
        ["c1", "Ann Lee", "p1", "eWallet", "120.50"],
        ["c2", "Ann Lee", "p1", "Summer", "30.00"],
    ]
    path = csv_file(tmp_path / "a.csv", [ODOO, *rows])
    batch = check_file(path=path, file_name="a.csv", store=store, at=NOW, by=None)

    asked = unknown_values(ImportBatch.objects.get(pk=batch.pk))["account"]
    run_batch(batch=batch, at=NOW, by=None)

    assert [(one["value"], [s["value"] for s in one["suggestions"]]) for one in asked] == [
        ("Summer", ["points", "stored_value"])
    ]
    ann = Member.objects.get()
    wallets = Wallet.objects.filter(member=ann).values_list("asset__kind", "balance")
    assert sorted(wallets) == [("money", 12_050), ("points", 30)]
    assert sorted(ann.cards.values_list("number", flat=True)) == ["c1", "c2"]
    assert list(differences()) == []
