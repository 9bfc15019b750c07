"""Fields that take what they say and nothing like it: no number as text, no fraction as money."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

LARGEST_AMOUNT = 10**12
LARGEST_COUNT = 10**9
VISIBLE = re.compile(r"[^\s\x00-\x1f\x85]")
CANONICAL_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class StrictSerializer(serializers.Serializer[Any]):
    """An object with these fields and no others."""

    default_error_messages = {
        "unknown_field": _("There is no such field. Leave it out, or check its name."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Refuse unknown fields together with the faults of the known ones."""
        faults: dict[str, Any] = {}
        try:
            said: dict[str, Any] = super().to_internal_value(data)
        except serializers.ValidationError as error:
            faults = error.detail if isinstance(error.detail, dict) else {}
            if not isinstance(data, dict):
                raise
        for name in set(data) - set(self.fields):
            faults[name] = [self._fault("unknown_field")]
        if faults:
            raise serializers.ValidationError(faults)
        return said

    def _fault(self, code: str) -> serializers.ErrorDetail:
        return serializers.ErrorDetail(str(self.error_messages[code]), code)


class Whole(serializers.IntegerField):
    """A JSON integer: no text, no 12.0, no true."""

    default_error_messages = {"invalid": _("A whole number is needed, without quotes or a point.")}

    def to_internal_value(self, data: Any) -> int:
        """The number itself."""
        if type(data) is not int:
            self.fail("invalid")
        return int(data)


class Amount(Whole):
    """Money in the currency's smallest unit, zero or more."""

    def __init__(self, *, least: int = 0, **more: Any) -> None:
        more.setdefault("help_text", "In the currency's smallest unit, such as cents.")
        super().__init__(min_value=least, max_value=LARGEST_AMOUNT, **more)


class Count(Whole):
    """How many: one or more."""

    def __init__(self, **more: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_COUNT, **more)


class Text(serializers.CharField):
    """A JSON string: a number or a truth value is none."""

    def to_internal_value(self, data: Any) -> str:
        """The text without blanks around it."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        if not (self.allow_blank or VISIBLE.search(text)):
            self.fail("blank")
        return text


class RequestId(serializers.UUIDField):
    """The id a client makes before it sends, as 36 characters."""

    def to_internal_value(self, data: Any) -> UUID:
        """The id."""
        if not (isinstance(data, str) and CANONICAL_UUID.fullmatch(data)):
            self.fail("invalid", value="")
        return UUID(data)


class Moment(serializers.DateTimeField):
    """A moment with its offset from UTC; without one nobody knows when it was."""

    default_error_messages = {
        "no_offset": _("Write a moment with its offset, as in 2026-05-01T20:00:00+08:00."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        """The moment, aware."""
        try:
            found = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            self.fail("no_offset")
        return found


def many(
    of: StrictSerializer, *, most: int, least: int = 1, required: bool = True
) -> serializers.ListField:
    """A list of ``least`` to ``most`` such objects."""
    return serializers.ListField(child=of, min_length=least, max_length=most, required=required)


class TextInSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """Says in the schema what the serializer field asks: more than blanks, and no NUL."""

    target_class = "ledger.api.fields.Text"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        """The text as OpenAPI writes it."""
        text: Text = self.target
        said: dict[str, Any] = {"type": "string", "maxLength": text.max_length}
        if text.allow_blank:
            return said | {"pattern": r"^[^\x00]*$"}
        return said | {"minLength": 1, "pattern": rf"^[^\x00]*{VISIBLE.pattern}[^\x00]*$"}
