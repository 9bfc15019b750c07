"""What a seal covers, computed again as docs/ledger.md says: no line of the product's own does it.

``SEALED`` lists the columns of each table that a seal of form 2 covers, in the order of the docs;
``LEFT_OUT`` those that the product may change later.
"""

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection

from ledger.models import Txn

FORM_1 = {
    "ledger_txn": (
        "number", "id", "kind", "outcome", "request_hash", "refusal", "reverses_id", "member_id",
        "store_id", "till_id", "operator_id", "reason", "business_date", "occurred_at",
        "recorded_at",
    ),
    "ledger_movement": (
        "line", "wallet_id", "lot_id", "amount", "contra", "list_value", "charged_value", "cost",
        "wallet_seq", "balance_after", "lot_after", "reverses_line",
    ),
    "ledger_contract": (
        "id", "kind", "member_id", "payer_id", "entity_id", "store_id", "paid", "list_value",
        "bonus", "currency", "offer_code", "title", "snapshot", "terms_version", "honoured_at",
        "sold_at", "sold_by_id", "cooling_off_ends_at",
    ),
}  # fmt: skip
SEALED = {
    "ledger_lot": (
        "id", "wallet_id", "contract_id", "store_id", "origin", "cost", "priority", "granted_at",
        "available_from", "expires_at", "scope_id",
    ),
    "ledger_scope": ("store_ids", "day_kinds", "category_ids"),
    "ledger_contractevent": (
        "id", "contract_id", "kind", "from_member_id", "to_member_id", "noticed_at",
        "recorded_at", "by_id", "reason", "details",
    ),
    "ledger_refund": (
        "contract_id", "member_id", "store_id", "till_id", "cause", "currency", "paid",
        "delivered", "deducted", "refund", "interest", "closed_cost", "settlement", "policy",
        "arithmetic", "evidence", "reason", "requested_by_id", "approved_by_id", "terminated_at",
        "at", "business_date", "due_date",
    ),
    "ledger_refundpayout": ("id", "line", "tender_id", "amount", "reference"),
    "ledger_sale": (
        "id", "store_id", "till_id", "operator_id", "source", "external_ref", "at",
        "business_date", "month_no", "currency", "list_total", "total", "goods_total",
        "rounding", "is_purchase", "request_hash",
    ),
    "ledger_saleline": (
        "id", "line", "kind", "product_id", "description", "quantity", "list_value",
        "charged_value", "contract_id",
    ),
    "ledger_saletender": ("id", "line", "tender_id", "amount", "reference"),
    "ledger_salerefund": (
        "id", "sale_id", "store_id", "till_id", "operator_id", "at", "business_date", "total",
        "rounding", "reason", "request_hash",
    ),
    "ledger_salerefundline": ("id", "sale_line_id", "quantity", "amount"),
    "ledger_salerefundtender": ("id", "sale_tender_id", "tender_id", "amount", "reference"),
}  # fmt: skip
LEFT_OUT = {
    "ledger_lot": {"granted", "remaining", "is_open"},
    "ledger_sale": {
        "member_id", "visit_id", "refunded_total", "tax_amount", "invoice_number", "invoiced_at",
        "invoiced_by_id", "voided_at", "voided_by_id", "void_reason",
    },
}  # fmt: skip
# What ties a row to its transaction or its parent; a change of it moves or loses the whole row.
TIES = {
    "ledger_movement": "txn_id",
    "ledger_contract": "txn_id",
    "ledger_scope": "id",
    "ledger_contractevent": "txn_id",
    "ledger_refund": "txn_id",
    "ledger_refundpayout": "refund_id",
    "ledger_sale": "txn_id",
    "ledger_saleline": "sale_id",
    "ledger_saletender": "sale_id",
    "ledger_salerefund": "txn_id",
    "ledger_salerefundline": "refund_id",
    "ledger_salerefundtender": "refund_id",
}

