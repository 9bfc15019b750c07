"""Seals find whatever is done to history, name the block and the rows, and say nothing else."""

import json
from datetime import timedelta
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from ledger.models import CheckKind, CheckRun, Seal, Txn, TxnKind
from ledger.operations.evidence import SEAL_EVERY, check_seals, seal_up, seal_when_due
from ledger.operations.posting import give_back
from ledger.queries.evidence import latest_seal, seal_covering
from ledger.queries.seals import Flaw, Problem, prove_seals
from tests.ledger.holding import (
    NOON,
    Shop,
    as_superuser,
    member_holding,
    open_shop,
    sell_beers,
    spend,
    top_up,
)
from tests.ledger.sealed import FORM_1, TIES, as_json, digest_2, other_value

TABLES = {
    table: (columns if table == "ledger_txn" else (*columns, TIES[table]))
    for table, columns in FORM_1.items()
}
FORGED = UUID("5d0c3f0e-6e0f-5b0b-9b49-3f6f0f0a7a51")
COLUMNS = [(table, column) for table, columns in TABLES.items() for column in columns]


@pytest.fixture
def shop(db: None) -> Shop:
    """Three blocks: a top-up and a refused spend; a bundle; a spend and its reversal."""
    shop = open_shop()
    anna = shop.member()
    top_up(shop, anna, paid=10_000, bonus=2_000)
    spend(shop, anna, shop.beer, 1)
    seal_up()
    sell_beers(shop, anna, 101, 2018)
    seal_up()
    spent = spend(shop, anna, shop.money, 7_000, reason='烤肉 "A" \\ \t 🍺')
    shop.post(give_back(), kind=TxnKind.REVERSE, reverses=spent.id, reason="mistake")
    seal_up()
    return shop


def run_sql(statement: str, *parameters: Any) -> None:
    """Do some damage, past roles and triggers; it must hit something."""
    with as_superuser() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount >= 1


def problems() -> list[tuple[str, int]]:
    """What is wrong with which seal."""
    return [(flaw.problem.value, flaw.seal) for flaw in prove_seals().flaws]


# The form -----------------------------------------------------------------


def test_history_is_sealed_without_a_gap_and_nothing_is_wrong_with_it(shop: Shop):
    seals = list(Seal.objects.order_by("number"))

    proof = prove_seals()

    assert [(seal.number, seal.txns) for seal in seals] == [(1, 2), (2, 1), (3, 2)]
    assert [s.first_number for s in seals[1:]] == [s.last_number + 1 for s in seals[:-1]]
    assert (proof.flaws, proof.seals, proof.txns, proof.newest) == ([], 3, 5, seals[2])


def test_all_columns_of_history_are_sealed(db: None):
    """A new column needs a canonical form of its own: docs/ledger.md, "Seals"."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_name = ANY (%s)",
            [list(TABLES)],
        )
        assert sorted(cursor.fetchall()) == sorted(COLUMNS)


def test_anybody_can_compute_a_seal_as_the_docs_describe(shop: Shop):
    """Written from docs/ledger.md alone: no line of the product's own computes here."""
    previous, seals = sha256(b"").hexdigest(), list(Seal.objects.order_by("number"))
    assert len(seals) == 3
    for seal in seals:
        txns = Txn.objects.filter(number__range=(seal.first_number, seal.last_number))
        digests = [digest_2(txn) for txn in txns.order_by("number")]
        rows_hash = sha256(b"".join(digests)).hexdigest()
        bounds = f"{seal.first_number}|{seal.last_number}|{len(digests)}"
        line = f"regulars seal|2|{seal.number}|{as_json(seal.sealed_at)}|{bounds}|{rows_hash}"

        assert bytes(seal.rows_hash).hex() == rows_hash
        assert bytes(seal.hash).hex() == sha256(f"{line}|{previous}".encode()).hexdigest()
        previous = bytes(seal.hash).hex()


