"""Where a contract stands now: who holds it, whether it is paused, what is held of it."""

from datetime import datetime

from django.utils.dateparse import parse_datetime

from ledger.models import Contract, ContractEvent, EventKind, Hold, Lot, Movement
from ledger.models.settlements import StandingQuerySet
from members.models import Member


def standing_events(contract: Contract) -> StandingQuerySet:
    """What happened to the contract and was not undone, oldest first."""
    return ContractEvent.objects.filter(contract=contract).standing().order_by("pk")


def holder_of(contract: Contract) -> Member:
    """The member who holds the contract now: after transfers, and after they were merged."""
    events = standing_events(contract).select_related("to_member__merged_into")
    last = events.last()
    member: Member = last.to_member if last else contract.member
    while member.merged_into is not None:
        member = member.merged_into
    return member


def open_lots(contract: Contract) -> list[Lot]:
    """Lots of the contract that hold something, past their time or not, whoever holds them."""
    lots = Lot.objects.filter(contract=contract, is_open=True)
    return list(lots.select_related("wallet__asset").order_by("pk"))


def pause_in_force(contract: Contract, at: datetime) -> ContractEvent | None:
    """The pause that keeps the contract from being used at ``at``, if there is one."""
    kinds = {EventKind.PAUSED, EventKind.RESUMED}
    last: ContractEvent | None = standing_events(contract).filter(kind__in=kinds).last()
    if last is None or last.kind != EventKind.PAUSED:
        return None
    until = last.details.get("until")
    ends = parse_datetime(until) if until else None
    return last if ends is None or ends > at else None


def where_lots_went(contract: Contract, after: ContractEvent) -> dict[int, int]:
    """Lots that ``after`` opened → the lots their value is in now, through later hand-overs."""
    now = {new: new for _old, new in after.details["lots"]}
    for event in standing_events(contract).filter(pk__gt=after.pk):
        went = dict(event.details.get("lots", ()))
        now = {first: went.get(last, last) for first, last in now.items()}
    return now


def is_partly_on_deposit(contract: Contract) -> bool:
    """Whether an open deposit holds some of the contract's value."""
    holds = Hold.objects.open().values("txn_id")
    return Movement.objects.filter(lot__contract=contract, txn__in=holds).exists()
