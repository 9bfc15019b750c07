"""Books rows of a log as history: sales, visits, plays and dispenses that change no balance.

An entry already on record is left as it is; one that was kept without a member gets its member
when the shop knows them by now.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common.days import month_no
from imports.models import ImportRow
from imports.operations.job import Job
from imports.operations.payments import payments_of
from imports.operations.returns import ON_RECORD, take_off, take_off_stated, taken_before
from imports.operations.staging import copy_objects
from imports.operations.statements import open_balances
from imports.queries.listed import Listed
from imports.queries.references import members_meant
from imports.rules import findings
from imports.rules.entries import is_far_apart, may_begin_anew, on_its_day
from imports.rules.log_words import is_top_up
from imports.rules.whose import CARD_LIMIT, called
from ledger.models import CoinPlay, Dispense, Machine, Sale, SaleLine, Visit
from ledger.models.activity import VisitSource
from ledger.models.sales import LineKind, SaleSource
from ledger.operations.rollups import mark_dirty
from members.models import Member, Store
from members.operations.people import keep_open

Outcome = ImportRow.Outcome
CHANNEL = "import"


def predict_entries(rows: Sequence[ImportRow], job: Job) -> None:
    """Say on each row what would become of it, writing nothing."""
    _sort_out([row for row in rows if row.outcome in {Outcome.CREATED, Outcome.MERGED}], job)


def book_entries(rows: Sequence[ImportRow], job: Job) -> None:
    """Book rows in their order; lines of one bill stand together, refunds come off their bills.

    Sets outcome, member and why of each row and saves nothing of the row itself.
    """
    refunds = [row for row in rows if row.values.get("takes_off")]
    entries = [row for row in rows if not row.values.get("takes_off")]
    known = _sort_out(entries, job)
    fresh = [row for row in entries if row.outcome in {Outcome.CREATED, Outcome.MERGED}]
    for kind, group in _by_kind(fresh, job).items():
        WRITERS[kind]([row for row in group if row.number not in known], job)
    _give_members([row for row in entries if row.outcome == Outcome.UPDATED], known)
    _take_off(refunds, entries, job)
    opened = open_balances(entries, job)
    for row in entries:
        if row.number in known and row.number in opened:
            row.outcome = Outcome.UPDATED
        elif not kind_of(row, job) and row.number not in opened:
            row.outcome = Outcome.UNCHANGED
    people = {row.member for row in entries if row.member is not None}
    mark_dirty(member_ids={member.pk for member in people}, at=job.at)


def kind_of(row: ImportRow, job: Job) -> str:
    """What a row is an entry of; a line of a statement is a bill, a visit or neither ("")."""
    if job.batch.kind != "statement":
        return job.batch.kind
    return {"sale": "sales", "top_up": "sales", "visit": "visits"}.get(row.values["entry"], "")


def _by_kind(rows: Iterable[ImportRow], job: Job) -> dict[str, list[ImportRow]]:
    groups: dict[str, list[ImportRow]] = {}
    for row in rows:
        if kind := kind_of(row, job):
            groups.setdefault(kind, []).append(row)
    return groups


def _sort_out(rows: Sequence[ImportRow], job: Job) -> dict[int, Any]:
    """Find member and earlier entry of each row; returns entries on record by row number."""
    meant = members_meant(rows)
    still_open = keep_open({member.pk for member in meant.values()})
    meant = {number: one for number, one in meant.items() if one.pk in still_open}
    known = entries_on_record(rows, job)
    for row in rows:
        row.member = meant.get(row.number)
    known |= _visits_of_that_moment([row for row in rows if row.number not in known], job)
    for row in rows:
        row.why = []
        said = row.values.get("who", {})
        if row.member is None and said:
            row.why = [findings.finding(findings.UnknownMember(text=called(said)))]
        entry = known.get(row.number)
        if entry is not None:
            gains = row.member is not None and entry.member_id is None
            gains = gains or _was_refunded_since(row, entry)
            row.outcome = Outcome.UPDATED if gains else Outcome.UNCHANGED
        elif kind_of(row, job) == "visits" and row.member is None:
            _without_visitor(row, said)
    return known


def _visits_of_that_moment(rows: Sequence[ImportRow], job: Job) -> dict[int, Visit]:
    """Visits on record without a number of that list: of the same member, to the second.

    So our own list of visits brings none a second time.
    """
    asked = {
        row.number: (row.member.pk, job.store_of(row.values.get("store_pk")).pk, row.at)
        for row in rows
        if row.member is not None and kind_of(row, job) == "visits"
    }
    present = (
        Visit.objects.filter(
            member__in=Listed({one[0] for one in asked.values()}, kind="bigint"),
            at__range=(
                min(one[2] for one in asked.values()),
                max(one[2] for one in asked.values()) + timedelta(seconds=1),
            ),
        )
        if asked
        else ()
    )
    found = {(v.member_id, v.store_id, v.at.replace(microsecond=0)): v for v in present}
    return {number: found[one] for number, one in asked.items() if one in found}


def _was_refunded_since(row: ImportRow, entry: Any) -> bool:
    refunded = abs(row.values.get("refunded") or 0)
    return isinstance(entry, Sale) and min(refunded, entry.total) > entry.refunded_total


def _take_off(refunds: Sequence[ImportRow], entries: Sequence[ImportRow], job: Job) -> None:
    """Take off their bills what refunds and columns of refunds say; the bills are booked by now."""
    stated = [row for row in entries if row.values.get("refunded")]
    if not refunds and not stated:
        return
    bills = {row.number: row for row in entries}
    missing = {row.root for row in refunds if not _of_bill(row)} - set(bills)
    for row in job.batch.import_rows.filter(number__in=missing):
        bills[row.number] = row
    known = entries_on_record(list(bills.values()), job)
    take_off_stated([(known[row.number], row) for row in stated if row.number in known])
    before = Sale.objects.in_bulk({UUID(said) for row in refunds if (said := _of_bill(row))})
    stood = [row for row in refunds if _of_bill(row) or bills[row.root].outcome in ON_RECORD]
    # A bill that is new knows of no refund, even where it was on record once.
    came = taken_before(stood)
    again = {row.number for row in stood if row.key in came}
    pairs = []
    for row in refunds:
        said = _of_bill(row)
        sale = before.get(UUID(said)) if said else known.get(row.root)
        if sale is not None:
            row.member_id = sale.member_id
            if row.number not in again:
                pairs.append((sale, row))
    took = take_off(pairs, at=job.at)
    for row in stood:
        row.outcome = Outcome.UPDATED if row.number in took else Outcome.UNCHANGED


def _of_bill(row: ImportRow) -> str:
    """The bill on record that a refund is of; empty where it is one of the same file."""
    return str(row.values.get("of_bill") or "")


def _without_visitor(row: ImportRow, said: dict[str, str]) -> None:
    """A visit is a member's: a walk-in is counted, somebody unknown waits to be enrolled."""
    if said:
        row.outcome = Outcome.FLAGGED
    else:
        row.outcome = Outcome.IGNORED
        row.why = [findings.finding(findings.WalkIn())]


