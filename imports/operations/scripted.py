"""Takes in files that an owner's script sends, each once however often it is sent."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.files import File
from django.db import IntegrityError, transaction

from common.constraints import broken_constraint
from imports.models import ImportBatch
from imports.operations.uploads import receive_file
from imports.rules.choices import Choices
from ledger.operations.refusals import RequestReused
from members.models import Store

ONCE = "imports_importbatch_request_id_key"


def receive_once(
    *,
    request_id: UUID,
    file: "File[bytes]",
    file_name: str,
    store: Store,
    at: datetime,
    choices: Choices,
    kind: str,
    on_duplicate: str,
) -> tuple[ImportBatch, bool]:
    """Keep the file under the script's id, or find the import made of it before.

    Answers the import and whether it is new. Raises PolicyUnknown, and RequestReused where the id
    came with another file or into another store.
    """
    if (known := _known(request_id, file, store)) is not None:
        return known, False
    try:
        with transaction.atomic():
            batch = receive_file(
                file=file,
                file_name=file_name,
                store=store,
                at=at,
                by=None,
                kind=kind,
                balance=choices.balance,
                on_duplicate=on_duplicate,
                request_id=request_id,
            )
            batch.choices = _spoken(choices) | {"kind": kind or None}
            batch.save(update_fields=["choices"])
    except IntegrityError as error:
        # Sent twice at once: the other one was quicker.
        known = _known(request_id, file, store) if broken_constraint(error) == ONCE else None
        if known is None:
            raise
        return known, False
    return batch, True


def _spoken(choices: Choices) -> dict[str, Any]:
    return {name: said for name, said in choices.as_json().items() if said}


def _known(request_id: UUID, file: "File[bytes]", store: Store) -> ImportBatch | None:
    known = ImportBatch.objects.select_related("store__entity").filter(request_id=request_id)
    batch = known.first()
    if batch is None:
        return None
    digest = hashlib.file_digest(file.open("rb"), "sha256").hexdigest()
    file.seek(0)
    if (batch.sha256, batch.store_id) != (digest, store.pk):
        raise RequestReused(request_id=request_id)
    return batch
