"""A posting that stops half-way, at any of its steps, leaves nothing behind and may be sent again.

A trigger that the test adds holds the posting up at the step. There it is either ended from another
connection, as an operator or a stopping server does, or fails by itself. Failed when
``ledger_carry_out`` caught every error and noted it as a refusal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from ledger.models import Contra, LotOrigin, TxnKind
from ledger.operations.posting import Answer, Header, Leg, grant, take
from ledger.queries.audit import differences
from tests.ledger.holding import Shop, as_superuser, contract_terms, member_holding, open_shop
from tests.ledger.racing import post, somebody_waits_for_us

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

GATE = 7_201_001
TABLES = ("wallet", "contract", "lot", "txn", "movement")
STEPS = {
    "the wallet is made": "INSERT ON ledger_wallet",
    "the transaction is noted": "INSERT ON ledger_txn",
    "the contract is written": "INSERT ON ledger_contract",
    "a lot is opened": "INSERT ON ledger_lot",
    "a lot is filled": "UPDATE ON ledger_lot",
    "a wallet is counted": "UPDATE ON ledger_wallet",
    "the first movement is written": "INSERT ON ledger_movement",
    "the last movement is written": "INSERT ON ledger_movement WHEN NEW.line = 3",
    "a refusal is noted": "INSERT ON ledger_txn WHEN NEW.outcome = 'refused'",
}


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def purchase(shop: Shop, *, drawn: int) -> tuple[Header, list[Leg]]:
    """A member who holds beer buys some more and draws; money is new to them."""
    member = member_holding(shop, beer=10)
    header = shop.header(TxnKind.SELL_BUNDLE)
    terms = {"member": member, "origin": LotOrigin.BUNDLE, "contra": Contra.CASH_IN}
    return header, [
        contract_terms(shop, header, member, 900),
        grant(asset=shop.beer, amount=5, cost=900, contract=header.id, **terms),
        grant(asset=shop.money, amount=100, **terms),
        take(member=member, asset=shop.beer, amount=drawn),
    ]


def everything() -> dict[str, list[Any]]:
    """Every row of the tables of value."""
    rows = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT t::text FROM ledger_{table} t ORDER BY 1")
            rows[table] = cursor.fetchall()
    return rows


@contextmanager
def held_up_at(step: str) -> Iterator[None]:
    """Let postings stop at ``step`` until the gate is opened, and fail there."""
    event, _, condition = step.partition(" WHEN ")
    when = f"WHEN ({condition})" if condition else ""
    table = event.split()[-1]
    with as_superuser() as cursor:
        cursor.execute(
            "CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" PERFORM pg_advisory_xact_lock({GATE}); RAISE 'it broke here'; END $$"
        )
        cursor.execute(
            f"CREATE TRIGGER stop_here AFTER {event} FOR EACH ROW {when}"
            " EXECUTE FUNCTION stop_here()"
        )
        cursor.execute("SELECT pg_advisory_lock(%s)", [GATE])
    try:
        yield
    finally:
        with as_superuser() as cursor:
            cursor.execute(f"DROP TRIGGER stop_here ON {table}")
            cursor.execute("DROP FUNCTION stop_here()")


def end_who_waits() -> None:
    """End the session that waits for us, as an operator would; it never gets further."""
    with as_superuser() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        assert cursor.rowcount == 1
    open_the_gate()


def open_the_gate() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [GATE])


def posted_elsewhere(header: Header, legs: list[Leg], met: list[Exception | Answer]) -> Thread:
    """Post on another connection, and note the answer or the error."""

    def till() -> None:
        try:
            with transaction.atomic():
                met.append(post(header, legs))
        except DatabaseError as error:
            met.append(error)
        finally:
            connection.close()

    thread = Thread(target=till)
    thread.start()
    return thread


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("happens", "error"),
    [(end_who_waits, "terminating connection"), (open_the_gate, "it broke here")],
)
def test_a_posting_that_ends_half_way_leaves_nothing(
    shop: Shop, step: str, happens: Callable[[], None], error: str
):
    header, legs = purchase(shop, drawn=99 if "refusal" in step else 7)
    before = everything()
    met: list[Exception | Answer] = []

    with held_up_at(STEPS[step]):
        till = posted_elsewhere(header, legs, met)
        assert somebody_waits_for_us()
        assert everything() == before
        happens()
        till.join()

    assert [error in str(one) for one in met] == [True]
    assert everything() == before
    again = post(header, legs)
    assert (again.outcome, again.replayed) == ("refused" if "refusal" in step else "posted", False)
    assert differences() == []


def test_a_posting_that_was_answered_but_not_committed_leaves_nothing(shop: Shop):
    header, legs = purchase(shop, drawn=7)
    before = everything()

    with pytest.raises(DatabaseError, match="terminating connection"):
        answered_and_ended(header, legs)

    connection.close()
    assert everything() == before
    assert post(header, legs).is_fresh
    assert differences() == []


@transaction.atomic
def answered_and_ended(header: Header, legs: list[Leg]) -> None:
    """Post, and have the session ended before it can commit."""
    assert post(header, legs).is_fresh
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
    end = Thread(target=end_session, args=[own])
    end.start()
    end.join()


def end_session(pid: int) -> None:
    with as_superuser() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
    connection.close()