def source_key(row: ImportRow) -> str:
    """What an entry is known by in its store: the other system's number, else the row's key."""
    return str(row.values.get("source_id") or f"import:{row.key}")


def entries_on_record(rows: Sequence[ImportRow], job: Job) -> dict[int, Any]:
    """The bill, visit, play or dispense on record that each row, by its number, speaks of."""
    found: dict[int, Any] = {}
    for kind, group in _by_kind(rows, job).items():
        found |= _on_record(kind, group, job)
        again = [row for row in group if _is_another_day(row, found.get(row.number), job)]
        for row in again:
            # The number was given out again: this entry goes by its number and its day.
            row.values["source_id"] = on_its_day(row.values["source_id"], row.at)
            del found[row.number]
        if again:
            found |= _on_record(kind, again, job)
    return found


def _is_another_day(row: ImportRow, entry: Any, job: Job) -> bool:
    if entry is None or not may_begin_anew(row.values.get("source_id", "")):
        return False
    return is_far_apart(entry.at, row.at)


def _on_record(kind: str, rows: Sequence[ImportRow], job: Job) -> dict[int, Any]:
    keys = Listed({source_key(row) for row in rows})
    entries: Any
    found: dict[tuple[int, str], Any]
    if kind == "sales":
        entries = Sale.objects.filter(external_ref__in=keys)
        found = {(sale.store_id, sale.external_ref): sale for sale in entries}
    elif kind == "visits":
        entries = Visit.objects.filter(source_key__in=keys)
        found = {(visit.store_id, visit.source_key): visit for visit in entries}
    elif kind == "dispenses":
        entries = Dispense.objects.filter(source_key__in=keys)
        found = {(entry.store_id, entry.source_key): entry for entry in entries}
    else:
        return _plays_on_record(rows, keys, job)
    stores = ((row, job.store_of(row.values.get("store_pk")).pk) for row in rows)
    looked_up = {row.number: found.get((store, source_key(row))) for row, store in stores}
    return {number: entry for number, entry in looked_up.items() if entry is not None}


