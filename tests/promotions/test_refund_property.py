"""What is owed follows from what was delivered alone: not from spend order, nor from what is left.

Several contracts share one wallet; bills of any size and discount are paid from it. A model in
plain Python, which knows nothing of lots, says which contract each bill was drawn on and what each
owes; under every spend order the product has to agree, and its books have to add up.
"""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.models import Lot, RefundCause
from ledger.queries.audit import differences
from tests.promotions.refunding import manager_of, refund, shop_in, spend, topped_up
from tests.promotions.shops import DAY, WORKDAY

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

ORDERS = ("principal_first", "bonus_first", "pro_rata")


@dataclass
class Modelled:
    """One contract as the model sees it."""

    paid: int
    bonus: int
    used: int = 0
    listed: int = 0

    @property
    def left(self) -> int:
        return self.paid + self.bonus - self.used

    def owes(self, cause: RefundCause) -> int:
        by_price_paid = self.used * self.paid // (self.paid + self.bonus)
        delivered = self.listed if cause is RefundCause.MEMBER else by_price_paid
        return max(0, self.paid - delivered)


def draw(contracts: list[Modelled], charged: int, listed: int) -> None:
    """Oldest contract first; the list value is shared by what was drawn, to the cent."""
    drawn = 0
    for contract in contracts:
        part = min(contract.left, charged - drawn)
        share = listed * (drawn + part) // charged - listed * drawn // charged
        contract.used += part
        contract.listed += share
        drawn += part


sold = st.lists(st.tuples(st.integers(1, 50000), st.integers(0, 100000)), min_size=1, max_size=3)
spent = st.lists(st.tuples(st.integers(1, 1000), st.integers(0, 50)), max_size=4)
causes = st.lists(
    st.sampled_from([RefundCause.MERCHANT, RefundCause.MEMBER]), min_size=3, max_size=3
)


@given(sold=sold, spent=spent, causes=causes)
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_what_is_owed_is_paid_less_delivered_in_every_spend_order(world, sold, spent, causes):
    shop, manager, second = world
    for order in ORDERS:
        member = shop.member()
        modelled = [Modelled(*terms) for terms in sold]
        contracts = [
            topped_up(shop, member, *terms, order, at=WORKDAY + number * DAY)
            for number, terms in enumerate(sold)
        ]
        now = WORKDAY + 5 * DAY
        for permille, discount in spent:
            charged = permille * sum(one.left for one in modelled) // 1000
            if charged:
                spend(shop, member, charged, charged + discount * charged // 100, at=now)
                draw(modelled, charged, charged + discount * charged // 100)
        for model, contract, cause in zip(modelled, contracts, causes, strict=False):
            if model.left or model.owes(cause):
                closed = sum(contract.lots.values_list("remaining", flat=True))
                kept = refund(shop, contract, cause, manager, at=now, approved_by=second)
                assert (kept.refund, closed) == (model.owes(cause), model.left)
                assert kept.closed_cost == kept.refund + kept.settlement
        assert not Lot.objects.of(member).filter(is_open=True).exists()
    assert differences() == []


@pytest.fixture
def world():
    shop = shop_in("CN")
    return shop, manager_of(shop), manager_of(shop, "cem")
