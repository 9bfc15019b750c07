"""Filters that show amounts and counts in the reader's language."""

from django import template

from common.money import format_minor, format_units

register = template.Library()


@register.filter
def money(amount: int | None, currency: str) -> str:
    """Show an amount in smallest units: ``{{ 1250|money:"CNY" }}``; empty for none."""
    return "" if amount is None else format_minor(int(amount), currency)


@register.filter
def units(count: int | None, scale: int = 0) -> str:
    """Show a count with thousands separators: ``{{ 12345|units }}``; empty for none."""
    return "" if count is None else format_units(int(count), scale)