# Damage to rows -----------------------------------------------------------


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_change_of_any_column_is_found_and_named(shop: Shop, table: str, column: str):
    victim = Txn.objects.get(kind=TxnKind.TOP_UP)
    other = other_value(table, column)
    where = "id = %s" if table == "ledger_txn" else "txn_id = %s"
    where += " AND line = 1" if table == "ledger_movement" else ""

    run_sql(f"UPDATE {table} SET {column} = {other} WHERE {where}", victim.pk)

    flaws = [flaw for flaw in prove_seals().flaws if flaw.problem != Problem.STRAY]
    what = "missing" if column == "number" else "changed"
    assert [(flaw.problem, flaw.seal, flaw.count) for flaw in flaws] == [(Problem.ROWS, 1, 1)]
    assert [(row["what"], row["number"]) for row in flaws[0].rows] == [(what, victim.number)]
    assert problems()[-1] == ("rows", 1)


def test_the_changed_transaction_is_named_by_its_id(shop: Shop):
    victim = Txn.objects.get(kind=TxnKind.SELL_BUNDLE)

    run_sql("UPDATE ledger_contract SET paid = paid - 1 WHERE txn_id = %s", victim.pk)

    row = {"what": "changed", "number": victim.number, "txn": victim.pk}
    assert prove_seals().flaws == [Flaw(Problem.ROWS, 2, 1, [row])]


def test_a_deleted_transaction_is_found_and_what_it_leaves_behind(shop: Shop):
    victim = Txn.objects.get(kind=TxnKind.REVERSE)

    run_sql("DELETE FROM ledger_txn WHERE id = %s", victim.pk)

    stray, missing = prove_seals().flaws
    assert (stray.problem, stray.rows[0]["txn"]) == (Problem.STRAY, victim.pk)
    row = {"what": "missing", "number": victim.number, "txn": None}
    assert missing == Flaw(Problem.ROWS, 3, 1, [row])


@pytest.mark.parametrize("table", ["ledger_movement", "ledger_contract"])
def test_a_deleted_row_of_a_transaction_is_found(shop: Shop, table: str):
    victim = Txn.objects.get(kind=TxnKind.TOP_UP)

    run_sql(f"DELETE FROM {table} WHERE txn_id = %s", victim.pk)

    assert problems() == [("rows", 1)]


def test_a_movement_added_to_a_sealed_transaction_is_found(shop: Shop):
    run_sql(
        "INSERT INTO ledger_movement (txn_id, line, wallet_id, lot_id, amount, contra, cost,"
        " wallet_seq, balance_after, lot_after)"
        " SELECT txn_id, 9, wallet_id, lot_id, -1, 3, 0, 99, 100, 100"
        " FROM ledger_movement m JOIN ledger_txn t ON t.id = m.txn_id WHERE t.kind = 'sell_bundle'"
    )

    assert problems() == [("rows", 2)]


def test_a_transaction_slipped_into_a_sealed_block_is_found(shop: Shop):
    """Under a number that a repeated request left unused."""
    member = member_holding(shop, points=10)
    request_id = spend(shop, member, shop.points, 1).id
    free = Txn.objects.get(pk=request_id).number + 1
    assert spend(shop, member, shop.points, 1, id=request_id).replayed
    spend(shop, member, shop.points, 1)
    seal_up()

    run_sql(
        "INSERT INTO ledger_txn (id, number, kind, outcome, request_hash, business_date,"
        " occurred_at) VALUES (%s, %s, 'redeem', 'refused', '', now(), now())",
        FORGED,
        free,
    )

    row = {"what": "added", "number": free, "txn": FORGED}
    assert prove_seals().flaws == [Flaw(Problem.ROWS, 4, 1, [row])]


def test_only_the_first_rows_are_named_and_all_are_counted(shop: Shop):
    member = member_holding(shop, points=1_000)
    for _ in range(25):
        spend(shop, member, shop.points, 1)
    seal_up()

    run_sql("UPDATE ledger_txn SET reason = 'x' WHERE number > %s", latest_seal().first_number)

    (flaw,) = prove_seals().flaws
    assert (flaw.seal, flaw.count, len(flaw.rows)) == (4, 25, 20)


