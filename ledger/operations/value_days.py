"""Sum value by day and month as far as the seals reach."""

from django.db import connection, transaction

from ledger.models import Seal, ValueDay, ValueHorizon, ValueMonth
from ledger.queries.value_days import DAY_COLUMNS, DAYS, MONTH_COLUMNS, MONTHS

# A seal says that every transaction up to its last number is settled: none can appear below it.
ADD = """
WITH moved AS MATERIALIZED (SELECT * FROM ledger_value_moved(%(after)s, %(upto)s)), days AS (
    INSERT INTO ledger_valueday AS old ({day_columns}, amount, cost, list_value) {days}
    ON CONFLICT ({day_columns}) DO UPDATE SET amount = old.amount + excluded.amount,
        cost = old.cost + excluded.cost, list_value = old.list_value + excluded.list_value
)
INSERT INTO ledger_valuemonth AS old ({month_columns}, amount, cost) {months}
ON CONFLICT ({month_columns}) DO UPDATE
SET amount = old.amount + excluded.amount, cost = old.cost + excluded.cost
"""


@transaction.atomic
def sum_value() -> int:
    """Add what has been sealed since the last time; returns up to which number the sums now go.

    Running it again adds nothing. Two at once take turns.
    """
    horizon = _horizon()
    sealed = Seal.objects.order_by("-number").values_list("last_number", flat=True).first() or 0
    if sealed > horizon.number:
        _add(horizon, upto=sealed)
    return horizon.number


@transaction.atomic
def sum_value_anew() -> int:
    """Forget the sums and make them again; returns up to which number they now go."""
    horizon = _horizon()
    ValueDay.objects.all().delete()
    ValueMonth.objects.all().delete()
    horizon.number = 0
    horizon.save(update_fields=["number"])
    return sum_value()


def _horizon() -> ValueHorizon:
    """How far the sums go, locked; the first one makes it."""
    ValueHorizon.objects.bulk_create([ValueHorizon(pk=1, number=0)], ignore_conflicts=True)
    return ValueHorizon.objects.select_for_update().get(pk=1)


def _add(horizon: ValueHorizon, *, upto: int) -> None:
    statement = ADD.format(
        day_columns=DAY_COLUMNS,
        days=DAYS.format(columns=DAY_COLUMNS, moved="moved"),
        month_columns=MONTH_COLUMNS,
        months=MONTHS.format(columns=MONTH_COLUMNS, moved="moved"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"after": horizon.number, "upto": upto})
    horizon.number = upto
    horizon.save(update_fields=["number"])
