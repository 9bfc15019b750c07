"""What a script decides on the way: other columns, rows that wait, differences, a pause."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from imports.api.answered import batch_of, told
from imports.api.described import acts, reads_mapping
from imports.api.forms_read import DecisionAsked, MappingAsked, SignatureAsked
from imports.api.views import SCOPES
from imports.operations import (
    check_batch,
    choose,
    decide_all,
    decide_row,
    pause_batch,
    queue_check,
    sign_off,
    type_totals,
)
from imports.operations.mappings import whole_choices
from imports.operations.steering import is_light, nudge
from imports.rules.together import number_shown
from ledger.api.base import TillView


def _said(asked: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    read = asked(data=request.data)
    read.is_valid(raise_exception=True)
    said: dict[str, Any] = read.validated_data
    return said


@reads_mapping(scopes=SCOPES)
@acts(name="choose_mapping", scopes=SCOPES, asks=MappingAsked)
class Mapping(TillView):
    """What the columns of a file mean; sent back changed, the file is checked once more by it."""

    scopes: ClassVar = SCOPES

    def get(self, request: Request, number: int) -> Response:
        """Look up how the file was understood."""
        batch = batch_of(request, number)
        return Response(
            {
                "batch": batch.pk,
                "kind": batch.kind,
                "on_duplicate": batch.on_duplicate,
                "mapping": whole_choices(batch) if batch.plan.get("columns") else batch.choices,
            }
        )

    def post(self, request: Request, number: int) -> Response:
        """Choose, and check again."""
        said = _said(MappingAsked, request)
        changes = said.pop("mapping", {}) | said
        batch = choose(batch=batch_of(request, number), changes=changes)
        if not is_light(batch):
            queue_check(batch=batch)
            nudge()
        else:
            check_batch(batch=batch, at=timezone.now(), by=None)
            type_totals(batch=batch, totals=batch.typed_totals)
        return told(batch, done=200)


@acts(name="decide_rows", scopes=SCOPES, asks=DecisionAsked)
class Decide(TillView):
    """Decide about rows that wait; the next run of the import carries it out."""

    scopes: ClassVar = SCOPES

    def post(self, request: Request, number: int) -> Response:
        """Decide about one row, or about many alike."""
        said, batch = _said(DecisionAsked, request), batch_of(request, number)
        if "row" in said:
            place = number_shown(str(said["row"]), batch.sheets_together)
            row = get_object_or_404(batch.import_rows, number=place)
            decide_row(row=row, decision=said["decision"])
        else:
            decide_all(batch=batch, decision=said["decision"], code=said.get("code", ""))
        return told(batch, done=200)


@acts(name="accept_difference", scopes=SCOPES, asks=SignatureAsked)
class Sign(TillView):
    """Accept by name that the totals do not come out."""

    scopes: ClassVar = SCOPES

    def post(self, request: Request, number: int) -> Response:
        """Sign, so that the import may be run."""
        said = _said(SignatureAsked, request)
        batch, reason = batch_of(request, number), f"{said['name']}: {said['reason']}"
        sign_off(batch=batch, reason=reason, at=timezone.now(), by=None)
        return told(batch, done=200)


@acts(name="pause_import", scopes=SCOPES)
class Pause(TillView):
    """Stop after the rows the worker is at, or before the first; run or undo goes on with it.

    An import of which nothing is booked yet is ``checked`` again, any other ``paused``, and an
    undo ``undo_paused``.
    """

    scopes: ClassVar = SCOPES

    def post(self, request: Request, number: int) -> Response:
        """Ask for the pause."""
        return told(pause_batch(batch=batch_of(request, number)), done=200)
