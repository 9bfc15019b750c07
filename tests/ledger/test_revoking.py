"""Openings taken back together leave the very rows that posting it one by one would leave."""

import json
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID, uuid5

import pytest
from django.db import connection, transaction

from ledger.models import Asset, LotOrigin, Movement, Txn, TxnKind, Wallet
from ledger.operations.evidence import seal_up
from ledger.operations.opening import MemberOpening, OpeningBalance, OpeningTerms, open_many
from ledger.operations.posting import Header, post_many, revoke
from ledger.operations.refusals import AlreadyUsed, NothingToPost, RequestReused
from ledger.operations.revoking import Revocation, revoke_many
from ledger.queries.audit import differences
from ledger.queries.seals import prove_seals
from members.models import Member
from tests.ledger.holding import NOON, Shop, give, open_shop, spend
from tests.ledger.racing import together

pytestmark = pytest.mark.django_db
NAMES = UUID("3f3c7f4e-5d0e-4a9a-9c55-6a3f5a0d9d11")
HOUR = timedelta(hours=1)

# Every column but the clock's, and what the lots and wallets came to.
ROWS = """
SELECT jsonb_build_object('txn', to_jsonb(t) - 'number' - 'recorded_at', 'lines', (
        SELECT jsonb_agg(to_jsonb(m) ORDER BY m.line) FROM ledger_movement m WHERE m.txn_id = t.id))
FROM ledger_txn t WHERE t.kind = 'reverse'
UNION ALL SELECT jsonb_build_object('lot', id, 'left', remaining) FROM ledger_lot
UNION ALL SELECT to_jsonb(w) FROM ledger_wallet w
"""


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def rows() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        return sorted(row for (row,) in cursor.fetchall())


def opened(shop: Shop, members: Sequence[Member]) -> list[MemberOpening]:
    """For each member money that was paid for, bonus, points, and beers that end on two days."""
    balances = [
        OpeningBalance(asset=shop.money, amount=101, origin=LotOrigin.PAID, cost=101),
        OpeningBalance(asset=shop.money, amount=7, origin=LotOrigin.BONUS, list_value=7),
        OpeningBalance(asset=shop.points, amount=30),
        OpeningBalance(asset=shop.beer, amount=3, cost=5, expires_at=NOON + timedelta(days=9)),
        OpeningBalance(asset=shop.beer, amount=4),
    ]
    openings = [
        MemberOpening(
            request_id=uuid5(NAMES, str(number)),
            member_id=member.pk,
            balances=balances[: 5 - number % 3],
            source={"row": number},
        )
        for number, member in enumerate(members)
    ]
    open_many(openings, OpeningTerms(store=shop.store, at=NOON, by=None, title="brought over"))
    return openings


def back(openings: Iterable[MemberOpening], *assets: Asset) -> list[Revocation]:
    return [
        Revocation(
            request_id=uuid5(one.request_id, "back"),
            opening=one.request_id,
            member_id=one.member_id,
            assets=assets,
        )
        for one in openings
    ]


def undoing(shop: Shop, one: Revocation) -> Header:
    return shop.header(
        TxnKind.REVERSE,
        id=one.request_id,
        request=one.request,
        at=NOON + HOUR,
        member=Member.objects.get(pk=one.member_id),
        reverses=one.opening,
        reason="undone",
    )


def take_back(shop: Shop, revocations: Sequence[Revocation]) -> None:
    revoke_many(
        revocations=revocations, store=shop.store, at=NOON + HOUR, by=shop.clerk, reason="undone"
    )


def test_together_and_one_by_one_write_the_same_rows(shop: Shop) -> None:
    members = [shop.member() for _ in range(4)]
    # Two openings of one member, whose running figures follow each other; some leave the beers.
    openings = opened(shop, [*members, *members[:2]])
    give(shop, members[0], shop.money, 500)
    both = [*back(openings[:3], shop.beer, shop.money), *back(openings[3:], shop.money)]
    with transaction.atomic():
        posts = [
            (undoing(shop, one), [revoke(asset=asset) for asset in one.assets]) for one in both
        ]
        for answer in post_many(posts):
            answer.or_raise()
        expected = rows()
        transaction.set_rollback(True)

    take_back(shop, both)

    assert sum('"txn"' in json.dumps(json.loads(row)) for row in expected) == 6
    assert rows() == expected
    assert differences() == []


def test_the_same_again_takes_nothing(shop: Shop) -> None:
    revocations = back(opened(shop, [shop.member(), shop.member()]), shop.money)
    take_back(shop, revocations)
    before = rows()

    take_back(shop, revocations)

    assert rows() == before


def test_a_known_id_with_another_request_is_refused(shop: Shop) -> None:
    openings = opened(shop, [shop.member()])
    take_back(shop, back(openings, shop.money))
    before = rows()

    with pytest.raises(RequestReused), transaction.atomic():
        take_back(shop, back(openings, shop.points))

    assert rows() == before


def test_an_opening_that_was_drawn_on_is_refused_with_all_others(shop: Shop) -> None:
    members = [shop.member(), shop.member()]
    openings = opened(shop, members)
    spend(shop, members[1], shop.money, 1)
    before = rows()

    with pytest.raises(AlreadyUsed), transaction.atomic():
        take_back(shop, back(openings, shop.money))

    assert rows() == before


def test_an_asset_that_was_never_opened_is_refused(shop: Shop) -> None:
    openings = opened(shop, [shop.member()])
    before = rows()

    with pytest.raises(NothingToPost), transaction.atomic():
        take_back(shop, back(openings, shop.owed_points))

    assert rows() == before


def test_what_two_would_take_goes_once(shop: Shop) -> None:
    openings = opened(shop, [shop.member()])
    again = Revocation(
        request_id=uuid5(NAMES, "again"),
        opening=openings[0].request_id,
        member_id=openings[0].member_id,
        assets=(shop.money,),
    )
    before = rows()

    with pytest.raises((AlreadyUsed, NothingToPost)), transaction.atomic():
        take_back(shop, [*back(openings, shop.money), again])

    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_taking_back_and_spending_at_once_never_both_happen(shop: Shop) -> None:
    """Without the lock on wallets the statement sees a lot as it was before the other spend."""
    members = [shop.member() for _ in range(12)]
    openings = opened(shop, members)

    def work(till: int) -> list[str]:
        if till:
            return [spend(shop, member, shop.money, 108).outcome for member in members]
        gone = []
        for one in back(openings, shop.money):
            try:
                take_back(shop, [one])
                gone.append("posted")
            except AlreadyUsed:
                gone.append("refused")
        return gone

    taken, spent = together(2, work)

    assert [{one, other} for one, other in zip(taken, spent, strict=True)] == [
        {"posted", "refused"}
    ] * 12
    assert set(Wallet.objects.filter(asset=shop.money).values_list("balance", flat=True)) == {0}
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_what_was_taken_back_together_is_sealed_like_all_else(shop: Shop) -> None:
    take_back(shop, back(opened(shop, [shop.member()]), shop.money, shop.points))

    assert seal_up() == 1
    assert prove_seals().flaws == []
    assert (Txn.objects.count(), Movement.objects.filter(amount__lt=0).count()) == (2, 3)
