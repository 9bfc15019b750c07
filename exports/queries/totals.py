"""Control sums: what the shop holds, owes and took, to be the same after every journey."""

from typing import Any

from django.db import connection

# measure → (its file, a query that gives what is counted and how much of it there is).
SUMS: dict[str, tuple[str, str]] = {
    "balance": (
        "ledger_wallet",
        """SELECT e.code || '/' || a.code, sum(w.balance) FROM ledger_wallet w
           JOIN ledger_asset a ON a.id = w.asset_id
           JOIN members_issuingentity e ON e.id = a.entity_id GROUP BY 1""",
    ),
    "granted": (
        "ledger_lot",
        """SELECT e.code || '/' || a.code || '/' || l.origin, sum(l.granted) FROM ledger_lot l
           JOIN ledger_wallet w ON w.id = l.wallet_id JOIN ledger_asset a ON a.id = w.asset_id
           JOIN members_issuingentity e ON e.id = a.entity_id GROUP BY 1""",
    ),
    "remaining": (
        "ledger_lot",
        """SELECT e.code || '/' || a.code || '/' || l.origin, sum(l.remaining) FROM ledger_lot l
           JOIN ledger_wallet w ON w.id = l.wallet_id JOIN ledger_asset a ON a.id = w.asset_id
           JOIN members_issuingentity e ON e.id = a.entity_id GROUP BY 1""",
    ),
    "cost": (
        "ledger_lot",
        """SELECT e.code || '/' || a.code, sum(l.cost) FROM ledger_lot l
           JOIN ledger_wallet w ON w.id = l.wallet_id JOIN ledger_asset a ON a.id = w.asset_id
           JOIN members_issuingentity e ON e.id = a.entity_id GROUP BY 1""",
    ),
    "moved": (
        "ledger_movement",
        """SELECT e.code || '/' || a.code || '/' || m.contra, sum(m.amount) FROM ledger_movement m
           JOIN ledger_wallet w ON w.id = m.wallet_id JOIN ledger_asset a ON a.id = w.asset_id
           JOIN members_issuingentity e ON e.id = a.entity_id GROUP BY 1""",
    ),
    "paid for contracts": (
        "ledger_contract",
        "SELECT kind || '/' || currency, sum(paid) FROM ledger_contract GROUP BY 1",
    ),
    "sales": (
        "ledger_sale",
        "SELECT currency, sum(total) FROM ledger_sale WHERE voided_at IS NULL GROUP BY 1",
    ),
    "tenders": (
        "ledger_saletender",
        """SELECT t.code, sum(s.amount) FROM ledger_saletender s
           JOIN ledger_tendertype t ON t.id = s.tender_id GROUP BY 1""",
    ),
    "paid back for bills": (
        "ledger_salerefund",
        """SELECT s.currency, sum(r.total) FROM ledger_salerefund r
           JOIN ledger_sale s ON s.id = r.sale_id GROUP BY 1""",
    ),
    "paid back for contracts": (
        "ledger_refund",
        "SELECT currency, sum(settlement) FROM ledger_refund GROUP BY 1",
    ),
    "coins played": ("ledger_coinplay", "SELECT 'coins', sum(coins) FROM ledger_coinplay"),
    "members by status": (
        "members_member",
        "SELECT status, count(*) FROM members_member GROUP BY 1",
    ),
}


def control_sums() -> dict[str, dict[str, dict[str, int]]]:
    """By table and measure: what is counted (an asset, a currency …) → how much, smallest unit."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    with connection.cursor() as cursor:
        for measure, (table, query) in SUMS.items():
            cursor.execute(f"{query} ORDER BY 1")
            found.setdefault(table, {})[measure] = _whole(cursor.fetchall())
    return found


def _whole(rows: list[Any]) -> dict[str, int]:
    return {str(key): int(total) for key, total in rows if total is not None}
