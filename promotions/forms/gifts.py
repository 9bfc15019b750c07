"""Gifts of an offer as people write them: one a line, the value as money."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from common.errors import DomainError
from common.money import format_plain, parse_minor

HELP = _("One a line: name | Chinese name | quantity | list value of all of them.")


class GiftsField(forms.CharField):
    """Lines of four parts; ``read`` makes them what the offer keeps."""

    def __init__(self, *, label: Any) -> None:
        """A text that may be empty."""
        super().__init__(
            label=label,
            required=False,
            help_text=HELP,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        )


def written(gifts: list[dict[str, Any]], currency: str) -> str:
    """The lines of gifts that an offer keeps."""
    return "\n".join(
        " | ".join(
            (
                gift["name"],
                gift["name_zh"],
                str(gift["quantity"]),
                format_plain(gift["list_value"], currency),
            )
        )
        for gift in gifts
    )


def read(text: str, currency: str) -> list[dict[str, Any]]:
    """What the lines say. Raises ValidationError naming the first line that is none."""
    return [_gift(line, currency) for line in text.splitlines() if line.strip()]


def _gift(line: str, currency: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.replace("｜", "|").split("|")]
    try:
        name, name_zh, quantity, value = parts
        return {
            "name": name,
            "name_zh": name_zh,
            "quantity": int(quantity),
            "list_value": parse_minor(value, currency),
        }
    except (ValueError, DomainError):
        message = _("“%(line)s” is not a gift. Write: name | Chinese name | quantity | list value.")
        raise forms.ValidationError(message, code="not_a_gift", params={"line": line}) from None
