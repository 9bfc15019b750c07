"""A filter that shows a day written the ISO way as the reader's language writes days."""

from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def iso_day(text: str) -> str:
    """Show 2026-05-01 as the active language writes that day."""
    return date_format(date.fromisoformat(text), "DATE_FORMAT")
