"""Answer each id once: whoever asks again gets the first answer, and asks for nothing new by it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction

from counter.models import ApiRequest
from ledger.operations.refusals import RequestReused
from members.models import Till

ENROL = "enrol"


@contextmanager
def one_at_a_time(request_id: UUID) -> Iterator[None]:
    """Let requests of one id wait for each other, so that the second finds the first's answer.

    The lock is the connection's, since verbs commit on their own; it ends with the connection.
    """
    name = f"api:{request_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        yield
    finally:
        with suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def claim_request(
    *, request_id: UUID, till: Till, verb: str, body: Any, at: datetime
) -> tuple[ApiRequest, bool]:
    """The request of this id, and whether it is new. Raises RequestReused for another body."""
    body_hash = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()
    claimed, is_new = ApiRequest.objects.get_or_create(
        pk=request_id,
        defaults={"till": till, "verb": verb, "body_hash": body_hash, "received_at": at},
    )
    asked = (till.pk, verb, body_hash)
    if (claimed.till_id, claimed.verb, bytes(claimed.body_hash)) != asked:
        raise RequestReused(request_id=request_id)
    return claimed, is_new


@transaction.atomic
def keep_answer(*, request: ApiRequest, answer: dict[str, Any], is_refused: bool) -> ApiRequest:
    """Keep what was answered; from now on it is the answer."""
    request.answer, request.is_refused = answer, is_refused
    request.save(update_fields=["answer", "is_refused"])
    return request


def release_request(*, request: ApiRequest) -> None:
    """Forget a request that was not even tried, so that its id may be used for a better one."""
    request.delete()


def forget_refused_enrolments(*, before: datetime) -> int:
    """Forget enrolments refused before a moment, whose refusals quote what was typed; how many.

    Nothing was done under their ids, so nothing can be done twice.
    """
    refused = ApiRequest.objects.filter(verb=ENROL, is_refused=True, received_at__lt=before)
    forgotten, _by_table = refused.delete()
    return forgotten
