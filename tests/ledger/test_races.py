"""Several tills at once.

Each test says how the code was broken once to see it fail. What is asserted comes from the answers
that the tills got, never from reading the tables again while they work.
"""

from collections import defaultdict
from random import Random
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from ledger.models import Contra, LotOrigin, Movement, TxnKind, Wallet
from ledger.operations.posting import Answer, give_back, grant, take
from ledger.queries.audit import differences
from members.models import Member
from tests.ledger.holding import Shop, balance, give, member_holding, open_shop, spend
from tests.ledger.racing import (
    TILLS,
    dealt,
    hand_to_and_fro,
    post,
    somebody_waits_for_us,
    together,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def drawing(shop: Shop, member: Member, amount: int, request_id: UUID | None = None) -> Answer:
    request = {"member": member.pk, "amount": amount}
    header = shop.header(id=request_id or uuid4(), request=request)
    return post(header, [take(member=member, asset=shop.beer, amount=amount)])


def told(answer: Answer) -> tuple[Any, ...]:
    """What a client learns, whether from the first answer or a repeated one."""
    return answer.outcome, answer.refusal, answer.movements


def test_a_storm_of_repeated_requests_posts_each_of_them_once(shop: Shop):
    """1,000 calls and more, each id up to three times, and the beer runs out half-way.

    Failed with a plain INSERT of the id (unique violations), with refusals that were not kept
    (one id, two answers) and without the lock on the wallet (CHECK violations).
    """
    random = Random(uuid4().int)
    members = [member_holding(shop, beer=1_000) for _ in range(3)]
    draws = [(random.choice(members), random.randint(1, 20), uuid4()) for _ in range(560)]
    calls = [draw for draw in draws for _ in range(random.randint(1, 3))]
    calls += draws[: max(0, 1_000 - len(calls))]
    random.shuffle(calls)
    hands = dealt(calls, TILLS)

    rounds = together(TILLS, lambda till: [(d, drawing(shop, *d)) for d in hands[till]])

    answers = defaultdict(list)
    for (_, amount, request_id), answer in (call for calls in rounds for call in calls):
        answers[request_id, amount].append(answer)
    posted = {key for key, got in answers.items() if got[0].outcome == "posted"}
    refusals = [a.refusal for got in answers.values() for a in got if a.outcome == "refused"]
    assert sum(len(got) for got in answers.values()) >= 1_000
    for key, got in answers.items():
        assert all(told(answer) == told(got[0]) for answer in got)
        assert sum(answer.is_fresh for answer in got) == (key in posted)
    assert 0 < len(posted) < len(draws)
    assert {refusal["code"] for refusal in refusals} == {"not_enough"}
    acknowledged = sum(amount for _, amount in posted)
    assert acknowledged == 3_000 - sum(balance(member, shop.beer) for member in members)
    assert Movement.objects.filter(amount__lt=0).count() == len(posted)
    assert differences() == []


def test_tills_on_one_wallet_accept_exactly_what_it_holds(shop: Shop):
    """Failed without the lock on the wallet: CHECK violations instead of refusals."""
    member = member_holding(shop, beer=100)

    rounds = together(TILLS, lambda _: [drawing(shop, member, 5) for _ in range(10)])

    outcomes = [answer.outcome for answers in rounds for answer in answers]
    assert (outcomes.count("posted"), outcomes.count("refused")) == (20, 60)
    assert balance(member, shop.beer) == 0
    assert differences() == []


def test_a_draw_that_waited_sees_the_lots_as_they_are_then(shop: Shop):
    """200 lots of 10 and 285 draws of 7: all are accepted, though most span two lots.

    Failed without the lock on the wallet: the lots were those of before the wait.
    """
    member = shop.member()
    for _ in range(200):
        give(shop, member, shop.beer, 10)
    hands = dealt(range(285), TILLS)

    rounds = together(TILLS, lambda till: [drawing(shop, member, 7) for _ in hands[till]])

    outcomes = [answer.outcome for answers in rounds for answer in answers]
    assert outcomes == ["posted"] * 285
    assert balance(member, shop.beer) == 2_000 - 285 * 7
    assert differences() == []


def test_a_draw_spends_a_lot_that_was_granted_while_it_waited(shop: Shop):
    """Failed without the lock on the wallet: the draw did not even wait."""
    member = member_holding(shop, beer=10)
    answers: list[Answer] = []

    def draw() -> None:
        answers.append(drawing(shop, member, 15))
        connection.close()

    till = Thread(target=draw)
    with transaction.atomic():
        give(shop, member, shop.beer, 10)
        till.start()
        assert somebody_waits_for_us()
    till.join()

    assert [answer.outcome for answer in answers] == ["posted"]
    assert balance(member, shop.beer) == 5


def test_first_grants_at_the_same_moment_make_one_wallet(shop: Shop):
    """Failed when the wallet was inserted without ON CONFLICT: unique violations."""
    members = [shop.member() for _ in range(10)]

    together(
        TILLS,
        lambda _: [
            post(
                shop.header(),
                [
                    grant(
                        member=member,
                        asset=shop.points,
                        amount=7,
                        origin=LotOrigin.EARNED,
                        contra=Contra.PROMOTION,
                        merge=True,
                    )
                ],
            )
            for member in members
        ],
    )

    wallets = Wallet.objects.filter(asset=shop.points).values_list("balance", "seq")
    assert list(wallets) == [(7 * TILLS, TILLS)] * len(members)
    assert differences() == []


def test_one_id_on_the_wallets_of_different_members_is_posted_once(shop: Shop):
    """No wallet lock is shared here. Failed with a plain INSERT of the id: a unique violation."""
    members = [member_holding(shop, beer=10) for _ in range(TILLS)]

    for _ in range(10):
        request_id = uuid4()
        answers = together(
            TILLS, lambda till, same=request_id: drawing(shop, members[till], 1, same)
        )

        outcomes = sorted(answer.outcome for answer in answers)
        assert outcomes == ["conflict"] * (TILLS - 1) + ["posted"]

    assert sum(balance(member, shop.beer) for member in members) == TILLS * 10 - 10
    assert differences() == []


def test_refunds_in_parts_return_exactly_what_was_spent(shop: Shop):
    """16 tills give one spend back in random parts until not even a single beer is left of it.

    Failed when the reversed transaction's wallets were not locked: CHECK on the lot.
    """
    member = member_holding(shop, beer=1_000)
    spent = spend(shop, member, shop.beer, 500)

    def refund(till: int) -> list[Answer]:
        random, largest, answers = Random(till), 9, []
        while largest:
            leg = give_back(amount=random.randint(1, largest))
            answers.append(post(shop.header(TxnKind.REVERSE, reverses=spent.id), [leg]))
            if answers[-1].refusal:
                largest = leg["amount"] - 1
        return answers

    rounds = together(16, refund)

    answers = [answer for answers in rounds for answer in answers]
    refusals = [answer.refusal["code"] for answer in answers if answer.refusal]
    assert sum(answer.granted for answer in answers) == 500
    assert set(refusals) == {"more_than_was_moved"}
    assert sum(bool(answers and answers[0].is_fresh) for answers in rounds) > 1  # it was a race
    assert balance(member, shop.beer) == 1_000
    assert differences() == []


def test_handing_over_in_both_directions_does_not_lock_out(shop: Shop):
    """Two seconds; `make test-faults` does it for thirty.

    Failed with a deadlock when wallets were locked in the order of the legs.
    """
    one, other = (member_holding(shop, beer=30) for _ in range(2))

    rounds = hand_to_and_fro(shop, one, other, seconds=2)

    outcomes = {outcome for outcomes in rounds for outcome in outcomes}
    assert all(outcomes.count("posted") for outcomes in rounds)
    assert outcomes <= {"posted", "refused", "empty"}  # the giver may hold nothing at the moment
    assert balance(one, shop.beer) + balance(other, shop.beer) == 60
    assert differences() == []
