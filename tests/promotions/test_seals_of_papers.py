"""Seals cover what evidence needs: lots' terms, events, refunds, bills and refunds of bills."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from ledger.models import RefundCause, Scope, Seal, Txn
from ledger.operations.evidence import seal_up
from ledger.operations.handing_over import transfer_contract
from ledger.operations.invoices import record_invoice
from ledger.operations.reversal import undo
from ledger.operations.sale_refunds import Back, refund_sale
from ledger.queries.seals import Problem, prove_seals
from promotions.operations import sell_bundle
from tests.ledger.holding import as_superuser
from tests.ledger.sealed import LEFT_OUT, SEALED, TIES, digest_1, digest_2, other_value
from tests.promotions.refunding import contract_of, manager_of, refund, spend, topped_up
from tests.promotions.shops import WORKDAY, open_shop

pytestmark = pytest.mark.django_db

COLUMNS = [(table, column) for table, columns in SEALED.items() for column in columns]


@pytest.fixture(scope="module")
def sealed(until_the_module_ends):
    """One block with all of it: rides for kinds of days handed over, a bill paid back in part."""
    shop = open_shop()
    anna, ben = shop.member(), shop.member()
    rides = contract_of(
        sell_bundle(**shop.asks(anna), bundle=shop.ski_pass(), tenders=shop.in_cash(60000))
    )
    asked = {"store": shop.store, "at": WORKDAY, "by": shop.clerk, "reason": "moves away"}
    transfer_contract(
        **asked, request_id=uuid4(), contract=rides, to_member=ben, noticed_at=WORKDAY
    )
    contract = topped_up(shop, anna, 10_000, 5_000, "principal_first")
    shop.bill = spend(shop, anna, 3_000)
    refund_sale(**asked, request_id=uuid4(), sale_id=shop.bill.pk, lines=[Back(line=1, amount=900)])
    refund(shop, contract, RefundCause.MERCHANT, manager_of(shop))
    assert seal_up() == 1
    return shop


@pytest.fixture
def shop(sealed, db):
    yield sealed
    transaction.set_rollback(True)  # the damage breaks keys that are checked at the end


def run_sql(statement: str, *parameters: Any) -> None:
    """Do some damage, past roles and triggers; it must hit something."""
    with as_superuser() as cursor:
        cursor.execute(statement, parameters)
        assert cursor.rowcount >= 1


def lift_checks(table: str) -> None:
    """Let the forger write what the table's own rules forbid."""
    with as_superuser() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def problems() -> set[str]:
    return {flaw.problem.value for flaw in prove_seals().flaws}


def test_each_table_of_evidence_has_a_row_in_the_block(shop):
    with connection.cursor() as cursor:
        for table in SEALED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] >= 1, table


