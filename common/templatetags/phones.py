"""Filters that show phone numbers."""

from django import template

from common.phones import mask_phone

register = template.Library()


@register.filter
def masked_phone(e164: str | None) -> str:
    """Show enough to recognise the number; empty for none."""
    return mask_phone(e164) if e164 else ""
