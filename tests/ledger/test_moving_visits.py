"""A visit noted for the next in the queue goes to who really came."""

from uuid import uuid4

import pytest

from ledger.models import DirtyMember, TxnKind, Visit
from ledger.operations.moving_visits import VisitMovedValue, VisitOfThisMember, move_visit
from ledger.operations.redeem import redeem
from ledger.operations.refusals import ReasonMissing
from ledger.operations.visits import check_in
from members.models import MemberChange
from tests.ledger.holding import NOON, member_holding, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return open_shop()


def here(shop):
    return {"store": shop.store, "at": NOON, "by": shop.clerk}


def came(shop, member):
    return check_in(request_id=uuid4(), member=member, **here(shop))


def move_to(shop, visit, member, reason="wrong member"):
    return move_visit(visit=visit, to_member=member, reason=reason, at=NOON, by=shop.clerk)


def test_a_visit_moves_and_both_records_say_so(shop):
    wrong, right = shop.member(), shop.member()
    visit = came(shop, wrong)
    DirtyMember.objects.all().delete()

    moved = move_to(shop, visit, right)

    assert moved == Visit.objects.get(member=right)
    assert {change.member for change in MemberChange.objects.all()} == {wrong, right}
    assert DirtyMember.objects.count() == 2


def test_who_is_there_already_keeps_one_visit(shop):
    wrong, right = shop.member(), shop.member()
    visit, own = came(shop, wrong), came(shop, right)

    assert move_to(shop, visit, right) == own
    assert Visit.objects.completed().get() == own


def test_a_visit_on_which_value_moved_stays_until_it_is_undone(shop):
    wrong, right = member_holding(shop, beer=5), shop.member()
    redeem(
        request_id=uuid4(),
        member=wrong,
        asset=shop.beer,
        quantity=1,
        kind=TxnKind.REDEEM,
        **here(shop),
    )

    with pytest.raises(VisitMovedValue):
        move_to(shop, Visit.objects.get(), right)

    assert Visit.objects.get().member == wrong
    assert not MemberChange.objects.exists()


def test_the_same_member_or_no_reason_writes_nothing(shop):
    wrong = shop.member()
    visit = came(shop, wrong)

    with pytest.raises(VisitOfThisMember):
        move_to(shop, visit, wrong)
    with pytest.raises(ReasonMissing):
        move_to(shop, visit, shop.member(), reason=" ")

    assert not MemberChange.objects.exists()
