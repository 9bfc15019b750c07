"""How many free uses a member may still be given this month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Q, Sum

from ledger.models import Movement
from members.models import Member, Store
from promotions.models import ServiceProgramme, TierEntitlement
from promotions.rules.entitlements import grant_ids, period_of


@dataclass(frozen=True)
class Due:
    """What one member is owed of one programme in one month beyond what was granted already.

    ``id`` is the id of the transaction that would grant it; None when the steps are used up.
    """

    member: Member
    programme: ServiceProgramme
    amount: int
    id: UUID | None


def programmes_of(store: Store) -> list[ServiceProgramme]:
    """Services the store takes part in, by name, with what each tier has free."""
    found = ServiceProgramme.objects.filter(
        Q(stores=store) | Q(stores__isnull=True), entity=store.entity_id, is_active=True
    )
    found = found.distinct().order_by("name", "pk").select_related("asset")
    return list(found.prefetch_related("entitlements"))


def free_per_month(programme: ServiceProgramme, tier_id: int | None) -> int:
    """Free uses a month for members of a tier; none without one."""
    entitlements: Iterable[TierEntitlement] = programme.entitlements.all()
    return next((one.per_month for one in entitlements if one.tier_id == tier_id), 0)


def due_this_month(programme: ServiceProgramme, members: Sequence[Member], day: date) -> list[Due]:
    """What the members' tiers entitle them to in the month of ``day`` and was not granted yet."""
    return due_of([(programme, member) for member in members], day)


def due_of(pairs: Sequence[tuple[ServiceProgramme, Member]], day: date) -> list[Due]:
    """The same for any pairs, in one query.

    A better tier within the month tops up the difference; a worse one takes nothing back.
    """
    steps = {
        (programme.pk, member.pk): list(grant_ids(programme.pk, member.pk, period_of(day)))
        for programme, member in pairs
    }
    granted = _granted(one for ids in steps.values() for one in ids)
    found = []
    for programme, member in pairs:
        ids = steps[programme.pk, member.pk]
        had = sum(granted.get(one, 0) for one in ids)
        amount = free_per_month(programme, member.tier_id) - had
        free = (one for one in ids if one not in granted)
        if amount > 0:
            found.append(Due(member, programme, amount, next(free, None)))
    return found


def _granted(ids: Iterable[UUID]) -> Mapping[UUID, int]:
    lines = Movement.objects.filter(txn__in=list(ids), amount__gt=0)
    return dict(lines.values_list("txn").annotate(granted=Sum("amount")))
