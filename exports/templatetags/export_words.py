"""Filters that put the state of an export into a colour."""

from django import template

register = template.Library()

KINDS = {"queued": "warn", "running": "warn", "done": "ok", "failed": "bad"}


@register.filter
def status_kind(status: str) -> str:
    """The kind of badge of a state."""
    return KINDS[status]
