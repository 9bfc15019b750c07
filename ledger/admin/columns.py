"""Columns of the admin that tell an amount of a record as money."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from unfold.decorators import display

from common.money import format_minor


def money_column(title: Any, amount: str, currency: str = "currency") -> Callable[[Any, Any], str]:
    """Tell the attribute ``amount`` in the ``currency`` of the record; both may be dotted."""
    amount_of, currency_of = attrgetter(amount), attrgetter(currency)

    @display(description=title)
    def shown(_admin: Any, record: Any) -> str:
        return format_minor(amount_of(record), currency_of(record))

    column: Callable[[Any, Any], str] = shown
    return column
