"""Which imports a key may see, and what is answered about one."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import DomainError
from imports.models import BatchQuerySet, ImportBatch
from imports.queries import report_of
from imports.queries.undone import undo_report_of
from ledger.api.keys import key_of
from ledger.api.shapes import ErrorAnswer, Shape
from members.models import Store


class ImportAnswer(Shape):
    """How far an import is, what it found and did, and what its undo left."""

    batch = serializers.IntegerField()
    status = serializers.CharField()
    url = serializers.CharField()
    rows = serializers.IntegerField()
    rows_done = serializers.IntegerField()
    problem = ErrorAnswer(allow_null=True)
    report = serializers.DictField(allow_null=True)
    undo = serializers.DictField(allow_null=True)


class MappingAnswer(Shape):
    """What the file lists and what each of its columns means, ready to be sent back changed."""

    batch = serializers.IntegerField()
    kind = serializers.CharField()
    on_duplicate = serializers.CharField()
    mapping = serializers.DictField()


class ImportsAnswer(Shape):
    """The imports into the key's store, the latest first."""

    batches = serializers.ListField(child=serializers.DictField())


def import_answer(batch: ImportBatch, problem: DomainError | None = None) -> dict[str, Any]:
    """The answer; ``problem`` is why the batch was not run, where it was only checked."""
    return {
        "batch": batch.pk,
        "status": batch.status,
        "url": reverse("imports_api:batch", args=[batch.pk]),
        "rows": batch.rows,
        "rows_done": batch.rows_done,
        "problem": problem.as_dict() if problem else batch.problem,
        "report": report_of(batch) if batch.checked_at else None,
        "undo": undo_report_of(batch) if batch.undo_report else None,
    }


def store_of(request: Request) -> Store:
    """The store of the till whose key is shown."""
    return key_of(request).till.store


def batches_of(request: Request) -> BatchQuerySet:
    """The imports that the key may see."""
    into: BatchQuerySet = ImportBatch.objects.filter(store=store_of(request))
    return into


def batch_of(request: Request, number: int) -> ImportBatch:
    """The import of that number, if it is into the key's store; else 404."""
    batches = batches_of(request).select_related("store__entity")
    return get_object_or_404(batches, pk=number)


def told(batch: ImportBatch, *, done: int, problem: DomainError | None = None) -> Response:
    """The answer with ``done`` as its status, or 202 while the worker has the batch."""
    batch = ImportBatch.objects.select_related("store").get(pk=batch.pk)
    is_later = batch.status in ImportBatch.ON_THE_WAY
    return Response(import_answer(batch, problem), status=202 if is_later else done)
