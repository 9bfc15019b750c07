"""Read what a script sends strictly: files no larger than a page takes, every field known."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request

from imports.models import ImportRow, Kind
from imports.rules.choices import BALANCES
from imports.rules.duplicates import OnDuplicate
from ledger.api.errors import FileOverLimit, MalformedForm, NotAForm
from ledger.api.fields import RequestId, StrictSerializer, Text
from ledger.api.parsing import AlwaysJSON

DECISIONS = [one for one in ImportRow.Decision.values if one]
# What the other fields of the form may take beside the file.
ROOM_BYTES = 1 << 20


class FormParser(MultiPartParser):
    """A form with one file."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The fields and the file. Raises NotAForm, FileOverLimit, MalformedForm."""
        request = (parser_context or {})["request"]
        if not (media_type or "").lower().startswith("multipart/form-data"):
            raise NotAForm
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.UPLOAD_LIMIT_BYTES + ROOM_BYTES:
            raise FileOverLimit
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError as error:
            raise MalformedForm from error


class AlwaysForm(AlwaysJSON):
    """A form in, JSON out."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser:
        """The one parser, which says itself what it takes."""
        found: BaseParser = parsers[0]
        return found


@extend_schema_field(OpenApiTypes.STR)
class JSONObject(serializers.Field[dict[str, Any], str, Any, Any]):
    """A JSON object, written out in a field of a form."""

    default_error_messages = {"no_object": _("Write it as a JSON object.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The object."""
        try:
            found = json.loads(data)
        except (TypeError, ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            self.fail("no_object")
        return found

    def to_representation(self, value: Any) -> Any:
        """Nothing answers with it."""
        return value


class Totals(JSONObject):
    """What the file must come to, by name.

    A whole number is in the smallest unit; a text such as "1234.50" is read as a person means it.
    """

    default_error_messages = {
        "no_totals": _('Write whole numbers of zero or more, or texts such as "1234.50", by name.')
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The totals."""
        found = super().to_internal_value(data)
        if not all(map(_is_figure, found.values())):
            self.fail("no_totals")
        return found


def _is_figure(said: Any) -> bool:
    return bool(said.strip()) if isinstance(said, str) else type(said) is int and said >= 0


@extend_schema_field(OpenApiTypes.BINARY)
class SentFile(serializers.FileField):
    """A file among the parts of a form."""


@extend_schema_field({"oneOf": [{"type": "integer", "minimum": 1}, {"type": "string"}]})
class RowPlace(serializers.Field[int | str, Any, Any, Any]):
    """A row as the report names it: a number, or a sheet and the number in it."""

    default_error_messages = {"no_row": _("Write the row as the report does.")}

    def to_internal_value(self, data: Any) -> int | str:
        """The number, or the text."""
        if not isinstance(data, str) and (type(data) is not int or data < 1):
            self.fail("no_row")
        return int(data) if type(data) is int else str(data)

    def to_representation(self, value: Any) -> Any:
        """Nothing answers with it."""
        return value


class MappingAsked(StrictSerializer):
    """Other choices about a file; what is left out stays as it was."""

    mapping = serializers.DictField(
        required=False, help_text="What the columns mean, as for import_sheet."
    )
    kind = serializers.ChoiceField(Kind.values, required=False)
    on_duplicate = serializers.ChoiceField([policy.value for policy in OnDuplicate], required=False)


class DecisionAsked(StrictSerializer):
    """What becomes of one row that waits, of those that wait for one reason, or of all."""

    decision = serializers.ChoiceField(DECISIONS)
    row = RowPlace(required=False, help_text="The row as the report names it.")
    code = Text(required=False, max_length=40, help_text="Code of the reason; without: all rows.")


class SignatureAsked(StrictSerializer):
    """Who accepts that the totals differ, and why that is right."""

    name = Text(max_length=60)
    reason = Text(max_length=200)


class ImportAsked(StrictSerializer):
    """A file, and what is said of it beforehand."""

    id = RequestId()
    file = SentFile(max_length=255)
    store = Text(
        required=False, max_length=32, help_text="Code of the key's store; no other is taken."
    )
    kind = serializers.ChoiceField(Kind.values, required=False, help_text="Guessed when left out.")
    mapping = JSONObject(required=False, help_text="What the columns mean, as for import_sheet.")
    sheet = serializers.ListField(
        child=Text(max_length=255),
        required=False,
        help_text="Sheets of a workbook, or all: those with the same columns, read as one table.",
    )
    on_duplicate = serializers.ChoiceField(
        [policy.value for policy in OnDuplicate], default=OnDuplicate.FLAG.value
    )
    balance = serializers.ChoiceField(list(BALANCES), required=False)
    dry_run = serializers.BooleanField(default=False)
    totals = Totals(
        required=False,
        help_text="Rows, members and sums the file must come to: whole numbers in the smallest "
        "unit, or texts as they are said (1234.50).",
    )

    def validate_file(self, file: Any) -> Any:
        """Refuse a file over the limit. Raises FileOverLimit."""
        if file.size > settings.UPLOAD_LIMIT_BYTES:
            raise FileOverLimit
        return file
