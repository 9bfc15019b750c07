"""What moved, summed by day and by month of grant, so that books of years need no movements.

Rows are added when the seals say that the transactions up to a number are settled; what came later
is summed from the movements themselves whenever somebody asks. Both come from
``ledger_value_moved``, and the check ``value_days_equal_raw`` proves the rows against it.
"""

from typing import ClassVar

from django.db import models

from ledger.models.value import Asset
from members.models import Store


class ValueSum(models.Model):
    """The sums both tables keep: signed as movements are, positive when members gain.

    ``issued`` is the store that sold or gave the lots; ``is_paid`` tells lots that cost something.
    """

    issued = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    asset = models.ForeignKey(
        Asset, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    origin = models.CharField(max_length=12)
    is_paid = models.BooleanField()
    contra = models.SmallIntegerField()
    amount = models.BigIntegerField()
    cost = models.BigIntegerField()

    class Meta:
        abstract = True


class ValueDay(ValueSum):
    """One business date. ``kind`` and ``store`` are those of the operation.

    Of an undo they are those of what it undoes, so that the two cancel where they belong.
    """

    business_date = models.DateField()
    store = models.ForeignKey(
        Store, models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.CharField(max_length=12)
    list_value = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "business_date",
                    "issued",
                    "asset",
                    "origin",
                    "is_paid",
                    "contra",
                    "kind",
                    "store",
                ],
                name="ledger_valueday_once",
            ),
        ]


class ValueMonth(ValueSum):
    """One calendar month of movements of the lots granted in one month.

    Months are year * 12 + month - 1.
    """

    month_no = models.IntegerField()
    granted_month = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=[
                    "month_no",
                    "issued",
                    "asset",
                    "origin",
                    "is_paid",
                    "contra",
                    "granted_month",
                ],
                name="ledger_valuemonth_once",
            ),
        ]


class ValueHorizon(models.Model):
    """One row: the number of the last transaction that the sums hold."""

    number = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(pk=1), name="ledger_valuehorizon_is_one_row"),
        ]