def _plays_on_record(rows: Sequence[ImportRow], keys: Listed, job: Job) -> dict[int, Any]:
    plays = CoinPlay.objects.filter(source_id__in=keys).select_related("machine")
    found = {(play.store_id, play.machine.code, play.source_id): play for play in plays}
    looked_up = {
        row.number: found.get(
            (job.store_of(row.values.get("store_pk")).pk, row.values["machine"], source_key(row))
        )
        for row in rows
    }
    return {number: entry for number, entry in looked_up.items() if entry is not None}


def _give_members(rows: Sequence[ImportRow], known: dict[int, Any]) -> None:
    """Entries that were kept without a member, now that the shop knows whose they are.

    The row's ``before`` says so, for an undo.
    """
    given = [
        (row, row.member, known[row.number])
        for row in rows
        if row.member is not None and known[row.number].member_id is None
    ]
    visits = visits_of([(member, entry.store, entry.at) for _row, member, entry in given])
    for row, member, entry in given:
        entry.member = member
        row.before = {"member": None}
        if isinstance(entry, Sale):
            entry.visit = visits[member.pk, entry.store_id, entry.business_date]
            entry.save(update_fields=["member", "visit"])
        else:
            entry.save(update_fields=["member"])


def _when(row: ImportRow, store: Store) -> dict[str, Any]:
    day = store.business_date(row.at)
    return {"at": row.at, "business_date": day, "month_no": month_no(day)}


def _write_sales(rows: Sequence[ImportRow], job: Job) -> None:
    """One bill for each number, a line for each of its rows."""
    bills: dict[int, list[ImportRow]] = {}
    for row in rows:
        bills.setdefault(row.root, []).append(row)
    firsts = [lines[0] for lines in bills.values()]
    stores = {row.number: job.store_of(row.values.get("store_pk")) for row in firsts}
    visits = visits_of(
        [(row.member, stores[row.number], row.at) for row in firsts if row.member is not None]
    )
    sales = [_sale(lines, stores[lines[0].number], visits) for lines in bills.values()]
    copy_objects(sales)
    copy_objects(
        [
            line
            for sale, lines in zip(sales, bills.values(), strict=True)
            for line in _sale_lines(sale, lines)
        ]
    )
    copy_objects(
        [
            payment
            for sale, lines in zip(sales, bills.values(), strict=True)
            for payment in payments_of(sale, lines, job.ways)
        ]
    )


def _sale(lines: Sequence[ImportRow], store: Store, visits: dict[Any, Visit]) -> Sale:
    first = lines[0]
    when = _when(first, store)
    total = sum(int(row.values.get("amount", 0)) for row in lines)
    listed = sum(_list_value(row) for row in lines)
    is_purchase = total > 0 and not _is_top_up(first)
    member = next((row.member for row in lines if row.member is not None), None)
    key = (member.pk, store.pk, when["business_date"]) if member is not None else None
    return Sale(
        id=first.key,
        member=member,
        store=store,
        visit=visits.get(key) if key else None,
        source=SaleSource.IMPORTED,
        external_ref=source_key(first),
        currency=store.currency,
        list_total=max(listed, total),
        total=total,
        goods_total=total if is_purchase else 0,
        is_purchase=is_purchase,
        tax_amount=first.values.get("tax"),
        **when,
    )


def _sale_lines(sale: Sale, rows: Sequence[ImportRow]) -> list[SaleLine]:
    lines = [
        SaleLine(
            sale=sale,
            line=number,
            kind=_line_kind(row),
            description=(row.values.get("product") or row.values.get("type") or sale.external_ref)[
                :200
            ],
            quantity=max(1, row.values.get("quantity") or 1),
            list_value=max(_list_value(row), _charged(row)),
            charged_value=_charged(row),
        )
        for number, row in enumerate(rows, start=1)
    ]
    missing = sale.total - sum(line.charged_value for line in lines)
    if missing:
        # What was taken off the bill as a whole, or put on it.
        lines.append(
            SaleLine(
                sale=sale,
                line=len(lines) + 1,
                kind=LineKind.ROUNDING,
                description=sale.external_ref,
                list_value=missing,
                charged_value=missing,
            )
        )
    return lines


def _line_kind(row: ImportRow) -> str:
    if _charged(row) < 0:
        # A dish taken off again: only such a line may be below zero.
        return LineKind.ROUNDING
    return LineKind.TOP_UP if _is_top_up(row) else LineKind.PRODUCT


