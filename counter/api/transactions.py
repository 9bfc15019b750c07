"""Say how an operation ended, to whoever never got the answer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from common.edges import StoreNotYours
from counter.api import answered
from counter.api.base import in_this_language
from counter.api.described import reads
from counter.queries.transactions import Record, refusal_of, transaction_answer, transaction_with
from ledger.api.base import TillView
from ledger.api.errors import ScopeMissing
from ledger.api.keys import key_of
from ledger.models import Txn
from ledger.operations import refusals
from members.models import TillKey

ANY = tuple(TillKey.Scope.values)


@reads(
    name="find_transaction",
    asks=[OpenApiParameter("id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    answers=answered.OutcomeAnswer,
    scopes=ANY,
)
class Transaction(TillView):
    """Say how an operation of this store ended, when no answer came."""

    scopes: ClassVar = ANY

    def get(self, request: Request, id: UUID) -> Response:
        """Look the operation up. A key without ``read`` sees what its own till did."""
        key = key_of(request)
        record = transaction_with(id)
        if record.store.pk != key.till.store_id:
            raise StoreNotYours(store=record.store.name)
        is_own = record.till is not None and record.till.pk == key.till_id
        if not (is_own or key.allows(TillKey.Scope.READ)):
            raise ScopeMissing(scope=TillKey.Scope.READ.value)
        return Response(_outcome(record))


def _outcome(record: Record) -> dict[str, Any]:
    moved = record.is_by_value and not record.is_refused
    return {
        "id": str(record.id),
        "kind": record.kind,
        "outcome": "refused" if record.is_refused else "done",
        "is_undone": record.is_undone,
        "transaction": transaction_answer(record.id) if moved else None,
        "refusal": _refusal(record) if record.is_refused else None,
    }


def _refusal(record: Record) -> dict[str, Any]:
    kept = refusal_of(record.id)
    if kept:
        return in_this_language(kept)
    return refusals.refusal_of(Txn.objects.get(pk=record.id).refusal or {}).as_dict()
