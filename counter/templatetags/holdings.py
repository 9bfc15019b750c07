"""Filters that show how much of an asset there is, and what came or went of it."""

from typing import Protocol

from django import template

from common.money import MINUS
from ledger.models import Asset

register = template.Library()


class Moved(Protocol):
    """So much of an asset, positive when the member gained it."""

    asset: Asset
    amount: int


@register.filter
def of_asset(amount: int | None, asset: Asset) -> str:
    """Show an amount as the asset's own: ``{{ balance.total|of_asset:balance.asset }}``."""
    return "" if amount is None else asset.show(int(amount))


@register.filter
def change_of(amount: int, asset: Asset) -> str:
    """Show an amount with its sign: ``{{ moved.amount|change_of:asset }}``."""
    return ("+" if amount > 0 else MINUS) + asset.show(abs(amount))


@register.filter
def signed(moved: Moved) -> str:
    """Show a change with its sign: ``{{ change|signed }}``."""
    sign = "+" if moved.amount > 0 else MINUS if moved.amount < 0 else ""
    return sign + moved.asset.show(abs(moved.amount))
