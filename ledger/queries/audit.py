"""Prove the stored balances from history: each proof is a query for the rows that differ.

The proofs read one snapshot, so a ledger in use is audited as it stood at one moment. Every query
passes over its tables as a whole; none looks anything up row by row.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SHOWN = 20
LEDGER = ("wallet", "lot", "txn", "movement", "contract", "sale")


@dataclass(frozen=True)
class Proof:
    """A rule about rows together, and the query for the rows that break it."""

    name: str
    rule: str | Promise
    differing: str


@dataclass(frozen=True)
class Finding:
    """The rows that break one proof: how many, and the first of them."""

    proof: Proof
    count: int
    rows: Sequence[dict[str, Any]]


PROOFS = (
    Proof(
        "lot_is_its_movements",
        _("What is left in a lot is the sum of its movements."),
        """
        SELECT l.id AS lot, l.remaining AS stored, coalesce(m.total, 0) AS proven
        FROM ledger_lot l
        LEFT JOIN (SELECT lot_id, sum(amount) AS total FROM ledger_movement GROUP BY lot_id) m
          ON m.lot_id = l.id
        WHERE l.remaining <> coalesce(m.total, 0)
        """,
    ),
    Proof(
        "lot_granted_is_its_grants",
        _("What a lot was granted is the sum of its grants."),
        """
        SELECT l.id AS lot, l.granted AS stored, coalesce(m.total, 0) AS proven
        FROM ledger_lot l
        LEFT JOIN (SELECT lot_id, sum(amount) AS total FROM ledger_movement
                   WHERE amount > 0 AND reverses_line IS NULL GROUP BY lot_id) m
          ON m.lot_id = l.id
        WHERE l.granted <> coalesce(m.total, 0)
        """,
    ),
    Proof(
        "wallet_is_its_lots",
        _("A wallet's balance is the sum of what is left in its lots."),
        """
        SELECT w.id AS wallet, w.balance AS stored, coalesce(l.total, 0) AS proven
        FROM ledger_wallet w
        LEFT JOIN (SELECT wallet_id, sum(remaining) AS total FROM ledger_lot GROUP BY wallet_id) l
          ON l.wallet_id = w.id
        WHERE w.balance <> coalesce(l.total, 0)
        """,
    ),
    Proof(
        "wallet_numbers_its_movements",
        _("A wallet numbers its movements from one without a gap."),
        """
        SELECT w.id AS wallet, w.seq AS stored, m.movements, m.first, m.last
        FROM ledger_wallet w
        LEFT JOIN (SELECT wallet_id, count(*) AS movements,
                          min(wallet_seq) AS first, max(wallet_seq) AS last
                   FROM ledger_movement GROUP BY wallet_id) m
          ON m.wallet_id = w.id
        WHERE w.seq <> coalesce(m.movements, 0) OR m.first <> 1 OR m.last <> m.movements
        """,
    ),
    Proof(
        "balance_is_the_last_one_noted",
        _("A wallet's balance is the one its last movement noted."),
        """
        SELECT w.id AS wallet, w.balance AS stored, coalesce(m.balance_after, 0) AS noted
        FROM ledger_wallet w
        LEFT JOIN (SELECT DISTINCT ON (wallet_id) wallet_id, balance_after
                   FROM ledger_movement ORDER BY wallet_id, wallet_seq DESC) m
          ON m.wallet_id = w.id
        WHERE w.balance <> coalesce(m.balance_after, 0)
        """,
    ),
    Proof(
        "running_balance_is_unbroken",
        _("Each movement leaves the balance before it plus its amount."),
        """
        SELECT txn_id AS txn, line, wallet_id AS wallet, before, amount, balance_after AS noted
        FROM (SELECT *, coalesce(lag(balance_after) OVER earlier, 0) AS before
              FROM ledger_movement
              WINDOW earlier AS (PARTITION BY wallet_id ORDER BY wallet_seq)) m
        WHERE before + amount <> balance_after
        """,
    ),
    Proof(
        "running_lot_is_unbroken",
        _("Each movement leaves in its lot what was there before plus its amount."),
        """
        SELECT txn_id AS txn, line, lot_id AS lot, before, amount, lot_after AS noted
        FROM (SELECT *, coalesce(lag(lot_after) OVER earlier, 0) AS before
              FROM ledger_movement
              WINDOW earlier AS (PARTITION BY lot_id ORDER BY wallet_seq)) m
        WHERE before + amount <> lot_after
        """,
    ),
    Proof(
        "posted_moves_and_refused_does_not",
        _("A posted transaction has movements and a refused one has none."),
        """
        SELECT t.id AS txn, t.outcome, coalesce(m.movements, 0) AS movements
        FROM ledger_txn t
        LEFT JOIN (SELECT txn_id, count(*) AS movements FROM ledger_movement GROUP BY txn_id) m
          ON m.txn_id = t.id
        WHERE (t.outcome = 'posted') <> (m.movements IS NOT NULL)
        """,
    ),
    Proof(
        "undo_names_what_it_undoes",
        _("An undo moves a lot against a line of the very transaction it reverses."),
        """
        SELECT u.txn_id AS txn, u.line, t.reverses_id AS reverses, u.reverses_line,
               u.amount, m.amount AS moved
        FROM ledger_movement u
        JOIN ledger_txn t ON t.id = u.txn_id
        LEFT JOIN ledger_movement m ON m.txn_id = t.reverses_id AND m.line = u.reverses_line
        WHERE u.reverses_line IS NOT NULL
          AND (m.lot_id IS DISTINCT FROM u.lot_id OR sign(m.amount) = sign(u.amount))
        """,
    ),
    Proof(
        "undone_is_within_moved",
        _("No line is undone by more than it moved."),
        """
        SELECT m.txn_id AS txn, m.line, m.amount AS moved, u.undone
        FROM (SELECT t.reverses_id, r.reverses_line, sum(abs(r.amount)) AS undone
              FROM ledger_movement r JOIN ledger_txn t ON t.id = r.txn_id
              WHERE r.reverses_line IS NOT NULL GROUP BY 1, 2) u
        JOIN ledger_movement m ON m.txn_id = u.reverses_id AND m.line = u.reverses_line
        WHERE u.undone > abs(m.amount)
        """,
    ),
    Proof(
        "cost_is_conserved",
        _("The cost shares that moved leave in a lot the cost of what is left."),
        """
        SELECT l.id AS lot, l.cost, ledger_cost_left(l.granted, l.cost, l.remaining) AS proven,
               coalesce(m.total, 0) AS moved
        FROM ledger_lot l
        LEFT JOIN (SELECT lot_id, sum(cost) AS total FROM ledger_movement GROUP BY lot_id) m
          ON m.lot_id = l.id
        WHERE ledger_cost_left(l.granted, l.cost, l.remaining) <> coalesce(m.total, 0)
        """,
    ),
    Proof(
        "transfer_sums_to_zero",
        _("What a transfer takes from one member it gives to another."),
        """
        SELECT m.txn_id AS txn, w.asset_id AS asset, sum(m.amount) AS total
        FROM ledger_movement m JOIN ledger_wallet w ON w.id = m.wallet_id
        WHERE m.contra = 5
        GROUP BY m.txn_id, w.asset_id HAVING sum(m.amount) <> 0
        """,
    ),
    Proof(
        "contract_paid_is_the_cost_of_its_lots",
        # A lot that was moved or settled is its contract's value over again.
        _("What a contract was paid is the cost of its lots; what bonus paid for costs nothing."),
        """
        SELECT c.id AS contract, c.kind, c.paid,
               coalesce(l.cost, 0) AS cost, coalesce(d.bonus, 0) AS bonus
        FROM ledger_contract c
        LEFT JOIN (SELECT l.contract_id, sum(l.cost) AS cost FROM ledger_lot l
                   WHERE l.contract_id IS NOT NULL AND NOT EXISTS (
                       SELECT FROM ledger_movement m
                       WHERE m.lot_id = l.id AND m.contra IN (5, 10) AND m.amount > 0
                         AND m.reverses_line IS NULL)
                   GROUP BY l.contract_id) l
          ON l.contract_id = c.id
        LEFT JOIN (SELECT m.txn_id, sum(m.charged_value + m.cost) AS bonus
                   FROM ledger_movement m
                   JOIN (SELECT DISTINCT txn_id FROM ledger_contract) s ON s.txn_id = m.txn_id
                   WHERE m.contra = 3 AND m.amount < 0 GROUP BY m.txn_id) d
          ON d.txn_id = c.txn_id
        WHERE c.kind <> 'paid_tier'
          AND c.paid - coalesce(l.cost, 0) NOT BETWEEN 0 AND coalesce(d.bonus, 0)
        """,
    ),
    Proof(
        "txn_knows_who_and_where",
        _("The store, till, operator and member of a transaction exist."),
        """
        SELECT t.id AS txn, t.store_id AS store, t.till_id AS till,
               t.operator_id AS operator, t.member_id AS member
        FROM ledger_txn t
        LEFT JOIN members_store s ON s.id = t.store_id
        LEFT JOIN members_till i ON i.id = t.till_id
        LEFT JOIN members_user u ON u.id = t.operator_id
        LEFT JOIN members_member m ON m.id = t.member_id
        WHERE (t.store_id IS NOT NULL AND s.id IS NULL)
           OR (t.till_id IS NOT NULL AND i.id IS NULL)
           OR (t.operator_id IS NOT NULL AND u.id IS NULL)
           OR (t.member_id IS NOT NULL AND m.id IS NULL)
        """,
    ),
    Proof(
        "bill_adds_up",
        # An old system's bill may not say how it was paid.
        _("The lines of a bill and its payments both come to its total."),
        """
        SELECT s.id AS sale, s.total,
               coalesce(l.charged, 0) AS lines, coalesce(t.paid, 0) AS payments
        FROM ledger_sale s
        LEFT JOIN (SELECT sale_id, sum(charged_value) AS charged
                   FROM ledger_saleline GROUP BY sale_id) l
          ON l.sale_id = s.id
        LEFT JOIN (SELECT sale_id, sum(amount) AS paid
                   FROM ledger_saletender GROUP BY sale_id) t
          ON t.sale_id = s.id
        WHERE s.total <> coalesce(l.charged, 0)
           OR (s.total <> coalesce(t.paid, 0) AND (s.source <> 'imported' OR t.paid IS NOT NULL))
        """,
    ),
    Proof(
        "stored_value_paid_was_drawn",
        _("What a bill says was paid by stored value was drawn from the member's lots."),
        """
        WITH paid AS (
            SELECT s.id, s.txn_id, y.asset_id, sum(t.amount) AS paid
            FROM ledger_sale s
            JOIN ledger_saletender t ON t.sale_id = s.id
            JOIN ledger_tendertype y ON y.id = t.tender_id AND y.kind = 'stored_value'
            WHERE s.source <> 'imported' OR s.txn_id IS NOT NULL
            GROUP BY s.id, s.txn_id, y.asset_id
        ), drawn AS (
            SELECT m.txn_id, w.asset_id, -sum(m.amount) AS drawn
            FROM ledger_movement m
            JOIN (SELECT DISTINCT txn_id FROM paid) p ON p.txn_id = m.txn_id
            JOIN ledger_wallet w ON w.id = m.wallet_id
            WHERE m.amount < 0 AND m.contra = 3
            GROUP BY m.txn_id, w.asset_id
        )
        SELECT p.id AS sale, p.asset_id AS asset, p.paid, coalesce(d.drawn, 0) AS drawn
        FROM paid p LEFT JOIN drawn d ON d.txn_id = p.txn_id AND d.asset_id = p.asset_id
        WHERE p.paid <> coalesce(d.drawn, 0)
        """,
    ),
)


@contextmanager
def snapshot() -> Iterator[None]:
    """Read all inside the block as it stood at one moment, with room to sort and no writing."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SET LOCAL work_mem = '128MB'")
        yield


def differences(*, shown: int = SHOWN) -> list[Finding]:
    """What breaks a proof, in the order of the proofs; an empty list says the ledger is sound.

    A finding carries the first ``shown`` of its rows. On a ledger in use call it in ``snapshot``.
    """
    findings = []
    for proof in PROOFS:
        count, rows = _differing(proof, shown)
        if count:
            findings.append(Finding(proof, count, rows))
    return findings


def counts() -> dict[str, int]:
    """How many rows the proofs have looked at, by table."""
    tables = ", ".join(f"(SELECT count(*) FROM ledger_{name})" for name in LEDGER)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {tables}")
        return dict(zip(LEDGER, cursor.fetchone(), strict=True))


def _differing(proof: Proof, shown: int) -> tuple[int, list[dict[str, Any]]]:
    query = f"SELECT count(*) OVER (), d.* FROM ({proof.differing}) d LIMIT %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [shown])
        names = [column.name for column in cursor.description][1:]
        rows = cursor.fetchall()
    return (rows[0][0] if rows else 0), [dict(zip(names, row[1:], strict=True)) for row in rows]
