"""Books a table of tiers: makes those that are new, changes what differs on those of the same name.

A row's ``before`` names the tier it made or changed: ``{"tier": id}``, and where the tier was there
already ``fields`` with what it was before. A rank that a tier outside the table has is not taken
from it: the tier of the table comes right after.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Max

from imports.models import ImportRow
from imports.operations.job import Job
from imports.operations.tiers import TierBook, code_for, step_of
from imports.rules import findings
from members.models import Tier

Outcome = ImportRow.Outcome
FIELDS = ("discount_percent", "min_spend", "min_points", "min_visits", "window_months")
THRESHOLDS = ("min_spend", "min_points", "min_visits")
# Ranks are moved through here, for no two tiers may share one even for a moment.
PARKED = 20_000


def predict_tiers(rows: Sequence[ImportRow], _job: Job) -> None:
    """Say on each row what would become of it, and put the steps of the table in one order."""
    book = TierBook()
    right = [row for row in rows if row.outcome == Outcome.CREATED]
    _settle_ranks(right)
    for row in right:
        tier = _known(row, book)
        if tier is not None:
            row.outcome = Outcome.UPDATED if _changes(row, tier) else Outcome.UNCHANGED


def _settle_ranks(rows: Sequence[ImportRow]) -> None:
    """Ranks from 1, the lowest first; a table that counts from the best one is turned round."""
    ranked = [row for row in rows if "rank" in row.values]
    if not ranked:
        return
    ranks = [row.values["rank"] for row in ranked]
    turned = _counts_from_the_best(ranked)
    for row in ranked:
        rank = row.values["rank"]
        row.values["rank"] = (max(ranks) - rank + 1) if turned else rank + (min(ranks) == 0)


def _counts_from_the_best(rows: Iterable[ImportRow]) -> bool:
    steps = sorted(
        (row.values["rank"], _threshold(row))
        for row in rows
        if any(name in row.values for name in THRESHOLDS)
    )
    amounts = [amount for _rank, amount in steps]
    return len(amounts) > 1 and amounts == sorted(amounts, reverse=True) != sorted(amounts)


def _threshold(row: ImportRow) -> tuple[int, ...]:
    return tuple(row.values.get(name, 0) for name in THRESHOLDS)


def book_tiers(rows: Sequence[ImportRow], _job: Job) -> None:
    """Make and change the tiers the rows describe; sets outcome, why and before of each row."""
    book = TierBook()
    known = {row.number: _known(row, book) for row in rows}
    ranks = _ranks(rows, known)
    moved = [tier for row in rows if (tier := known[row.number]) and row.number in ranks]
    for number, tier in enumerate(moved):
        Tier.objects.filter(pk=tier.pk).update(rank=PARKED + number)
    for row in rows:
        if (held := known[row.number]) is None:
            _make(row, ranks)
        else:
            _change(row, held, ranks)


def _known(row: ImportRow, book: TierBook) -> Tier | None:
    return book.of(row.values.get("code")) or book.of(row.values["name"])


def _ranks(rows: Sequence[ImportRow], known: dict[int, Tier | None]) -> dict[int, int]:
    """The rank each row's tier is to have; those that neither say one nor are new keep theirs."""
    ours = {tier.pk for row in rows if (tier := known[row.number]) and "rank" in row.values}
    others = {tier.rank: tier for tier in Tier.objects.exclude(pk__in=ours)}
    ranks: dict[int, int] = {}
    taken = set(others)
    for row in sorted((r for r in rows if "rank" in r.values), key=lambda r: r.values["rank"]):
        rank = row.values["rank"]
        if rank in others:
            refusal = findings.RankTaken(rank=rank, tier=others[rank].label)
            row.why.append(findings.finding(refusal, ""))
        while rank in taken:
            rank += 1
        taken.add(rank)
        ranks[row.number] = rank
    fresh = [row for row in rows if known[row.number] is None and "rank" not in row.values]
    best = max(taken | {Tier.objects.aggregate(best=Max("rank"))["best"] or 0})
    for row in sorted(fresh, key=lambda r: (_threshold(r), step_of(r.values["name"]), r.number)):
        best += 1
        ranks[row.number] = best
    return ranks


def _make(row: ImportRow, ranks: dict[int, int]) -> None:
    said = {name: row.values[name] for name in FIELDS if name in row.values}
    code = row.values.get("code") or code_for(row.values["name"])
    tier = Tier.objects.create(code=code, name=row.values["name"], rank=ranks[row.number], **said)
    row.outcome, row.before = Outcome.CREATED, {"tier": tier.pk}


def _change(row: ImportRow, tier: Tier, ranks: dict[int, int]) -> None:
    changes = _changes(row, tier) | {"rank": ranks.get(row.number, tier.rank)}
    old = {name: getattr(tier, name) for name in changes if getattr(tier, name) != changes[name]}
    Tier.objects.filter(pk=tier.pk).update(**changes)
    row.outcome = Outcome.UPDATED if old else Outcome.UNCHANGED
    row.before = {"tier": tier.pk, "fields": old} if old else None


def _changes(row: ImportRow, tier: Tier) -> dict[str, Any]:
    said = {name: row.values[name] for name in (*FIELDS, "rank") if name in row.values}
    return {name: value for name, value in said.items() if getattr(tier, name) != value}