def _charged(row: ImportRow) -> int:
    """What the line itself came to; the bill's amount may stand beside it."""
    return int(row.values.get("line_amount", row.values.get("amount", 0)))


def _list_value(row: ImportRow) -> int:
    charged = int(row.values.get("amount", 0))
    listed = row.values.get("list_amount")
    if listed is None:
        listed = charged + abs(int(row.values.get("discount", 0)))
    return max(int(listed), charged)


def _is_top_up(row: ImportRow) -> bool:
    if "entry" in row.values:
        return bool(row.values["entry"] == "top_up")
    return any(is_top_up(str(row.values.get(key, ""))) for key in ("type", "product"))


def _write_visits(rows: Sequence[ImportRow], job: Job) -> None:
    visits = []
    for row in rows:
        store = job.store_of(row.values.get("store_pk"))
        visits.append(
            Visit(
                member=row.member,
                store=store,
                source=VisitSource.IMPORTED,
                channel=CHANNEL,
                source_key=source_key(row),
                note=row.values.get("note", "")[:200],
                **_when(row, store),
            )
        )
    copy_objects(visits)


def _write_dispenses(rows: Sequence[ImportRow], job: Job) -> None:
    entries = []
    for row in rows:
        store, values = job.store_of(row.values.get("store_pk")), row.values
        entries.append(
            Dispense(
                store=store,
                terminal=values.get("terminal", ""),
                member=row.member,
                card_number=_card_of(row),
                due=values["due"],
                paid_out=values["paid_out"],
                status=values.get("status", ""),
                operator_name=values.get("operator", ""),
                note=_noted(values),
                source_key=source_key(row),
                **_when(row, store),
            )
        )
    copy_objects(entries)
    visits_of([(entry.member, entry.store, entry.at) for entry in entries if entry.member])


def _noted(values: dict[str, Any]) -> str:
    """The note of a dispense; of a pour it says that its number counts no coins."""
    flowed = f"{values['millilitres']} ml" if "millilitres" in values else ""
    return " · ".join(text for text in (flowed, values.get("note", "")) if text)[:200]


def _write_plays(rows: Sequence[ImportRow], job: Job) -> None:
    machines = _machines(rows, job)
    plays = []
    for row in rows:
        store = job.store_of(row.values.get("store_pk"))
        plays.append(
            CoinPlay(
                machine=machines[store.pk, row.values["machine"]],
                store=store,
                member=row.member,
                card_number=_card_of(row),
                coins=row.values["coins"],
                source_id=source_key(row),
                batch=f"import {job.batch.pk}",
                **_when(row, store),
            )
        )
    copy_objects(plays)
    visits_of([(play.member, play.store, play.at) for play in plays if play.member])


def _card_of(row: ImportRow) -> str:
    return called(row.values.get("who", {}))[:CARD_LIMIT]


def _machines(rows: Sequence[ImportRow], job: Job) -> dict[tuple[int, str], Machine]:
    """The machines a log names, made as token machines where the shop has none of that code."""
    wanted = {(job.store_of(r.values.get("store_pk")).pk, r.values["machine"]) for r in rows}
    found = {}
    for store_pk, code in sorted(wanted):
        found[store_pk, code], _made = Machine.objects.get_or_create(
            store=job.store_of(store_pk), code=code, defaults={"name": code}
        )
    return found


def visits_of(seen: Sequence[tuple[Member, Store, datetime]]) -> dict[Any, Visit]:
    """The visit of each member, store and business day, made where there is none yet."""
    first: dict[Any, tuple[Member, Store, datetime]] = {}
    for member, store, at in sorted(seen, key=lambda one: one[2]):
        first.setdefault((member.pk, store.pk, store.business_date(at)), (member, store, at))
    present = Visit.objects.completed().filter(
        member__in=Listed({key[0] for key in first}, kind="bigint"),
        business_date__in=Listed({key[2] for key in first}, kind="date"),
    )
    visits = {(v.member_id, v.store_id, v.business_date): v for v in present}
    made = [
        Visit(
            member=member,
            store=store,
            at=at,
            business_date=key[2],
            month_no=month_no(key[2]),
            source=VisitSource.IMPORTED,
            channel=CHANNEL,
        )
        for key, (member, store, at) in first.items()
        if key not in visits
    ]
    copy_objects(made)
    return visits | {(v.member_id, v.store_id, v.business_date): v for v in made}


WRITERS: dict[str, Callable[[Sequence[ImportRow], Job], None]] = {
    "sales": _write_sales,
    "visits": _write_visits,
    "coin_plays": _write_plays,
    "dispenses": _write_dispenses,
}
