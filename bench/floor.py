"""The least that any ledger must do: one UPDATE of a balance and one INSERT of a movement."""

from uuid import uuid4

from django.db import connection

TABLES = """
CREATE TABLE floor_wallet (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0))
    WITH (fillfactor = 70);
CREATE TABLE floor_movement (id uuid PRIMARY KEY, wallet_id bigint NOT NULL, amount bigint NOT NULL,
                             balance_after bigint NOT NULL, at timestamptz NOT NULL);
INSERT INTO floor_wallet SELECT n, 1000000000 FROM generate_series(0, %s) AS n;
"""
DRAW = """
WITH wallet AS (UPDATE floor_wallet SET balance = balance - %(amount)s WHERE id = %(wallet)s
                RETURNING id, balance)
INSERT INTO floor_movement SELECT %(id)s, id, -%(amount)s, balance, now() FROM wallet
RETURNING balance_after
"""


def make_floor(wallets: int) -> None:
    """Make the two tables with so many wallets, numbered from zero."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES, [wallets - 1])


def draw_on_floor(*, wallet: int, amount: int) -> None:
    """Draw once, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(DRAW, {"id": uuid4(), "wallet": wallet, "amount": amount})
        cursor.fetchone()
