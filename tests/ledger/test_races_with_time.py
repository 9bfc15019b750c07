"""Tills draw and sweeps book what has ended, while the clock moves on."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import count
from random import Random
from uuid import uuid4

import pytest

from ledger.models import Contra, Lot, Movement
from ledger.operations.expiry import sweep_expired
from ledger.operations.posting import Answer, take
from ledger.queries.audit import differences
from tests.ledger.holding import NOON, Shop, balance, give, open_shop
from tests.ledger.racing import post, together

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SPENDERS, SWEEPERS = 4, 2
MEMBERS, LOTS, UNITS = 6, 40, 10
DRAWS = 480
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def test_nothing_is_drawn_after_its_end_nor_expired_twice(shop: Shop):
    """240 lots end one after the other while four tills draw and two sweeps book.

    Every call moves the clock on by five seconds, so that the last draws come when all lots but
    the last have ended. Failed when a draw did not look at the end of a lot, and without the lock
    on the wallet (CHECK violations).
    """
    members = [shop.member() for _ in range(MEMBERS)]
    for member in members:
        for number in range(LOTS):
            give(shop, member, shop.beer, UNITS, expires_at=NOON + (number + 1) * MINUTE)
    ticks, ends = count(), dict(Lot.objects.values_list("pk", "expires_at"))

    def now() -> datetime:
        return NOON + next(ticks) * MINUTE / 12

    def draw(till: int) -> list[tuple[datetime, Answer]]:
        random, drawn = Random(uuid4().int), []
        for _ in range(DRAWS // SPENDERS):
            leg = take(member=random.choice(members), asset=shop.beer, amount=random.randint(1, 5))
            at = now()
            drawn.append((at, post(shop.header(at=at), [leg])))
        return drawn

    def sweep(till: int) -> int:
        return sum(sweep_expired(at=now()) for _ in range(DRAWS // 16))

    rounds = together(
        SPENDERS + SWEEPERS, lambda till: draw(till) if till < SPENDERS else sweep(till)
    )
    sweep_expired(at=NOON + LOTS * MINUTE)

    answers = [drawn for till in rounds[:SPENDERS] for drawn in till]
    late = [
        (at, movement)
        for at, answer in answers
        for movement in answer.movements
        if ends[movement["lot"]] <= at
    ]
    expired = Counter(Movement.objects.filter(contra=Contra.BREAKAGE).values_list("lot", flat=True))
    booked = sum(
        -amount
        for amount in Movement.objects.filter(contra=Contra.BREAKAGE).values_list(
            "amount", flat=True
        )
    )
    drawn = sum(answer.taken for _, answer in answers)
    assert late == []
    assert sum(rounds[SPENDERS:]) > SWEEPERS  # the sweeps booked while the tills drew
    assert len(expired) >= 100
    assert set(expired.values()) == {1}
    assert drawn > 0
    assert drawn + booked == MEMBERS * LOTS * UNITS
    assert sum(balance(member, shop.beer) for member in members) == 0
    assert differences() == []
