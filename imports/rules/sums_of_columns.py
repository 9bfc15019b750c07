"""Columns of money that are told by what others add up to, whatever they are called."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from imports.rules.aliases import HISTORY
from imports.rules.contents import cents_of
from imports.rules.fields import Column
from imports.rules.sheets import Row

# Columns that may be the rest of what others add up to.
REST_OF = frozenset({"", "stored_value", "stored_value_total"})
PAID_IN = re.compile(r"充|储|存|办卡|deposit|top.?up|load", re.IGNORECASE)


def settle_sums(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """The columns, those that sums of others tell taken for what they are."""
    return _principal_by_sum(_rest_by_difference(columns, sample), sample)


def _rest_by_difference(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """What was paid and given, less what was spent, is the rest: only that one is a balance."""
    by_field = {column.field: column for column in columns if column.field}
    paid = by_field.get("stored_value_principal") or _asked_about(columns)
    given = by_field.get("stored_value_bonus")
    spent = [one for one in columns if one.field == HISTORY or one.how == "unmapped"]
    rest = [column for column in columns if column.field in REST_OF and column.header]
    if paid is None or not spent:
        return columns
    parts = (paid.index, given.index if given else None)
    for left, gone in product(rest, spent):
        if left not in (paid, gone) and _comes_to(left.index, parts, gone.index, sample):
            had = (one for one in (paid, given, gone) if one and one.field != HISTORY)
            then = {one.index: replace(one, field=HISTORY, how="content", guess="") for one in had}
            then[left.index] = replace(left, field="stored_value", how="content", guess="")
            return [then.get(column.index, column) for column in columns]
    return columns


def _asked_about(columns: Sequence[Column]) -> Column | None:
    """The one column of money that may be what was paid in: 充值, 储值金额, Deposit."""
    asked = [one for one in columns if one.guess == "stored_value" and PAID_IN.search(one.header)]
    return asked[0] if len(asked) == 1 else None


def _principal_by_sum(columns: list[Column], sample: Sequence[Row]) -> list[Column]:
    """An unknown column that makes the balance together with the bonus is the principal."""
    by_field = {column.field: column for column in columns if column.field}
    whole = by_field.get("stored_value_total") or by_field.get("stored_value")
    bonus = by_field.get("stored_value_bonus")
    if whole is None or bonus is None or "stored_value_principal" in by_field:
        return columns
    for column in columns:
        unknown = not column.field and column.how in {"unmapped", "asked"} and column.header
        if unknown and _comes_to(whole.index, (column.index, bonus.index), None, sample):
            told = replace(column, field="stored_value_principal", how="content", guess="")
            return [told if one is column else one for one in columns]
    return columns


def _comes_to(
    whole: int, parts: Sequence[int | None], less: int | None, sample: Sequence[Row]
) -> bool:
    """Whether in every row a column of money is the sum of others, less one where one is given.

    In one row at least the first and the last of those hold something.
    """
    told = False
    for row in sample:
        total, *added, gone = (
            (cents_of(row.cell(place)) or 0) if place is not None else 0
            for place in (whole, *parts, less)
        )
        if total != sum(added) - gone:
            return False
        told = told or bool(added[0] and (added[-1] if less is None else gone))
    return told
