"""Takes back what a log brought: bills, visits, plays and dispenses of the past leave the record.

They moved no value, and the rows of the file stay with the import, so nothing is forgotten; the
figures become what they were. What was built upon since (a bill paid back, a visit with another
bill) stays.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef

from imports.models import ImportRow
from imports.operations.job import Job
from imports.operations.logs import CHANNEL, entries_on_record, visits_of
from imports.operations.returns import forget_taken, put_back
from imports.rules import left_standing
from imports.rules.findings import Finding
from imports.rules.left_standing import reason
from ledger.models import (
    CoinPlay,
    Dispense,
    Movement,
    Outcome,
    Sale,
    SaleLine,
    SaleRefund,
    SaleTender,
    Visit,
)
from ledger.models.activity import VisitSource
from ledger.operations.rollups import mark_dirty
from ledger.operations.visits import NEEDS_NOBODY
from members.models import Member, Store

type Entry = Sale | Visit | CoinPlay | Dispense
type Day = tuple[int, int, Any]

# What an entry of the past bears once something was done with it here.
MARKS = ("voided_at", "invoiced_at", "txn_id", "request_id")


def take_back_entries(rows: Sequence[ImportRow], job: Job) -> dict[int, Finding]:
    """Remove the entries that the rows made, or the member they gave one; why others stay, by row.

    An entry that is no longer on record was taken back before.
    """
    known = entries_on_record([row for row in rows if _brought_or_gave(row)], job)
    members = {entry.member_id for entry in known.values() if entry.member_id}
    # Whoever comes meanwhile is seen below, or waits and looks again at what is left.
    mark_dirty(member_ids=members, at=job.at)
    stay = set[Any]().union(*map(_built_upon, _by_model(known.values())))
    _make_whole([row for row in rows if not _is_among(known.get(row.number), stay)], job)
    days: set[Day] = set()
    gone: dict[Any, Entry] = {}
    for row in rows:
        entry = known.get(row.number)
        if entry is None or entry.pk in stay:
            continue
        if entry.member_id:
            days.add((entry.member_id, entry.store_id, entry.business_date))
        if row.outcome == ImportRow.Outcome.UPDATED:
            _forget_member(entry)
        else:
            gone[entry.pk] = entry
    known_apart = _known_apart([entry for entry in gone.values() if isinstance(entry, Visit)])
    for entries in _by_model(gone.values()):
        _delete(entries)
    visits_of(known_apart)
    _drop_visits(days)
    why = reason(left_standing.EntryUsedSince)
    return {row.number: why for row in rows if _is_among(known.get(row.number), stay)}


def _by_model(entries: Iterable[Entry]) -> list[list[Entry]]:
    """Bills, visits, plays and dispenses each by themselves, bills first: they name visits."""
    models = (Sale, Visit, CoinPlay, Dispense)
    found = list(entries)
    groups = ([entry for entry in found if isinstance(entry, model)] for model in models)
    return [group for group in groups if group]


def _make_whole(rows: Sequence[ImportRow], job: Job) -> None:
    """Give bills that were on record before what a row took off them."""
    updated = [row for row in rows if row.outcome == ImportRow.Outcome.UPDATED]
    put_back([row for row in updated if "refund" in (row.before or {})], at=job.at)


def _brought_or_gave(row: ImportRow) -> bool:
    """Whether the row made its entry or gave it its member; others changed nothing of it."""
    return row.outcome != ImportRow.Outcome.UPDATED or "member" in (row.before or {})


def _is_among(entry: Entry | None, stay: set[Any]) -> bool:
    return entry is not None and entry.pk in stay


def _built_upon(entries: Sequence[Entry]) -> set[Any]:
    """Ids of those that were voided, paid back or that other records name."""
    if not entries:
        return set()
    ids: list[Any] = [entry.pk for entry in entries]
    marked = {entry.pk for entry in entries if any(getattr(entry, mark, None) for mark in MARKS)}
    if isinstance(entries[0], Visit):
        named = (visits.values_list(column, flat=True) for visits, column in _naming(ids))
        return marked.union(*named)
    if isinstance(entries[0], Sale):
        # What went back before it was brought over is no refund of ours.
        marked |= set(SaleRefund.objects.filter(sale__in=ids).values_list("sale", flat=True))
    return marked


def _naming(visits: Any) -> list[tuple[Any, str]]:
    """Rows of every table that name one of the visits, and the column in which they do."""
    relations = Visit._meta.related_objects  # noqa: SLF001 - documented
    return [
        (
            relation.related_model._default_manager.filter(  # noqa: SLF001
                **{f"{relation.field.name}__in": visits}
            ),
            relation.field.name,
        )
        for relation in relations
    ]


def _forget_member(entry: Entry) -> None:
    """The entry was on record before, without a member."""
    if isinstance(entry, Visit):
        # A visit always has its member, so none was ever given one.
        return
    entry.member = None
    if isinstance(entry, Sale):
        entry.visit = None
        entry.save(update_fields=["member", "visit"])
    else:
        entry.save(update_fields=["member"])


def _delete(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    ids: list[Any] = [entry.pk for entry in entries]
    model = type(entries[0])
    if model is Sale:
        forget_taken([entry for entry in entries if isinstance(entry, Sale)])
        SaleTender.objects.filter(sale__in=ids).delete()
        SaleLine.objects.filter(sale__in=ids).delete()
    model._default_manager.filter(pk__in=ids).delete()  # noqa: SLF001


def _known_apart(going: Sequence[Visit]) -> list[tuple[Member, Store, datetime]]:
    """Whose visits, where and when, go of days on which something else is known."""
    visits = Visit.objects.filter(_something_else(), pk__in=[visit.pk for visit in going])
    found = visits.select_related("member", "store")
    return [(visit.member, visit.store, visit.at) for visit in found]


def _drop_visits(days: set[Day]) -> None:
    """Remove visits that stood for those entries alone: nothing else is known of the day there."""
    candidates = Visit.objects.completed().filter(
        source=VisitSource.IMPORTED,
        channel=CHANNEL,
        source_key="",
        request_id=None,
        member__in={member for member, _store, _day in days},
        business_date__in={day for _member, _store, day in days},
    )
    lone = candidates.exclude(_something_else())
    ids = [
        visit.pk for visit in lone if (visit.member_id, visit.store_id, visit.business_date) in days
    ]
    named = {pk for rows, column in _naming(ids) for pk in rows.values_list(column, flat=True)}
    Visit.objects.filter(pk__in=set(ids) - named).delete()


def _something_else() -> Any:
    """Whether the visit's member did anything else in its store on its day."""
    same = {
        "member": OuterRef("member"),
        "store": OuterRef("store"),
        "business_date": OuterRef("business_date"),
    }
    traded = Movement.objects.filter(
        wallet__member=OuterRef("member"),
        txn__store=OuterRef("store"),
        txn__business_date=OuterRef("business_date"),
        txn__outcome=Outcome.POSTED,
    ).exclude(txn__kind__in=NEEDS_NOBODY)
    return (
        Exists(CoinPlay.objects.filter(**same))
        | Exists(Dispense.objects.filter(**same))
        | Exists(Sale.objects.completed().filter(**same))
        | Exists(traded)
    )
