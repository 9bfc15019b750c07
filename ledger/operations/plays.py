"""Log what machines took.

Batches arrive late and sometimes twice; a controller's id counts once.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID, uuid5

from django.db import connection, transaction

from common.days import month_no
from ledger.models import Asset, CoinPlay, Contra, Machine, TxnKind, Visit
from ledger.models.activity import MachineMode
from ledger.operations.assets import coins as coins_of
from ledger.operations.posting import Header, post_many, retried, take
from ledger.operations.rollups import mark_dirty
from ledger.queries.prices import list_value_of
from members.models import Card, Member, Store, User
from members.operations.people import keep_open

# A controller that lost its clock begins at 1970 or 1980.
NO_CLOCK_BEFORE = datetime(2000, 1, 1, tzinfo=UTC)
PLAYS = UUID("0b6f6f86-2f3c-5f43-8f6e-5a9f1c1de0aa")


@dataclass(frozen=True, kw_only=True)
class Play:
    """One play as the controller sent it."""

    machine: str
    source_id: str
    coins: int
    at: datetime
    card: str = ""


@dataclass(frozen=True, kw_only=True)
class PlayOutcome:
    """What became of one play; ``fault`` says why it was rejected and is empty otherwise."""

    is_accepted: bool
    fault: str = ""
    shortfall: int = 0
    has_member: bool = False


@dataclass
class PlayReport:
    """What became of a batch; rejected holds (source id, reason code).

    ``outcomes`` has one for each play, in the order they were sent.
    """

    accepted: int = 0
    repeated: int = 0
    shortfalls: int = 0
    without_member: int = 0
    rejected: list[tuple[str, str]] = field(default_factory=list)
    outcomes: list[PlayOutcome] = field(default_factory=list)


@retried
def record_plays(
    *, store: Store, batch: str, plays: Sequence[Play], at: datetime, by: User | None
) -> PlayReport:
    """Log a batch of plays of ``store``'s machines; ``at`` is when the batch arrived.

    A play already on record is counted as repeated. On a card-mode machine the play debits the
    member's coins, as far as they go: the rest is a shortfall on a list, never a negative
    balance. A card nobody knows leaves the play without a member. An unknown machine, coins below
    one, a time in the future or before the year 2000 reject the play.
    """
    report = PlayReport()
    machines = {machine.code: machine for machine in Machine.objects.filter(store=store)}
    faults = [_fault(play, machines, at) for play in plays]
    good = [play for play, fault in zip(plays, faults, strict=True) if not fault]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('plays'), %s)", [store.pk])
        fresh = _fresh(good, machines, report)
        cards = _members_by_card({play.card for play in fresh if play.card})
        taken = _debit(store, fresh, machines, cards, by)
        still_open = keep_open(member.pk for member in cards.values())
        cards = {number: one for number, one in cards.items() if one.pk in still_open}
        rows = [
            _row(
                play, store, machines[play.machine], cards.get(play.card), batch=batch, taken=taken
            )
            for play in fresh
        ]
        CoinPlay.objects.bulk_create(rows, batch_size=1000)
        _note_visits(store, rows, at)
    report.accepted = len(rows)
    report.shortfalls = sum(row.shortfall > 0 for row in rows)
    report.without_member = sum(row.member is None for row in rows)
    report.outcomes = list(_outcomes(plays, faults, rows))
    pairs = zip(plays, faults, strict=True)
    report.rejected = [(play.source_id, fault) for play, fault in pairs if fault]
    return report


def _fault(play: Play, machines: dict[str, Machine], at: datetime) -> str:
    """Why the play cannot be logged; empty when it can."""
    if play.machine not in machines:
        return "unknown_machine"
    if play.coins < 1:
        return "coins_not_positive"
    if play.at > at:
        return "time_in_the_future"
    if play.at < NO_CLOCK_BEFORE:
        return "time_too_long_ago"
    return ""


def _outcomes(
    plays: Sequence[Play], faults: Sequence[str], rows: Iterable[CoinPlay]
) -> Iterator[PlayOutcome]:
    """One outcome for each play; of a play sent twice in one batch the first is accepted."""
    fresh = {(row.machine.code, row.source_id): row for row in rows}
    for play, fault in zip(plays, faults, strict=True):
        row = None if fault else fresh.pop((play.machine, play.source_id), None)
        yield PlayOutcome(
            is_accepted=row is not None,
            fault=fault,
            shortfall=row.shortfall if row else 0,
            has_member=bool(row and row.member),
        )


def _fresh(plays: Sequence[Play], machines: dict[str, Machine], report: PlayReport) -> list[Play]:
    """Plays not on record yet, each once, in the order of their time."""
    known = set(
        CoinPlay.objects.filter(
            machine__in=machines.values(), source_id__in=[play.source_id for play in plays]
        ).values_list("machine__code", "source_id")
    )
    fresh: dict[tuple[str, str], Play] = {}
    for play in plays:
        key = (play.machine, play.source_id)
        if key not in known:
            fresh.setdefault(key, play)
    report.repeated = len(plays) - len(fresh)
    return sorted(fresh.values(), key=lambda play: play.at)


def _members_by_card(numbers: Iterable[str]) -> dict[str, Member]:
    cards = Card.objects.filter(number__in=list(numbers)).select_related("member")
    return {card.number: card.member for card in cards}


def _debit(
    store: Store,
    plays: Sequence[Play],
    machines: dict[str, Machine],
    cards: dict[str, Member],
    by: User | None,
) -> dict[tuple[str, str], int]:
    """Take the coins of card-mode plays; returns how many were taken, by machine and source id.

    Members are posted in the order of their ids, so that two batches never wait for each other in
    a circle.
    """
    asset = coins_of(store.entity)
    debits = [
        play
        for play in plays
        if machines[play.machine].mode == MachineMode.CARD and play.card in cards
    ]
    debits.sort(key=lambda play: (cards[play.card].pk, play.at))
    answers = post_many(
        (
            _debit_header(store, play, cards[play.card], by),
            [_debit_leg(play, cards[play.card], asset)],
        )
        for play in debits
    )
    pairs = zip(debits, answers, strict=True)
    return {(play.machine, play.source_id): answer.taken for play, answer in pairs}


def _debit_header(store: Store, play: Play, member: Member, by: User | None) -> Header:
    return Header(
        id=play_id(store, play),
        kind=TxnKind.PLAY,
        request={"machine": play.machine, "source": play.source_id, "coins": play.coins},
        store=store,
        at=play.at,
        by=by,
        member=member,
    )


def _debit_leg(play: Play, member: Member, asset: Asset) -> dict[str, object]:
    return take(
        member=member,
        asset=asset,
        amount=play.coins,
        contra=Contra.REVENUE,
        list_value=list_value_of(member, asset, play.coins),
        up_to=True,
    )


def play_id(store: Store, play: Play) -> UUID:
    """The transaction id of a play, the same whenever and however often it arrives."""
    return uuid5(PLAYS, f"play:{store.pk}:{play.machine}:{play.source_id}")


def _row(
    play: Play,
    store: Store,
    machine: Machine,
    member: Member | None,
    *,
    batch: str,
    taken: dict[tuple[str, str], int],
) -> CoinPlay:
    day = store.business_date(play.at)
    paid = taken.get((play.machine, play.source_id))
    return CoinPlay(
        machine=machine,
        store=store,
        member=member,
        card_number=play.card,
        coins=play.coins,
        at=play.at,
        business_date=day,
        month_no=month_no(day),
        source_id=play.source_id,
        batch=batch,
        txn_id=play_id(store, play) if paid else None,
        shortfall=0 if paid is None else play.coins - paid,
    )


def _note_visits(store: Store, rows: Sequence[CoinPlay], at: datetime) -> None:
    """One visit for each member and business day of the batch that has none yet."""
    first: dict[tuple[int, object], CoinPlay] = {}
    for row in rows:
        if row.member:
            first.setdefault((row.member.pk, row.business_date), row)
    known = set(
        Visit.objects.completed()
        .filter(
            store=store,
            member__in={member for member, _day in first},
            business_date__in={day for _member, day in first},
        )
        .values_list("member_id", "business_date")
    )
    Visit.objects.bulk_create(
        Visit(
            member=row.member,
            store=store,
            at=row.at,
            business_date=row.business_date,
            month_no=row.month_no,
            channel="play",
        )
        for key, row in first.items()
        if key not in known
    )
    mark_dirty(member_ids={member for member, _day in first}, at=at)
