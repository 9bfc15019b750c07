"""An undo returns value to the very lots, voids the bill, takes the visit back, once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ledger.models import (
    Asset,
    AssetKind,
    Contra,
    Lot,
    LotOrigin,
    Movement,
    Sale,
    TenderType,
    Txn,
    TxnKind,
    Visit,
)
from ledger.models.sales import LineKind
from ledger.operations.assets import debt_of, ensure_tenders, points, stored_value
from ledger.operations.posting import Header, grant, post, settle
from ledger.operations.redeem import redeem
from ledger.operations.refusals import (
    AlreadyUsed,
    NotEnough,
    NothingToPost,
    ReasonMissing,
    ReversalIsFinal,
    UnknownTxn,
)
from ledger.operations.reversal import undo
from ledger.operations.sales import Line, Tender, record_sale
from tests.members.factories import MemberFactory, StoreFactory

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = StoreFactory()
    ensure_tenders(store)
    return store


@pytest.fixture
def member(store):
    return MemberFactory(store=store)


@pytest.fixture
def beer(store):
    return Asset.objects.create(
        entity=store.entity, code="beer", kind=AssetKind.UNIT, name="Beer", list_price=800
    )


def give(member, store, asset, amount, origin=LotOrigin.BUNDLE, **terms):
    """Grant units as the operations do; returns the answer."""
    header = Header(
        id=uuid4(),
        kind=TxnKind.SELL_BUNDLE,
        request={},
        store=store,
        at=AT - timedelta(days=1),
        by=None,
        member=member,
    )
    leg = grant(
        member=member, asset=asset, amount=amount, origin=origin, contra=Contra.CASH_IN, **terms
    )
    return post(header, [leg]).or_raise()


def draw(member, store, asset, quantity):
    return redeem(
        request_id=uuid4(),
        member=member,
        asset=asset,
        quantity=quantity,
        store=store,
        at=AT,
        by=None,
    )


def take_back(txn_id, store, **more):
    more = {"request_id": uuid4(), "reason": "wrong table"} | more
    return undo(txn_id=txn_id, store=store, at=AT, by=None, **more)


def bill(store, member, amount=3000, legs=(), kind=LineKind.PRODUCT):
    line = Line(kind=kind, description="Skewers", list_value=amount, charged_value=amount)
    cash = Tender(tender=TenderType.objects.get(code="cash"), amount=amount)
    return record_sale(
        request_id=uuid4(),
        store=store,
        lines=[line],
        tenders=[cash],
        at=AT,
        by=None,
        request={"n": str(uuid4())},
        member=member,
        legs=legs,
    )


def test_beers_go_back_to_the_lot_they_came_from(store, member, beer):
    give(member, store, beer, 101, cost=2018)
    drawn = draw(member, store, beer, 5)

    answer = take_back(drawn.txn_id, store)

    assert [(m["amount"], m["balance"]) for m in answer.movements] == [(5, 101)]
    assert Lot.objects.get().remaining == 101
    assert sum(m.cost for m in Movement.objects.all()) == 2018
    assert sum(m.list_value or 0 for m in Movement.objects.all()) == 0


def test_the_visit_that_the_draw_down_made_is_taken_back(store, member, beer):
    give(member, store, beer, 10)
    drawn = draw(member, store, beer, 5)

    take_back(drawn.txn_id, store)

    visit = Visit.objects.get()
    assert (visit.voided_at, visit.void_reason) == (AT, "wrong table")


def test_the_visit_stays_when_something_else_happened(store, member, beer):
    give(member, store, beer, 10)
    drawn = draw(member, store, beer, 5)
    draw(member, store, beer, 1)

    take_back(drawn.txn_id, store)

    assert Visit.objects.get().voided_at is None


def test_a_second_undo_finds_nothing(store, member, beer):
    give(member, store, beer, 10)
    drawn = draw(member, store, beer, 5)
    take_back(drawn.txn_id, store)

    with pytest.raises(NothingToPost):
        take_back(drawn.txn_id, store)

    assert Lot.objects.get().remaining == 10


def test_a_repeated_undo_request_gets_the_first_answer(store, member, beer):
    give(member, store, beer, 10)
    drawn = draw(member, store, beer, 5)
    request_id = uuid4()

    first = take_back(drawn.txn_id, store, request_id=request_id)
    again = take_back(drawn.txn_id, store, request_id=request_id)

    assert first.movements == again.movements
    assert again.replayed


def test_an_undo_cannot_be_undone(store, member, beer):
    give(member, store, beer, 10)
    drawn = draw(member, store, beer, 5)
    answer = take_back(drawn.txn_id, store)

    with pytest.raises(ReversalIsFinal):
        take_back(answer.id, store)


def test_an_undo_needs_a_reason_and_something_on_record(store):
    with pytest.raises(ReasonMissing):
        take_back(uuid4(), store, reason="  ")
    with pytest.raises(UnknownTxn):
        take_back(uuid4(), store)

    assert not Txn.objects.exists()


def test_what_was_spent_since_cannot_be_revoked(store, member, beer):
    granted = give(member, store, beer, 10, cost=100)
    draw(member, store, beer, 1)

    with pytest.raises(AlreadyUsed):
        take_back(granted.id, store)

    assert Lot.objects.get().remaining == 9


def test_a_bill_paid_in_cash_is_voided_and_kept(store, member):
    sale = bill(store, member)

    take_back(sale.pk, store)

    sale.refresh_from_db()
    assert (sale.voided_at, sale.void_reason) == (AT, "wrong table")
    assert sale.lines.count() == 1
    assert not Sale.objects.completed().exists()
    with pytest.raises(NothingToPost):
        take_back(sale.pk, store)


def test_points_spent_before_the_undo_become_a_debt_that_the_next_earn_settles(store, member):
    asset = points(store.entity)
    earned = {
        "member": member,
        "asset": asset,
        "origin": LotOrigin.EARNED,
        "contra": Contra.PROMOTION,
        "merge": True,
    }
    sale = bill(store, member, legs=[grant(amount=30, **earned)])
    draw(member, store, asset, 20)

    take_back(sale.pk, store)
    owed = member.wallets.get(asset=debt_of(asset)).balance
    bill(
        store,
        member,
        legs=[
            grant(amount=50, **earned),
            settle(member=member, asset=asset, debt_asset=debt_of(asset), amount=50),
        ],
    )

    assert owed == 20
    assert member.wallets.get(asset=debt_of(asset)).balance == 0
    assert member.wallets.get(asset=asset).balance == 30


def test_undoing_a_bill_gives_stored_value_back_and_keeps_bonus_apart(store, member):
    asset = stored_value(store)
    give(member, store, asset, 100, origin=LotOrigin.PAID, cost=100)
    give(member, store, asset, 50, origin=LotOrigin.BONUS)
    drawn = draw(member, store, asset, 120)

    take_back(drawn.txn_id, store)

    left = dict(Lot.objects.values_list("origin", "remaining"))
    assert left == {"paid": 100, "bonus": 50}


def test_drawing_more_than_is_left_writes_nothing_but_the_refusal(store, member, beer):
    give(member, store, beer, 4)

    with pytest.raises(NotEnough):
        draw(member, store, beer, 5)

    assert Lot.objects.get().remaining == 4
    assert not Visit.objects.exists()
    assert list(Txn.objects.values_list("kind", "outcome").order_by("kind")) == [
        ("redeem", "refused"),
        ("sell_bundle", "posted"),
    ]
