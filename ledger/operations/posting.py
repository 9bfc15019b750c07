"""Send one operation to the ledger: its header, its legs, and the answer.

An operation of a higher app builds a ``Header`` and legs and calls ``post``, which is one round
trip. When it also writes rows of its own it does so after ``post``, in the same ``atomic`` block,
and only if the answer is fresh:

    with transaction.atomic(durable=True):
        answer = post(header, [take(...)])
        if answer.is_fresh:
            ...                      # rows of the caller
    answer.or_raise()                # after the commit: a refusal is a committed answer and burns
    the id
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import wraps
from time import sleep
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection

from common.calendars import HolidayCalendarMissing, kind_of_day
from ledger.models import Asset, Contra, LotOrigin, Scope, TxnKind
from ledger.operations.refusals import NothingToPost, RequestReused, refusal_of
from members.models import Member, Store, Till, User

Leg = dict[str, Any]

RETRIES = 3
TRANSIENT = {"40P01", "40001", "55P03"}  # deadlock, serialisation failure, lock timeout


@dataclass(frozen=True, kw_only=True)
class Header:
    """Who does what, where and when.

    ``request`` holds the business arguments: its hash tells a retry from another request under the
    same id, so it must not contain times made by the server.
    """

    id: UUID
    kind: TxnKind
    request: dict[str, Any]
    store: Store
    at: datetime
    by: User | None
    till: Till | None = None
    member: Member | None = None
    reverses: UUID | None = None
    reason: str = ""
    is_history: bool = False

    @property
    def posting_date(self) -> date:
        """The day it is booked on: one that is still open, unless it is brought over."""
        if self.is_history:
            return self.store.business_date(self.at)
        return self.store.posting_date(self.at)

    def as_json(self) -> dict[str, Any]:
        """The header as ``ledger_post`` reads it."""
        day = self.store.business_date(self.at)
        return {
            "id": str(self.id),
            "kind": self.kind.value,
            "request": self.request,
            "store": self.store.pk,
            "at": self.at.isoformat(),
            "business_date": self.posting_date.isoformat(),
            "day": day.isoformat(),
            "country": self.store.country,
            "day_kind": built_in_day_kind(day, self.store.country),
            "operator": self.by.pk if self.by else None,
            "till": self.till.pk if self.till else None,
            "member": self.member.pk if self.member else None,
            "reverses": str(self.reverses) if self.reverses else None,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Answer:
    """What the ledger did: the movements of the transaction, or the refusal."""

    id: UUID
    outcome: str
    movements: list[dict[str, Any]] = field(default_factory=list)
    refusal: dict[str, Any] | None = None
    replayed: bool = False

    @property
    def is_fresh(self) -> bool:
        """True when this very call posted: only then may the caller write rows of its own."""
        return self.outcome == "posted" and not self.replayed

    @property
    def taken(self) -> int:
        """Sum of what the member gave, positive."""
        return -sum(int(m["amount"]) for m in self.movements if m["amount"] < 0)

    @property
    def granted(self) -> int:
        """Sum of what the member gained."""
        return sum(int(m["amount"]) for m in self.movements if m["amount"] > 0)

    def or_raise(self) -> "Answer":
        """Return the answer or raise its refusal.

        Raises RequestReused, NothingToPost, NotEnough, AlreadyUsed, MoreThanWasMoved,
        TooManyLots, ContractChanged, ContractSettled.
        """
        if self.outcome == "conflict":
            raise RequestReused(request_id=self.id)
        if self.outcome == "empty":
            raise NothingToPost
        if self.refusal:
            raise refusal_of(self.refusal)
        return self


def retried[**P, R](operation: Callable[P, R]) -> Callable[P, R]:
    """Run ``operation`` again, at most three times, when PostgreSQL gave it up for a lock.

    Only the outermost call may retry: inside a transaction the error rises.
    """

    @wraps(operation)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(RETRIES):
            try:
                return operation(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if state not in TRANSIENT or connection.in_atomic_block:
                    raise
                sleep(0.02 * 3**attempt)
        return operation(*args, **kwargs)

    return run


def grant(
    *,
    member: Member,
    asset: Asset,
    amount: int,
    origin: LotOrigin,
    contra: Contra,
    cost: int = 0,
    priority: int = 50,
    contract: UUID | None = None,
    scope: Scope | None = None,
    granted_at: datetime | None = None,
    available_from: datetime | None = None,
    expires_at: datetime | None = None,
    merge: bool = False,
) -> Leg:
    """Open a lot of ``amount`` units that cost ``cost``.

    ``merge`` grows a free lot on the same terms instead.
    """
    return {
        "op": "grant",
        "member": member.pk,
        "asset": asset.pk,
        "amount": amount,
        "origin": origin.value,
        "contra": contra.value,
        "cost": cost,
        "priority": priority,
        "contract": str(contract) if contract else None,
        "scope": scope.pk if scope else None,
        "granted_at": _iso(granted_at),
        "available_from": _iso(available_from),
        "expires_at": _iso(expires_at),
        "merge": merge,
    }


def share_of_money(leg: Leg, *, fills: str, money: int, before: int, after: int, whole: int) -> Leg:
    """Size the granting ``leg`` by the money its own transaction is worth.

    ``fills`` is "cost" or "amount"; it becomes the part from before/whole to after/whole of
    ``money`` (what tenders other than stored value bring) plus what had been paid for the stored
    value drawn by the legs before this one. What bonus pays for is worth nothing. An amount of
    zero grants nothing.
    """
    return leg | {
        "share": {
            "fills": fills,
            "money": money,
            "before": before,
            "after": after,
            "whole": whole,
        }
    }


def take(
    *,
    member: Member,
    asset: Asset,
    amount: int,
    contra: Contra = Contra.REVENUE,
    list_value: int | None = None,
    charged_value: int | None = None,
    categories: Sequence[int] = (),
    contract: UUID | None = None,
    up_to: bool = False,
    held: bool = False,
) -> Leg:
    """Draw ``amount`` units; ``list_value`` is the undiscounted price of what they buy.

    Without ``charged_value`` a movement charges its cost share. ``up_to`` draws what there is
    instead of refusing. ``held`` draws on the lots of the reversed deposit alone, ended or not.
    """
    leg: Leg = {
        "op": "take",
        "member": member.pk,
        "asset": asset.pk,
        "amount": amount,
        "contra": contra.value,
        "list_value": list_value,
        "charged_value": charged_value,
        "categories": list(categories),
        "contract": str(contract) if contract else None,
        "up_to": up_to,
    }
    return leg | {"held": True} if held else leg


def give_back(
    *, asset: Asset | None = None, amount: int | None = None, lot: int | None = None
) -> Leg:
    """Return what the reversed transaction took, to the very lots, or to one ``lot`` of them.

    All that is left of it without ``amount``.
    """
    return {
        "op": "give_back",
        "asset": asset.pk if asset else None,
        "amount": amount,
        "lot": lot,
    }


def revoke(
    *,
    member: Member | None = None,
    asset: Asset | None = None,
    amount: int | None = None,
    debt_asset: Asset | None = None,
) -> Leg:
    """Take back what the reversed transaction granted.

    What is spent already is refused, or becomes ``member``'s debt where ``debt_asset`` is given.
    """
    leg: Leg = {"op": "revoke", "asset": asset.pk if asset else None, "amount": amount}
    if member and debt_asset:
        leg |= {"member": member.pk, "debt_asset": debt_asset.pk}
    return leg


def settle(*, member: Member, asset: Asset, debt_asset: Asset, amount: int) -> Leg:
    """Pay a debt of up to ``amount`` from what the member now holds.

    Nothing when there is none.
    """
    return {
        "op": "settle",
        "member": member.pk,
        "asset": asset.pk,
        "debt_asset": debt_asset.pk,
        "amount": amount,
        "contra": Contra.DEBT.value,
    }


def expire(*, member_id: int, asset_id: int) -> Leg:
    """Book to breakage all that has passed its time in one wallet."""
    return {"op": "expire", "member": member_id, "asset": asset_id}


def move(
    *,
    member: Member,
    to_member: Member,
    asset: Asset | None = None,
    contract: UUID | None = None,
    lots: Sequence[int] | None = None,
    **times: datetime | None,
) -> Leg:
    """Hand what is left of ``member``'s open lots to new lots of ``to_member``, terms unchanged.

    ``asset``, ``contract`` and ``lots`` (ids) narrow it down; nothing that is open stays behind
    otherwise, expired or not. ``times`` may say ``expires_at`` (None: never) and
    ``available_from`` (None: as it was); with the same member on both sides they alone change.
    """
    if unknown := times.keys() - {"expires_at", "available_from"}:
        raise TypeError(f"a lot has no time called {', '.join(sorted(unknown))}")
    return {
        "op": "move",
        "member": member.pk,
        "to_member": to_member.pk,
        "asset": asset.pk if asset else None,
        "contract": str(contract) if contract else None,
        "lots": None if lots is None else list(lots),
        **{name: _iso(at) for name, at in times.items()},
    }


def follow_merge(member: Member | None) -> list[Leg]:
    """What comes back to a member who was merged since goes on to the one they are now."""
    if member is None or member.merged_into is None:
        return []
    return [move(member=member, to_member=member.merged_into)]


def close(*, contract: UUID, expects: Mapping[int, int]) -> Leg:
    """Close what is left of a contract against settlement, whoever holds it.

    ``expects`` maps each open lot to what is left in it, as the arithmetic saw it: when a till was
    quicker, the ledger refuses (ContractChanged); so it does a second time (ContractSettled).
    """
    left = {str(lot): remaining for lot, remaining in expects.items()}
    return {"op": "close", "contract": str(contract), "expects": left}


def contract(**columns: Any) -> Leg:
    """Write a contract with the transaction.

    ``ledger.operations.contracts`` builds the columns.
    """
    return {"op": "contract", "contract": columns}


@retried
def post(header: Header, legs: Sequence[Leg]) -> Answer:
    """Post one operation and return the answer, which may be a refusal.

    See ``Answer.or_raise``.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post(%s::jsonb, %s::jsonb)",
            [json.dumps(header.as_json()), json.dumps(list(legs))],
        )
        return _answer(header.id, cursor.fetchone()[0])


def post_many(operations: Iterable[tuple[Header, Sequence[Leg]]]) -> list[Answer]:
    """Post operations in their order in one round trip and one transaction.

    Answers in the same order.
    """
    batch = [(header, {"h": header.as_json(), "l": list(legs)}) for header, legs in operations]
    if not batch:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_post(x->'h', x->'l') FROM jsonb_array_elements(%s::jsonb) AS x",
            [json.dumps([sent for _, sent in batch])],
        )
        rows = cursor.fetchall()
    return [_answer(header.id, row[0]) for (header, _), row in zip(batch, rows, strict=True)]


def built_in_day_kind(day: date, country: str) -> str | None:
    """What the calendar library says of ``day``; None where it does not know the year.

    The days an owner entered win over it: ``ledger_day_kind`` looks them up where a lot asks for
    the day.
    """
    try:
        return kind_of_day(day, country).value
    except HolidayCalendarMissing:
        return None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _answer(request_id: UUID, text: str) -> Answer:
    found = json.loads(text)
    return Answer(
        id=request_id,
        outcome=found["outcome"],
        movements=found.get("movements") or [],
        refusal=found.get("refusal"),
        replayed=found.get("replayed", False),
    )
