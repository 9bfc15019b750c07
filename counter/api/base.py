"""What every endpoint does around its one call: key, scope, throttle, id, answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.utils import timezone, translation
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import DomainError
from counter.api.asked import Asked
from counter.models import ApiRequest
from counter.operations.requests import (
    claim_request,
    keep_answer,
    one_at_a_time,
    release_request,
)
from ledger.api.base import TillView
from ledger.api.errors import status_of
from ledger.api.keys import key_of
from members.models import Store, Till, TillKey

REPLAY_HEADER = "Idempotent-Replay"
# What a member typed to show that it is them is no part of what was asked, and is kept nowhere.
SECRETS = frozenset({"pin", "code"})


@dataclass(frozen=True, kw_only=True)
class Order:
    """A request that was read and may be carried out."""

    id: UUID
    key: TillKey
    said: dict[str, Any]
    at: datetime

    @property
    def till(self) -> Till:
        """The till that asks."""
        return self.key.till

    @property
    def store(self) -> Store:
        """The store the till stands in: the only one it acts in."""
        return self.key.till.store

    @property
    def header(self) -> dict[str, Any]:
        """What every operation at a till is told of where, when and by whom: by no person."""
        return {"store": self.store, "at": self.at, "by": None, "till": self.till}


class WritingView(TillView):
    """A verb: carried out once for each id, answered alike however often it is asked."""

    verb: ClassVar[str]
    asks: ClassVar[type[Asked]]

    def act(self, order: Order) -> dict[str, Any]:
        """Carry the order out and return the answer. Raises DomainError to refuse."""
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        """Carry out what was asked, or repeat the first answer."""
        asked = self.asks(data=request.data)
        asked.is_valid(raise_exception=True)
        order = Order(
            id=asked.validated_data["id"],
            key=key_of(request),
            said=asked.validated_data,
            at=timezone.now(),
        )
        with one_at_a_time(order.id):
            claimed, is_new = claim_request(
                request_id=order.id,
                till=order.till,
                verb=self.verb,
                body=without_secrets(request.data),
                at=order.at,
            )
            if claimed.answer is None:
                self._carry_out(order, claimed, is_new=is_new)
        return _answer(claimed, is_new=is_new)

    def _carry_out(self, order: Order, claimed: ApiRequest, *, is_new: bool) -> None:
        try:
            keep_answer(request=claimed, answer=self.act(order), is_refused=False)
        except DomainError as error:
            if status_of(error) != 409 or error.asks_proof:
                # Nothing was tried: the caller may mend the request and keep the id.
                if is_new:
                    release_request(request=claimed)
                raise
            keep_answer(request=claimed, answer=in_every_language(error), is_refused=True)


def without_secrets(body: Any) -> dict[str, Any]:
    """What was asked, less what the member typed to prove who they are."""
    return {name: said for name, said in body.items() if name not in SECRETS}


def in_every_language(error: DomainError) -> dict[str, Any]:
    """The refusal as each language says it, so that a retry reads the very same one."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = error.as_dict()
    return said


def in_this_language(refusal: dict[str, Any]) -> dict[str, Any]:
    """A kept refusal as the caller reads it."""
    spoken: dict[str, Any] = refusal.get(translation.get_language() or "") or refusal["en"]
    return spoken


def _answer(request: ApiRequest, *, is_new: bool) -> Response:
    if request.is_refused:
        response = Response(in_this_language(request.answer or {}), status=409)
    else:
        response = Response(request.answer, status=201 if is_new else 200)
    if not is_new:
        response.headers[REPLAY_HEADER] = "true"
    return response
