"""The application's role reads history and posts, no more; triggers stop the owner too."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from ledger.models import CheckKind, CheckRun, Movement, Seal, Txn
from ledger.queries.audit import differences
from ledger.roles import HISTORY, WRITTEN_ONCE
from members.models import Member
from tests.ledger.holding import NOON, Shop, balance, open_shop, sell_beers, spend

pytestmark = pytest.mark.django_db

PERMISSION_DENIED = "42501"
GUARDED = ("ledger_txn", "ledger_movement", "ledger_contract", "ledger_seal", "ledger_checkrun")
WRITERS = (
    "ledger_post(jsonb, jsonb)",
    "ledger_open_many(jsonb, jsonb)",
    "ledger_revoke_many(jsonb, jsonb)",
    "ledger_seal_up(int)",
)

CHANGES = {
    "balance": "UPDATE ledger_wallet SET balance = balance + 1",
    "remaining": "UPDATE ledger_lot SET remaining = granted",
    "cost": "UPDATE ledger_lot SET cost = 0",
    "amount": "UPDATE ledger_movement SET amount = amount + 1",
    "outcome": "UPDATE ledger_txn SET outcome = 'refused'",
    "paid": "UPDATE ledger_contract SET paid = 0",
    "new wallet": "INSERT INTO ledger_wallet (member_id, asset_id) VALUES (1, 1)",
    "new lot": "INSERT INTO ledger_lot (wallet_id, origin, granted, remaining)"
    " VALUES (1, 'paid', 1, 1)",
    "new txn": "INSERT INTO ledger_txn SELECT * FROM ledger_txn",
    "new movement": "INSERT INTO ledger_movement SELECT * FROM ledger_movement",
    "new contract": "INSERT INTO ledger_contract SELECT * FROM ledger_contract",
    "new seal": "INSERT INTO ledger_seal SELECT * FROM ledger_seal",
    "seal": "UPDATE ledger_seal SET hash = ''",
    "check run": "UPDATE ledger_checkrun SET ok = true",
    "delete check run": "DELETE FROM ledger_checkrun",
    "numbering": "SELECT setval('ledger_txn_number', 1)",
    "lock": "SELECT FROM ledger_wallet FOR UPDATE",
    "trigger": "ALTER TABLE ledger_movement DISABLE TRIGGER ALL",
    "replica": "SET session_replication_role = replica",
    "drop": "DROP TABLE ledger_movement",
    "function": "CREATE OR REPLACE FUNCTION ledger_post(jsonb, jsonb) RETURNS jsonb"
    " LANGUAGE sql AS 'SELECT NULL::jsonb'",
    "index": "DROP INDEX ledger_txn_day",
} | {
    f"{verb} {table}": f"{verb} {table}"
    for verb in ("DELETE FROM", "TRUNCATE")
    for table in HISTORY
}

INTERNALS = {
    "write": "SELECT ledger_write(gen_random_uuid(), 0::smallint,"
    " ARRAY[ROW((SELECT min(id) FROM ledger_lot), 5, 1, NULL, NULL, NULL)::ledger_delta])",
    "open_lot": "SELECT ledger_open_lot((SELECT min(id) FROM ledger_wallet),"
    ' \'{"amount": 5, "cost": 0, "origin": "paid", "priority": 50}\', \'{"at": "2026-05-11"}\')',
    "note": """SELECT ledger_note('{"id": "5d0c3f0e-6e0f-5b0b-9b49-3f6f0f0a7a51", "kind": "redeem",
        "business_date": "2026-05-11", "at": "2026-05-11"}', '', NULL)""",
    "lock": """SELECT ledger_lock('{}', '[{"op": "grant", "member": 1, "asset": 1}]')""",
}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def member(shop: Shop) -> Iterator[Member]:
    """Somebody with a sealed history, which the test must leave as it was."""
    member = shop.member()
    sell_beers(shop, member, 101, 2018)
    spend(shop, member, shop.beer, 5)
    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_seal_up(100)")
        assert cursor.fetchone() == (1,)
    CheckRun.objects.create(
        kind=CheckKind.AUDIT, started_at=NOON, ok=True, differences=0, findings=[]
    )
    yield member
    assert (Seal.objects.get().txns, CheckRun.objects.get().ok) == (2, True)
    assert balance(member, shop.beer) == 96
    assert Movement.objects.count() == Txn.objects.count() == 2
    assert differences() == []


def refused(statement: str, *, as_owner: bool = False) -> str | None:
    """The SQLSTATE that a statement was refused with."""
    with connection.cursor() as cursor:
        try:
            with transaction.atomic():
                if as_owner:
                    cursor.execute("SET LOCAL ROLE NONE")
                cursor.execute(statement)
        except DatabaseError as error:
            return error.__cause__.sqlstate
    return None


@pytest.mark.parametrize("change", CHANGES)
def test_the_application_may_not_change_history(member: Member, change: str):
    assert refused(CHANGES[change]) == PERMISSION_DENIED


@pytest.mark.parametrize("function", INTERNALS)
def test_the_parts_of_posting_write_nothing_by_themselves(member: Member, function: str):
    assert refused(INTERNALS[function]) == PERMISSION_DENIED


def test_the_application_may_read_history_and_post(member: Member):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (settings.APP_DB_ROLE,)
        for table in HISTORY:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] >= 1


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize(
    "change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"]
)
def test_triggers_refuse_the_owner(member: Member, table: str, change: str):
    statement = change.format(table)
    for named, column in {"ledger_movement": "amount", "ledger_seal": "form"}.items():
        statement = statement.replace(f"{named} SET id = id", f"{named} SET {column} = {column}")

    assert refused(statement, as_owner=True) == PERMISSION_DENIED


@pytest.mark.parametrize("table", WRITTEN_ONCE)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_adds_to_what_is_written_once_and_no_more(table: str, change: str):
    statement = change.format(table).replace("ledger_refund SET id", "ledger_refund SET paid")
    statement = statement.replace("= id", "= paid") if "SET paid" in statement else statement

    assert refused(statement) == PERMISSION_DENIED


@pytest.mark.parametrize("trigger", ["append_only", "no_truncate"])
@pytest.mark.parametrize("table", sorted({*GUARDED, *WRITTEN_ONCE}))
def test_the_guards_are_in_force(table: str, trigger: str):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname = %s",
            [table, f"{table}_{trigger}"],
        )
        assert cursor.fetchone() == ("O",)


def test_only_posting_and_sealing_run_with_the_owners_rights():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.oid::regprocedure::text, p.proconfig FROM pg_proc p"
            " WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace ORDER BY 1"
        )
        given = dict(cursor.fetchall())
        cursor.execute(
            "SELECT bool_or(has_function_privilege('public', name, 'EXECUTE'))"
            " FROM unnest(%s::text[]) AS name",
            [list(WRITERS)],
        )
        everybody = cursor.fetchone()[0]

    assert list(given) == [
        "ledger_open_many(jsonb,jsonb)",
        "ledger_post(jsonb,jsonb)",
        "ledger_revoke_many(jsonb,jsonb)",
        "ledger_seal_up(integer)",
    ]
    assert all("search_path=public, pg_temp" in config for config in given.values())
    assert everybody is False
