"""What the number in a column counts: people who open an export have no other key to it."""

# Money in the smallest unit of its currency, by the column's name.
MONEY = frozenset(
    {"paid", "list_value", "charged_value", "cost", "total", "list_total", "goods_total", "price"}
    | {"rounding", "refunded_total", "tax_amount", "list_price", "unit_cost", "pays", "fee"}
    | {"opening_float", "counted", "expected", "difference", "cash_in", "cash_out", "pin_above"}
    | {"cash_refund_limit", "early_bird_price", "charge_price", "delivered", "deducted", "refund"}
    | {"interest", "closed_cost", "settlement", "min_spend", "minors_pay_up_to", "spend"}
    | {"refund_approval_above", "adjustment_approval_above", "rounding_step"}
    | {"card_limit_registered", "card_limit_anonymous"}
)
# The asset's smallest unit: fen of stored value, points, coins, beers.
ASSET = frozenset(
    {"balance", "granted", "remaining", "balance_after", "lot_after", "coins", "shortfall"}
    | {"due", "paid_out", "points", "cost_points", "adjusted_units_approval_above", "captured"}
)
AMOUNTS_OF_ASSETS = frozenset(
    {"ledger_movement", "ledger_hold", "ledger_valueday", "ledger_valuemonth", "imports_opening"}
)
MOMENT = "UTC"


def unit_of(table: str, column: str, kind: str) -> str:
    """The unit of a column of ``table``, empty for what has none; ``kind`` is its SQL type.

    >>> unit_of("ledger_lot", "cost", "bigint"), unit_of("ledger_movement", "amount", "bigint")
    ("the currency's smallest unit", "the asset's smallest unit")
    >>> unit_of("ledger_txn", "occurred_at", "timestamp with time zone")
    'UTC'
    """
    if kind.startswith("timestamp"):
        return MOMENT
    if kind not in {"bigint", "integer", "smallint"}:
        return ""
    if column in ASSET or (column == "amount" and table in AMOUNTS_OF_ASSETS):
        return "the asset's smallest unit"
    if column in MONEY or column == "amount" or (column == "bonus" and table != "promotions"):
        return "the currency's smallest unit"
    return ""
