"""The four sample files come out as their ``expected.json`` says, by the command a shop uses."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from imports.models import ImportRow
from ledger.models import Wallet
from ledger.queries.audit import differences
from members.models import Card, Consent, Member
from members.operations import create_store
from tests.imports.sheets_made import DATA

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

MEMBER_LISTS = [
    "cn_members_title_rows.xlsx",
    "cn_members_gb18030.csv",
    "square_like_customers.csv",
]
ALL = [*MEMBER_LISTS, "arcade_coin_log.csv"]
PLAIN_KEYS = (
    *("kind", "encoding", "header_row", "rows", "created", "ignored_rows", "without_phone"),
    *("repeated_rows", "coins", "machine_faults", "not_balances"),
)


def expected_of(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"{name}.expected.json").read_text(encoding="utf-8"))


def open_store(store: dict[str, str]) -> None:
    create_store(code="one", name="One", language="en", **store)


def import_sheet(name: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(
        "import_sheet", str(DATA / name), "--store", "one", "--json", *arguments, stdout=out
    )
    return json.loads(out.getvalue())


@pytest.mark.parametrize("name", ALL)
def test_the_report_is_what_was_expected(name: str) -> None:
    expected = expected_of(name)
    open_store(expected["store"])

    report = import_sheet(name)

    assert report["status"] == "done"
    for key in PLAIN_KEYS:
        if key in expected:
            assert report[key] == expected[key], key
    found = [{key: error[key] for key in ("row", "column", "code")} for error in report["errors"]]
    assert found == expected.get("errors", [])
    assert [one["row"] for one in report["flagged"]] == [
        one["row"] for one in expected.get("flagged", [])
    ]
    assert [one["row"] for one in report["warnings"]] == [
        one["row"] for one in expected.get("warnings", [])
    ]
    for part, amount in expected.get("totals", {}).items():
        assert report["totals"][part] == amount


@pytest.mark.parametrize("name", MEMBER_LISTS)
def test_what_is_held_is_what_was_accepted(name: str) -> None:
    expected = expected_of(name)
    open_store(expected["store"])

    import_sheet(name)

    held = {}
    for wallet in Wallet.objects.select_related("asset"):
        held[wallet.asset.kind] = held.get(wallet.asset.kind, 0) + wallet.balance
    assert Member.objects.count() == expected["created"]
    assert held.get("money", 0) == expected["totals"]["stored_value_principal"]
    assert held.get("points", 0) == expected["totals"]["points"]


@pytest.mark.parametrize("name", MEMBER_LISTS)
def test_people_are_as_the_list_names_them(name: str) -> None:
    expected = expected_of(name)
    open_store(expected["store"])

    import_sheet(name)

    for person in expected["named"]:
        member = Member.objects.get(phone=person["phone"])
        assert member.name == person["name"]
        if "card" in person:
            assert Card.objects.get(member=member).number == person["card"]
        if "joined" in person:
            assert member.joined_on.isoformat() == person["joined"]
        if "tier" in person:
            assert str(member.tier) == person["tier"]
        if "gender" in person:
            assert (member.gender or None) == person["gender"]
        if "birthday" in person:
            born = (member.birth_year, member.birth_month, member.birth_day)
            assert "{:04}-{:02}-{:02}".format(*born) == person["birthday"]
        if "stored_value_principal" in person:
            money = Wallet.objects.get(member=member, asset__kind="money")
            assert money.balance == person["stored_value_principal"]
        if "e-mail consent" in person:
            said = Consent.objects.filter(member=member, channel="email").values_list("state")
            assert [state for (state,) in said] == (
                [] if person["e-mail consent"] == "unknown" else [person["e-mail consent"]]
            )


@pytest.mark.parametrize("name", ALL)
def test_a_second_import_changes_nothing(name: str) -> None:
    expected = expected_of(name)
    open_store(expected["store"])
    import_sheet(name)
    before = sorted(Wallet.objects.values_list("member", "asset", "balance", "seq"))

    again = import_sheet(name)

    assert (again["created"], again["updated"]) == (0, 0)
    assert again["unchanged"] == expected["created"]
    assert sorted(Wallet.objects.values_list("member", "asset", "balance", "seq")) == before


@pytest.mark.parametrize("name", MEMBER_LISTS[:2])
def test_doubled_people_may_be_merged(name: str) -> None:
    expected = expected_of(name)
    merged = expected["with --on-duplicate merge"]
    open_store(expected["store"])

    report = import_sheet(name, "--on-duplicate", "merge")

    assert (report["created"], report["merged"]) == (merged["created"], merged["merged"])
    assert report["totals"] | merged["totals"] == report["totals"]
    assert report["flagged"] == []


@pytest.mark.django_db(transaction=True)
def test_everything_holds_after_the_commit_too() -> None:
    open_store(expected_of(ALL[0])["store"])

    reports = [import_sheet(name) for name in (*ALL[:2], *ALL[:2], ALL[3])]

    assert [report["created"] for report in reports] == [37, 57, 0, 0, 80]
    assert ImportRow.objects.waiting().count() == 0
    assert differences() == []
    with pytest.raises(SystemExit):
        import_sheet(f"{ALL[0]}.expected.json")


@pytest.mark.parametrize("name", ALL)
def test_a_dry_run_books_nothing_and_foresees_the_rest(name: str) -> None:
    expected = expected_of(name)
    open_store(expected["store"])

    foreseen = import_sheet(name, "--dry-run")

    assert foreseen["status"] == "checked"
    assert foreseen["created"] == expected["created"]
    assert (Member.objects.count(), Wallet.objects.count()) == (0, 0)
