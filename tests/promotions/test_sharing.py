from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.models import Contra, LotOrigin, TxnKind
from ledger.operations.posting import Header, grant, post, share_of_money
from promotions.rules.sharing import share_bounds, share_by_weight
from tests.promotions.shops import WORKDAY, lots, open_shop

weights = st.lists(st.integers(0, 1000), min_size=1, max_size=12)


@given(total=st.integers(0, 10**12), weights=weights)
def test_shares_add_up_to_the_total(total, weights):
    shares = share_by_weight(total, weights)

    assert sum(shares) == total
    assert len(shares) == len(weights)


@given(total=st.integers(0, 10**12), weights=weights)
def test_no_share_is_a_whole_unit_off_its_weight(total, weights):
    whole = sum(weights)

    shares = share_by_weight(total, weights)

    if whole:
        assert all(
            abs(share * whole - total * weight) < whole
            for share, weight in zip(shares, weights, strict=True)
        )


def test_without_weights_the_parts_are_equal():
    assert share_by_weight(100, [0, 0, 0]) == [33, 33, 34]


@pytest.mark.slow
@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(total=st.integers(0, 10**12), weights=weights)
def test_the_ledger_shares_the_cost_as_the_rule_does(shop_of_all, total, weights):
    shop, member = shop_of_all, shop_of_all.member(phone="")
    header = Header(
        id=uuid4(), kind=TxnKind.ADJUST, request={}, store=shop.store, at=WORKDAY, by=None
    )
    bounds = share_bounds(weights)
    leg = grant(
        member=member, asset=shop.beer, amount=1, origin=LotOrigin.BUNDLE, contra=Contra.CASH_IN
    )

    post(
        header,
        [
            share_of_money(
                leg, fills="cost", money=total, before=before, after=after, whole=bounds[-1][1]
            )
            for before, after in bounds
        ],
    ).or_raise()

    assert [cost for _origin, _left, cost in lots(member, shop.beer)] == share_by_weight(
        total, weights
    )


@pytest.fixture
def shop_of_all(db):
    return open_shop()
