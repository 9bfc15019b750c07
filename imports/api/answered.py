"""What is answered about an import."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from common.errors import DomainError
from imports.models import ImportBatch
from imports.queries import report_of
from imports.queries.undone import undo_report_of
from ledger.api.shapes import ErrorAnswer, Shape


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
