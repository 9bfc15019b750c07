"""Openings written together are the very rows that posting them one by one would write."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.models import Contract, LotOrigin, Scope, Txn, Wallet
from ledger.operations.evidence import seal_up
from ledger.operations.opening import (
    MemberOpening,
    OpeningBalance,
    OpeningTerms,
    open_many,
    opening,
)
from ledger.operations.posting import post_many
from ledger.operations.refusals import AmountNotPositive, RequestReused
from ledger.queries.audit import differences
from ledger.queries.seals import prove_seals
from members.models import Member, Store, User
from tests.ledger.holding import NOON, Shop, give, open_shop

pytestmark = pytest.mark.django_db
NAMES = UUID("0b7a8f0e-4a5f-4c37-8f4e-3f8f7c1b2a10")

# Every column but the clock's, surrogate keys told by what they stand for.
ROWS = """
SELECT jsonb_build_object('txn', to_jsonb(t) - 'number' - 'recorded_at', 'contracts', (
        SELECT jsonb_agg(to_jsonb(c)) FROM ledger_contract c WHERE c.txn_id = t.id),
    'lines', (
        SELECT jsonb_agg((to_jsonb(m) - 'wallet_id' - 'lot_id') || jsonb_build_object(
            'lot', to_jsonb(l) - 'id' - 'wallet_id', 'wallet', to_jsonb(w) - 'id') ORDER BY m.line)
        FROM ledger_movement m JOIN ledger_lot l ON l.id = m.lot_id
        JOIN ledger_wallet w ON w.id = m.wallet_id AND w.id = l.wallet_id WHERE m.txn_id = t.id))
FROM ledger_txn t WHERE t.kind = 'opening' ORDER BY t.number
"""


@pytest.fixture
def shop() -> Shop:
    return open_shop()


def written() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS)
        return [json.loads(row) for (row,) in cursor.fetchall()]


def of(shop: Shop, member: Member, number: int, **balances: Any) -> MemberOpening:
    """An opening with all that one can have."""
    listed = [
        OpeningBalance(
            asset=shop.money,
            amount=100 + number,
            origin=LotOrigin.PAID,
            cost=100 + number,
            list_value=100 + number,
        ),
        OpeningBalance(asset=shop.money, amount=7, origin=LotOrigin.BONUS, list_value=7),
        OpeningBalance(asset=shop.beer, amount=3, cost=5, expires_at=NOON + timedelta(days=9)),
        OpeningBalance(asset=shop.beer, amount=4, scope=Scope.objects.get_or_create()[0]),
    ]
    key = uuid5(NAMES, str(number))
    return MemberOpening(
        request_id=key,
        member_id=member.pk,
        balances=balances.get("balances", listed[: 1 + number % 4]),
        source={"key": str(key), "parts": {"unit:啤酒": 3, "b": number}},
        sold_at=NOON - timedelta(days=400) if number % 3 else None,
    )


def terms(shop: Shop) -> OpeningTerms:
    return OpeningTerms(store=shop.store, at=NOON, by=shop.clerk, title="期初余额")


def one_by_one(openings: Iterable[MemberOpening], said: OpeningTerms) -> None:
    for answer in post_many(
        opening(
            request_id=one.request_id,
            member=Member.objects.get(pk=one.member_id),
            store=said.store,
            balances=one.balances,
            at=said.at,
            by=said.by,
            source=one.source,
            title=said.title,
            sold_at=one.sold_at,
        )
        for one in openings
    ):
        answer.or_raise()


def test_together_and_one_by_one_write_the_same_rows(shop: Shop) -> None:
    members = [shop.member() for _ in range(6)]
    # Two rows of one member stand apart, and their running figures follow each other.
    openings = [of(shop, members[number % 6], number) for number in range(9)]
    with transaction.atomic():
        one_by_one(openings, terms(shop))
        expected = written()
        transaction.set_rollback(True)
    assert written() == []

    open_many(openings, terms(shop))

    assert len(expected) == 9
    assert written() == expected
    assert differences() == []


def test_members_who_hold_some_already_are_posted_one_by_one(shop: Shop) -> None:
    old, new = shop.member(), shop.member()
    give(shop, old, shop.money, 500)

    open_many([of(shop, old, 0), of(shop, new, 4)], terms(shop))

    assert [w.balance for w in Wallet.objects.order_by("member_id")] == [600, 104]
    assert differences() == []


def test_the_same_openings_again_open_nothing(shop: Shop) -> None:
    openings = [of(shop, shop.member(), number) for number in range(3)]
    open_many(openings, terms(shop))
    before = written()

    open_many([*openings, of(shop, shop.member(), 3)], terms(shop))

    assert written()[:3] == before
    assert Contract.objects.count() == 4


def test_a_known_id_with_another_request_is_refused_and_writes_nothing(shop: Shop) -> None:
    first = of(shop, shop.member(), 0)
    open_many([first], terms(shop))
    other = MemberOpening(
        request_id=first.request_id,
        member_id=first.member_id,
        balances=first.balances,
        source={"key": "another"},
    )

    with pytest.raises(RequestReused), transaction.atomic():
        open_many([of(shop, shop.member(), 1), other], terms(shop))

    assert Txn.objects.count() == 1


def test_nothing_is_no_opening(shop: Shop) -> None:
    zero = OpeningBalance(asset=shop.money, amount=0)

    with pytest.raises(AmountNotPositive):
        open_many([of(shop, shop.member(), 0, balances=[zero])], terms(shop))

    assert Txn.objects.count() == 0


def test_an_asset_nobody_knows_writes_nothing(shop: Shop) -> None:
    good = of(shop, shop.member(), 0)
    gone = OpeningBalance(asset=type(shop.money)(pk=10**9), amount=5)

    with pytest.raises(IntegrityError), transaction.atomic():
        open_many([good, of(shop, shop.member(), 1, balances=[gone])], terms(shop))

    assert Txn.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_was_opened_together_is_sealed_like_all_else(shop: Shop) -> None:
    open_many([of(shop, shop.member(), number) for number in range(5)], terms(shop))

    assert seal_up() == 1
    assert prove_seals().flaws == []


def test_the_keys_of_later_rows_are_proved_one_by_one_again(shop: Shop) -> None:
    open_many([of(shop, shop.member(), 0)], terms(shop))

    with connection.cursor() as cursor:
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


@pytest.mark.parametrize("missing", ["member", "store", "operator"])
def test_a_parent_nobody_has_is_refused_at_once(shop: Shop, missing: str) -> None:
    one, said = of(shop, shop.member(), 0), terms(shop)
    if missing == "member":
        one = replace(one, member_id=10**9)
    elif missing == "store":
        gone = Store.objects.get()
        gone.pk = 10**9
        said = replace(said, store=gone)
    else:
        said = replace(said, by=User(pk=10**9))

    with pytest.raises(IntegrityError), transaction.atomic():
        open_many([one], said)

    assert Txn.objects.count() == 0


def test_an_owner_who_may_not_vouch_for_keys_has_them_checked_row_by_row(shop: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE NONE")
        # A schema that a restore made anew is not everybody's.
        cursor.execute("GRANT USAGE ON SCHEMA public TO pg_monitor")
        cursor.execute("SET LOCAL ROLE pg_monitor")
        cursor.execute("SELECT ledger_keys_proved(true)")
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)
        cursor.execute("RESET ROLE")
