"""Load the demo: shops, members, their lives in bulk, and what the worker would have done since."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from random import Random

from django.db import connection, transaction

from common.days import add_months
from ledger.models import CoinPlay
from ledger.operations.bulk import record_many
from ledger.operations.expiry import sweep_expired
from ledger.operations.rollups import rebuild_all
from members.models import Member, Store
from members.operations import add_dependant, enrol, give_consent
from members.rules.birthdays import Birthday
from promotions.demo.deals import Desk
from promotions.demo.desk_work import work
from promotions.demo.lives import Life, Operation
from promotions.demo.people import (
    CHANNEL_WEIGHTS,
    CHANNELS,
    HABITS,
    joining_days,
    names,
    phone,
    visits,
)
from promotions.demo.shops import World, open_shops
from promotions.demo.stories import tell
from promotions.operations.entitlements import grant_entitlements
from promotions.operations.tiers import review_tiers

BATCH = 1500

type Progress = Callable[[str, int, int], None]


def load(*, members: int, months: int, seed: int, at: datetime, progress: Progress) -> None:
    """Load ``members`` members over ``months`` months that end the business day before ``at``.

    The same arguments give the same data. ``progress`` is told the step, the count and the total.
    """
    rng = Random(seed)  # noqa: S311 - a reproducible story, not a secret
    last = at.date() - timedelta(days=1)
    first = add_months(last, -months)
    world = open_shops(first, last)
    people = _enrol(world, rng, joining_days(rng, first, last, members), progress)
    operations = _all_lives(world, rng, people, last, progress)
    for batch in _batches(operations, BATCH):
        _write(batch, at)
    _anonymous(world, rng, first, last, at)
    rebuild_all(at=at)
    review_tiers(at=at)
    grant_entitlements(month=last, at=at)
    work(world, rng, at=at)
    tell(world, rng, at=at)
    while sweep_expired(at=at):
        pass
    rebuild_all(at=at)


def _enrol(
    world: World, rng: Random, days: list[date], progress: Progress
) -> list[tuple[Member, Store]]:
    stores = list(world.stores.values())
    people = []
    with transaction.atomic():
        for number, joined in enumerate(days):
            store = stores[number % len(stores)]
            people.append((_member(world, store, rng, number, joined), store))
            if number % 100 == 0:
                progress("members", number, len(days))
    return people


def _member(world: World, store: Store, rng: Random, number: int, joined: date) -> Member:
    opens, _closes = store.day_bounds(joined)
    birthday = Birthday(
        year=rng.randint(1962, 2004), month=rng.randint(1, 12), day=rng.randint(1, 28)
    )
    member = enrol(
        store=store,
        at=opens + timedelta(hours=7),
        by=world.clerks[store.code],
        cards=[f"{8600000000 + number}"] if rng.random() < 0.6 else [],
        name=names(rng),
        phone=phone(number),
        gender=rng.choice(("male", "female", "")),
        birthday=birthday if rng.random() < 0.7 else None,
        channel=rng.choices(CHANNELS, CHANNEL_WEIGHTS)[0],
    )
    if store.code == "baby":
        _child(member, rng, joined, opens)
    if rng.random() < 0.6:
        give_consent(
            member=member, channel="sms", at=opens + timedelta(hours=7), by=None, source="counter"
        )
    return member


def _child(member: Member, rng: Random, joined: date, at: datetime) -> None:
    born = joined - timedelta(days=rng.randint(-60, 900))
    name = rng.choice(("小米", "豆豆", "糖糖", "乐乐", "果果", "安安"))
    if born > joined:
        add_dependant(member=member, at=at, nickname=name, due_date=born)
    else:
        add_dependant(member=member, at=at, nickname=name, birthday=born)


def _all_lives(
    world: World, rng: Random, people: list[tuple[Member, Store]], last: date, progress: Progress
) -> Iterator[Operation]:
    desks = {code: Desk(world, store, rng) for code, store in world.stores.items()}
    for number, (member, store) in enumerate(people):
        if number % 50 == 0:
            progress("visits", number, len(people))
        life = Life(desks[store.code], member, rng)
        for moment in visits(rng, HABITS[store.code], member.joined_on, last):
            yield from life.at(moment)


def _write(batch: list[Operation], at: datetime) -> None:
    with connection.cursor() as cursor:
        # Plans made while the tables were empty would scan them whole as they fill.
        cursor.execute("DISCARD PLANS")
    record_many([one for one in batch if not isinstance(one, CoinPlay)], at=at)
    plays = [one for one in batch if isinstance(one, CoinPlay)]
    CoinPlay.objects.bulk_create(plays, batch_size=2000)


def _anonymous(world: World, rng: Random, first: date, last: date, at: datetime) -> None:
    """Bills of people nobody knows, so that shares of identified sales are honest."""
    bills: list[Operation] = []
    for store in world.stores.values():
        desk = Desk(world, store, rng)
        shelf = world.products[store.code]
        for offset in range((last - first).days):
            opens, _closes = store.day_bounds(first + timedelta(days=offset))
            for _ in range(rng.randint(0, 2)):
                moment = opens + timedelta(hours=8, minutes=rng.randint(0, 540))
                bills.append(desk.goods(None, moment, [(rng.choice(shelf), 1)]))
    for batch in _batches(bills, BATCH):
        _write(batch, at)


def _batches(operations: Iterable[Operation], size: int) -> Iterator[list[Operation]]:
    batch: list[Operation] = []
    for operation in operations:
        batch.append(operation)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch
