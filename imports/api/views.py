"""The verbs a script may call: send a file, look at its import, run it, take it back.

A key acts in the store of its till alone. What is small is done at once; the rest is handed to the
worker, and the answer is 202 with the address that tells how far it is.
"""

from pathlib import Path
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response

from common.edges import XLSX, StoreNotYours
from common.errors import DomainError
from common.rates import UploadedTooOften, count_upload
from imports.api.answered import (
    batch_of,
    batches_of,
    import_answer,
    store_of,
    told,
)
from imports.api.described import acts, asks_file, gives_workbook, reads_one, reads_several
from imports.api.forms_read import AlwaysForm, FormParser, ImportAsked
from imports.models import ImportBatch
from imports.operations import (
    check_batch,
    drop_batch,
    forget_upload,
    queue_batch,
    queue_check,
    queue_undo,
    run_batch,
    undo_batch,
)
from imports.operations.scripted import receive_once
from imports.operations.steering import is_light, is_short, nudge
from imports.operations.totals import DifferenceUnsigned, refuse_unsigned, type_totals
from imports.queries.bad_rows import bad_rows_workbook
from imports.queries.batches import batches_listed
from imports.rules.choices import Choices, sheets_said
from imports.rules.controls import figures_in
from ledger.api.base import TillView
from ledger.api.keys import key_of
from members.models import TillKey

SCOPES = (TillKey.Scope.IMPORT.value,)
REPLAY_HEADER = "Idempotent-Replay"
LATEST = 100

Status = ImportBatch.Status


@reads_several(scopes=SCOPES)
@asks_file(scopes=SCOPES)
class Imports(TillView):
    """Send a file to be imported into the key's store, or list the imports there."""

    scopes: ClassVar = SCOPES
    parser_classes = (FormParser,)
    content_negotiation_class = AlwaysForm

    def get(self, request: Request) -> Response:
        """List the latest imports."""
        return Response({"batches": batches_listed(batches_of(request), most=LATEST)})

    def post(self, request: Request) -> Response:
        """Take the file in and check it; run it unless it is a dry run."""
        asked = ImportAsked(data=request.data)
        asked.is_valid(raise_exception=True)
        _count_upload(request)
        said, store = asked.validated_data, store_of(request)
        if said.get("store", store.code) != store.code:
            raise StoreNotYours(store=said["store"])
        totals = figures_in(said.get("totals", {}), store.currency)
        batch, is_new = receive_once(
            request_id=said["id"],
            file=said["file"],
            file_name=Path(said["file"].name or "file").name,
            store=store,
            at=timezone.now(),
            choices=_choices(said),
            kind=said.get("kind", ""),
            on_duplicate=said["on_duplicate"],
        )
        if is_new:
            return told(batch, done=201, problem=_begun(batch, totals, is_dry=said["dry_run"]))
        answer = told(batch, done=200)
        answer.headers[REPLAY_HEADER] = "true"
        return answer


def _count_upload(request: Request) -> None:
    try:
        count_upload(f"till-{key_of(request).till_id}")
    except UploadedTooOften as refusal:
        raise Throttled(refusal.params["seconds"]) from refusal


def _choices(said: dict[str, Any]) -> Choices:
    mapping = dict(said.get("mapping", {}))
    if "balance" in said:
        mapping["balance"] = said["balance"]
    if said.get("sheet"):
        mapping["sheet"] = sheets_said(said["sheet"])
    return Choices.from_json(mapping)


def _begun(batch: ImportBatch, totals: dict[str, int], *, is_dry: bool) -> DomainError | None:
    """Check and run a small file; a large one is only handed on, and waits to be run.

    A file that is refused leaves nothing, and its id free. Returns why it was checked and not run.
    """
    if not is_light(batch):
        ImportBatch.objects.filter(pk=batch.pk).update(typed_totals=totals)
        queue_check(batch=batch)
        nudge()
        return None
    try:
        check_batch(batch=batch, at=timezone.now(), by=None)
        type_totals(batch=batch, totals=totals)
    except DomainError:
        drop_batch(batch=batch)
        raise
    return None if is_dry else _run(batch)


def _run(batch: ImportBatch) -> DomainError | None:
    """Run a checked batch, now or in the worker; returns the difference nobody signed for."""
    try:
        refuse_unsigned(batch)
    except DifferenceUnsigned as difference:
        return difference
    if not is_short(batch):
        queue_batch(batch=batch)
        nudge()
    else:
        run_batch(batch=batch, at=timezone.now(), by=None)
        forget_upload(batch=batch)
    return None


@reads_one(scopes=SCOPES)
class Import(TillView):
    """How far an import is, what it found and did."""

    scopes: ClassVar = SCOPES

    def get(self, request: Request, number: int) -> Response:
        """Look the import up."""
        return Response(import_answer(batch_of(request, number)))


@acts(name="run_import", scopes=SCOPES)
class Run(TillView):
    """Book the rows that wait; asked again it books nothing twice."""

    scopes: ClassVar = SCOPES

    def post(self, request: Request, number: int) -> Response:
        """Run the import."""
        batch = batch_of(request, number)
        # To type totals takes back what was signed.
        if batch.status in ImportBatch.UNBOOKED and batch.checked_at and not batch.signed_at:
            type_totals(batch=batch, totals=batch.typed_totals)
        if batch.status not in ImportBatch.ON_THE_WAY and (difference := _run(batch)):
            raise difference
        return told(batch, done=200)


@acts(name="undo_import", scopes=SCOPES)
class Undo(TillView):
    """Take back what nobody has used since; asked again it tries what was left."""

    scopes: ClassVar = SCOPES

    def post(self, request: Request, number: int) -> Response:
        """Undo the import."""
        batch = batch_of(request, number)
        if not is_short(batch) or batch.status == Status.UNDOING:
            queue_undo(batch=batch, at=timezone.now(), by=None)
            nudge()
        else:
            undo_batch(batch=batch, at=timezone.now(), by=None)
        return told(batch, done=200)


@gives_workbook(scopes=SCOPES)
class BadRows(TillView):
    """The rows that were not booked, with the reasons, to correct and send again."""

    scopes: ClassVar = SCOPES

    def get(self, request: Request, number: int) -> HttpResponse:
        """Send the workbook."""
        batch = batch_of(request, number)
        answer = HttpResponse(bad_rows_workbook(batch), content_type=XLSX)
        answer["Content-Disposition"] = f'attachment; filename="import-{batch.pk}-rows.xlsx"'
        return answer
