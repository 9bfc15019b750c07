"""Pause a contract: nothing of it can be used, and no day of it is lost."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.days import lazy_day
from common.errors import DomainError
from ledger.models import Contract, ContractEvent, EventKind, Lot, TxnKind
from ledger.operations.handing_over import (
    NothingLeftOfContract,
    check_has_value,
    contract_header,
    is_known,
    lots_moved,
    note_event,
    posted_event,
)
from ledger.operations.posting import Header, Leg, move, post, retried
from ledger.queries.contracts import holder_of, open_lots, pause_in_force, where_lots_went
from ledger.rules.retiming import days_between, shifted_end
from members.models import Member, Store, Till, User

# No lot is available from here on; a pause without an end waits for somebody to resume it.
NEVER = datetime.fromisoformat("9999-01-01T00:00:00+00:00")


class PausedAlready(DomainError):
    code = "paused_already"
    message = _("This contract is paused already. Resume it first.")


class NotPaused(DomainError):
    code = "not_paused"
    message = _("This contract is not paused, so there is nothing to resume.")


class PauseEndsTooSoon(DomainError):
    code = "pause_ends_too_soon"
    message = _("A pause lasts until a later day than today. Choose %(day)s or later.")


@dataclass(frozen=True)
class Times:
    """When a lot may be used, as it was before the pause."""

    available_from: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, lot: Lot) -> Self:
        """The times of a lot."""
        return cls(lot.available_from, lot.expires_at)

    @classmethod
    def read(cls, kept: dict[str, str | None]) -> Self:
        """The times kept with an event."""
        ends = kept["expires_at"]
        start = datetime.fromisoformat(str(kept["available_from"]))
        return cls(start, datetime.fromisoformat(ends) if ends else None)

    def kept(self) -> dict[str, str | None]:
        """As an event keeps them."""
        ends = self.expires_at.isoformat() if self.expires_at else None
        return {"available_from": self.available_from.isoformat(), "expires_at": ends}

    def later(self, days: int, store: Store) -> datetime | None:
        """The end so many business days of the store later."""
        if self.expires_at is None:
            return None
        return shifted_end(self.expires_at, days, store.zone, store.day_cut)


@retried
def pause_contract(
    *,
    request_id: UUID,
    contract: Contract,
    reason: str,
    store: Store,
    at: datetime,
    by: User | None,
    until: date | None = None,
    noticed_at: datetime | None = None,
    till: Till | None = None,
) -> ContractEvent:
    """Let nothing of the contract be used before the day ``until``, or before it is resumed.

    Ends move by as many business days of the selling store as the pause takes; without ``until``
    there is no end meanwhile. What had ended before stays ended.

    Raises ReasonMissing, PausedAlready, PauseEndsTooSoon, NothingLeftOfContract, PartlyOnDeposit,
    RequestReused.
    """
    place = contract.store
    wakes = _wakes(place, at, until)
    live = [lot for lot in open_lots(contract) if lot.expires_at is None or lot.expires_at > at]
    if not is_known(request_id):
        if pause_in_force(contract, at):
            raise PausedAlready
        check_has_value(contract)
        if not live:
            raise NothingLeftOfContract
    days = days_between(at, wakes, place.zone, place.day_cut) if until else None
    new_ends = {lot.pk: None if days is None else Times.of(lot).later(days, place) for lot in live}
    header = contract_header(
        request_id=request_id,
        kind=TxnKind.RETIME,
        contract=contract,
        request={"pause": until.isoformat() if until else None},
        reason=reason,
        store=store,
        at=at,
        by=by,
        till=till,
        member=holder_of(contract),
    )
    legs = retiming_legs(holder_of(contract), {pk: (wakes, end) for pk, end in new_ends.items()})
    details = {"until": wakes.isoformat() if until else None}
    times = {lot.pk: Times.of(lot).kept() for lot in live}
    return _post(
        header,
        legs,
        contract,
        EventKind.PAUSED,
        details=details,
        times=times,
        noticed_at=noticed_at,
    )


def _wakes(store: Store, at: datetime, until: date | None) -> datetime:
    """The moment a pause ends. Raises PauseEndsTooSoon."""
    if until is None:
        return NEVER
    wakes = store.day_bounds(until)[0]
    if wakes <= at:
        tomorrow = store.business_date(at) + timedelta(days=1)
        raise PauseEndsTooSoon(day=lazy_day(tomorrow))
    return wakes


@retried
def resume_contract(
    *,
    request_id: UUID,
    contract: Contract,
    reason: str,
    store: Store,
    at: datetime,
    by: User | None,
    till: Till | None = None,
) -> ContractEvent:
    """Let a paused contract be used again now, before its planned end or without one.

    Each end becomes the one before the pause plus the business days that the pause really took.

    Raises ReasonMissing, NotPaused, NothingLeftOfContract, RequestReused.
    """
    place = contract.store
    pause = pause_in_force(contract, at)
    plan: dict[int, tuple[datetime, datetime | None]] = {}
    if pause:
        days = days_between(pause.recorded_at, at, place.zone, place.day_cut)
        for lot, before in _times_before(contract, pause).items():
            plan[lot] = (before.available_from, before.later(days, place))
    elif not is_known(request_id):
        raise NotPaused
    header = contract_header(
        request_id=request_id,
        kind=TxnKind.RETIME,
        contract=contract,
        request={"resume": True},
        reason=reason,
        store=store,
        at=at,
        by=by,
        till=till,
        member=holder_of(contract),
    )
    legs = retiming_legs(holder_of(contract), plan)
    return _post(header, legs, contract, EventKind.RESUMED, details={}, times={}, noticed_at=at)


def _times_before(contract: Contract, pause: ContractEvent) -> dict[int, Times]:
    """The times before the pause, of the lots that hold the value now."""
    now = where_lots_went(contract, pause)
    kept = {int(lot): Times.read(times) for lot, times in pause.details["times"].items()}
    return {now[lot]: times for lot, times in kept.items() if lot in now}


def retiming_legs(
    member: Member, plan: dict[int, tuple[datetime, datetime | None]]
) -> Sequence[Leg]:
    """One leg for lots of equal new times; ``plan``: lot → (available from, end)."""
    alike: dict[tuple[datetime, datetime | None], list[int]] = defaultdict(list)
    for lot, times in sorted(plan.items()):
        alike[times].append(lot)
    return [
        move(member=member, to_member=member, lots=lots, available_from=start, expires_at=end)
        for (start, end), lots in alike.items()
    ]


def _post(
    header: Header,
    legs: Sequence[Leg],
    contract: Contract,
    kind: EventKind,
    *,
    details: dict[str, Any],
    times: dict[int, dict[str, str | None]],
    noticed_at: datetime | None,
) -> ContractEvent:
    with transaction.atomic(durable=True):
        answer = post(header, legs)
        if answer.is_fresh:
            moved = lots_moved(answer)
            kept = {"times": {new: times[old] for old, new in moved}} if times else {}
            note_event(
                header, answer, contract, kind, noticed_at=noticed_at, details=details | kept
            )
    return posted_event(answer, contract)