# Damage to seals ----------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "other", "found"),
    [
        ("sealed_at", "sealed_at + interval '1 second'", [("seal", 2)]),
        ("form", "1", [("seal", 2), ("rows", 2)]),
        ("form", "3", [("seal", 2), ("rows", 2)]),
        ("numbers", "'{1}'", [("seal", 2)]),
        ("marks", "'\\x00'", [("seal", 2)]),
        ("hash", "sha256('x')", [("seal", 2), ("chain", 3)]),
        ("previous_hash", "sha256('x')", [("chain", 2), ("seal", 2)]),
        ("rows_hash", "sha256('x')", [("seal", 2), ("rows", 2)]),
        ("txns", "7", [("seal", 2), ("rows", 2)]),
        ("first_number", "first_number - 1", [("chain", 2), ("seal", 2), ("rows", 2)]),
        ("last_number", "last_number + 1", [("seal", 2), ("rows", 2), ("chain", 3)]),
    ],
)
def test_a_change_of_a_seal_is_found(shop: Shop, column: str, other: str, found: list[Any]):
    run_sql(f"UPDATE ledger_seal SET {column} = {other} WHERE number = 2")

    assert problems() == found


@pytest.mark.parametrize(("number", "found"), [(1, ("missing", 1)), (2, ("missing", 2))])
def test_a_deleted_seal_is_missed(shop: Shop, number: int, found: tuple[str, int]):
    run_sql("DELETE FROM ledger_seal WHERE number = %s", number)

    assert problems() == [found]


def test_seals_numbered_anew_over_a_deleted_one_do_not_fit(shop: Shop):
    run_sql("DELETE FROM ledger_seal WHERE number = 2")
    run_sql("UPDATE ledger_seal SET number = 2 WHERE number = 3")

    assert problems() == [("chain", 2), ("seal", 2)]


def rewrite_chain(since: int) -> None:
    """Write the blocks from ``since`` on anew, as a forger with all rights would."""
    for seal in Seal.objects.filter(number__gte=since).order_by("number"):
        run_sql(
            "UPDATE ledger_seal SET (txns, numbers, marks, rows_hash) ="
            " (SELECT * FROM ledger_block(first_number, last_number, form)),"
            " previous_hash = (SELECT p.hash FROM ledger_seal p WHERE p.number = %s)"
            " WHERE number = %s",
            seal.number - 1,
            seal.number,
        )
        run_sql(
            "UPDATE ledger_seal SET hash = ledger_seal_hash(ledger_seal) WHERE number = %s",
            seal.number,
        )


def forge() -> None:
    """Change a sealed sale and write the chain anew from its block on."""
    run_sql("UPDATE ledger_contract SET paid = 1 WHERE paid = 2018")
    rewrite_chain(2)


def test_a_block_written_anew_breaks_the_chain_behind_it(shop: Shop):
    run_sql("UPDATE ledger_contract SET paid = 1 WHERE paid = 2018")
    run_sql(
        "UPDATE ledger_seal SET (txns, numbers, marks, rows_hash) ="
        " (SELECT * FROM ledger_block(first_number, last_number, form)) WHERE number = 2"
    )
    run_sql("UPDATE ledger_seal SET hash = ledger_seal_hash(ledger_seal) WHERE number = 2")

    assert problems() == [("chain", 3)]


def test_a_chain_written_anew_contradicts_the_seal_on_paper(shop: Shop):
    on_paper = {3: bytes(latest_seal().hash)}

    forge()

    assert problems() == []
    assert prove_seals(expected=on_paper).flaws == [Flaw(Problem.EXPECTED, 3)]


@pytest.mark.django_db(transaction=True)
def test_a_chain_written_anew_contradicts_what_an_earlier_check_noted(shop: Shop):
    assert check_seals(at=NOON).differences == 0

    forge()

    assert check_seals(at=NOON).proof.flaws == [Flaw(Problem.NOTED, 3)]


@pytest.mark.django_db(transaction=True)
def test_newest_seals_that_were_cut_off_are_missed_after_a_check(shop: Shop):
    check_seals(at=NOON)

    run_sql("DELETE FROM ledger_seal WHERE number > 1")

    assert check_seals(at=NOON).proof.flaws == [Flaw(Problem.MISSING, 2, 2)]


# Sealing ------------------------------------------------------------------


def test_what_is_sealed_is_sealed_once(shop: Shop):
    assert seal_up() == 0
    assert Seal.objects.count() == 3


def test_a_long_absence_is_caught_up_in_blocks_of_a_limited_size(shop: Shop):
    member = member_holding(shop, points=100)
    for _ in range(6):
        spend(shop, member, shop.points, 1)

    made = seal_up(most=3)

    sizes = Seal.objects.filter(number__gt=3).order_by("number").values_list("txns", flat=True)
    assert (made, list(sizes)) == (3, [3, 3, 1])
    assert problems() == []