def test_all_columns_are_sealed_or_left_out_on_purpose(db):
    """A new column needs a canonical form of its own: docs/ledger.md, "Seals"."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_name = ANY (%s)",
            [list(SEALED)],
        )
        found = set(cursor.fetchall())

    left_out = {(table, column) for table, columns in LEFT_OUT.items() for column in columns}
    ties = set(TIES.items())
    known = {*COLUMNS, *left_out, *(tie for tie in ties if tie[0] in SEALED)}
    assert found == known


def test_anybody_can_compute_a_block_as_the_docs_describe(shop):
    """Written from docs/ledger.md alone."""
    seal = Seal.objects.get()
    txns = list(Txn.objects.order_by("number"))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT digest FROM ledger_digests_2(%s, %s) ORDER BY number",
            [seal.first_number, seal.last_number],
        )
        made = [bytes(digest) for (digest,) in cursor.fetchall()]

    assert made == [digest_2(txn) for txn in txns]
    assert (seal.form, len(made)) == (2, 6)


@pytest.mark.parametrize("table", SEALED)
def test_a_change_of_any_column_is_found(shop, table):
    """Failed for each table with one of its columns taken out of ``ledger_digests_2``."""
    found = {}
    for column in SEALED[table]:
        other = other_value(table, column)
        with transaction.atomic():
            lift_checks(table)
            run_sql(
                f"UPDATE {table} SET {column} = {other}"
                f" WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)"
            )
            found[column] = problems()
            transaction.set_rollback(True)

    assert found == {column: {"rows"} for column in SEALED[table]}


@pytest.mark.parametrize("table", [table for table in SEALED if table != "ledger_lot"])
def test_a_deleted_row_is_found(shop, table):
    """A lot cannot go while movements name it."""
    run_sql(f"DELETE FROM {table}")

    assert problems() == {"rows"}


@pytest.mark.parametrize("table", ["ledger_contractevent", "ledger_refund", "ledger_salerefund"])
def test_a_row_that_names_another_transaction_is_found(shop, table):
    run_sql(f"UPDATE {table} SET txn_id = %s", uuid4())

    assert problems() == {"rows", "stray"}


def test_a_bill_taken_off_its_transaction_is_found(shop):
    run_sql("UPDATE ledger_sale SET txn_id = NULL WHERE id = %s", shop.bill.pk)

    (flaw,) = prove_seals().flaws
    number = Txn.objects.get(pk=shop.bill.pk).number
    row = {"what": "changed", "number": number, "txn": shop.bill.pk}
    assert (flaw.problem, flaw.count, flaw.rows) == (Problem.ROWS, 1, [row])


def test_a_payout_added_to_a_sealed_refund_is_found(shop):
    run_sql(
        "INSERT INTO ledger_refundpayout (refund_id, line, tender_id, amount, reference)"
        " SELECT refund_id, 9, tender_id, 1, '' FROM ledger_refundpayout"
    )

    assert problems() == {"rows"}


def test_a_lot_is_named_by_the_transaction_that_opened_it_alone(shop):
    """It is drawn on, given back to and closed by three others."""
    run_sql("UPDATE ledger_lot SET expires_at = now() WHERE origin = 'bonus'")

    (flaw,) = prove_seals().flaws
    opened_by = Txn.objects.get(pk=flaw.rows[0]["txn"])
    assert (flaw.count, opened_by.kind) == (1, "top_up")


def test_what_the_product_changes_later_breaks_no_seal(shop):
    anna = shop.bill.member
    other = topped_up(shop, anna, 5_000, 0, "principal_first")
    bill = spend(shop, anna, 1_000)
    seal_up()
    later = {"store": shop.store, "at": WORKDAY + timedelta(hours=1), "by": shop.clerk}

    record_invoice(sale_id=shop.bill.pk, number="0815", tax_amount=10, **later)
    refund_sale(request_id=uuid4(), sale_id=shop.bill.pk, reason="more of it", **later)
    undo(request_id=uuid4(), txn_id=bill.pk, reason="slip", **later)
    undo(request_id=uuid4(), txn_id=other.txn_id, reason="slip", **later)

    assert problems() == set()
    assert seal_up() == 1
    assert problems() == set()


def test_a_seal_of_form_1_still_proves_what_it_covered_and_no_more(shop):
    with as_superuser() as cursor:
        cursor.execute(
            "UPDATE ledger_seal SET form = 1, (txns, numbers, marks, rows_hash) ="
            " (SELECT * FROM ledger_block(first_number, last_number, 1::smallint))"
        )
        cursor.execute("UPDATE ledger_seal SET hash = ledger_seal_hash(ledger_seal)")
    sound = problems()

    run_sql("UPDATE ledger_saletender SET reference = 'x'")
    of_a_bill = problems()
    run_sql("UPDATE ledger_movement SET amount = amount + 1")

    assert (sound, of_a_bill, problems()) == (set(), set(), {"rows"})
    assert digest_1(Txn.objects.first()) != digest_2(Txn.objects.first())


def test_each_table_a_digest_reads_is_reached_by_an_index(shop):
    """What keeps sealing linear: a block costs look-ups, however long history is."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT * FROM ledger_digests_2(1, 10)")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Seq Scan" not in plan
    assert plan.count("SubPlan") == 13


def test_the_scope_of_a_lot_is_sealed_with_it(shop):
    """Rides of the ski hill are for workdays or days of rest."""
    assert Scope.objects.count() == 2

    run_sql("UPDATE ledger_scope SET day_kinds = '{}' WHERE day_kinds = '{workday}'")

    (flaw,) = prove_seals().flaws
    kinds = [Txn.objects.get(pk=row["txn"]).kind for row in flaw.rows]
    assert kinds == ["sell_bundle", "transfer"]
