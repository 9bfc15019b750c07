"""The ways in which a column's numbers may be read, each with what one of its cells would be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from imports.rules.amounts import BadCell, FractionalUnit, money_of
from imports.rules.choices import DISCOUNTS, MARKS
from imports.rules.day_choices import Way
from imports.rules.discounts import discount_of
from imports.rules.fields import MONEY_FIELDS, Column
from imports.rules.findings import BadDiscount
from imports.rules.mapping import Plan

SCALES = ("0.01", "1", "1000", "10000")
# Of points and the like, which are counted whole.
COUNT_SCALES = ("1", "10", "100")


def ways_of_mark(
    texts: Sequence[str], plan: Plan, column: Column, *, is_told: bool
) -> list[Way[int]]:
    """Both decimal marks, where a cell is an amount by either, or not by the one that was taken.

    Where somebody spoke of it, wherever a cell tells them apart. What is read is in minor units.
    """
    plans = {mark: replace(plan, decimal_marks={column.index: mark}) for mark in MARKS}
    taken = plan.decimal_mark(column)
    for text in texts:
        read = {mark: _number(text, one, column) for mark, one in plans.items()}
        numbers = [number for number in read.values() if number is not None]
        is_open = len(set(numbers)) == 2 or read[taken] is None or is_told
        if numbers and len(set(read.values())) == 2 and is_open:
            return [Way(mark, text, number) for mark, number in read.items()]
    return []


def ways_of_scale(texts: Sequence[str], plan: Plan, column: Column) -> list[Way[int]]:
    """What one may mean, with a cell of money in minor units; none where all is 0.

    Of counts only where one of them is not whole, or is by what one was said to mean.
    """
    is_money = column.field in MONEY_FIELDS
    as_it_is = replace(column, multiple=Decimal(1))
    for text in texts:
        if _number(text, plan, column) if is_money else _is_fraction(text, plan, as_it_is):
            scales = SCALES if is_money else COUNT_SCALES
            scaled = {one: replace(column, multiple=Decimal(one)) for one in scales}
            read = {one: _number(text, plan, by) for one, by in scaled.items()}
            return _readable(text, read)
    return []


def ways_of_discount(texts: Sequence[str], column: Column) -> list[Way[int]]:
    """What bare numbers may tell in a column of discounts, with a cell in percent off."""
    for text in texts:
        read = {said: _percent_off(text, column.header, said) for said in DISCOUNTS}
        if len({off for off in read.values() if off is not None}) > 1:
            return _readable(text, read)
    return []


def discount_taken(ways: Sequence[Way[int]], column: Column) -> str:
    """Which of the ways a column of discounts is read by; empty where by none."""
    off = _percent_off(ways[0].text, column.header, column.discounts)
    return next((way.said for way in ways if way.read == off), "")


def _readable(text: str, read: Mapping[str, int | None]) -> list[Way[int]]:
    return [Way(said, text, number) for said, number in read.items() if number is not None]


def _number(text: str, plan: Plan, column: Column) -> int | None:
    try:
        if column.field in MONEY_FIELDS:
            return money_of(text, plan.money_style(column))
        return plan.count(column, text)
    except BadCell:
        return None


def _is_fraction(text: str, plan: Plan, column: Column) -> bool:
    try:
        plan.count(column, text)
    except FractionalUnit:
        return True
    except BadCell:
        return False
    return False


def _percent_off(text: str, header: str, said: str) -> int | None:
    try:
        return discount_of(text, header, said)
    except BadDiscount:
        return None