def test_a_seal_is_due_an_hour_after_the_last_one_when_something_waits(shop: Shop):
    last = latest_seal().sealed_at
    nothing_new = seal_when_due(at=last + 2 * SEAL_EVERY)
    member_holding(shop, points=1)

    too_soon = seal_when_due(at=last + SEAL_EVERY - timedelta(seconds=1))
    in_time = seal_when_due(at=last + SEAL_EVERY)

    assert (nothing_new, too_soon, in_time) == (0, 0, 1)


def test_the_seal_that_covers_a_transaction_is_known_once_there_is_one(shop: Shop):
    first, *_others, last = Txn.objects.order_by("number")
    waiting = Txn.objects.get(pk=spend(shop, shop.member(), shop.beer, 1).id)

    found = [seal_covering(txn) for txn in (first, last, waiting)]

    assert [seal and seal.number for seal in found] == [1, 3, None]


def test_there_is_no_latest_seal_before_the_first(db: None):
    assert latest_seal() is None
    assert prove_seals().flaws == []


# The command --------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it printed."""
    out = StringIO()
    try:
        call_command("verify_seals", *arguments, stdout=out)
    except SystemExit as stop:
        return int(stop.code or 0), out.getvalue()
    return 0, out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_command_says_that_nothing_differs_and_prints_the_newest_seal(shop: Shop):
    code, printed = run()

    newest = latest_seal()
    assert code == 0
    assert printed == (f"0 differences (seals 3; txn 5)\n3:{bytes(newest.hash).hex()}\n")
    noted = CheckRun.objects.get()
    assert (noted.kind, noted.ok, noted.seal) == (CheckKind.SEALS, True, 3)
    assert bytes(noted.seal_hash) == bytes(newest.hash)


@pytest.mark.django_db(transaction=True)
def test_the_command_names_the_block_and_the_row_and_fails(shop: Shop):
    victim = Txn.objects.get(kind=TxnKind.SELL_BUNDLE)
    run_sql("UPDATE ledger_movement SET amount = 102 WHERE txn_id = %s", victim.pk)

    code, printed = run()

    assert code == 1
    assert printed.splitlines()[:3] == [
        "seal 2  transactions are not as they were sealed",
        f"  changed  {victim.number}  {victim.pk}",
        "1 difference (seals 3; txn 5)",
    ]
    noted = CheckRun.objects.get()
    assert (noted.ok, noted.differences, noted.seal) == (False, 1, None)
    assert noted.findings[0]["rows"][0]["txn"] == str(victim.pk)


@pytest.mark.django_db(transaction=True)
def test_the_command_answers_machines_in_json(shop: Shop):
    run_sql("DELETE FROM ledger_seal WHERE number = 2")

    code, printed = run("--json")

    answer = json.loads(printed)
    assert (code, answer["differences"], answer["first_bad_seal"]) == (1, 1, 2)
    assert answer["flaws"] == [{"seal": 2, "problem": "missing", "count": 1, "rows": []}]


@pytest.mark.django_db(transaction=True)
def test_a_check_of_a_part_does_not_take_back_what_a_whole_one_found(shop: Shop):
    run_sql("UPDATE ledger_txn SET reason = 'x' WHERE kind = 'top_up'")
    run()

    code, printed = run("--from", "2")

    assert (code, printed.splitlines()[0]) == (0, "0 differences (seals 2; txn 3)")
    assert [known.ok for known in CheckRun.objects.all()] == [False]


@pytest.mark.django_db(transaction=True)
def test_the_command_compares_with_a_seal_on_paper(shop: Shop):
    newest = latest_seal()

    right, _printed = run("--expect", f"3:{bytes(newest.hash).hex()}")
    wrong, printed = run("--expect", f"3:{'00' * 32}")

    assert (right, wrong) == (0, 1)
    assert printed.startswith("seal 3  the seal does not have the expected hash")


@pytest.mark.parametrize("written", [["--expect", "3:ab"], ["--from", "0"], ["--from", "x"]])
def test_the_command_refuses_what_it_cannot_read(db: None, written: list[str]):
    with pytest.raises(CommandError):
        run(*written)

    assert not CheckRun.objects.exists()
