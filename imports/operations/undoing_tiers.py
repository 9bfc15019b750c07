"""Takes a table of tiers back: those it made go where nobody holds them, others are as before."""

from collections.abc import Sequence
from typing import Any

from django.db.models import ProtectedError

from imports.models import ImportRow
from imports.operations.tiers_table import FIELDS, PARKED
from imports.rules import left_standing
from imports.rules.findings import Finding
from imports.rules.left_standing import reason
from members.models import Tier


def take_back_tiers(rows: Sequence[ImportRow]) -> dict[int, list[Finding]]:
    """Undo what the rows made of tiers, the last row first; why something stays, by row."""
    why: dict[int, list[Finding]] = {}
    ranks: dict[int, int] = {}
    for row in sorted(rows, key=lambda row: -row.number):
        tier = Tier.objects.filter(pk=(row.before or {}).get("tier") or 0).first()
        if tier is None:
            why[row.number] = []
        elif row.outcome == ImportRow.Outcome.CREATED:
            why[row.number] = _remove(tier, row)
        else:
            why[row.number] = _restore(tier, row, ranks)
    _rank_as_before(ranks)
    return why


def _remove(tier: Tier, row: ImportRow) -> list[Finding]:
    if any(getattr(tier, name) != row.values[name] for name in FIELDS if name in row.values):
        return [reason(left_standing.FieldChangedSince, field="tier")]
    try:
        tier.delete()
    except ProtectedError:
        return [reason(left_standing.TierInUse)]
    return []


def _restore(tier: Tier, row: ImportRow, ranks: dict[int, int]) -> list[Finding]:
    """Write the old conditions where those of the row still stand; ranks are put back together."""
    old: dict[str, Any] = dict((row.before or {}).get("fields", {}))
    if "rank" in old:
        ranks[tier.pk] = old.pop("rank")
    same = [name for name in old if getattr(tier, name) == row.values.get(name)]
    for name in same:
        setattr(tier, name, old[name])
    tier.save(update_fields=same)
    # What an earlier undo put back is as it was.
    stays = any(getattr(tier, name) != was for name, was in old.items())
    return [reason(left_standing.FieldChangedSince, field="tier")] if stays else []


def _rank_as_before(ranks: dict[int, int]) -> None:
    """No two tiers share a rank even for a moment; one that is taken by now is not given back."""
    taken = set(Tier.objects.exclude(pk__in=ranks).values_list("rank", flat=True))
    free = {tier: rank for tier, rank in ranks.items() if rank not in taken}
    for number, tier in enumerate(free):
        Tier.objects.filter(pk=tier).update(rank=PARKED + number)
    for tier, rank in free.items():
        Tier.objects.filter(pk=tier).update(rank=rank)
