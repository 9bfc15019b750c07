"""How postings are undone, and how lots grow and end: examples worked by hand."""

from uuid import UUID

import pytest
from django.db import ProgrammingError, transaction

from ledger.models import Contra, Contract, Lot, LotOrigin, Movement, TxnKind
from ledger.operations.posting import (
    expire,
    give_back,
    grant,
    post,
    revoke,
    settle,
    take,
)
from ledger.operations.refusals import (
    AlreadyUsed,
    MoreThanWasMoved,
    NothingToPost,
)
from members.models import Member
from tests.ledger.holding import (
    DAY,
    NOON,
    Shop,
    balance,
    contract_terms,
    give,
    left_in_lots,
    member_holding,
    open_shop,
    sell_beers,
    spend,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    return open_shop()


@pytest.fixture
def member(shop: Shop) -> Member:
    return shop.member()


def undo(shop: Shop, original: UUID, *legs):
    return shop.post(*legs, kind=TxnKind.REVERSE, reverses=original)


def test_what_was_taken_last_goes_back_first(shop, member):
    give(shop, member, shop.beer, 5, expires_at=NOON + DAY)
    give(shop, member, shop.beer, 5)
    spent = spend(shop, member, shop.beer, 8)

    undo(shop, spent.id, give_back(amount=4))

    assert left_in_lots(member, shop.beer) == [1, 5]


def test_partial_returns_give_back_value_and_price_exactly(shop, member):
    sell_beers(shop, member, 101, 2018)
    spent = spend(shop, member, shop.beer, 7, list_value=100)

    for amount in (3, 3, 1):
        undo(shop, spent.id, give_back(amount=amount)).or_raise()

    sums = Movement.objects.filter(txn__reverses=spent.id).values_list(
        "list_value", "charged_value", "cost"
    )
    assert [sum(column) for column in zip(*sums, strict=True)] == [-100, -139, 139]
    with pytest.raises(NothingToPost):
        undo(shop, spent.id, give_back()).or_raise()


def test_no_more_goes_back_than_was_taken(shop):
    member = member_holding(shop, beer=9)
    spent = spend(shop, member, shop.beer, 5)
    undo(shop, spent.id, give_back(amount=3))

    with pytest.raises(MoreThanWasMoved) as refusal:
        undo(shop, spent.id, give_back(amount=3)).or_raise()

    assert refusal.value.params == {"asked": 3, "available": 2}
    assert balance(member, shop.beer) == 7


def test_value_given_back_to_a_lot_that_has_ended_expires_at_the_next_sweep(shop, member):
    give(shop, member, shop.beer, 5, expires_at=NOON + DAY)
    spent = spend(shop, member, shop.beer, 2)
    late = {"at": NOON + 2 * DAY}

    shop.post(
        give_back(),
        expire(member_id=member.pk, asset_id=shop.beer.pk),
        kind=TxnKind.REVERSE,
        reverses=spent.id,
        **late,
    ).or_raise()

    assert balance(member, shop.beer) == 0
    swept = Movement.objects.get(contra=Contra.BREAKAGE)
    assert (swept.amount, swept.lot_after) == (-5, 0)


def test_a_grant_used_since_is_not_revoked(shop, member):
    granted = give(shop, member, shop.beer, 5)
    spend(shop, member, shop.beer, 2)

    with pytest.raises(AlreadyUsed):
        undo(shop, granted.id, revoke(asset=shop.beer)).or_raise()

    assert balance(member, shop.beer) == 3


def test_revoking_a_lot_grown_twice_by_one_txn_takes_what_is_left_once(shop, member):
    leg = grant(
        member=member,
        asset=shop.points,
        amount=10,
        origin=LotOrigin.EARNED,
        contra=Contra.PROMOTION,
        merge=True,
    )
    granted = shop.post(leg, leg)
    spend(shop, member, shop.points, 15)

    undo(
        shop,
        granted.id,
        revoke(member=member, asset=shop.points, debt_asset=shop.owed_points),
    ).or_raise()

    assert balance(member, shop.points) == 0
    assert balance(member, shop.owed_points) == 15


def test_points_spent_since_are_owed_once_however_often_they_are_revoked(shop, member):
    earned = give(shop, member, shop.points, 100)
    spend(shop, member, shop.points, 40)
    claw_back = revoke(member=member, asset=shop.points, debt_asset=shop.owed_points)
    undo(shop, earned.id, claw_back).or_raise()

    with pytest.raises(NothingToPost):
        undo(shop, earned.id, claw_back).or_raise()

    assert balance(member, shop.points) == 0
    assert balance(member, shop.owed_points) == 40


def test_a_debt_is_paid_by_the_next_earning(shop, member):
    earned = give(shop, member, shop.points, 100)
    spend(shop, member, shop.points, 100)
    undo(
        shop,
        earned.id,
        revoke(member=member, asset=shop.points, debt_asset=shop.owed_points),
    )

    shop.post(
        grant(
            member=member,
            asset=shop.points,
            amount=130,
            origin=LotOrigin.EARNED,
            contra=Contra.PROMOTION,
        ),
        settle(member=member, asset=shop.points, debt_asset=shop.owed_points, amount=130),
        kind=TxnKind.EARN,
    ).or_raise()

    assert (balance(member, shop.points), balance(member, shop.owed_points)) == (30, 0)


def test_a_reversal_is_not_reversed_by_anybody(shop):
    member = member_holding(shop, beer=5)
    spent = spend(shop, member, shop.beer, 2)
    undone = undo(shop, spent.id, give_back())

    with pytest.raises(ProgrammingError, match="not reversed"), transaction.atomic():
        undo(shop, undone.id, revoke(asset=shop.beer))

    assert balance(member, shop.beer) == 5


# Lots and contracts


def test_a_free_lot_grows_when_the_terms_are_the_same(shop, member):
    terms = {"merge": True, "expires_at": NOON + DAY}
    give(shop, member, shop.points, 10, **terms)
    give(shop, member, shop.points, 5, **terms)
    give(shop, member, shop.points, 5, merge=True)

    assert list(Lot.objects.order_by("pk").values_list("granted", flat=True)) == [15, 5]


def test_a_lot_that_was_paid_for_is_never_merged(shop, member):
    give(shop, member, shop.points, 10, merge=True)
    give(shop, member, shop.points, 5, merge=True, cost=5)

    assert list(Lot.objects.order_by("pk").values_list("granted", "cost")) == [(10, 0), (5, 5)]


def test_a_lot_at_its_limit_does_not_grow(shop, member):
    give(shop, member, shop.points, 10**12, merge=True)
    give(shop, member, shop.points, 1, merge=True)

    assert left_in_lots(member, shop.points) == [10**12, 1]


def test_a_refused_sale_leaves_no_contract(shop, member):
    header = shop.header(TxnKind.SELL_BUNDLE)
    answer = post(
        header,
        [contract_terms(shop, header, member, 1), take(member=member, asset=shop.beer, amount=1)],
    )

    assert answer.outcome == "refused"
    assert Contract.objects.count() == 0


def test_all_that_is_due_expires_in_the_order_of_its_ends(shop, member):
    for days in (3, 1, 2, 9):
        give(shop, member, shop.beer, days, expires_at=NOON + days * DAY)

    answer = shop.post(
        expire(member_id=member.pk, asset_id=shop.beer.pk),
        kind=TxnKind.EXPIRE,
        at=NOON + 3 * DAY,
    )

    assert [m["amount"] for m in answer.movements] == [-1, -2, -3]
    assert {m["contra"] for m in answer.movements} == {Contra.BREAKAGE}
    assert balance(member, shop.beer) == 9