# The least another value of each type: what a forger would set.
OTHER_VALUE = {
    "bigint": "coalesce({0}, 0) + 1000",
    "integer": "coalesce({0}, 0) + 1000",
    "smallint": "coalesce({0}, 0) + 5",
    "boolean": "NOT {0}",
    "uuid": "gen_random_uuid()",
    "text": "'~' || substr({0}, 2)",
    "character varying": "'~' || substr({0}, 2)",
    "date": "coalesce({0}, '2026-01-01') + 1",
    "timestamp with time zone": "coalesce({0}, now()) + interval '1 microsecond'",
    "jsonb": """coalesce({0}, '{{}}') || '{{"x": 1}}'""",
    "bytea": "{0} || '\\x00'",
}


def other_value(table: str, column: str) -> str:
    """SQL for another value of the column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type, udt_name FROM information_schema.columns"
            " WHERE table_name = %s AND column_name = %s",
            [table, column],
        )
        kind, of = cursor.fetchone()
    if kind == "ARRAY":
        return f"array_append({column}, {"'x'" if 'varchar' in of else '1'})"
    return OTHER_VALUE[kind].format(column)


def digest_1(txn: Txn) -> bytes:
    """The digest of a transaction in form 1."""
    (whole,) = rows("ledger_txn", "id", txn.pk, "number")
    told = [
        *whole,
        rows("ledger_movement", "txn_id", txn.pk, "line"),
        rows("ledger_contract", "txn_id", txn.pk, "id"),
    ]
    return sha256(as_text(told).encode()).digest()


def digest_2(txn: Txn) -> bytes:
    """The digest of a transaction in form 2: that of form 1 and what goes with it behind it."""
    sale = rows("ledger_sale", "txn_id", txn.pk, "id")
    back = rows("ledger_salerefund", "txn_id", txn.pk, "id")
    refund = rows("ledger_refund", "txn_id", txn.pk, "txn_id")
    for parent, key, children in (
        (refund, "refund_id", ["ledger_refundpayout"]),
        (sale, "sale_id", ["ledger_saleline", "ledger_saletender"]),
        (back, "refund_id", ["ledger_salerefundline", "ledger_salerefundtender"]),
    ):
        for row in parent:
            its_key = txn.pk if parent is refund else row[0]
            order = "id" if parent is back else "line"
            row.extend(rows(child, key, its_key, order) for child in children)
    told = [
        opened(txn),
        rows("ledger_contractevent", "txn_id", txn.pk, "id"),
        *(found[0] if found else None for found in (refund, sale, back)),
    ]
    return sha256(digest_1(txn) + as_text(told).encode()).digest()


def opened(txn: Txn) -> list[Any]:
    """The lots whose first movement is one of this transaction."""
    found = []
    for lot in sorted(set(txn.movements.values_list("lot", flat=True))):
        first = txn.movements.model.objects.filter(lot=lot).order_by("wallet_seq").first()
        if first.txn_id == txn.pk:
            (row,) = rows("ledger_lot", "id", lot, "id")
            scope = rows("ledger_scope", "id", row[-1], "id")
            found.append([*row, scope[0] if scope else None])
    return found


def rows(table: str, key: str, value: Any, order: str) -> list[list[Any]]:
    """The sealed columns of the rows that carry the key, as JSON values."""
    columns = (FORM_1 | SEALED)[table]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(columns)} FROM {table} WHERE {key} = %s ORDER BY {order}", [value]
        )
        return [[as_json(one) for one in row] for row in cursor.fetchall()]


def as_json(value: Any) -> Any:
    """A column as a JSON value; jsonb arrives as text."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, memoryview | bytes):
        return bytes(value).hex()
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    return str(value) if isinstance(value, UUID) else value


def as_text(value: Any) -> str:
    """JSON as PostgreSQL prints jsonb: keys by length, then by bytes; ", " and ": " between."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return "{" + ", ".join(f"{as_text(key)}: {as_text(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(as_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
